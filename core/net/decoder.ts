import { randomBytes } from "node:crypto";
import type { FrameBatch } from "../capture/frame-batch.ts";
import { ArpWatch } from "./arp-watch.ts";
import { Datagrams } from "./datagrams.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { countLinkTypes, countUnsupported, newDecodeCounters } from "./decode-counters.ts";
import type { FragmentLimits } from "./fragments.ts";
import { FRAGMENT_LIMITS } from "./fragments.ts";
import { IpLayer } from "./ip-layer.ts";
import type { Network } from "./link-layer.ts";
import { LinkLayer, NETWORK } from "./link-layer.ts";
import type { PacketBatch, Sweep } from "./packet-batch.ts";
import { MAX_LEVELS, PACKET_KIND } from "./packet-batch.ts";
import { PacketFaults } from "./packet-faults.ts";
import { PacketInHand } from "./packet-in-hand.ts";
import { PacketRows } from "./packet-rows.ts";
import type { HashKey } from "./pair-hash.ts";
import { PairHash } from "./pair-hash.ts";
import { TransportLayer } from "./transport-layer.ts";
import { TunnelHeader } from "./tunnel-headers.ts";

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

/** Octets of an ARP packet for IPv4 over Ethernet. RFC 826 */
const ARP_OCTETS = 28;

/**
 * Decodes frames to their transport headers, through link layers, tunnels and fragments. Runs once, on the reader's thread.
 *
 * No object is made per packet. A decoder belongs to one run: fragments and tunnels are carried over from batch to batch.
 */
export class PacketDecoder {
  readonly counters: DecodeCounters = newDecodeCounters();
  readonly #sweepFrames: number;
  readonly #hash: PairHash;
  readonly #packet = new PacketInHand();
  readonly #tunnel = new TunnelHeader();
  readonly #rows = new PacketRows(this.counters);
  readonly #faults = new PacketFaults(this.#packet, this.#rows, this.#tunnel, this.counters);
  readonly #arpWatch = new ArpWatch(this.#packet, this.#faults, this.counters);
  readonly #link = new LinkLayer();
  readonly #datagrams: Datagrams;
  readonly #ip: IpLayer;
  readonly #transport: TransportLayer;
  /** Earliest time of the frames since the last sweep. */
  #clockNs = Infinity;

  constructor(options: DecoderOptions = {}) {
    const verify = options.verifyChecksums ?? false;
    const depth = Math.min(options.tunnelDepth ?? DEFAULT_TUNNEL_DEPTH, MAX_LEVELS - 1);
    const { counters } = this;
    const [packet, rows, faults, tunnel] = [this.#packet, this.#rows, this.#faults, this.#tunnel];
    this.#sweepFrames = options.sweepFrames ?? DEFAULT_SWEEP_FRAMES;
    this.#hash = new PairHash(options.hashKey ?? randomKey());
    this.#datagrams = new Datagrams(packet, rows, faults, counters, options.fragments ?? FRAGMENT_LIMITS);
    this.#transport = new TransportLayer(packet, rows, faults, tunnel, counters, verify, depth, (end, wire) =>
      this.#inside(end, wire),
    );
    this.#ip = new IpLayer(packet, rows, faults, this.#datagrams, counters, this.#hash, verify, () =>
      this.#transport.read(),
    );
  }

  decode(frames: FrameBatch): PacketBatch {
    const { count, offset, capLen, wireLen, linkType, bytes } = frames;
    const words = new Int32Array(frames.ts.buffer, frames.ts.byteOffset, frames.ts.length * 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sweeps: Sweep[] = [];
    this.#rows.begin(count);
    this.#datagrams.begin();
    for (let i = 0; i < count; i++) {
      const ordinal = frames.firstOrdinal + i;
      if (ordinal > 0 && ordinal % this.#sweepFrames === 0) sweeps.push(this.#sweep());
      const nowNs = words[2 * i + 1]! * 0x1_0000_0000 + (words[2 * i]! >>> 0);
      if (nowNs < this.#clockNs) this.#clockNs = nowNs;
      this.#packet.begin(i, ordinal, nowNs, bytes, view);
      this.#packet.capture = frames.capture[i]!;
      this.#packet.iface = frames.iface[i]!;
      const at = offset[i]!;
      const type = linkType[i]!;
      const network = this.#walk(type, at, at + capLen[i]!);
      if (network === NETWORK.unsupported) countUnsupported(this.counters, type);
      this.#network(network, at + Math.max(wireLen[i]!, capLen[i]!));
    }
    countLinkTypes(this.counters, linkType, count);
    this.counters.frames += count;
    this.counters.packets += this.#rows.count;
    this.counters.fragmentsPending = this.#datagrams.pending;
    return {
      ...this.#rows.columns,
      frames,
      count: this.#rows.count,
      extra: this.#datagrams.octets(),
      sweeps,
      parts: this.#datagrams.parts,
      strays: this.#faults.take(),
    };
  }

  /** Gives the columns of a batch back, which nobody may read any more. */
  release(batch: PacketBatch): void {
    this.#rows.release(batch);
  }

  #sweep(): Sweep {
    const clockNs = this.#clockNs;
    this.#clockNs = Infinity;
    this.#datagrams.sweep(clockNs);
    this.#transport.sweep(clockNs);
    return { row: this.#rows.count, clockNs };
  }

  #walk(linkType: number, at: number, end: number): Network {
    const link = this.#link;
    const packet = this.#packet;
    const network = link.walk(packet.view, linkType, at, end);
    packet.vlan = link.vlan;
    packet.innerVlan = link.innerVlan;
    packet.macAt = link.macAt;
    return network;
  }

  /** The packet inside a tunnel. */
  #inside(end: number, wire: number): void {
    this.#network(this.#walk(this.#tunnel.linkType, this.#tunnel.at, end), wire);
  }

  /** @param wire Where the frame would end had it been captured whole. */
  #network(network: Network, wire: number): void {
    const { at, end, fault, type } = this.#link;
    if (fault !== null) this.#faults.tell(fault.name, fault.source, fault.addl);
    switch (network) {
      case NETWORK.ipv4:
        return this.#ip.ipv4(at, end, wire);
      case NETWORK.ipv6:
        return this.#ip.ipv6(at, end, wire);
      case NETWORK.arp:
        return this.#arp(at, end);
      case NETWORK.malformed:
        this.counters.malformedLink++;
        break;
      case NETWORK.other:
        this.counters.otherTypes.set(type, (this.counters.otherTypes.get(type) ?? 0) + 1);
        break;
      case NETWORK.unsupported:
        break;
    }
    this.#rows.addOther(this.#packet, PACKET_KIND.other);
  }

  #arp(at: number, end: number): void {
    this.counters.arp++;
    const packet = this.#packet;
    if (packet.level > 0) return;
    const { view } = packet;
    // Only IPv4 over Ethernet: hardware type 1, protocol 0x0800, lengths 6 and 4.
    if (end - at < ARP_OCTETS || view.getUint32(at) !== 0x00010800 || view.getUint16(at + 4) !== 0x0604) {
      this.#rows.addOther(packet, PACKET_KIND.arp, at, Math.max(end - at, 0));
      return;
    }
    this.#arpWatch.read(at);
    const hash = this.#hash.ofWords(view.getInt32(at + 14), view.getInt32(at + 24));
    packet.header(PACKET_KIND.arp, hash, at, at + 14, at + 24, ARP_OCTETS);
    this.#rows.add(packet, 0);
  }
}

function randomKey(): HashKey {
  const bytes = randomBytes(8);
  return [bytes.readInt32LE(0), bytes.readInt32LE(4)];
}
