/**
 * ICMP messages that answer each other, as Zeek pairs them: a request and its reply are one connection whose "ports" are
 * the two types. Other messages stand alone, one connection a direction, with type and code as ports.
 * RFC 792, RFC 950, RFC 1256; RFC 4443, RFC 4861, RFC 2710.
 */
const V4: ReadonlyMap<number, number> = new Map([
  [8, 0], // echo
  [0, 8],
  [13, 14], // timestamp
  [14, 13],
  [15, 16], // information
  [16, 15],
  [17, 18], // address mask
  [18, 17],
  [10, 9], // router solicitation, advertisement
  [9, 10],
]);
const V6: ReadonlyMap<number, number> = new Map([
  [128, 129], // echo
  [129, 128],
  [133, 134], // router solicitation, advertisement
  [134, 133],
  [135, 136], // neighbour solicitation, advertisement
  [136, 135],
  [130, 131], // multicast listener query, report
  [131, 130],
  [139, 140], // node information
  [140, 139],
  [144, 145], // home agent address discovery
  [145, 144],
]);

/** Type of the message that answers `type`, or -1. */
export function icmpCounterpart(type: number, isV6: boolean): number {
  return (isV6 ? V6 : V4).get(type) ?? -1;
}
