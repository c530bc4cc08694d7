/** IP protocol numbers that are told apart here. https://www.iana.org/assignments/protocol-numbers */
export const IP_PROTO = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  ah: 51,
  icmp6: 58,
  none: 59,
  destination: 60,
  sctp: 132,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;

/** Octets of an IPv6 header without extension headers. RFC 8200 3 */
export const IPV6_HEADER = 40;
const MAX_HEADERS = 24;

/** Walks the extension headers of an IPv6 packet. RFC 8200 4; the results are fields. */
export class Ipv6Chain {
  /** Protocol behind the extension headers. */
  proto = 0;
  /** First octet behind them. */
  end = 0;
  /** Octet that names the header at `end` (or the fragment header). */
  nextHeaderAt = 0;
  /** The fragment header if there is one that says "fragment", else -1; the walk ends there. */
  fragmentAt = -1;
  /** Source: the home address where a destination option gives one (RFC 6275 6.3). */
  srcAt = 0;
  /** Destination: the last address of a type 0 routing header with segments left (RFC 2460 4.4). */
  dstAt = 0;
  /** There is a type 0 routing header with segments left. */
  isRouted = false;

  /** @returns false if a header does not fit. */
  walk(view: DataView, at: number, end: number): boolean {
    this.fragmentAt = -1;
    this.srcAt = at + 8;
    this.dstAt = at + 24;
    this.isRouted = false;
    this.nextHeaderAt = at + 6;
    let next = view.getUint8(at + 6);
    let pos = at + IPV6_HEADER;
    for (let i = 0; i < MAX_HEADERS; i++) {
      let octets: number;
      switch (next) {
        case IP_PROTO.hopByHop:
        case IP_PROTO.destination:
        case IP_PROTO.routing:
        case IP_PROTO.hip:
        case IP_PROTO.shim6:
        case IP_PROTO.ah: {
          if (end - pos < 8) return false;
          const length = view.getUint8(pos + 1);
          octets = next === IP_PROTO.ah ? (length + 2) * 4 : (length + 1) * 8;
          if (octets > end - pos) return false;
          if (next === IP_PROTO.routing) this.#routing(view, pos, octets);
          else if (next === IP_PROTO.destination) this.#options(view, pos, octets);
          break;
        }
        case IP_PROTO.fragment:
          if (end - pos < 8) return false;
          octets = 8;
          // An "atomic" fragment, whole in itself (RFC 6946), is no fragment.
          if ((view.getUint16(pos + 2) & 0xfff9) !== 0) {
            this.fragmentAt = pos;
            this.proto = IP_PROTO.fragment;
            this.end = pos;
            return true;
          }
          break;
        default:
          this.proto = next;
          this.end = pos;
          return true;
      }
      this.nextHeaderAt = pos;
      next = view.getUint8(pos);
      pos += octets;
    }
    return false;
  }

  #routing(view: DataView, at: number, octets: number): void {
    if (view.getUint8(at + 2) !== 0 || view.getUint8(at + 3) === 0 || octets < 24) return;
    this.isRouted = true;
    this.dstAt = at + octets - 16;
  }

  #options(view: DataView, at: number, octets: number): void {
    const end = at + octets;
    for (let pos = at + 2; pos + 1 < end;) {
      const type = view.getUint8(pos);
      if (type === 0) {
        pos += 1;
        continue;
      }
      const length = view.getUint8(pos + 1);
      if (type === 0xc9 && length === 16 && pos + 18 <= end) this.srcAt = pos + 2;
      pos += 2 + length;
    }
  }
}
