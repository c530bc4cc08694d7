import type { RecordOutput } from "../records/record-output.ts";
import type { FrameRef } from "../records/table-chunk.ts";
import { BatchInHand } from "./batch-in-hand.ts";
import type { ConnectionHandler } from "./connection.ts";
import { CurrentFrame } from "./current-frame.ts";
import { Duplicates } from "./duplicates.ts";
import {
  BAD_CHECKSUMS,
  CARRIER,
  CUT,
  DEADLINE,
  DUPLICATES,
  floatsOf,
  intsOf,
  IP_OCTETS,
  LAST_HIGH,
  LAST_LOW,
  LAST_NS,
  OCTETS,
  ORIGINATOR,
  PACKETS,
  sideFloats,
  sideInts,
  TCP_FLAG,
  TIMEOUT_NS,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { icmpCounterpart } from "./icmp-types.ts";
import { IP_PROTO, IPV6_HEADER } from "./ipv6-chain.ts";
import { OpenConnections } from "./open-connections.ts";
import type { PacketBatch } from "./packet-batch.ts";
import { PACKET_FLAG, PACKET_KIND, shardOf, TUNNEL } from "./packet-batch.ts";
import { isGatheredPort } from "./server-ports.ts";
import { writeStrays } from "./strays.ts";
import type { Segment, TcpMachine } from "./tcp-machine.ts";
import { deadlineOf, hasSaidAll } from "./tcp-outcome.ts";
import { windowScaleOf } from "./tcp-window.ts";
import { IP_TUNNEL_TIMEOUT_NS } from "./timeouts.ts";
import type { TrackedConnection } from "./tracked-connection.ts";
import type { TrackerCounters } from "./tracker-counters.ts";
import { newTrackerCounters } from "./tracker-counters.ts";

/** Bounds of a tracker. Hitting one is counted. */
export interface TrackerOptions {
  /** Connections open at one time; beyond it, the ones silent for longest are ended. */
  readonly maxConnections?: number;
  /** Octets of memory for what came too early, in all connections: its own, those of blocks and ranges. */
  readonly maxHeldOctets?: number;
  /** Hands on every copy of a datagram that a mirror port made, as Zeek does; a stream's octets come once all the same. */
  readonly keepDuplicates?: boolean;
}

/** Some 1 to 2 kB each, 4 kB where payload is waiting to be understood: what fits beside everything else in 700 MB. */
export const DEFAULT_MAX_CONNECTIONS = 160_000;
export const DEFAULT_MAX_HELD_OCTETS = 64 * 1024 * 1024;

/** Shard of all datagrams on the ports of gathered services, and of what belongs to no connection. */
const GATHERED_SHARD = 0;
/** History bits of UDP. Zeek: `HIST_ORIG_DATA_PKT` */
const UDP_DATA = 1;

/**
 * Follows the connections of one shard: finds the one of each packet, hands its payload on, and keeps count. What a record says depends on
 * the packets of its connection alone (see docs/connections.md).
 */
export class ConnectionTracker {
  readonly counters: TrackerCounters = newTrackerCounters();
  readonly #handler: ConnectionHandler;
  readonly #output: RecordOutput;
  readonly #now = new CurrentFrame();
  readonly #batch = new BatchInHand();
  readonly #connections: OpenConnections;
  readonly #table: FlowTable;
  readonly #tcp: TcpMachine;
  readonly #duplicates: Duplicates;
  readonly #keepsDuplicates: boolean;
  readonly #segment: Segment = {
    flags: 0,
    seq: 0,
    ack: 0,
    window: 0,
    windowScale: -1,
    octets: 0,
    bytes: new Uint8Array(0),
    at: 0,
    captured: 0,
  };

  constructor(handler: ConnectionHandler, output: RecordOutput, options: TrackerOptions = {}) {
    this.#handler = handler;
    this.#output = output;
    this.#connections = new OpenConnections(
      handler,
      output,
      this.counters,
      this.#batch,
      this.#now,
      options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      options.maxHeldOctets ?? DEFAULT_MAX_HELD_OCTETS,
    );
    this.#table = this.#connections.table;
    this.#tcp = this.#connections.tcp;
    this.#duplicates = new Duplicates(this.#table);
    this.#keepsDuplicates = options.keepDuplicates ?? false;
  }

  /** The frame at hand. It changes with every packet: read what is to be kept. */
  get now(): FrameRef {
    return this.#now;
  }

  /** Connections open now. */
  get open(): number {
    return this.#table.size;
  }

  /**
   * Takes the rows of this shard.
   * @param sessions Gets, for each row of this shard, the key (see `sessionKey`) of its connection or tunnel, -1 for none. Rows of
   *   other shards are left alone, so that shards can share one array. At least `batch.count` long.
   * @returns further frames of connections: pairs of run ordinal and key, for earlier fragments of reassembled datagrams.
   */
  process(batch: PacketBatch, shard: number, shards: number, sessions: Float64Array | null = null): Float64Array {
    const { frames, pairHash, kind, frame } = batch;
    this.#now.aim(frames.ts, frames.capture, frames.frame);
    this.#batch.aim(batch);
    if (shard === GATHERED_SHARD) writeStrays(batch.strays, frames, this.#output);
    const further: number[] = [];
    let sweep = 0;
    let part = 0;
    const { sweeps, parts, count } = batch;
    for (let row = 0; row < count; row++) {
      while (sweep < sweeps.length && sweeps[sweep]!.row <= row) this.#connections.sweep(sweeps[sweep++]!.clockNs);
      if (shards > 1) {
        const isGathered = batch.proto[row] === IP_PROTO.udp && isGatheredRow(batch, row);
        if ((isGathered ? GATHERED_SHARD : shardOf(pairHash[row]!, shards)) !== shard) continue;
      }
      this.counters.packets++;
      let key = -1;
      if (kind[row]! >= PACKET_KIND.ipv4) {
        this.#now.row = frame[row]!;
        key = this.#packet(batch, row);
      }
      if (sessions !== null) sessions[row] = key;
      if (part < parts.length) {
        while (part < parts.length && parts[part]!.row < row) part++;
        for (; part < parts.length && parts[part]!.row === row; part++)
          if (key >= 0) further.push(parts[part]!.ordinal, key);
      }
    }
    while (sweep < sweeps.length) this.#connections.sweep(sweeps[sweep++]!.clockNs);
    return Float64Array.from(further);
  }

  /**
   * Ends connections whose time is up although no frame says so. The clock (ns since 1970 UTC) must not be ahead of the frames that
   * still come: records are then the same, only sooner.
   */
  advance(clockNs: number): void {
    this.#connections.sweep(clockNs);
  }

  /** See `OpenConnections.show`. */
  showOpen(clockNs: number, output: RecordOutput): void {
    this.#connections.show(clockNs, output);
  }

  /** Ends all connections. */
  finish(): void {
    this.#connections.finish();
  }

  /** @returns key of the packet's connection or tunnel, -1 for none. */
  #packet(batch: PacketBatch, row: number): number {
    const proto = batch.proto[row]!;
    switch (proto) {
      case IP_PROTO.tcp:
      case IP_PROTO.udp:
        return this.#connectionPacket(batch, row, proto, batch.srcPort[row]!, batch.dstPort[row]!, false);
      case IP_PROTO.icmp:
      case IP_PROTO.icmp6: {
        const answer = icmpCounterpart(batch.srcPort[row]!, proto === IP_PROTO.icmp6);
        if (answer >= 0) return this.#connectionPacket(batch, row, proto, batch.srcPort[row]!, answer, false);
        return this.#connectionPacket(batch, row, proto, batch.srcPort[row]!, batch.dstPort[row]!, true);
      }
      case IP_PROTO.ipv4:
      case IP_PROTO.ipv6:
      case IP_PROTO.gre:
        if (batch.carries[row] !== TUNNEL.none) return this.#ipTunnel(batch, row);
        break;
      case IP_PROTO.esp:
      case IP_PROTO.none:
      case IP_PROTO.mobility:
        break;
      default:
        return this.#connectionPacket(batch, row, proto, 0, 0, false);
    }
    this.counters.unanalysed++;
    return -1;
  }

  #connectionPacket(
    batch: PacketBatch,
    row: number,
    proto: number,
    srcPort: number,
    dstPort: number,
    oneWay: boolean,
  ): number {
    const table = this.#table;
    const flags = batch.flags[row]!;
    const view = this.#batch.view(flags);
    const isV4 = batch.kind[row] === PACKET_KIND.ipv4;
    const frame = batch.frame[row]!;
    const nowNs = this.#batch.nowNs(frame);
    table.locate(
      view,
      isV4,
      batch.srcAt[row]!,
      batch.dstAt[row]!,
      srcPort,
      dstPort,
      proto,
      batch.pairHash[row]!,
      oneWay,
    );
    let slot = table.find();
    let { side } = table;
    const isTcp = proto === IP_PROTO.tcp && (flags & PACKET_FLAG.badTransport) === 0;
    const l4At = batch.l4At[row]!;
    if (slot >= 0) {
      const connection = this.#connections.at(slot);
      const isOver =
        nowNs >= table.floats[floatsOf(slot) + DEADLINE]! ||
        (isTcp && this.#tcp.isReuse(connection, view.getUint8(l4At + 13), view.getInt32(l4At + 4)));
      if (isOver) {
        this.#connections.remove(connection);
        slot = -1;
      }
    }
    let connection: TrackedConnection;
    if (slot >= 0) {
      connection = this.#connections.at(slot);
    } else {
      connection = this.#connections.open(batch, row, proto, srcPort, dstPort, side, nowNs);
      slot = connection.slot;
    }
    if (table.ints[intsOf(slot) + ORIGINATOR] !== side && isSelf(table, slot)) side = 1 - side;
    const carrier = batch.carrierKey[row]!;
    if (carrier !== table.floats[floatsOf(slot) + CARRIER]!) this.#connections.changeCarrier(connection, carrier);
    if ((flags & PACKET_FLAG.tooDeep) !== 0) connection.noteLimit();
    if ((flags & PACKET_FLAG.badTransport) !== 0) {
      this.#connections.weird(connection, "bad_TCP_header_len");
    } else if (proto === IP_PROTO.tcp) {
      this.#tcpPacket(batch, row, connection, side, view, flags, nowNs);
    } else {
      this.#datagram(batch, row, connection, side, view, flags, nowNs);
    }
    return connection.key;
  }

  #tcpPacket(
    batch: PacketBatch,
    row: number,
    connection: TrackedConnection,
    side: number,
    view: DataView,
    flags: number,
    nowNs: number,
  ): void {
    const table = this.#table;
    const { slot } = connection;
    const isOrig = side === table.ints[intsOf(slot) + ORIGINATOR];
    if ((flags & PACKET_FLAG.badChecksum) !== 0) {
      this.#connections.weird(connection, "bad_TCP_checksum");
      connection.countHistory(sideInts(slot, side) + BAD_CHECKSUMS, "C", isOrig);
      table.floats[floatsOf(slot) + DEADLINE] = deadlineOf(table, slot);
      return;
    }
    // Its octets were delivered with the first copy, so the stream leaves them out; all else is counted as Zeek counts it.
    this.#isCopy(batch, row, connection, view, nowNs);
    const l4At = batch.l4At[row]!;
    const segment = this.#segment;
    segment.flags = view.getUint8(l4At + 13);
    segment.seq = view.getInt32(l4At + 4);
    segment.ack = view.getInt32(l4At + 8);
    segment.window = view.getUint16(l4At + 14);
    const hasSyn = (segment.flags & TCP_FLAG.syn) !== 0;
    segment.windowScale = hasSyn ? windowScaleOf(view, l4At, batch.payloadAt[row]!) : -1;
    segment.octets = batch.payloadLength[row]!;
    segment.bytes = this.#batch.bytes(flags);
    segment.at = batch.payloadAt[row]!;
    segment.captured = batch.payloadCaptured[row]!;
    const counts = this.#tcp.segment(connection, side, segment, nowNs);
    this.#count(batch, row, connection, side, counts);
    table.floats[floatsOf(slot) + DEADLINE] = deadlineOf(table, slot);
    if (!connection.hasSaidAll && hasSaidAll(table, slot)) this.#connections.saidAll(connection);
  }

  #datagram(
    batch: PacketBatch,
    row: number,
    connection: TrackedConnection,
    side: number,
    view: DataView,
    flags: number,
    nowNs: number,
  ): void {
    const table = this.#table;
    const { slot } = connection;
    const isOrig = side === table.ints[intsOf(slot) + ORIGINATOR];
    const f = floatsOf(slot);
    if ((flags & PACKET_FLAG.badChecksum) !== 0) {
      const isUdp = connection.proto === "udp";
      this.#connections.weird(connection, isUdp ? "bad_UDP_checksum" : "bad_ICMP_checksum");
      if (isUdp) connection.countHistory(sideInts(slot, side) + BAD_CHECKSUMS, "C", isOrig);
      return;
    }
    if (connection.proto === "udp" && (flags & PACKET_FLAG.loneFragment) === 0)
      this.#udpLength(batch, row, connection, view);
    const isCopy = this.#isCopy(batch, row, connection, view, nowNs);
    table.floats[f + LAST_NS] = nowNs;
    table.floats[f + DEADLINE] = nowNs + table.floats[f + TIMEOUT_NS]!;
    this.#count(batch, row, connection, side, true);
    const hasPayload = connection.proto === "udp" || connection.proto === "icmp";
    if (hasPayload) table.floats[sideFloats(slot, side) + OCTETS]! += batch.payloadLength[row]!;
    if (connection.proto === "udp") connection.checkHistory(UDP_DATA, "D", isOrig);
    if (batch.carries[row] !== TUNNEL.none) {
      this.#connections.tunnels.carry(batch, row, connection, side, this.#now);
      if (isFilledBubble(batch, row)) this.#connections.weird(connection, "Teredo_bubble_with_payload", "TEREDO");
      return;
    }
    if ((isCopy && !this.#keepsDuplicates) || !connection.wantsPayload) return;
    const bytes = this.#batch.bytes(flags);
    const at = batch.payloadAt[row]!;
    const captured = batch.payloadCaptured[row]!;
    this.#handler.data(connection, bytes, at, at + captured, isOrig);
    const missing = batch.payloadLength[row]! - captured;
    if (missing > 0) {
      table.floats[f + CUT]! += missing;
      if (connection.wantsPayload) this.#handler.gap(connection, missing, isOrig);
    }
  }

  /** A length in the UDP header that is not what IP leaves for it. */
  #udpLength(batch: PacketBatch, row: number, connection: TrackedConnection, view: DataView): void {
    const left = batch.ipLength[row]! - (batch.l4At[row]! - batch.ipAt[row]!);
    const says = view.getUint16(batch.l4At[row]! + 4);
    // Offloading leaves the length in the IP header empty.
    if (says === left || batch.ipLength[row] === 0) return;
    this.#connections.weird(connection, "UDP_datagram_length_mismatch", undefined, `${says} != ${left}`);
  }

  #isCopy(batch: PacketBatch, row: number, connection: TrackedConnection, view: DataView, nowNs: number): boolean {
    const duplicates = this.#duplicates;
    duplicates.describe(
      view,
      batch.kind[row] === PACKET_KIND.ipv4,
      batch.ipAt[row]!,
      batch.ipLength[row]!,
      batch.proto[row]!,
      batch.l4At[row]!,
      batch.payloadAt[row]! + batch.payloadCaptured[row]! - batch.l4At[row]!,
      batch.macAt[row]!,
      (batch.vlan[row]! << 16) | batch.innerVlan[row]!,
    );
    if (!duplicates.isCopy(connection.slot, nowNs)) return false;
    this.#table.floats[floatsOf(connection.slot) + DUPLICATES]!++;
    this.counters.duplicates++;
    return true;
  }

  #count(batch: PacketBatch, row: number, connection: TrackedConnection, side: number, countsAsLast: boolean): void {
    const { ints, floats } = this.#table;
    const f = sideFloats(connection.slot, side);
    floats[f + PACKETS]!++;
    floats[f + IP_OCTETS]! += batch.ipLength[row]!;
    const frame = batch.frame[row]!;
    connection.lastCapture = batch.frames.capture[frame]!;
    connection.lastFrame = batch.frames.frame[frame]!;
    if (!countsAsLast) return;
    const i = intsOf(connection.slot);
    ints[i + LAST_LOW] = this.#batch.timeLow(frame);
    ints[i + LAST_HIGH] = this.#batch.timeHigh(frame);
  }

  /** A packet of an IP-in-IP or GRE tunnel: no connection, but it has a key and records. */
  #ipTunnel(batch: PacketBatch, row: number): number {
    const table = this.#table;
    const flags = batch.flags[row]!;
    const view = this.#batch.view(flags);
    const isV4 = batch.kind[row] === PACKET_KIND.ipv4;
    const frame = batch.frame[row]!;
    const nowNs = this.#batch.nowNs(frame);
    // GRE and IP-in-IP between the same hosts are one tunnel.
    table.locate(view, isV4, batch.srcAt[row]!, batch.dstAt[row]!, 0, 0, IP_PROTO.ipv4, batch.pairHash[row]!, false);
    const { side } = table;
    const slot = table.find();
    let known = slot < 0 ? null : this.#connections.at(slot);
    if (known !== null && nowNs >= table.floats[floatsOf(slot) + DEADLINE]!) {
      this.#connections.remove(known);
      known = null;
    }
    const connection = known ?? this.#connections.begin(batch, row, "unknown_transport", IP_PROTO.ipv4, side, nowNs);
    table.floats[floatsOf(connection.slot) + DEADLINE] = nowNs + IP_TUNNEL_TIMEOUT_NS;
    const carrier = batch.carrierKey[row]!;
    if (carrier >= 0) this.#connections.addCarrier(connection, carrier);
    this.#count(batch, row, connection, side, true);
    this.#connections.tunnels.carry(batch, row, connection, side, this.#now);
    return connection.key;
  }
}

function isGatheredRow(batch: PacketBatch, row: number): boolean {
  return isGatheredPort(batch.srcPort[row]!) || isGatheredPort(batch.dstPort[row]!);
}

/** A Teredo packet whose inner packet is only a header, as a bubble is, with further octets behind it. RFC 4380 2.8 */
function isFilledBubble(batch: PacketBatch, row: number): boolean {
  if (batch.carries[row] !== TUNNEL.teredo || (batch.flags[row]! & PACKET_FLAG.carriesIp) === 0) return false;
  const inner = row + 1;
  if (batch.proto[inner] !== IP_PROTO.none || batch.ipLength[inner] !== IPV6_HEADER) return false;
  return batch.payloadAt[row]! + batch.payloadLength[row]! > batch.ipAt[inner]! + IPV6_HEADER;
}

/** A host that talks to itself on one port: both sides are the same, and all packets are the originator's. */
function isSelf(table: FlowTable, slot: number): boolean {
  if (table.port(slot, 0) !== table.port(slot, 1)) return false;
  for (let i = 0; i < 4; i++) if (table.addressWord(slot, 0, i) !== table.addressWord(slot, 1, i)) return false;
  return true;
}
