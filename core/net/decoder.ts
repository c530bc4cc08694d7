import { randomBytes } from "node:crypto";
import type { FrameBatch } from "../capture/frame-batch.ts";
import { ipv4Text, ipv6Text } from "./addresses.ts";
import { pseudoHeaderSum, sum16, sumFits } from "./checksum.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { linkTypeName, newDecodeCounters } from "./decode-counters.ts";
import type { Fragment, FragmentLimits, WholeDatagram } from "./fragments.ts";
import { Defragmenter, FRAGMENT_LIMITS } from "./fragments.ts";
import { IP_PROTO, Ipv6Chain } from "./ipv6-chain.ts";
import type { Network } from "./link-layer.ts";
import { LinkLayer, NETWORK } from "./link-layer.ts";
import type { DatagramPart, PacketBatch, PacketColumns, Sweep } from "./packet-batch.ts";
import {
  grownColumns,
  MAX_LEVELS,
  NO_OFFSET,
  NO_VLAN,
  PACKET_FLAG,
  PACKET_KIND,
  packetColumns,
  PacketColumnsPool,
  sessionKey,
  TUNNEL,
} from "./packet-batch.ts";
import type { HashKey } from "./pair-hash.ts";
import { PairHash } from "./pair-hash.ts";
import { StrayLog } from "./strays.ts";
import { IP_TUNNEL_TIMEOUT_NS, UDP_TIMEOUT_NS } from "./timeouts.ts";
import { isTunnelPort, TunnelHeader } from "./tunnel-headers.ts";
import { TunnelRegistry } from "./tunnel-registry.ts";

export interface DecoderOptions {
  /**
   * Leaves out packets whose IPv4 header checksum does not fit, and marks those whose transport checksum does not. Off by
   * default: captures made on the sending host hold checksums that its network card had yet to fill in.
   */
  readonly verifyChecksums?: boolean;
  /** Tunnels inside each other that are looked into. */
  readonly tunnelDepth?: number;
  /** Secret of the host-pair hash; random if absent. Records do not depend on it. */
  readonly hashKey?: HashKey;
  /** Idle connections are looked for each time this many frames of the run have gone by. */
  readonly sweepFrames?: number;
  readonly fragments?: FragmentLimits;
}

export const DEFAULT_TUNNEL_DEPTH = 4;
export const DEFAULT_SWEEP_FRAMES = 16_384;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
/** Zeek: `MIN_ACCEPTABLE_FRAG_SIZE` */
const SMALL_FRAGMENT = 64;
/** Zeek: `MAX_ACCEPTABLE_FRAG_SIZE` */
const LARGE_FRAGMENT = 64_000;
/** Longest that the length in an IP header can say. */
const MAX_DATAGRAM = 65_535;

/**
 * Decodes frames to their transport headers, through link layers, tunnels and fragments. Runs once, on the reader's thread.
 *
 * No object is made per packet. A decoder belongs to one run: fragments and tunnels are carried over from batch to batch.
 */
export class PacketDecoder {
  readonly counters: DecodeCounters = newDecodeCounters();
  readonly #verify: boolean;
  readonly #depth: number;
  readonly #sweepFrames: number;
  readonly #hash: PairHash;
  readonly #link = new LinkLayer();
  readonly #chain = new Ipv6Chain();
  readonly #tunnel = new TunnelHeader();
  readonly #fragments: Defragmenter;
  readonly #registry: TunnelRegistry;
  readonly #strays = new StrayLog();
  readonly #part: Fragment = {
    bytes: new Uint8Array(0),
    headerAt: 0,
    headerEnd: 0,
    nextHeaderAt: 0,
    proto: 0,
    payloadAt: 0,
    payloadEnd: 0,
    offset: 0,
    more: false,
  };

  readonly #pool = new PacketColumnsPool();
  #columns: PacketColumns = packetColumns(0);
  #rows = 0;
  #extra = new Uint8Array(0);
  #extraLength = 0;
  #parts: DatagramPart[] = [];

  // The frame being decoded.
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #frame = 0;
  #ordinal = 0;
  #nowNs = 0;
  #flags = 0;
  #level = 0;
  #carrier = -1;
  #vlan: number = NO_VLAN;
  #innerVlan: number = NO_VLAN;
  #macAt: number = NO_OFFSET;

  /** Earliest time of the frames since the last sweep. */
  #clockNs = Infinity;

  constructor(options: DecoderOptions = {}) {
    this.#verify = options.verifyChecksums ?? false;
    this.#depth = Math.min(options.tunnelDepth ?? DEFAULT_TUNNEL_DEPTH, MAX_LEVELS - 1);
    this.#sweepFrames = options.sweepFrames ?? DEFAULT_SWEEP_FRAMES;
    this.#hash = new PairHash(options.hashKey ?? randomKey());
    this.#fragments = new Defragmenter(options.fragments ?? FRAGMENT_LIMITS, this.counters);
    this.#registry = new TunnelRegistry(this.counters);
  }

  decode(frames: FrameBatch): PacketBatch {
    const { count, offset, capLen, wireLen, linkType, bytes } = frames;
    const words = new Int32Array(frames.ts.buffer, frames.ts.byteOffset, frames.ts.length * 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sweeps: Sweep[] = [];
    this.#columns = this.#pool.take(count);
    this.#rows = 0;
    this.#extraLength = 0;
    this.#parts = [];
    for (let i = 0; i < count; i++) {
      const ordinal = frames.firstOrdinal + i;
      if (ordinal > 0 && ordinal % this.#sweepFrames === 0) sweeps.push(this.#sweep());
      // Nanoseconds as a double: exact to 256 ns, which timeouts can bear. Records use the exact integer.
      this.#nowNs = words[2 * i + 1]! * 0x1_0000_0000 + (words[2 * i]! >>> 0);
      if (this.#nowNs < this.#clockNs) this.#clockNs = this.#nowNs;
      this.#bytes = bytes;
      this.#view = view;
      this.#frame = i;
      this.#ordinal = ordinal;
      this.#flags = 0;
      this.#level = 0;
      this.#carrier = -1;
      const at = offset[i]!;
      const end = at + capLen[i]!;
      const type = linkType[i]!;
      const network = this.#walk(type, at, end);
      if (network === NETWORK.unsupported) this.#countUnsupported(type);
      this.#network(network, this.#link.end, at + Math.max(wireLen[i]!, capLen[i]!));
    }
    this.#countLinkTypes(linkType, count);
    this.counters.frames += count;
    this.counters.packets += this.#rows;
    this.counters.fragmentsPending = this.#fragments.pending;
    const extra = new Uint8Array(new SharedArrayBuffer(this.#extraLength));
    extra.set(this.#extra.subarray(0, this.#extraLength));
    return {
      ...this.#columns,
      frames,
      count: this.#rows,
      extra,
      sweeps,
      parts: this.#parts,
      strays: this.#strays.take(),
    };
  }

  /** Gives the columns of a batch back, which nobody may read any more. */
  release(batch: PacketBatch): void {
    this.#pool.give(batch);
  }

  #sweep(): Sweep {
    const clockNs = this.#clockNs;
    this.#clockNs = Infinity;
    this.#fragments.sweep(clockNs);
    this.#registry.sweep(clockNs);
    return { row: this.#rows, clockNs };
  }

  #walk(linkType: number, at: number, end: number): Network {
    const link = this.#link;
    const network = link.walk(this.#view, linkType, at, end);
    this.#vlan = link.vlan;
    this.#innerVlan = link.innerVlan;
    this.#macAt = link.macAt;
    return network;
  }

  /** @param wire Where the frame would end had it been captured whole. */
  #network(network: Network, end: number, wire: number): void {
    const { fault } = this.#link;
    if (fault !== null) this.#stray(fault.name, fault.source, fault.addl);
    switch (network) {
      case NETWORK.ipv4:
        this.#ipv4(this.#link.at, end, wire);
        return;
      case NETWORK.ipv6:
        this.#ipv6(this.#link.at, end, wire);
        return;
      case NETWORK.arp:
        this.#arp(this.#link.at, end);
        return;
      case NETWORK.malformed:
        this.counters.malformedLink++;
        break;
      case NETWORK.other: {
        const type = this.#link.type;
        this.counters.otherTypes.set(type, (this.counters.otherTypes.get(type) ?? 0) + 1);
        break;
      }
      case NETWORK.unsupported:
        break;
    }
    this.#other();
  }

  /** A row for a frame that nothing more is known of. */
  #other(): void {
    if (this.#level > 0) return;
    this.#row(PACKET_KIND.other, 0, 0, 0, 0, 0, 0);
  }

  #arp(at: number, end: number): void {
    this.counters.arp++;
    if (this.#level > 0) return;
    // Only IPv4 over Ethernet (RFC 826): hardware type 1, protocol 0x0800, lengths 6 and 4.
    if (end - at < 28 || this.#view.getUint32(at) !== 0x00010800 || this.#view.getUint16(at + 4) !== 0x0604) {
      this.#row(PACKET_KIND.arp, 0, 0, at, at, at, Math.max(end - at, 0));
      return;
    }
    const hash = this.#hash.ofWords(this.#view.getInt32(at + 14), this.#view.getInt32(at + 24));
    this.#row(PACKET_KIND.arp, 0, hash, at, at + 14, at + 24, 28);
  }

  #ipv4(at: number, end: number, wire: number): void {
    const view = this.#view;
    if (end - at < IPV4_HEADER) return this.#malformedIp("truncated_IP");
    if (view.getUint8(at) >> 4 !== 4) return this.#malformedIp("unknown_ip_version");
    const headerLength = (view.getUint8(at) & 0x0f) * 4;
    let total = view.getUint16(at + 2);
    if (total === 0) {
      // Segmentation offloading leaves the length empty; then the frame's is the only one.
      this.#stray("ip_hdr_len_zero", "IP");
      if (this.#verify) return this.#malformedIp(null);
      total = Math.min(wire - at, 0xffff);
    }
    if (total > wire - at) return this.#malformedIp("truncated_IP_len");
    if (headerLength > total) return this.#malformedIp("invalid_IP_header_size");
    if (headerLength > end - at) return this.#malformedIp("internally_truncated_header");
    if (headerLength < IPV4_HEADER) return this.#malformedIp("IPv4_min_header_size");
    if (this.#verify && !sumFits(sum16(view, at, at + headerLength))) {
      this.counters.badIpChecksum++;
      this.#strayOf(PACKET_KIND.ipv4, at + 12, at + 16, "bad_IP_checksum", "IP");
      return this.#other();
    }
    const ipEnd = Math.min(end, at + total);
    const proto = view.getUint8(at + 9);
    const hash = this.#hash.ofWords(view.getInt32(at + 12), view.getInt32(at + 16));
    const fragment = view.getUint16(at + 6);
    if ((fragment & 0x3fff) !== 0) {
      this.#ipv4Fragment(at, headerLength, total, ipEnd, proto, fragment, hash);
      return;
    }
    if (ipEnd - at < total) this.#flags |= PACKET_FLAG.cut;
    const first = this.#rows;
    this.#transport(PACKET_KIND.ipv4, hash, at, at + 12, at + 16, total, proto, at + headerLength, ipEnd, at + total);
    // Zeek counts what the header says.
    if (view.getUint16(at + 2) === 0 && this.#rows > first) this.#columns.ipLength[first] = 0;
  }

  #ipv4Fragment(
    at: number,
    headerLength: number,
    total: number,
    ipEnd: number,
    proto: number,
    bits: number,
    hash: number,
  ): void {
    this.counters.fragments++;
    const view = this.#view;
    const offset = (bits & 0x1fff) * 8;
    if (ipEnd - at < total) {
      // Without all its octets it cannot be put together; a first fragment still has the ports.
      if (offset !== 0) return this.#other();
      this.#flags |= PACKET_FLAG.cut | PACKET_FLAG.loneFragment;
      this.#transport(PACKET_KIND.ipv4, hash, at, at + 12, at + 16, total, proto, at + headerLength, ipEnd, at + total);
      return;
    }
    const part = this.#part;
    part.bytes = this.#bytes;
    part.headerAt = at;
    part.headerEnd = at + headerLength;
    part.nextHeaderAt = at + 9;
    part.proto = proto;
    part.payloadAt = at + headerLength;
    part.payloadEnd = ipEnd;
    part.offset = offset;
    part.more = (bits & 0x2000) !== 0;
    const key = `4 ${view.getUint32(at + 12)} ${view.getUint32(at + 16)} ${view.getUint16(at + 4)} ${proto}`;
    if ((bits & 0x4000) !== 0) this.#strayOf(PACKET_KIND.ipv4, at + 12, at + 16, "fragment_with_DF", null);
    const whole = this.#addFragment(key, PACKET_KIND.ipv4, at + 12, at + 16);
    if (whole === null) return this.#other();
    const length = whole.header.length + whole.payload.length;
    if (length > MAX_DATAGRAM) return this.#tooLong(PACKET_KIND.ipv4, at + 12, at + 16);
    const start = this.#adopt(whole);
    const header = this.#view;
    // The header of the first fragment, made to fit the whole datagram.
    header.setUint16(start + 2, length);
    header.setUint16(start + 6, header.getUint16(start + 6) & 0xc000);
    const l4At = start + whole.header.length;
    this.#transport(
      PACKET_KIND.ipv4,
      hash,
      start,
      start + 12,
      start + 16,
      length,
      whole.proto,
      l4At,
      start + length,
      start + length,
    );
  }

  #ipv6(at: number, end: number, wire: number): void {
    const view = this.#view;
    if (end - at < IPV6_HEADER) return this.#malformedIp("truncated_IP");
    if (view.getUint8(at) >> 4 !== 6) return this.#malformedIp("unknown_ip_version");
    const payloadLength = view.getUint16(at + 4);
    const total =
      payloadLength === 0 && wire - at > IPV6_HEADER && view.getUint8(at + 6) === IP_PROTO.tcp
        ? wire - at
        : IPV6_HEADER + payloadLength;
    if (total > wire - at) return this.#malformedIp("truncated_IP_len");
    const ipEnd = Math.min(end, at + total);
    if (ipEnd - at < total) this.#flags |= PACKET_FLAG.cut;
    this.#ipv6Payload(at, total, ipEnd);
  }

  /** From the extension headers on, of a packet as captured or as put together. */
  #ipv6Payload(at: number, total: number, ipEnd: number): void {
    const view = this.#view;
    const chain = this.#chain;
    if (!chain.walk(view, at, ipEnd)) return this.#malformedIp("internally_truncated_header");
    if (chain.isRouted) this.#strayOf(PACKET_KIND.ipv6, chain.srcAt, chain.dstAt, "routing0_hdr", null);
    const hash = this.#hash.ofAddresses(view, at + 8, at + 24);
    if (chain.fragmentAt >= 0) {
      this.#ipv6Fragment(at, total, ipEnd, hash);
      return;
    }
    this.#transport(
      PACKET_KIND.ipv6,
      hash,
      at,
      chain.srcAt,
      chain.dstAt,
      total,
      chain.proto,
      chain.end,
      ipEnd,
      at + total,
    );
  }

  #ipv6Fragment(at: number, total: number, ipEnd: number, hash: number): void {
    const view = this.#view;
    const chain = this.#chain;
    const fragmentAt = chain.fragmentAt;
    const bits = view.getUint16(fragmentAt + 2);
    const next = view.getUint8(fragmentAt);
    this.counters.fragments++;
    const offset = bits & 0xfff8;
    if (ipEnd - at < total) {
      if (offset !== 0) return this.#other();
      this.#flags |= PACKET_FLAG.cut | PACKET_FLAG.loneFragment;
      this.#transport(
        PACKET_KIND.ipv6,
        hash,
        at,
        chain.srcAt,
        chain.dstAt,
        total,
        next,
        fragmentAt + 8,
        ipEnd,
        at + total,
      );
      return;
    }
    const part = this.#part;
    part.bytes = this.#bytes;
    part.headerAt = at;
    part.headerEnd = fragmentAt;
    part.nextHeaderAt = chain.nextHeaderAt;
    part.proto = next;
    part.payloadAt = fragmentAt + 8;
    part.payloadEnd = ipEnd;
    part.offset = offset;
    part.more = (bits & 1) !== 0;
    let key = "6";
    for (let i = 0; i < 32; i += 4) key += ` ${view.getUint32(at + 8 + i)}`;
    const whole = this.#addFragment(`${key} ${view.getUint32(fragmentAt + 4)}`, PACKET_KIND.ipv6, at + 8, at + 24);
    if (whole === null) return this.#other();
    const length = whole.header.length + whole.payload.length;
    if (length - IPV6_HEADER > MAX_DATAGRAM) return this.#tooLong(PACKET_KIND.ipv6, at + 8, at + 24);
    const start = this.#adopt(whole);
    this.#view.setUint8(start + whole.nextHeaderAt, whole.proto);
    this.#view.setUint16(start + 4, length - IPV6_HEADER);
    this.#ipv6Payload(start, length, start + length);
  }

  /** Adds `#part` to its datagram, and tells what Zeek's `FragReassembler` finds odd. */
  #addFragment(key: string, kind: number, srcAt: number, dstAt: number): WholeDatagram | null {
    const { payloadAt, payloadEnd, offset, more } = this.#part;
    const octets = payloadEnd - payloadAt;
    if (more && octets < SMALL_FRAGMENT) this.#strayOf(kind, srcAt, dstAt, "excessively_small_fragment", null);
    if (offset + octets > LARGE_FRAGMENT) this.#strayOf(kind, srcAt, dstAt, "excessively_large_fragment", null);
    const before = this.counters.fragmentContradictions;
    const whole = this.#fragments.add(key, this.#part, this.#ordinal, this.#nowNs);
    if (this.counters.fragmentContradictions > before)
      this.#strayOf(kind, srcAt, dstAt, "fragment_inconsistency", null);
    return whole;
  }

  /** A datagram put together that is longer than its header can say ("ping of death"). */
  #tooLong(kind: number, srcAt: number, dstAt: number): void {
    this.counters.malformedIp++;
    this.#strayOf(kind, srcAt, dstAt, "invalid_IP_header_size", "IP");
    this.#other();
  }

  /** Copies a whole datagram to the batch's own octets and goes on there. @returns where it begins. */
  #adopt(whole: WholeDatagram): number {
    const start = this.#extraLength;
    const length = whole.header.length + whole.payload.length;
    if (start + length > this.#extra.length) {
      const grown = new Uint8Array(Math.max(start + length, this.#extra.length * 2, 65_536));
      grown.set(this.#extra.subarray(0, start));
      this.#extra = grown;
    }
    this.#extra.set(whole.header, start);
    this.#extra.set(whole.payload, start + whole.header.length);
    this.#extraLength += length;
    for (const ordinal of whole.ordinals) {
      if (ordinal !== this.#ordinal) this.#parts.push({ row: this.#rows, ordinal });
    }
    this.#bytes = this.#extra;
    this.#view = new DataView(this.#extra.buffer, 0, this.#extra.length);
    this.#flags |= PACKET_FLAG.reassembled;
    this.#macAt = NO_OFFSET;
    return start;
  }

  #transport(
    kind: number,
    hash: number,
    ipAt: number,
    srcAt: number,
    dstAt: number,
    ipLength: number,
    proto: number,
    l4At: number,
    end: number,
    wire: number,
  ): void {
    const view = this.#view;
    const length = wire - l4At;
    switch (proto) {
      case IP_PROTO.tcp: {
        if (!this.#fits(20, length, end - l4At, kind, srcAt, dstAt, "TCP")) return;
        const row = this.#row(kind, proto, hash, ipAt, srcAt, dstAt, ipLength);
        const c = this.#columns;
        c.l4At[row] = l4At;
        c.srcPort[row] = view.getUint16(l4At);
        c.dstPort[row] = view.getUint16(l4At + 2);
        const header = (view.getUint8(l4At + 12) >> 4) * 4;
        if (header < 20 || header > length || header > end - l4At) {
          this.counters.malformedTransport++;
          c.flags[row]! |= PACKET_FLAG.badTransport;
          return;
        }
        c.payloadAt[row] = l4At + header;
        c.payloadLength[row] = length - header;
        c.payloadCaptured[row] = end - l4At - header;
        if (this.#verify) this.#checksum(row, kind, srcAt, dstAt, proto, l4At, end, wire);
        return;
      }
      case IP_PROTO.udp:
        this.#udp(kind, hash, ipAt, srcAt, dstAt, ipLength, l4At, end, wire);
        return;
      case IP_PROTO.icmp:
      case IP_PROTO.icmp6: {
        if (!this.#fits(8, length, end - l4At, kind, srcAt, dstAt, "ICMP")) return;
        const row = this.#row(kind, proto, hash, ipAt, srcAt, dstAt, ipLength);
        const c = this.#columns;
        c.l4At[row] = l4At;
        c.srcPort[row] = view.getUint8(l4At);
        c.dstPort[row] = view.getUint8(l4At + 1);
        c.payloadAt[row] = l4At + 8;
        c.payloadLength[row] = length - 8;
        c.payloadCaptured[row] = end - l4At - 8;
        if (proto === IP_PROTO.icmp6) this.#neighbourOptions(view.getUint8(l4At), end - l4At - 8);
        if (this.#verify) this.#checksum(row, kind, srcAt, dstAt, proto, l4At, end, wire);
        return;
      }
      case IP_PROTO.ipv4:
      case IP_PROTO.ipv6:
      case IP_PROTO.gre:
        this.#ipTunnel(kind, hash, ipAt, srcAt, dstAt, ipLength, proto, l4At, end, wire);
        return;
      default: {
        // A bubble of Teredo is such a packet, and nothing odd.
        const isBubble = this.#level > 0 && this.#tunnel.kind === TUNNEL.teredo;
        if (proto === IP_PROTO.none && !isBubble) this.#strayOf(kind, srcAt, dstAt, "ipv6_no_next", "IP");
        const row = this.#row(kind, proto, hash, ipAt, srcAt, dstAt, ipLength);
        const c = this.#columns;
        c.l4At[row] = l4At;
        c.payloadAt[row] = l4At;
        c.payloadLength[row] = Math.max(length, 0);
        c.payloadCaptured[row] = Math.max(end - l4At, 0);
      }
    }
  }

  /** True if a transport header of `octets` is there; else the packet is counted as malformed and left out. */
  #fits(
    octets: number,
    length: number,
    captured: number,
    kind: number,
    srcAt: number,
    dstAt: number,
    source: string,
  ): boolean {
    if (length >= octets && captured >= octets) return true;
    this.counters.malformedTransport++;
    this.#strayOf(kind, srcAt, dstAt, length < octets ? "truncated_header" : "internally_truncated_header", source);
    this.#other();
    return false;
  }

  #udp(
    kind: number,
    hash: number,
    ipAt: number,
    srcAt: number,
    dstAt: number,
    ipLength: number,
    l4At: number,
    end: number,
    wire: number,
  ): void {
    if (!this.#fits(8, wire - l4At, end - l4At, kind, srcAt, dstAt, "UDP")) return;
    const view = this.#view;
    const row = this.#row(kind, IP_PROTO.udp, hash, ipAt, srcAt, dstAt, ipLength);
    const c = this.#columns;
    const srcPort = view.getUint16(l4At);
    const dstPort = view.getUint16(l4At + 2);
    c.l4At[row] = l4At;
    c.srcPort[row] = srcPort;
    c.dstPort[row] = dstPort;
    // A length of 0 is a jumbogram's or an offloading driver's (RFC 2675 4).
    const says = view.getUint16(l4At + 4);
    const payloadLength = (says < 8 ? wire - l4At : says) - 8;
    const captured = Math.min(end - l4At - 8, payloadLength);
    c.payloadAt[row] = l4At + 8;
    c.payloadLength[row] = payloadLength;
    c.payloadCaptured[row] = captured;
    if (this.#verify && (kind === PACKET_KIND.ipv6 || view.getUint16(l4At + 6) !== 0)) {
      this.#checksum(row, kind, srcAt, dstAt, IP_PROTO.udp, l4At, end, wire);
      if ((c.flags[row]! & PACKET_FLAG.badChecksum) !== 0) return;
    }
    const onPort = isTunnelPort(srcPort) || isTunnelPort(dstPort);
    const tunnel = this.#tunnel;
    const found = tunnel.inUdp(view, srcPort, dstPort, l4At + 8, l4At + 8 + captured, l4At + 8 + payloadLength);
    if (!onPort && !found) return;
    const octets = kind === PACKET_KIND.ipv4 ? 4 : 16;
    const fresh = sessionKey(this.#ordinal, this.#level);
    const key = this.#registry.touch(
      view,
      hash,
      srcAt,
      dstAt,
      octets,
      srcPort,
      dstPort,
      IP_PROTO.udp,
      fresh,
      this.#nowNs,
      UDP_TIMEOUT_NS,
    );
    if (!found || this.#isTooDeep(row)) return;
    this.#enter(row, key, Math.min(end, l4At + 8 + captured), Math.min(wire, l4At + 8 + payloadLength));
  }

  #ipTunnel(
    kind: number,
    hash: number,
    ipAt: number,
    srcAt: number,
    dstAt: number,
    ipLength: number,
    proto: number,
    l4At: number,
    end: number,
    wire: number,
  ): void {
    const view = this.#view;
    const tunnel = this.#tunnel;
    const found = proto === IP_PROTO.gre ? tunnel.gre(view, l4At, end, wire) : tunnel.ip(view, proto, l4At, end, wire);
    const row = this.#row(kind, proto, hash, ipAt, srcAt, dstAt, ipLength);
    const c = this.#columns;
    c.l4At[row] = l4At;
    c.payloadAt[row] = l4At;
    c.payloadLength[row] = Math.max(wire - l4At, 0);
    c.payloadCaptured[row] = Math.max(end - l4At, 0);
    if (!found) {
      this.counters.malformedTransport++;
      c.flags[row]! |= PACKET_FLAG.badTransport;
      const version = proto === IP_PROTO.ipv4 ? 4 : proto === IP_PROTO.ipv6 ? 6 : 0;
      if (version > 0) this.#strayOf(kind, srcAt, dstAt, innerFault(view, version, l4At, end), "IPTUNNEL");
      return;
    }
    if (this.#isTooDeep(row)) return;
    const octets = kind === PACKET_KIND.ipv4 ? 4 : 16;
    const fresh = sessionKey(this.#ordinal, this.#level);
    // GRE and IP-in-IP between the same hosts are one tunnel, as in Zeek.
    const key = this.#registry.touch(
      view,
      hash,
      srcAt,
      dstAt,
      octets,
      0,
      0,
      0,
      fresh,
      this.#nowNs,
      IP_TUNNEL_TIMEOUT_NS,
    );
    this.#enter(row, key, end, wire);
  }

  /** Goes on with the packet that `#tunnel` found inside the packet of `row`. */
  #enter(row: number, key: number, end: number, wire: number): void {
    const tunnel = this.#tunnel;
    this.#columns.carries[row] = tunnel.kind;
    this.#columns.network[row] = tunnel.network;
    this.#level++;
    this.#carrier = key;
    this.#flags |= PACKET_FLAG.inner;
    this.counters.innerPackets++;
    const network = this.#walk(tunnel.linkType, tunnel.at, end);
    this.#network(network, this.#link.end, wire);
    if (this.#rows > row + 1) this.#columns.flags[row]! |= PACKET_FLAG.carriesIp;
  }

  #isTooDeep(row: number): boolean {
    if (this.#level < this.#depth) return false;
    this.counters.tooDeep++;
    this.#columns.flags[row]! |= PACKET_FLAG.tooDeep;
    return true;
  }

  #checksum(
    row: number,
    kind: number,
    srcAt: number,
    dstAt: number,
    proto: number,
    l4At: number,
    end: number,
    wire: number,
  ): void {
    if (end < wire || (this.#flags & PACKET_FLAG.loneFragment) !== 0) return;
    const view = this.#view;
    const octets = kind === PACKET_KIND.ipv4 ? 4 : 16;
    const start = proto === IP_PROTO.icmp ? 0 : pseudoHeaderSum(view, srcAt, dstAt, octets, proto, wire - l4At);
    if (sumFits(sum16(view, l4At, wire, start))) return;
    this.counters.badTransportChecksum++;
    this.#columns.flags[row]! |= PACKET_FLAG.badChecksum;
  }

  /** @param name Zeek's name of the fault, null if it was told already. */
  #malformedIp(name: string | null): void {
    this.counters.malformedIp++;
    if (name !== null) this.#strayIp(name);
    this.#other();
  }

  /** Inside an IP tunnel Zeek speaks of the tunnel, and tells two kinds of faults. */
  #strayIp(name: string): void {
    if (this.#level === 0 || (this.#tunnel.kind !== TUNNEL.ip && this.#tunnel.kind !== TUNNEL.gre)) {
      this.#stray(name, "IP");
      return;
    }
    const inner = name === "unknown_ip_version" ? "invalid_inner_IP_version" : "truncated_inner_IP";
    const row = this.#rows - 1;
    const c = this.#columns;
    this.#strayOf(c.kind[row]!, c.srcAt[row]!, c.dstAt[row]!, inner, "IPTUNNEL");
  }

  /** Neighbour discovery messages that end before their options. RFC 4861 4; Zeek: `ICMPAnalyzer` */
  #neighbourOptions(type: number, octets: number): void {
    const message = NEIGHBOUR_MESSAGES.get(type);
    if (message !== undefined && message.options > octets)
      this.#stray(`icmp6_${message.name}_bad_opt_offset`, "ICMP", `${message.options} (length ${octets})`);
  }

  #stray(name: string, source: string | null, addl: string | null = null): void {
    this.#strays.add({ frame: this.#frame, level: this.#level, name, addl, source, src: null, dst: null }, this.#nowNs);
  }

  /** An oddity of a packet whose addresses can be trusted. */
  #strayOf(kind: number, srcAt: number, dstAt: number, name: string, source: string | null): void {
    const src = this.#address(kind, srcAt);
    const dst = this.#address(kind, dstAt);
    this.#strays.add({ frame: this.#frame, level: this.#level, name, addl: null, source, src, dst }, this.#nowNs);
  }

  #address(kind: number, at: number): string {
    const view = this.#view;
    if (kind === PACKET_KIND.ipv4) return ipv4Text(view.getInt32(at));
    return ipv6Text(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
  }

  #row(
    kind: number,
    proto: number,
    hash: number,
    ipAt: number,
    srcAt: number,
    dstAt: number,
    ipLength: number,
  ): number {
    const row = this.#rows++;
    if (row >= this.#columns.frame.length) this.#columns = grownColumns(this.#columns, row * 2);
    const c = this.#columns;
    if ((this.#flags & PACKET_FLAG.cut) !== 0) this.counters.cut++;
    c.frame[row] = this.#frame;
    c.kind[row] = kind;
    c.flags[row] = this.#flags;
    c.proto[row] = proto;
    c.level[row] = this.#level;
    c.pairHash[row] = hash;
    c.ipAt[row] = ipAt;
    c.srcAt[row] = srcAt;
    c.dstAt[row] = dstAt;
    c.ipLength[row] = ipLength;
    c.vlan[row] = this.#vlan;
    c.innerVlan[row] = this.#innerVlan;
    c.macAt[row] = this.#macAt;
    c.carrierKey[row] = this.#carrier;
    return row;
  }

  #countUnsupported(linkType: number): void {
    const name = linkTypeName(linkType);
    this.counters.unsupported.set(name, (this.counters.unsupported.get(name) ?? 0) + 1);
  }

  #countLinkTypes(linkType: Uint16Array, count: number): void {
    for (let i = 0; i < count;) {
      const type = linkType[i]!;
      let next = i + 1;
      while (next < count && linkType[next] === type) next++;
      this.counters.linkTypes.set(type, (this.counters.linkTypes.get(type) ?? 0) + next - i);
      i = next;
    }
  }
}

/** Zeek's name for what is wrong with the packet in an IP-in-IP tunnel. Zeek: `IPTunnelAnalyzer`, `ParsePacket` */
function innerFault(view: DataView, version: number, at: number, end: number): string {
  if (end - at < (version === 4 ? IPV4_HEADER : IPV6_HEADER))
    return version === 4 ? "invalid_inner_IP_version" : "truncated_inner_IP";
  return view.getUint8(at) >> 4 === version ? "truncated_inner_IP" : "invalid_inner_IP_version";
}

/** Neighbour discovery messages by ICMPv6 type: Zeek's word for them, and octets from their checksum's end to their options. */
const NEIGHBOUR_MESSAGES: ReadonlyMap<number, { name: string; options: number }> = new Map([
  [134, { name: "ra", options: 8 }],
  [135, { name: "ns", options: 16 }],
  [136, { name: "na", options: 16 }],
  [137, { name: "redirect", options: 32 }],
]);

function randomKey(): HashKey {
  const bytes = randomBytes(8);
  return [bytes.readInt32LE(0), bytes.readInt32LE(4)];
}
