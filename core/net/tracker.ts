import { randomInt } from "node:crypto";
import type { RecordOutput } from "../records/record-output.ts";
import type { FrameRef } from "../records/table-chunk.ts";
import { connRow } from "./conn-record.ts";
import type { ConnectionHandler, Transport } from "./connection.ts";
import { CurrentFrame } from "./current-frame.ts";
import { Duplicates } from "./duplicates.ts";
import {
  BAD_CHECKSUMS,
  CARRIER,
  CARRIER_CHANGES,
  CUT,
  DEADLINE,
  DUPLICATES,
  FLOW_SHAPE,
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
  START_HIGH,
  START_LOW,
  TCP_FLAG,
  TIMEOUT_NS,
} from "./flow-state.ts";
import { FlowTable } from "./flow-table.ts";
import { icmpCounterpart } from "./icmp-types.ts";
import { IP_PROTO } from "./ipv6-chain.ts";
import type { PacketBatch } from "./packet-batch.ts";
import { NO_OFFSET, PACKET_FLAG, PACKET_KIND, sessionKey, shardOf, TUNNEL } from "./packet-batch.ts";
import { conn, weird } from "./records.ts";
import { writeStrays } from "./strays.ts";
import { isGatheredPort, isLikelyTcpServer, isLikelyUdpServer } from "./server-ports.ts";
import type { Segment } from "./tcp-machine.ts";
import { TcpMachine } from "./tcp-machine.ts";
import { TcpStream } from "./tcp-stream.ts";
import {
  DNS_TIMEOUT_NS,
  ICMP_TIMEOUT_NS,
  isDnsPort,
  IP_TUNNEL_TIMEOUT_NS,
  OTHER_TIMEOUT_NS,
  SWEEP_SLACK_NS,
  UDP_TIMEOUT_NS,
} from "./timeouts.ts";
import { TrackedConnection } from "./tracked-connection.ts";
import { TunnelLog } from "./tunnel-log.ts";

/** Bounds of a tracker. Hitting one is counted. */
export interface TrackerOptions {
  /** Connections open at one time; beyond it, the ones silent for longest are ended. */
  readonly maxConnections?: number;
  /** Octets held back for all connections while earlier ones are missing. */
  readonly maxHeldOctets?: number;
}

/** Some 2 kB each where payload is waiting to be understood: what fits beside everything else in 700 MB. */
export const DEFAULT_MAX_CONNECTIONS = 200_000;
export const DEFAULT_MAX_HELD_OCTETS = 64 * 1024 * 1024;

/** What a tracker counted. */
export interface TrackerCounters {
  /** Packets of this shard. */
  packets: number;
  connections: number;
  /** Connections ended early because too many were open. */
  evicted: number;
  /** Copies that a mirror port made. */
  duplicates: number;
  /** Packets that belong to no connection: IPsec ESP, IPv6 without payload, mobility headers, tunnels that hold nothing readable. */
  unanalysed: number;
  /** Holes in a stream given up because too much waited behind them. */
  holesForced: number;
  /** Octets held back now. */
  heldOctets: number;
}

/** Shard of all datagrams on the ports of gathered services, and of what belongs to no connection. */
const GATHERED_SHARD = 0;
/** History bits of UDP. Zeek: `HIST_ORIG_DATA_PKT` */
const UDP_DATA = 1;

/** Weirds that are recorded for one connection. */
const MAX_WEIRDS = 32;
/** Tunnels that are named for one IP tunnel. */
const MAX_CARRIERS = 64;
/** Changes of tunnel that are followed. Zeek: `Tunnel::max_changes_per_connection` */
const MAX_CARRIER_CHANGES = 5;
const UNKNOWN_CARRIER = -2;
const IPV6_HEADER = 40;

/**
 * Follows the connections of one shard: finds their beginning and end, tells who opened them, hands their payload on, and
 * writes their records. What a record says depends on the packets of its connection alone (see docs/connections.md).
 */
export class ConnectionTracker {
  readonly counters: TrackerCounters = {
    packets: 0,
    connections: 0,
    evicted: 0,
    duplicates: 0,
    unanalysed: 0,
    holesForced: 0,
    heldOctets: 0,
  };
  readonly #handler: ConnectionHandler;
  readonly #output: RecordOutput;
  readonly #table: FlowTable;
  readonly #stream: TcpStream;
  readonly #tcp: TcpMachine;
  readonly #duplicates: Duplicates;
  readonly #tunnels: TunnelLog;
  readonly #connections: (TrackedConnection | null)[] = [];
  readonly #now = new CurrentFrame();
  readonly #segment: Segment = {
    flags: 0,
    seq: 0,
    ack: 0,
    window: 0,
    octets: 0,
    bytes: new Uint8Array(0),
    at: 0,
    captured: 0,
  };

  // The batch at hand.
  #times: Int32Array = new Int32Array(0);
  #frameBytes: Uint8Array = new Uint8Array(0);
  #frameView: DataView = new DataView(new ArrayBuffer(0));
  #extraBytes: Uint8Array = new Uint8Array(0);
  #extraView: DataView = new DataView(new ArrayBuffer(0));

  constructor(handler: ConnectionHandler, output: RecordOutput, options: TrackerOptions = {}) {
    this.#handler = handler;
    this.#output = output;
    this.#table = new FlowTable(
      FLOW_SHAPE,
      options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      randomInt(0x4000_0000, 0x7fff_ffff),
    );
    const weirdOf = (connection: TrackedConnection, name: string): void => this.#weird(connection, name);
    const maxHeld = options.maxHeldOctets ?? DEFAULT_MAX_HELD_OCTETS;
    this.#stream = new TcpStream(this.#table, handler, this.counters, maxHeld, weirdOf);
    this.#tcp = new TcpMachine(this.#table, this.#stream, weirdOf, (connection) => this.#flip(connection));
    this.#duplicates = new Duplicates(this.#table);
    this.#tunnels = new TunnelLog(this.#table, output);
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
    const { frames, extra, pairHash, kind, frame } = batch;
    this.#now.aim(frames.ts, frames.capture, frames.frame);
    this.#times = new Int32Array(frames.ts.buffer, frames.ts.byteOffset, frames.ts.length * 2);
    this.#frameBytes = frames.bytes;
    this.#frameView = new DataView(frames.bytes.buffer, frames.bytes.byteOffset, frames.bytes.byteLength);
    this.#extraBytes = extra;
    this.#extraView = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
    if (shard === GATHERED_SHARD) writeStrays(batch.strays, frames, this.#output);
    const further: number[] = [];
    let sweep = 0;
    let part = 0;
    const { sweeps, parts, count } = batch;
    for (let row = 0; row < count; row++) {
      while (sweep < sweeps.length && sweeps[sweep]!.row <= row) this.#sweep(sweeps[sweep++]!.clockNs);
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
    while (sweep < sweeps.length) this.#sweep(sweeps[sweep++]!.clockNs);
    return Float64Array.from(further);
  }

  /**
   * Ends connections whose time is up although no frame says so. The clock (ns since 1970 UTC) must not be ahead of the frames that
   * still come: records are then the same, only sooner.
   */
  advance(clockNs: number): void {
    this.#sweep(clockNs);
  }

  /** Ends all connections. */
  finish(): void {
    const { slots } = this.#table;
    for (let slot = 0; slot < slots; slot++)
      if (this.#table.isTaken(slot)) this.#remove(this.#connections[slot]!, true);
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
    const view = (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameView : this.#extraView;
    const isV4 = batch.kind[row] === PACKET_KIND.ipv4;
    const frame = batch.frame[row]!;
    const nowNs = this.#times[2 * frame + 1]! * 0x1_0000_0000 + (this.#times[2 * frame]! >>> 0);
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
      const connection = this.#connections[slot]!;
      const isOver =
        nowNs >= table.floats[floatsOf(slot) + DEADLINE]! ||
        (isTcp && this.#tcp.isReuse(connection, view.getUint8(l4At + 13), view.getInt32(l4At + 4)));
      if (isOver) {
        this.#remove(connection);
        slot = -1;
      }
    }
    let connection: TrackedConnection;
    if (slot >= 0) {
      connection = this.#connections[slot]!;
    } else {
      connection = this.#open(batch, row, view, proto, srcPort, dstPort, side, nowNs);
      slot = connection.slot;
    }
    if (table.ints[intsOf(slot) + ORIGINATOR] !== side && isSelf(table, slot)) side = 1 - side;
    const carrier = batch.carrierKey[row]!;
    if (carrier !== table.floats[floatsOf(slot) + CARRIER]!) this.#changeCarrier(connection, carrier);
    if ((flags & PACKET_FLAG.tooDeep) !== 0) connection.noteLimit();
    if ((flags & PACKET_FLAG.badTransport) !== 0) {
      this.#weird(connection, "bad_TCP_header_len");
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
      this.#weird(connection, "bad_TCP_checksum");
      connection.countHistory(sideInts(slot, side) + BAD_CHECKSUMS, "C", isOrig);
      table.floats[floatsOf(slot) + DEADLINE] = this.#tcp.deadline(slot);
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
    segment.octets = batch.payloadLength[row]!;
    segment.bytes = (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameBytes : this.#extraBytes;
    segment.at = batch.payloadAt[row]!;
    segment.captured = batch.payloadCaptured[row]!;
    const counts = this.#tcp.segment(connection, side, segment, nowNs);
    this.#count(batch, row, connection, side, counts);
    table.floats[floatsOf(slot) + DEADLINE] = this.#tcp.deadline(slot);
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
      this.#weird(connection, isUdp ? "bad_UDP_checksum" : "bad_ICMP_checksum");
      if (isUdp) connection.countHistory(sideInts(slot, side) + BAD_CHECKSUMS, "C", isOrig);
      return;
    }
    const isCopy = this.#isCopy(batch, row, connection, view, nowNs);
    table.floats[f + LAST_NS] = nowNs;
    table.floats[f + DEADLINE] = nowNs + table.floats[f + TIMEOUT_NS]!;
    this.#count(batch, row, connection, side, true);
    const hasPayload = connection.proto === "udp" || connection.proto === "icmp";
    if (hasPayload) table.floats[sideFloats(slot, side) + OCTETS]! += batch.payloadLength[row]!;
    if (connection.proto === "udp") connection.checkHistory(UDP_DATA, "D", isOrig);
    if (batch.carries[row] !== TUNNEL.none) {
      this.#tunnels.carry(batch, row, connection, side, this.#now);
      if (isFilledBubble(batch, row)) this.#weird(connection, "Teredo_bubble_with_payload", "TEREDO");
      return;
    }
    if (isCopy || !connection.wantsPayload) return;
    const bytes = (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameBytes : this.#extraBytes;
    const at = batch.payloadAt[row]!;
    const captured = batch.payloadCaptured[row]!;
    this.#handler.data(connection, bytes, at, at + captured, isOrig);
    const missing = batch.payloadLength[row]! - captured;
    if (missing > 0) {
      table.floats[f + CUT]! += missing;
      if (connection.wantsPayload) this.#handler.gap(connection, missing, isOrig);
    }
  }

  #changeCarrier(connection: TrackedConnection, carrier: number): void {
    const { ints, floats } = this.#table;
    const f = floatsOf(connection.slot);
    const isFirst = floats[f + CARRIER] === UNKNOWN_CARRIER;
    floats[f + CARRIER] = carrier;
    if (!isFirst) {
      const changes = intsOf(connection.slot) + CARRIER_CHANGES;
      if (ints[changes]! >= MAX_CARRIER_CHANGES) {
        connection.noteLimit();
        return;
      }
      ints[changes]!++;
    }
    if (carrier >= 0) addCarrier(connection, carrier);
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
    ints[i + LAST_LOW] = this.#times[2 * frame]!;
    ints[i + LAST_HIGH] = this.#times[2 * frame + 1]!;
  }

  #open(
    batch: PacketBatch,
    row: number,
    view: DataView,
    proto: number,
    srcPort: number,
    dstPort: number,
    side: number,
    nowNs: number,
  ): TrackedConnection {
    const connection = this.#new(batch, row, transportOf(proto), proto, side, nowNs);
    const table = this.#table;
    const { slot } = connection;
    const f = floatsOf(slot);
    let swap = false;
    switch (connection.proto) {
      case "tcp": {
        const flags = (batch.flags[row]! & PACKET_FLAG.badTransport) === 0 ? view.getUint8(batch.l4At[row]! + 13) : 0;
        connection.sawStart = (flags & TCP_FLAG.syn) !== 0;
        swap = isTcpSwapped(flags, srcPort, dstPort);
        this.#stream.begin(slot);
        table.floats[f + TIMEOUT_NS] = UDP_TIMEOUT_NS;
        break;
      }
      case "udp":
        swap = isLikelyUdpServer(srcPort) && !isLikelyUdpServer(dstPort);
        table.floats[f + TIMEOUT_NS] = UDP_TIMEOUT_NS;
        break;
      case "icmp":
        table.floats[f + TIMEOUT_NS] = ICMP_TIMEOUT_NS;
        break;
      default:
        table.floats[f + TIMEOUT_NS] = OTHER_TIMEOUT_NS;
    }
    const isBroadcast = batch.kind[row] === PACKET_KIND.ipv4 && view.getInt32(batch.dstAt[row]!) === -1;
    if (swap && !isBroadcast) this.#flip(connection);
    if (connection.proto === "udp" && isDnsPort(connection.respP)) table.floats[f + TIMEOUT_NS] = DNS_TIMEOUT_NS;
    table.floats[f + DEADLINE] = nowNs + table.floats[f + TIMEOUT_NS]!;
    this.counters.connections++;
    this.#handler.opened(connection);
    return connection;
  }

  /** A connection (or IP tunnel) in a fresh slot of the located key. */
  #new(
    batch: PacketBatch,
    row: number,
    proto: Transport,
    ipProto: number,
    side: number,
    nowNs: number,
  ): TrackedConnection {
    const table = this.#table;
    if (table.isFull) this.#evict();
    const slot = table.take();
    const frame = batch.frame[row]!;
    const { frames } = batch;
    const key = sessionKey(frames.firstOrdinal + frame, batch.level[row]!);
    const connection = new TrackedConnection(
      table,
      slot,
      key,
      proto,
      ipProto,
      frames.capture[frame]!,
      frames.frame[frame]!,
    );
    this.#connections[slot] = connection;
    const i = intsOf(slot);
    const f = floatsOf(slot);
    table.ints[i + ORIGINATOR] = side;
    table.ints[i + START_LOW] = this.#times[2 * frame]!;
    table.ints[i + START_HIGH] = this.#times[2 * frame + 1]!;
    table.ints[i + LAST_LOW] = this.#times[2 * frame]!;
    table.ints[i + LAST_HIGH] = this.#times[2 * frame + 1]!;
    table.floats[f + LAST_NS] = nowNs;
    table.floats[f + CARRIER] = UNKNOWN_CARRIER;
    connection.firstSide = side;
    connection.vlan = batch.vlan[row]!;
    connection.innerVlan = batch.innerVlan[row]!;
    const macAt = batch.macAt[row]!;
    if (macAt !== NO_OFFSET) {
      const view = (batch.flags[row]! & PACKET_FLAG.reassembled) === 0 ? this.#frameView : this.#extraView;
      connection.receiverMac = view.getUint16(macAt) * 0x1_0000_0000 + view.getUint32(macAt + 2);
      connection.senderMac = view.getUint16(macAt + 6) * 0x1_0000_0000 + view.getUint32(macAt + 8);
    }
    return connection;
  }

  /** A packet of an IP-in-IP or GRE tunnel: no connection, but it has a key and records. */
  #ipTunnel(batch: PacketBatch, row: number): number {
    const table = this.#table;
    const flags = batch.flags[row]!;
    const view = (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameView : this.#extraView;
    const isV4 = batch.kind[row] === PACKET_KIND.ipv4;
    const frame = batch.frame[row]!;
    const nowNs = this.#times[2 * frame + 1]! * 0x1_0000_0000 + (this.#times[2 * frame]! >>> 0);
    // GRE and IP-in-IP between the same hosts are one tunnel.
    table.locate(view, isV4, batch.srcAt[row]!, batch.dstAt[row]!, 0, 0, IP_PROTO.ipv4, batch.pairHash[row]!, false);
    const { side } = table;
    const slot = table.find();
    let known = slot < 0 ? null : this.#connections[slot]!;
    if (known !== null && nowNs >= table.floats[floatsOf(slot) + DEADLINE]!) {
      this.#remove(known);
      known = null;
    }
    const connection = known ?? this.#new(batch, row, "unknown_transport", IP_PROTO.ipv4, side, nowNs);
    table.floats[floatsOf(connection.slot) + DEADLINE] = nowNs + IP_TUNNEL_TIMEOUT_NS;
    const carrier = batch.carrierKey[row]!;
    if (carrier >= 0) addCarrier(connection, carrier);
    this.#count(batch, row, connection, side, true);
    this.#tunnels.carry(batch, row, connection, side, this.#now);
    return connection.key;
  }

  #flip(connection: TrackedConnection): void {
    connection.flip();
    if (connection.state !== null) this.#handler.flipped?.(connection);
  }

  #weird(connection: TrackedConnection, name: string, analyzer?: string): void {
    connection.weirds ??= [];
    if (connection.weirds.length >= MAX_WEIRDS || connection.weirds.includes(name)) return;
    connection.weirds.push(name);
    const source = analyzer ?? (connection.proto === "unknown_transport" ? "IP" : connection.proto.toUpperCase());
    const row = { name, addl: null, notice: false, peer: "backtrail", source };
    const now = this.#now.copy();
    this.#output.write(weird, connection, connection.nextRecord++, row, now, now);
  }

  #remove(connection: TrackedConnection, isEndOfRun = false): void {
    const table = this.#table;
    const { slot } = connection;
    const i = intsOf(slot);
    const ts = (BigInt(table.ints[i + LAST_HIGH]!) << 32n) | BigInt(table.ints[i + LAST_LOW]! >>> 0);
    const last: FrameRef = { ts, capture: connection.lastCapture, frame: connection.lastFrame };
    if (isIpTunnel(connection)) {
      if (!isEndOfRun) this.#tunnels.expired(connection, last);
    } else {
      this.#now.pin(last);
      if (connection.proto === "tcp") this.#stream.end(connection);
      this.#handler.closed(connection);
      this.#tunnels.closed(connection, last);
      this.#output.write(conn, connection, 0, connRow(connection, table, this.#tcp), connection.start, last);
      this.#now.pin(null);
    }
    this.#connections[slot] = null;
    table.release(slot);
  }

  #sweep(clockNs: number): void {
    const table = this.#table;
    const { slots } = table;
    for (let slot = 0; slot < slots; slot++) {
      if (table.floats[floatsOf(slot) + DEADLINE]! + SWEEP_SLACK_NS <= clockNs && table.isTaken(slot)) {
        this.#remove(this.#connections[slot]!);
      }
    }
  }

  /** Ends about an eighth of the connections: those silent for longest. */
  #evict(): void {
    const table = this.#table;
    const { slots, floats } = table;
    const sample: number[] = [];
    const step = Math.max(1, Math.floor(slots / 1024));
    for (let slot = 0; slot < slots; slot += step)
      if (table.isTaken(slot)) sample.push(floats[floatsOf(slot) + LAST_NS]!);
    sample.sort((a, b) => a - b);
    const before = sample[sample.length >> 3] ?? Infinity;
    for (let slot = 0; slot < slots; slot++) {
      if (!table.isTaken(slot) || table.floats[floatsOf(slot) + LAST_NS]! > before) continue;
      this.counters.evicted++;
      this.#remove(this.#connections[slot]!);
    }
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

function transportOf(proto: number): Transport {
  switch (proto) {
    case IP_PROTO.tcp:
      return "tcp";
    case IP_PROTO.udp:
      return "udp";
    case IP_PROTO.icmp:
    case IP_PROTO.icmp6:
      return "icmp";
    case IP_PROTO.sctp:
      return "sctp";
    default:
      return "unknown_transport";
  }
}

/** IP tunnels share the table under the protocol number of IP-in-IP, which no connection has. */
function isIpTunnel(connection: TrackedConnection): boolean {
  return connection.ipProto === IP_PROTO.ipv4;
}

/** True if the sender of a conversation's first segment is more likely its responder. Zeek: `TCPAnalyzer::WantConnection` */
function isTcpSwapped(flags: number, srcPort: number, dstPort: number): boolean {
  if ((flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn || !isLikelyTcpServer(srcPort)) return false;
  if (!isLikelyTcpServer(dstPort)) return true;
  return (flags & TCP_FLAG.syn) === 0 && srcPort < dstPort;
}

/** A host that talks to itself on one port: both sides are the same, and all packets are the originator's. */
function isSelf(table: FlowTable, slot: number): boolean {
  if (table.port(slot, 0) !== table.port(slot, 1)) return false;
  for (let i = 0; i < 4; i++) if (table.addressWord(slot, 0, i) !== table.addressWord(slot, 1, i)) return false;
  return true;
}

function addCarrier(connection: TrackedConnection, key: number): void {
  connection.carriers ??= [];
  if (connection.carriers.length < MAX_CARRIERS && !connection.carriers.includes(key)) connection.carriers.push(key);
}
