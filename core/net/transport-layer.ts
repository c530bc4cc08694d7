import { pseudoHeaderSum, sum16, sumFits } from "./checksum.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { IPV4_HEADER } from "./ip-layer.ts";
import { IP_PROTO, IPV6_HEADER } from "./ipv6-chain.ts";
import { PACKET_FLAG, PACKET_KIND, sessionKey, TUNNEL } from "./packet-batch.ts";
import type { PacketFaults } from "./packet-faults.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import type { PacketRows } from "./packet-rows.ts";
import { IP_TUNNEL_TIMEOUT_NS, UDP_TIMEOUT_NS } from "./timeouts.ts";
import type { TunnelHeader } from "./tunnel-headers.ts";
import { isTunnelPort } from "./tunnel-headers.ts";
import { TunnelRegistry } from "./tunnel-registry.ts";

const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;

/** Neighbour discovery messages by ICMPv6 type: Zeek's word for them, and octets from their checksum's end to their options. */
const NEIGHBOUR_MESSAGES: ReadonlyMap<number, { name: string; options: number }> = new Map([
  [134, { name: "ra", options: 8 }],
  [135, { name: "ns", options: 16 }],
  [136, { name: "na", options: 16 }],
  [137, { name: "redirect", options: 32 }],
]);

/** Zeek's analyzers of tunnels, by `TUNNEL`. */
const TUNNEL_SOURCES = ["", "IPTUNNEL", "GRE", "VXLAN", "GENEVE", "TEREDO", "GTPV1", "AYIYA"] as const;

/** What IP carries: TCP (RFC 9293), UDP (RFC 768), ICMP, and the packets of tunnels. */
export class TransportLayer {
  readonly #packet: PacketInHand;
  readonly #rows: PacketRows;
  readonly #faults: PacketFaults;
  readonly #tunnel: TunnelHeader;
  readonly #counters: DecodeCounters;
  readonly #verify: boolean;
  readonly #depth: number;
  readonly #inside: (end: number, wire: number) => void;
  readonly #registry: TunnelRegistry;

  /**
   * @param verify Marks packets whose checksum does not fit.
   * @param depth Tunnels inside each other that are looked into.
   * @param inside Goes on with the packet that `tunnel` found, up to the two places.
   */
  constructor(
    packet: PacketInHand,
    rows: PacketRows,
    faults: PacketFaults,
    tunnel: TunnelHeader,
    counters: DecodeCounters,
    verify: boolean,
    depth: number,
    inside: (end: number, wire: number) => void,
  ) {
    this.#packet = packet;
    this.#rows = rows;
    this.#faults = faults;
    this.#tunnel = tunnel;
    this.#counters = counters;
    this.#verify = verify;
    this.#depth = depth;
    this.#inside = inside;
    this.#registry = new TunnelRegistry(counters);
  }

  sweep(clockNs: number): void {
    this.#registry.sweep(clockNs);
  }

  /** Adds rows for the packet at hand, and for those inside it. */
  read(): void {
    switch (this.#packet.proto) {
      case IP_PROTO.tcp:
        return this.#tcp();
      case IP_PROTO.udp:
        return this.#udp();
      case IP_PROTO.icmp:
      case IP_PROTO.icmp6:
        return this.#icmp();
      case IP_PROTO.ipv4:
      case IP_PROTO.ipv6:
      case IP_PROTO.gre:
        return this.#ipTunnel();
      case IP_PROTO.mobility:
        return this.#mobility();
      default:
        return this.#unknown();
    }
  }

  #tcp(): void {
    if (!this.#fits(TCP_HEADER, "TCP")) return;
    const { view, proto, l4At, end, wire } = this.#packet;
    const row = this.#rows.add(this.#packet, proto);
    const c = this.#rows.columns;
    c.l4At[row] = l4At;
    c.srcPort[row] = view.getUint16(l4At);
    c.dstPort[row] = view.getUint16(l4At + 2);
    const header = (view.getUint8(l4At + 12) >> 4) * 4;
    if (header < TCP_HEADER || header > wire - l4At || header > end - l4At) {
      this.#counters.malformedTransport++;
      this.#rows.mark(row, PACKET_FLAG.badTransport);
      return;
    }
    c.payloadAt[row] = l4At + header;
    c.payloadLength[row] = wire - l4At - header;
    c.payloadCaptured[row] = end - l4At - header;
    if (this.#verify) this.#checksum(row);
  }

  #icmp(): void {
    if (!this.#fits(ICMP_HEADER, "ICMP")) return;
    const { view, proto, l4At, end, wire } = this.#packet;
    const row = this.#rows.add(this.#packet, proto);
    const c = this.#rows.columns;
    const type = view.getUint8(l4At);
    c.srcPort[row] = type;
    c.dstPort[row] = view.getUint8(l4At + 1);
    const captured = end - l4At - ICMP_HEADER;
    this.#rows.payload(row, l4At, l4At + ICMP_HEADER, wire - l4At - ICMP_HEADER, captured);
    if (proto === IP_PROTO.icmp6) this.#neighbourOptions(type, captured);
    if (this.#verify) this.#checksum(row);
  }

  #udp(): void {
    if (!this.#fits(UDP_HEADER, "UDP")) return;
    const packet = this.#packet;
    const { view, kind, l4At, end, wire } = packet;
    const row = this.#rows.add(packet, IP_PROTO.udp);
    const c = this.#rows.columns;
    const srcPort = view.getUint16(l4At);
    const dstPort = view.getUint16(l4At + 2);
    c.srcPort[row] = srcPort;
    c.dstPort[row] = dstPort;
    // A length of 0 is a jumbogram's or an offloading driver's (RFC 2675 4).
    const says = view.getUint16(l4At + 4);
    const payloadAt = l4At + UDP_HEADER;
    const length = (says < UDP_HEADER ? wire - l4At : says) - UDP_HEADER;
    const captured = Math.min(end - payloadAt, length);
    this.#rows.payload(row, l4At, payloadAt, length, captured);
    if (this.#verify && (kind === PACKET_KIND.ipv6 || view.getUint16(l4At + 6) !== 0)) {
      this.#checksum(row);
      if ((c.flags[row]! & PACKET_FLAG.badChecksum) !== 0) return;
    }
    const found = this.#tunnel.inUdp(view, srcPort, dstPort, payloadAt, payloadAt + captured, payloadAt + length);
    if (!found && !isTunnelPort(srcPort) && !isTunnelPort(dstPort)) return;
    const key = this.#tunnelKey(srcPort, dstPort, IP_PROTO.udp, UDP_TIMEOUT_NS);
    if (!found || this.#isTooDeep(row)) return;
    this.#enter(row, key, Math.min(end, payloadAt + captured), Math.min(wire, payloadAt + length));
  }

  #ipTunnel(): void {
    const packet = this.#packet;
    const { view, proto, l4At, end, wire } = packet;
    const tunnel = this.#tunnel;
    const found = proto === IP_PROTO.gre ? tunnel.gre(view, l4At, end, wire) : tunnel.ip(view, proto, l4At, end, wire);
    const row = this.#rows.add(packet, proto);
    this.#rows.payload(row, l4At, l4At, Math.max(wire - l4At, 0), Math.max(end - l4At, 0));
    if (!found) {
      this.#counters.malformedTransport++;
      this.#rows.mark(row, PACKET_FLAG.badTransport);
      const version = proto === IP_PROTO.ipv4 ? 4 : proto === IP_PROTO.ipv6 ? 6 : 0;
      if (version > 0) this.#faults.tellOfThis(innerFault(view, version, l4At, end), "IPTUNNEL");
      return;
    }
    if (this.#isTooDeep(row)) return;
    // GRE and IP-in-IP between the same hosts are one tunnel, as in Zeek.
    this.#enter(row, this.#tunnelKey(0, 0, 0, IP_TUNNEL_TIMEOUT_NS), end, wire);
  }

  /** A mobility header (RFC 6275 6.1.1), behind which nothing more is looked for. */
  #mobility(): void {
    if (!this.#verify || this.#hasGoodSum()) return this.#unknown();
    this.#counters.badTransportChecksum++;
    this.#faults.tellOfThis("bad_MH_checksum", "IP");
    this.#rows.addOther(this.#packet, PACKET_KIND.other);
  }

  #unknown(): void {
    const packet = this.#packet;
    const { proto, l4At, end, wire } = packet;
    // A bubble of Teredo is such a packet, and nothing odd.
    const isBubble = packet.level > 0 && this.#tunnel.kind === TUNNEL.teredo;
    if (proto === IP_PROTO.none && !isBubble) this.#faults.tellOfThis("ipv6_no_next", "IP");
    const row = this.#rows.add(packet, proto);
    this.#rows.payload(row, l4At, l4At, Math.max(wire - l4At, 0), Math.max(end - l4At, 0));
  }

  /** True if a transport header of `octets` is there; else the packet is counted as malformed and left out. */
  #fits(octets: number, source: string): boolean {
    const { l4At, end, wire } = this.#packet;
    if (wire - l4At >= octets && end - l4At >= octets) return true;
    this.#counters.malformedTransport++;
    this.#faults.tellOfThis(wire - l4At < octets ? "truncated_header" : "internally_truncated_header", source);
    this.#rows.addOther(this.#packet, PACKET_KIND.other);
    return false;
  }

  /** Key of the tunnel that the packet at hand belongs to. */
  #tunnelKey(srcPort: number, dstPort: number, proto: number, timeoutNs: number): number {
    const { view, kind, pairHash, srcAt, dstAt, ordinal, level, nowNs } = this.#packet;
    const octets = kind === PACKET_KIND.ipv4 ? 4 : 16;
    const fresh = sessionKey(ordinal, level);
    return this.#registry.touch(view, pairHash, srcAt, dstAt, octets, srcPort, dstPort, proto, fresh, nowNs, timeoutNs);
  }

  /** Goes on with the packet that `#tunnel` found inside the packet of `row`. */
  #enter(row: number, key: number, end: number, wire: number): void {
    const packet = this.#packet;
    const rows = this.#rows;
    rows.columns.carries[row] = this.#tunnel.kind;
    rows.columns.network[row] = this.#tunnel.network;
    packet.level++;
    packet.carrier = key;
    packet.flags |= PACKET_FLAG.inner;
    this.#counters.innerPackets++;
    this.#inside(end, wire);
    if (rows.count > row + 1) rows.mark(row, PACKET_FLAG.carriesIp);
  }

  #isTooDeep(row: number): boolean {
    if (this.#packet.level < this.#depth) return false;
    this.#counters.tooDeep++;
    this.#faults.tellOfThis("exceeded_tunnel_max_depth", TUNNEL_SOURCES[this.#tunnel.kind]!);
    this.#rows.mark(row, PACKET_FLAG.tooDeep);
    return true;
  }

  /** True too where not all octets are there to tell. */
  #hasGoodSum(): boolean {
    const { view, kind, srcAt, dstAt, proto, l4At, end, wire, flags } = this.#packet;
    if (end < wire || (flags & PACKET_FLAG.loneFragment) !== 0) return true;
    const octets = kind === PACKET_KIND.ipv4 ? 4 : 16;
    const start = proto === IP_PROTO.icmp ? 0 : pseudoHeaderSum(view, srcAt, dstAt, octets, proto, wire - l4At);
    return sumFits(sum16(view, l4At, wire, start));
  }

  #checksum(row: number): void {
    if (this.#hasGoodSum()) return;
    this.#counters.badTransportChecksum++;
    this.#rows.mark(row, PACKET_FLAG.badChecksum);
  }

  /** Neighbour discovery messages that end before their options. RFC 4861 4; Zeek: `ICMPAnalyzer` */
  #neighbourOptions(type: number, octets: number): void {
    const message = NEIGHBOUR_MESSAGES.get(type);
    if (message !== undefined && message.options > octets)
      this.#faults.tell(`icmp6_${message.name}_bad_opt_offset`, "ICMP", `${message.options} (length ${octets})`);
  }
}

/** Zeek's name for what is wrong with the packet in an IP-in-IP tunnel. Zeek: `IPTunnelAnalyzer`, `ParsePacket` */
function innerFault(view: DataView, version: number, at: number, end: number): string {
  if (end - at < (version === 4 ? IPV4_HEADER : IPV6_HEADER))
    return version === 4 ? "invalid_inner_IP_version" : "truncated_inner_IP";
  return view.getUint8(at) >> 4 === version ? "truncated_inner_IP" : "invalid_inner_IP_version";
}
