import { ipv4Text, ipv6Text } from "./addresses.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { PACKET_KIND, TUNNEL } from "./packet-batch.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import type { PacketRows } from "./packet-rows.ts";
import type { Stray } from "./strays.ts";
import { StrayLog } from "./strays.ts";
import type { TunnelHeader } from "./tunnel-headers.ts";

/** Counts what is wrong with packets, and tells it by Zeek's names. */
export class PacketFaults {
  readonly #packet: PacketInHand;
  readonly #rows: PacketRows;
  readonly #tunnel: TunnelHeader;
  readonly #counters: DecodeCounters;
  readonly #strays = new StrayLog();

  constructor(packet: PacketInHand, rows: PacketRows, tunnel: TunnelHeader, counters: DecodeCounters) {
    this.#packet = packet;
    this.#rows = rows;
    this.#tunnel = tunnel;
    this.#counters = counters;
  }

  /** What was told since the last call. */
  take(): readonly Stray[] {
    return this.#strays.take();
  }

  /** An oddity of a packet without addresses to trust. */
  tell(name: string, source: string | null, addl: string | null = null): void {
    this.#add(name, source, addl, null, null, this.#packet.level);
  }

  /** An oddity of a packet whose addresses can be trusted. */
  tellOf(
    kind: number,
    srcAt: number,
    dstAt: number,
    name: string,
    source: string | null,
    level = this.#packet.level,
  ): void {
    this.#add(name, source, null, this.#address(kind, srcAt), this.#address(kind, dstAt), level);
  }

  /** The same, of the packet at hand. */
  tellOfThis(name: string, source: string | null): void {
    const { kind, srcAt, dstAt } = this.#packet;
    this.tellOf(kind, srcAt, dstAt, name, source);
  }

  /** What an ARP packet shows. @param dstAt Where the address is that it is told to, null if it goes to many. */
  tellArp(name: string, addl: string, srcAt: number, dstAt: number | null): void {
    const dst = dstAt === null ? null : this.#address(PACKET_KIND.ipv4, dstAt);
    this.#add(name, "ARP", addl, this.#address(PACKET_KIND.ipv4, srcAt), dst, this.#packet.level);
  }

  /** A packet whose IP header cannot be used. @param name Zeek's name of the fault, null if it was told already. */
  malformedIp(name: string | null): void {
    this.#counters.malformedIp++;
    if (name !== null) this.#tellIp(name);
    this.#rows.addOther(this.#packet, PACKET_KIND.other);
  }

  /** Inside an IP tunnel Zeek speaks of the tunnel, and tells two kinds of faults. */
  #tellIp(name: string): void {
    if (this.#packet.level === 0 || (this.#tunnel.kind !== TUNNEL.ip && this.#tunnel.kind !== TUNNEL.gre)) {
      this.tell(name, "IP");
      return;
    }
    const inner = name === "unknown_ip_version" ? "invalid_inner_IP_version" : "truncated_inner_IP";
    const row = this.#rows.count - 1;
    const { kind, srcAt, dstAt } = this.#rows.columns;
    this.tellOf(kind[row]!, srcAt[row]!, dstAt[row]!, inner, "IPTUNNEL", this.#packet.level - 1);
  }

  /** @param inside Tunnels around the packet that is spoken of; Zeek has the name say so. */
  #add(
    name: string,
    source: string | null,
    addl: string | null,
    src: string | null,
    dst: string | null,
    inside: number,
  ): void {
    const { frame, level, nowNs } = this.#packet;
    this.#strays.add({ frame, level, name: inside > 0 ? `${name}_in_tunnel` : name, addl, source, src, dst }, nowNs);
  }

  #address(kind: number, at: number): string {
    const { view } = this.#packet;
    if (kind === PACKET_KIND.ipv4) return ipv4Text(view.getInt32(at));
    return ipv6Text(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
  }
}
