import { sum16, sumFits } from "./checksum.ts";
import type { Datagrams } from "./datagrams.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { IP_PROTO, IPV6_HEADER, Ipv6Chain } from "./ipv6-chain.ts";
import { PACKET_FLAG, PACKET_KIND } from "./packet-batch.ts";
import type { PacketFaults } from "./packet-faults.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import type { PacketRows } from "./packet-rows.ts";
import type { PairHash } from "./pair-hash.ts";

export const IPV4_HEADER = 20;
/** Longest that the length in an IP header can say. */
const MAX_DATAGRAM = 65_535;

/** IPv4 (RFC 791) and IPv6 (RFC 8200) headers, and fragments put together. */
export class IpLayer {
  readonly #packet: PacketInHand;
  readonly #rows: PacketRows;
  readonly #faults: PacketFaults;
  readonly #datagrams: Datagrams;
  readonly #counters: DecodeCounters;
  readonly #hash: PairHash;
  readonly #verify: boolean;
  readonly #transport: () => void;
  readonly #chain = new Ipv6Chain();

  /**
   * @param verify Leaves out packets whose IPv4 header checksum does not fit.
   * @param transport Goes on with what the packet at hand carries.
   */
  constructor(
    packet: PacketInHand,
    rows: PacketRows,
    faults: PacketFaults,
    datagrams: Datagrams,
    counters: DecodeCounters,
    hash: PairHash,
    verify: boolean,
    transport: () => void,
  ) {
    this.#packet = packet;
    this.#rows = rows;
    this.#faults = faults;
    this.#datagrams = datagrams;
    this.#counters = counters;
    this.#hash = hash;
    this.#verify = verify;
    this.#transport = transport;
  }

  /** @param wire Where the frame would end had it been captured whole. */
  ipv4(at: number, end: number, wire: number): void {
    const { view } = this.#packet;
    if (end - at < IPV4_HEADER) return this.#faults.malformedIp("truncated_IP");
    if (view.getUint8(at) >> 4 !== 4) return this.#faults.malformedIp("unknown_ip_version");
    const headerLength = (view.getUint8(at) & 0x0f) * 4;
    let total = view.getUint16(at + 2);
    const isLengthEmpty = total === 0;
    if (isLengthEmpty) {
      // Segmentation offloading leaves the length empty; then the frame's is the only one.
      this.#faults.tell("ip_hdr_len_zero", "IP");
      if (this.#verify) return this.#faults.malformedIp(null);
      total = Math.min(wire - at, 0xffff);
    }
    if (total > wire - at) return this.#faults.malformedIp("truncated_IP_len");
    if (headerLength > total) return this.#faults.malformedIp("invalid_IP_header_size");
    if (headerLength > end - at) return this.#faults.malformedIp("internally_truncated_header");
    if (headerLength < IPV4_HEADER) return this.#faults.malformedIp("IPv4_min_header_size");
    if (this.#verify && !sumFits(sum16(view, at, at + headerLength))) {
      this.#counters.badIpChecksum++;
      this.#faults.tellOf(PACKET_KIND.ipv4, at + 12, at + 16, "bad_IP_checksum", "IP");
      return this.#other();
    }
    const ipEnd = Math.min(end, at + total);
    const proto = view.getUint8(at + 9);
    const hash = this.#hash.ofWords(view.getInt32(at + 12), view.getInt32(at + 16));
    // Zeek counts what the header says.
    this.#packet.header(PACKET_KIND.ipv4, hash, at, at + 12, at + 16, isLengthEmpty ? 0 : total);
    const bits = view.getUint16(at + 6);
    if ((bits & 0x3fff) !== 0) {
      this.#ipv4Fragment(at, headerLength, total, ipEnd, proto, bits);
      return;
    }
    if (ipEnd - at < total) this.#packet.flags |= PACKET_FLAG.cut;
    this.#carries(proto, at + headerLength, ipEnd, at + total);
  }

  ipv6(at: number, end: number, wire: number): void {
    const { view } = this.#packet;
    if (end - at < IPV6_HEADER) return this.#faults.malformedIp("truncated_IP");
    if (view.getUint8(at) >> 4 !== 6) return this.#faults.malformedIp("unknown_ip_version");
    const payloadLength = view.getUint16(at + 4);
    const total =
      payloadLength === 0 && wire - at > IPV6_HEADER && view.getUint8(at + 6) === IP_PROTO.tcp
        ? wire - at
        : IPV6_HEADER + payloadLength;
    if (total > wire - at) return this.#faults.malformedIp("truncated_IP_len");
    const ipEnd = Math.min(end, at + total);
    if (ipEnd - at < total) this.#packet.flags |= PACKET_FLAG.cut;
    this.#ipv6Payload(at, total, ipEnd);
  }

  #ipv4Fragment(at: number, headerLength: number, total: number, ipEnd: number, proto: number, bits: number): void {
    this.#counters.fragments++;
    const { view } = this.#packet;
    const offset = (bits & 0x1fff) * 8;
    if (ipEnd - at < total) return this.#cutFragment(offset, proto, at + headerLength, ipEnd, at + total);
    const { part } = this.#datagrams;
    part.bytes = this.#packet.bytes;
    part.headerAt = at;
    part.headerEnd = at + headerLength;
    part.nextHeaderAt = at + 9;
    part.proto = proto;
    part.payloadAt = at + headerLength;
    part.payloadEnd = ipEnd;
    part.offset = offset;
    part.more = (bits & 0x2000) !== 0;
    const key = `4 ${view.getUint32(at + 12)} ${view.getUint32(at + 16)} ${view.getUint16(at + 4)} ${proto}`;
    if ((bits & 0x4000) !== 0) this.#faults.tellOfThis("fragment_with_DF", null);
    const whole = this.#datagrams.add(key, PACKET_KIND.ipv4, at + 12, at + 16);
    if (whole === null) return this.#other();
    const length = whole.header.length + whole.payload.length;
    if (length > MAX_DATAGRAM) return this.#tooLong(PACKET_KIND.ipv4, at + 12, at + 16);
    const start = this.#datagrams.adopt(whole);
    const header = this.#packet.view;
    // The header of the first fragment, made to fit the whole datagram.
    header.setUint16(start + 2, length);
    header.setUint16(start + 6, header.getUint16(start + 6) & 0xc000);
    this.#packet.header(PACKET_KIND.ipv4, this.#packet.pairHash, start, start + 12, start + 16, length);
    this.#carries(whole.proto, start + whole.header.length, start + length, start + length);
  }

  /** Without all its octets a fragment cannot be put together; a first one still has the ports. */
  #cutFragment(offset: number, proto: number, l4At: number, end: number, wire: number): void {
    this.#faults.tellOfThis("incompletely_captured_fragment", "IP");
    if (offset !== 0) return this.#other();
    this.#packet.flags |= PACKET_FLAG.cut | PACKET_FLAG.loneFragment;
    this.#carries(proto, l4At, end, wire);
  }

  /** From the extension headers on, of a packet as captured or as put together. */
  #ipv6Payload(at: number, total: number, ipEnd: number): void {
    const { view } = this.#packet;
    const chain = this.#chain;
    if (!chain.walk(view, at, ipEnd)) return this.#faults.malformedIp("internally_truncated_header");
    const hash = this.#hash.ofAddresses(view, at + 8, at + 24);
    this.#packet.header(PACKET_KIND.ipv6, hash, at, chain.srcAt, chain.dstAt, total);
    if (chain.isRouted) this.#faults.tellOfThis("routing0_hdr", null);
    if (chain.fragmentAt >= 0) this.#ipv6Fragment(at, total, ipEnd);
    else this.#carries(chain.proto, chain.end, ipEnd, at + total);
  }

  #ipv6Fragment(at: number, total: number, ipEnd: number): void {
    const { view } = this.#packet;
    const { fragmentAt, nextHeaderAt } = this.#chain;
    const bits = view.getUint16(fragmentAt + 2);
    const next = view.getUint8(fragmentAt);
    this.#counters.fragments++;
    const offset = bits & 0xfff8;
    if (ipEnd - at < total) return this.#cutFragment(offset, next, fragmentAt + 8, ipEnd, at + total);
    const { part } = this.#datagrams;
    part.bytes = this.#packet.bytes;
    part.headerAt = at;
    part.headerEnd = fragmentAt;
    part.nextHeaderAt = nextHeaderAt;
    part.proto = next;
    part.payloadAt = fragmentAt + 8;
    part.payloadEnd = ipEnd;
    part.offset = offset;
    part.more = (bits & 1) !== 0;
    let key = "6";
    for (let i = 0; i < 32; i += 4) key += ` ${view.getUint32(at + 8 + i)}`;
    const whole = this.#datagrams.add(`${key} ${view.getUint32(fragmentAt + 4)}`, PACKET_KIND.ipv6, at + 8, at + 24);
    if (whole === null) return this.#other();
    const length = whole.header.length + whole.payload.length;
    if (length - IPV6_HEADER > MAX_DATAGRAM) return this.#tooLong(PACKET_KIND.ipv6, at + 8, at + 24);
    const start = this.#datagrams.adopt(whole);
    this.#packet.view.setUint8(start + whole.nextHeaderAt, whole.proto);
    this.#packet.view.setUint16(start + 4, length - IPV6_HEADER);
    this.#ipv6Payload(start, length, start + length);
  }

  /** A datagram put together that is longer than its header can say ("ping of death"). */
  #tooLong(kind: number, srcAt: number, dstAt: number): void {
    this.#counters.malformedIp++;
    this.#faults.tellOf(kind, srcAt, dstAt, "invalid_IP_header_size", "IP");
    this.#other();
  }

  #carries(proto: number, l4At: number, end: number, wire: number): void {
    this.#packet.carries(proto, l4At, end, wire);
    this.#transport();
  }

  #other(): void {
    this.#rows.addOther(this.#packet, PACKET_KIND.other);
  }
}
