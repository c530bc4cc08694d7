import type { DecodeCounters } from "./decode-counters.ts";
import type { PacketColumns } from "./packet-batch.ts";
import { grownColumns, PACKET_FLAG, packetColumns, PacketColumnsPool } from "./packet-batch.ts";
import type { PacketInHand } from "./packet-in-hand.ts";

/** The rows of the batch that is being decoded. */
export class PacketRows {
  /** Changes when it must grow: ask for it anew after each `add`. */
  columns: PacketColumns = packetColumns(0);
  count = 0;
  readonly #pool = new PacketColumnsPool();
  readonly #counters: DecodeCounters;

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
  }

  /** Begins a batch of about so many rows. */
  begin(rows: number): void {
    this.columns = this.#pool.take(rows);
    this.count = 0;
  }

  /** Takes columns back that nobody may read any more. */
  release(columns: PacketColumns): void {
    this.#pool.give(columns);
  }

  /** A row with what link layer and IP header say. @returns its number. */
  add(packet: PacketInHand, proto: number): number {
    const row = this.count++;
    if (row >= this.columns.frame.length) this.columns = grownColumns(this.columns, row * 2);
    const c = this.columns;
    if ((packet.flags & PACKET_FLAG.cut) !== 0) this.#counters.cut++;
    c.frame[row] = packet.frame;
    c.kind[row] = packet.kind;
    c.flags[row] = packet.flags;
    c.proto[row] = proto;
    c.level[row] = packet.level;
    c.pairHash[row] = packet.pairHash;
    c.ipAt[row] = packet.ipAt;
    c.srcAt[row] = packet.srcAt;
    c.dstAt[row] = packet.dstAt;
    c.ipLength[row] = packet.ipLength;
    c.vlan[row] = packet.vlan;
    c.innerVlan[row] = packet.innerVlan;
    c.macAt[row] = packet.macAt;
    c.carrierKey[row] = packet.carrier;
    return row;
  }

  /** A row for a packet that nothing more is known of; one inside a tunnel gets none. */
  addOther(packet: PacketInHand, kind: number, ipAt = 0, ipLength = 0): void {
    if (packet.level > 0) return;
    packet.header(kind, 0, ipAt, ipAt, ipAt, ipLength);
    this.add(packet, 0);
  }

  /** Marks a row. @param flag `PACKET_FLAG` */
  mark(row: number, flag: number): void {
    this.columns.flags[row]! |= flag;
  }

  /** Where the transport header of a row and what it carries are. */
  payload(row: number, l4At: number, payloadAt: number, length: number, captured: number): void {
    const c = this.columns;
    c.l4At[row] = l4At;
    c.payloadAt[row] = payloadAt;
    c.payloadLength[row] = length;
    c.payloadCaptured[row] = captured;
  }
}
