import { randomInt } from "node:crypto";
import type { RecordOutput } from "../records/record-output.ts";
import type { FrameRef } from "../records/table-chunk.ts";
import { macIn } from "./addresses.ts";
import type { BatchInHand } from "./batch-in-hand.ts";
import { connRow } from "./conn-record.ts";
import type { ConnectionHandler, Transport } from "./connection.ts";
import type { CurrentFrame } from "./current-frame.ts";
import {
  CARRIER,
  CARRIER_CHANGES,
  DEADLINE,
  FIRST_SIDE,
  FLOW_SHAPE,
  floatsOf,
  INNER_VLAN,
  intsOf,
  LAST_HIGH,
  LAST_LOW,
  LAST_NS,
  ORIGINATOR,
  RECEIVER_MAC,
  SENDER_MAC,
  START_HIGH,
  START_LOW,
  TCP_FLAG,
  TIMEOUT_NS,
  VLAN,
} from "./flow-state.ts";
import { FlowTable } from "./flow-table.ts";
import { IP_PROTO } from "./ipv6-chain.ts";
import type { PacketBatch } from "./packet-batch.ts";
import { NO_OFFSET, PACKET_FLAG, PACKET_KIND, sessionKey } from "./packet-batch.ts";
import { conn, weird } from "./records.ts";
import { isLikelyTcpServer, isLikelyUdpServer } from "./server-ports.ts";
import { TcpMachine } from "./tcp-machine.ts";
import { TcpStream } from "./tcp-stream.ts";
import {
  DNS_TIMEOUT_NS,
  ICMP_TIMEOUT_NS,
  isDnsPort,
  OTHER_TIMEOUT_NS,
  SWEEP_SLACK_NS,
  UDP_TIMEOUT_NS,
} from "./timeouts.ts";
import { TrackedConnection } from "./tracked-connection.ts";
import type { TrackerCounters } from "./tracker-counters.ts";
import { TunnelLog } from "./tunnel-log.ts";

/** Weirds that are recorded for one connection. */
const MAX_WEIRDS = 32;
/** What happens too often to be told. Zeek: `Weird::actions`, ACTION_IGNORE */
const UNTOLD: readonly string[] = ["unsolicited_SYN_response", "FIN_after_reset", "spontaneous_FIN", "spontaneous_RST"];
/** Tunnels that are named for one IP tunnel. */
const MAX_CARRIERS = 64;
/** An open connection that is silent for so long has said for now what it had to say. */
const QUIET_NS = 1e9;
/** One that goes on is shown so often. */
const SHOWN_AGAIN_NS = 2e9;
/** Changes of tunnel that are followed. Zeek: `Tunnel::max_changes_per_connection` */
const MAX_CARRIER_CHANGES = 5;
const UNKNOWN_CARRIER = -2;
/** Connections that are looked at to tell which have been silent for longest. */
const SAMPLED = 1024;

/** The connections and IP tunnels that are open: how they begin, which side opened them, and what is written when they end. */
export class OpenConnections {
  readonly table: FlowTable;
  readonly stream: TcpStream;
  readonly tcp: TcpMachine;
  readonly tunnels: TunnelLog;
  readonly #handler: ConnectionHandler;
  readonly #output: RecordOutput;
  readonly #counters: TrackerCounters;
  readonly #batch: BatchInHand;
  readonly #now: CurrentFrame;
  readonly #connections: (TrackedConnection | null)[] = [];

  /**
   * @param batch What `now` and the packets of `open` refer to.
   * @param maxConnections Open at one time; beyond it, the ones silent for longest are ended.
   * @param maxHeld Octets of memory for what came too early, in all connections.
   */
  constructor(
    handler: ConnectionHandler,
    output: RecordOutput,
    counters: TrackerCounters,
    batch: BatchInHand,
    now: CurrentFrame,
    maxConnections: number,
    maxHeld: number,
  ) {
    this.#handler = handler;
    this.#output = output;
    this.#counters = counters;
    this.#batch = batch;
    this.#now = now;
    this.table = new FlowTable(FLOW_SHAPE, maxConnections, randomInt(0x4000_0000, 0x7fff_ffff));
    const weirdOf = (connection: TrackedConnection, name: string, addl?: string, source?: null): void =>
      this.weird(connection, name, source, addl);
    this.stream = new TcpStream(this.table, handler, counters, maxHeld, weirdOf);
    this.tcp = new TcpMachine(this.table, this.stream, weirdOf, (connection) => this.#flip(connection));
    this.tunnels = new TunnelLog(this.table, output);
  }

  /** The connection in a slot that is taken. */
  at(slot: number): TrackedConnection {
    return this.#connections[slot]!;
  }

  /** A connection of the key that the table located, and of its first packet. */
  open(
    batch: PacketBatch,
    row: number,
    proto: number,
    srcPort: number,
    dstPort: number,
    side: number,
    nowNs: number,
  ): TrackedConnection {
    const connection = this.begin(batch, row, transportOf(proto), proto, side, nowNs);
    const { floats } = this.table;
    const f = floatsOf(connection.slot);
    const flags = batch.flags[row]!;
    const view = this.#batch.view(flags);
    let swap = false;
    switch (connection.proto) {
      case "tcp": {
        const tcpFlags = (flags & PACKET_FLAG.badTransport) === 0 ? view.getUint8(batch.l4At[row]! + 13) : 0;
        connection.sawStart = (tcpFlags & TCP_FLAG.syn) !== 0;
        swap = isTcpSwapped(tcpFlags, srcPort, dstPort);
        this.stream.begin(connection.slot);
        floats[f + TIMEOUT_NS] = UDP_TIMEOUT_NS;
        break;
      }
      case "udp":
        swap = isLikelyUdpServer(srcPort) && !isLikelyUdpServer(dstPort);
        floats[f + TIMEOUT_NS] = UDP_TIMEOUT_NS;
        break;
      case "icmp":
        floats[f + TIMEOUT_NS] = ICMP_TIMEOUT_NS;
        break;
      default:
        floats[f + TIMEOUT_NS] = OTHER_TIMEOUT_NS;
    }
    const isBroadcast = batch.kind[row] === PACKET_KIND.ipv4 && view.getInt32(batch.dstAt[row]!) === -1;
    if (swap && !isBroadcast) this.#flip(connection);
    if (connection.proto === "udp" && isDnsPort(connection.respP)) floats[f + TIMEOUT_NS] = DNS_TIMEOUT_NS;
    floats[f + DEADLINE] = nowNs + floats[f + TIMEOUT_NS]!;
    this.#counters.connections++;
    this.#handler.opened(connection);
    return connection;
  }

  /** A connection (or IP tunnel) in a fresh slot of the located key, of which nobody is told yet. */
  begin(
    batch: PacketBatch,
    row: number,
    proto: Transport,
    ipProto: number,
    side: number,
    nowNs: number,
  ): TrackedConnection {
    const { table } = this;
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
    table.ints[i + START_LOW] = this.#batch.timeLow(frame);
    table.ints[i + START_HIGH] = this.#batch.timeHigh(frame);
    table.ints[i + LAST_LOW] = this.#batch.timeLow(frame);
    table.ints[i + LAST_HIGH] = this.#batch.timeHigh(frame);
    table.floats[f + LAST_NS] = nowNs;
    table.floats[f + CARRIER] = UNKNOWN_CARRIER;
    table.ints[i + FIRST_SIDE] = side;
    table.ints[i + VLAN] = batch.vlan[row]!;
    table.ints[i + INNER_VLAN] = batch.innerVlan[row]!;
    const macAt = batch.macAt[row]!;
    const view = macAt === NO_OFFSET ? null : this.#batch.view(batch.flags[row]!);
    table.floats[f + RECEIVER_MAC] = view === null ? -1 : macIn(view, macAt);
    table.floats[f + SENDER_MAC] = view === null ? -1 : macIn(view, macAt + 6);
    return connection;
  }

  /** Notes the tunnel that carries the connection now, where it is another one than before. @param carrier Its key, -1 for none. */
  changeCarrier(connection: TrackedConnection, carrier: number): void {
    const { ints, floats } = this.table;
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
    if (carrier >= 0) this.addCarrier(connection, carrier);
  }

  addCarrier(connection: TrackedConnection, key: number): void {
    connection.carriers ??= [];
    if (connection.carriers.length < MAX_CARRIERS && !connection.carriers.includes(key)) connection.carriers.push(key);
  }

  weird(connection: TrackedConnection, name: string, analyzer?: string | null, addl?: string): void {
    connection.weirds ??= [];
    if (connection.weirds.length >= MAX_WEIRDS || connection.weirds.includes(name)) return;
    connection.weirds.push(name);
    if (UNTOLD.includes(name)) return;
    const own = connection.proto === "unknown_transport" ? "IP" : connection.proto.toUpperCase();
    const source = analyzer === undefined ? own : analyzer;
    const row = { name, addl: addl ?? null, notice: false, peer: "backtrail", source };
    const now = this.#now.copy();
    this.#output.write(weird, connection, connection.nextRecord++, row, now, now);
  }

  /** Both sides have closed, and all that they said was given on: what it says need not wait until late packets can come no more. */
  saidAll(connection: TrackedConnection): void {
    connection.hasSaidAll = true;
    this.#handler.closed(connection);
  }

  /** Ends a connection and writes its record. */
  remove(connection: TrackedConnection, isEndOfRun = false): void {
    const { table } = this;
    const { slot } = connection;
    const last = lastOf(connection, table);
    if (isIpTunnel(connection)) {
      if (!isEndOfRun) this.tunnels.expired(connection, last);
    } else {
      this.#now.pin(last);
      if (connection.proto === "tcp") this.stream.end(connection);
      this.#handler.closed(connection);
      this.tunnels.closed(connection, last);
      this.#output.write(conn, connection, 0, connRow(connection, table), connection.start, last);
      this.#now.pin(null);
    }
    this.#connections[slot] = null;
    table.release(slot);
  }

  /**
   * Writes the records of connections that are open as they would be if they ended now: of those that changed since they were shown
   * last and are quiet, or go on for long.
   * @param clockNs Time up to which frames were read, ns since 1970 UTC.
   */
  show(clockNs: number, output: RecordOutput): void {
    const { table } = this;
    for (let slot = 0; slot < table.slots; slot++) {
      if (!table.isTaken(slot)) continue;
      const lastNs = table.floats[floatsOf(slot) + LAST_NS]!;
      const connection = this.#connections[slot]!;
      const { shownNs } = connection;
      if (shownNs === lastNs || isIpTunnel(connection)) continue;
      const since = shownNs < 0 ? Number(connection.start.ts) : shownNs;
      if (clockNs - lastNs < QUIET_NS && lastNs - since < SHOWN_AGAIN_NS) continue;
      connection.shownNs = lastNs;
      const row = connRow(connection, table);
      output.write(conn, connection, 0, row, connection.start, lastOf(connection, table));
      this.#handler.tellOpen?.(connection, output);
    }
  }

  /** Ends connections whose time was up at `clockNs`. */
  sweep(clockNs: number): void {
    const { table } = this;
    const { slots } = table;
    for (let slot = 0; slot < slots; slot++) {
      if (table.floats[floatsOf(slot) + DEADLINE]! + SWEEP_SLACK_NS <= clockNs && table.isTaken(slot)) {
        this.remove(this.#connections[slot]!);
      }
    }
  }

  /** Ends all connections. */
  finish(): void {
    const { slots } = this.table;
    for (let slot = 0; slot < slots; slot++) if (this.table.isTaken(slot)) this.remove(this.#connections[slot]!, true);
  }

  /** Ends about an eighth of the connections: those silent for longest. */
  #evict(): void {
    const { table } = this;
    const { slots, floats } = table;
    const sample: number[] = [];
    const step = Math.max(1, Math.floor(slots / SAMPLED));
    for (let slot = 0; slot < slots; slot += step)
      if (table.isTaken(slot)) sample.push(floats[floatsOf(slot) + LAST_NS]!);
    sample.sort((a, b) => a - b);
    const before = sample[sample.length >> 3] ?? Infinity;
    for (let slot = 0; slot < slots; slot++) {
      if (!table.isTaken(slot) || table.floats[floatsOf(slot) + LAST_NS]! > before) continue;
      this.#counters.evicted++;
      this.remove(this.#connections[slot]!);
    }
  }

  #flip(connection: TrackedConnection): void {
    connection.flip();
    if (connection.state !== null) this.#handler.flipped?.(connection);
  }
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

/** The last frame of a connection that counts. */
function lastOf({ slot, lastCapture, lastFrame }: TrackedConnection, { ints }: FlowTable): FrameRef {
  const i = intsOf(slot);
  const ts = (BigInt(ints[i + LAST_HIGH]!) << 32n) | BigInt(ints[i + LAST_LOW]! >>> 0);
  return { ts, capture: lastCapture, frame: lastFrame };
}
