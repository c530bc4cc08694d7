import type { Endpoint } from "./endpoint.ts";

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;

/** Largest frame written here, octets: Ethernet header and 1,500 octets of packet. */
export const LARGEST_FRAME = 1514;

export const TCP = 6;
export const UDP = 17;

/**
 * Sum of 16-bit words in network order, not yet folded. [RFC 1071]
 * Reads 32 bits at a time, so the result is a plain number up to about 2^45 for a frame.
 */
export function wordSum(view: DataView, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) sum += view.getUint32(at);
  if (at + 2 <= end) {
    sum += view.getUint16(at);
    at += 2;
  }
  if (at < end) sum += view.getUint8(at) << 8;
  return sum;
}

/** One's complement of a folded sum: what goes into a checksum field. [RFC 1071] */
export function checksumOf(sum: number): number {
  let folded = (sum % 0x1_0000_0000) + Math.floor(sum / 0x1_0000_0000);
  folded = (folded & 0xffff) + (folded - (folded % 0x1_0000)) / 0x1_0000;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

/** Octets before the transport header for a pair of addresses. */
export function headersLength(from: Endpoint): number {
  return ETHERNET + (from.address.length === 4 ? IPV4 : IPV6);
}

/** What differs between the packets of one direction below the transport header. */
export interface PacketFields {
  /** IPv4 identification; ignored for IPv6. */
  readonly identification: number;
  readonly protocol: number;
  /** Octets behind the IP header. */
  readonly length: number;
}

/**
 * Writes Ethernet and IP headers for a packet at `at`; the transport part is already behind them or will be.
 * The recorder sits on the side with the higher `watched`: the far machine's frames come from that side's router.
 */
export function writeHeaders(view: DataView, at: number, from: Endpoint, to: Endpoint, packet: PacketFields): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, headersLength(from));
  const local = from.network === to.network;
  const nearIsSender = from.watched >= to.watched;
  bytes.set(local || !nearIsSender ? to.mac : from.router, 0);
  bytes.set(local || nearIsSender ? from.mac : to.router, 6);
  const firstTtl = from.stack === "windows" ? 128 : 64;
  const ttl = local || nearIsSender ? firstTtl : firstTtl - from.hops;
  const ip = at + ETHERNET;
  if (from.address.length === 4) {
    view.setUint16(at + 12, 0x0800);
    view.setUint16(ip, 0x4500);
    view.setUint16(ip + 2, IPV4 + packet.length);
    view.setUint16(ip + 4, packet.identification);
    view.setUint16(ip + 6, 0x4000); // do not fragment
    view.setUint8(ip + 8, ttl);
    view.setUint8(ip + 9, packet.protocol);
    view.setUint16(ip + 10, 0);
    bytes.set(from.address, ETHERNET + 12);
    bytes.set(to.address, ETHERNET + 16);
    view.setUint16(ip + 10, checksumOf(wordSum(view, ip, ip + IPV4)));
  } else {
    view.setUint16(at + 12, 0x86dd);
    view.setUint32(ip, 0x60000000);
    view.setUint16(ip + 4, packet.length);
    view.setUint8(ip + 6, packet.protocol);
    view.setUint8(ip + 7, ttl);
    bytes.set(from.address, ETHERNET + 8);
    bytes.set(to.address, ETHERNET + 24);
  }
}

/** Sum of the pseudo header of TCP and UDP, for `wordSum` of the segment to be added. [RFC 9293 3.1, RFC 8200 8.1] */
export function pseudoHeaderSum(from: Endpoint, to: Endpoint, protocol: number): number {
  let sum = protocol;
  for (const address of [from.address, to.address]) {
    for (let i = 0; i < address.length; i += 2) sum += ((address[i] ?? 0) << 8) | (address[i + 1] ?? 0);
  }
  return sum;
}
