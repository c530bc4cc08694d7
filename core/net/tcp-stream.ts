import type { ConnectionHandler } from "./connection.ts";
import {
  ACK_SEQ,
  ACK_WRAPS,
  CUT,
  FIN_POS,
  FINS,
  floatsOf,
  GAPS,
  GAVE_UP,
  GIVEN_POS,
  intsOf,
  LAST_SEQ,
  MISSED,
  NEXT_POS,
  ORIGINATOR,
  PARTIAL,
  PREVIOUS,
  SEQ_WRAPS,
  sideFloats,
  sideInts,
  START_SEQ,
  STATE,
  TCP,
  TRIM_POS,
  UPPER_POS,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { HeldOctets } from "./held-octets.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

const WRAP = 0x1_0000_0000;

/** Zeek: `tcp_max_initial_window`. More than this without any acknowledgement, and the answers are not in the capture. */
const MAX_INITIAL_WINDOW = 16_384;
/** Zeek: `tcp_max_above_hole_without_any_acks` */
const MAX_ABOVE_HOLE = 16_384;
/** Zeek: `tcp_excessive_data_without_further_acks` */
const MAX_UNACKED = 10 * 1024 * 1024;
/** Out-of-order ranges of one side, those of them that it may have where too much is held in all, and octets of half a range. */
const MAX_RANGES = 1024;
const FEW_RANGES = 16;
const BOUND_OCTETS = 8;

/** Octets held for one side before its first hole is given up; the second once Zeek would have given up on the side. */
const MAX_HELD = 1024 * 1024;
const MAX_HELD_AFTER = 64 * 1024;

/** What the streams count. */
export interface StreamCounters {
  /** Holes given up because too much waited behind them. */
  holesForced: number;
  /** Octets of memory that what came too early takes now, in all connections. */
  heldOctets: number;
}

/**
 * The two directions of a TCP connection as octets in order.
 *
 * Two things run side by side. The *account* follows Zeek's reassembler to the octet (what was acknowledged without having
 * come is missing), because `missed_bytes`, the `g` of the history, and the moment a connection counts as closed depend on
 * it. The *delivery* gives octets to the handler as early as it can: in order without a copy; what came too early is
 * held; what a snap length cut off is a gap at once. A hole is given up when the account gives it up, when too much
 * waits behind it, or at the end.
 */
export class TcpStream {
  readonly #table: FlowTable;
  readonly #handler: ConnectionHandler;
  readonly #counters: StreamCounters;
  readonly #maxTotal: number;
  readonly #weird: (connection: TrackedConnection, name: string) => void;

  /** @param maxTotal Octets of memory for what came too early, in all connections together. */
  constructor(
    table: FlowTable,
    handler: ConnectionHandler,
    counters: StreamCounters,
    maxTotal: number,
    weird: (connection: TrackedConnection, name: string) => void,
  ) {
    this.#table = table;
    this.#handler = handler;
    this.#counters = counters;
    this.#maxTotal = maxTotal;
    this.#weird = weird;
  }

  /** Prepares the positions of a new connection: a SYN would be octet 0, so data begins at 1. */
  begin(slot: number): void {
    const { floats } = this.#table;
    for (let side = 0; side < 2; side++) {
      const at = sideFloats(slot, side);
      floats[at + NEXT_POS] = 1;
      floats[at + TRIM_POS] = 1;
      floats[at + GIVEN_POS] = 1;
    }
  }

  /**
   * Takes a segment's payload.
   * @param position Of its first octet, relative to the SYN.
   * @param octets Length on the wire; `captured` of them are at `bytes[at]`.
   */
  segment(
    connection: TrackedConnection,
    side: number,
    position: number,
    octets: number,
    bytes: Uint8Array,
    at: number,
    captured: number,
  ): void {
    const { floats, ints } = this.#table;
    const f = sideFloats(connection.slot, side);
    const i = sideInts(connection.slot, side);
    const end = position + octets;
    if (captured < octets) {
      floats[floatsOf(connection.slot) + CUT]! += octets - captured;
      this.#deliver(connection, side, position, position + captured, bytes, at);
      if (floats[f + GIVEN_POS]! < end && floats[f + GIVEN_POS]! === position + captured)
        this.#skipTo(connection, side, end);
      this.#weird(connection, "truncated_tcp_payload");
      return;
    }
    if (ints[i + GAVE_UP] === 0 && end > floats[f + TRIM_POS]!) {
      const start = Math.max(position, floats[f + TRIM_POS]!);
      if (end > floats[f + UPPER_POS]!) floats[f + UPPER_POS] = end;
      if (start > floats[f + NEXT_POS]!) this.#addRange(connection, side, start, end);
      else if (end > floats[f + NEXT_POS]!) this.#advance(connection, side, end);
    }
    this.#deliver(connection, side, position, end, bytes, at);
    if (ints[i + GAVE_UP] === 0) this.#checkLimits(connection, side);
  }

  /**
   * Takes an acknowledgement of this side's octets before `position`.
   * @returns false if that was known.
   */
  acknowledged(connection: TrackedConnection, side: number, position: number): boolean {
    const { floats, ints } = this.#table;
    const f = sideFloats(connection.slot, side);
    let to = position;
    if (ints[sideInts(connection.slot, side) + FINS]! > 0 && to >= floats[f + FIN_POS]!) to = floats[f + FIN_POS]! - 1;
    if (to <= floats[f + TRIM_POS]!) return false;
    if (to > floats[f + NEXT_POS]!) this.#giveUpTo(connection, side, to);
    floats[f + TRIM_POS] = to;
    const ranges = connection.ranges(side);
    if (ranges !== null && ranges.length > 0 && ranges[0]! <= floats[f + NEXT_POS]!) {
      this.#advance(connection, side, floats[f + NEXT_POS]!);
      this.#release(connection, side);
    }
    return true;
  }

  /** True while octets of this side, or of the other, are still waited for. Zeek: `TCP_Reassembler::DataPending` */
  isPending(slot: number, side: number): boolean {
    const { floats, ints } = this.#table;
    const i = sideInts(slot, side);
    if (ints[i + GAVE_UP] !== 0) return false;
    const next = floats[sideFloats(slot, side) + NEXT_POS]!;
    const last = positionOf(ints, i, LAST_SEQ, SEQ_WRAPS);
    if (last < next) return false;
    if (next !== last - 1 && next !== last) return true;
    const other = sideFloats(slot, 1 - side);
    return ints[i + STATE] !== TCP.reset && floats[other + UPPER_POS]! > floats[other + TRIM_POS]!;
  }

  /** Gives the handler what is still held, with gaps where octets never came. */
  end(connection: TrackedConnection): void {
    for (let side = 0; side < 2; side++) {
      const held = connection.held(side);
      while (held !== null && !held.isEmpty) {
        this.#skipTo(connection, side, held.first);
        this.#release(connection, side);
      }
      this.#forgetHeld(connection, side);
      this.#forgetRanges(connection, side);
    }
  }

  /** Drops what is held for a connection whose payload nobody wants. */
  forget(connection: TrackedConnection): void {
    this.#forgetHeld(connection, 0);
    this.#forgetHeld(connection, 1);
  }

  #forgetHeld(connection: TrackedConnection, side: number): void {
    this.#counters.heldOctets -= connection.held(side)?.weight ?? 0;
    connection.setHeld(side, null);
  }

  #forgetRanges(connection: TrackedConnection, side: number): void {
    this.#counters.heldOctets -= BOUND_OCTETS * (connection.ranges(side)?.length ?? 0);
    connection.setRanges(side, null);
  }

  // The account.

  #advance(connection: TrackedConnection, side: number, end: number): void {
    let next = end;
    const ranges = connection.ranges(side);
    if (ranges !== null) {
      let gone = 0;
      while (gone < ranges.length && ranges[gone]! <= next) {
        if (ranges[gone + 1]! > next) next = ranges[gone + 1]!;
        gone += 2;
      }
      if (gone > 0) ranges.splice(0, gone);
      this.#counters.heldOctets -= BOUND_OCTETS * gone;
      if (ranges.length === 0) connection.setRanges(side, null);
    }
    this.#table.floats[sideFloats(connection.slot, side) + NEXT_POS] = next;
  }

  #addRange(connection: TrackedConnection, side: number, start: number, end: number): void {
    let ranges = connection.ranges(side);
    if (ranges === null) {
      ranges = [];
      connection.setRanges(side, ranges);
    }
    let first = ranges.length;
    while (first > 0 && ranges[first - 1]! >= start) first -= 2;
    let from = start;
    let to = end;
    let stop = first;
    while (stop < ranges.length && ranges[stop]! <= to) {
      if (ranges[stop]! < from) from = ranges[stop]!;
      if (ranges[stop + 1]! > to) to = ranges[stop + 1]!;
      stop += 2;
    }
    ranges.splice(first, stop - first, from, to);
    this.#counters.heldOctets += BOUND_OCTETS * (2 - (stop - first));
    if (ranges.length <= 2 * FEW_RANGES) return;
    const isTooMuch = this.#counters.heldOctets > this.#maxTotal;
    if (isTooMuch) this.#counters.holesForced++;
    if (isTooMuch || ranges.length > 2 * MAX_RANGES)
      this.#giveUp(connection, side, "excessive_data_without_further_acks");
  }

  /** Octets before `to` were acknowledged: those that did not come never will. Zeek: `TCP_Reassembler::Undelivered` */
  #giveUpTo(connection: TrackedConnection, side: number, to: number): void {
    const { floats, ints } = this.#table;
    // Without the beginning, positions are made up as if there had been a SYN; its octet is not missing.
    if (to <= 2 && ints[intsOf(connection.slot) + PARTIAL] !== 0) return;
    const f = sideFloats(connection.slot, side);
    if (ints[sideInts(connection.slot, side) + GAVE_UP] === 0) {
      const ranges = connection.ranges(side);
      while (ranges !== null && ranges.length > 0 && ranges[0]! < to && floats[f + NEXT_POS]! < to) {
        this.#gap(connection, side, ranges[0]! - floats[f + NEXT_POS]!);
        this.#advance(connection, side, ranges[0]!);
      }
      if (floats[f + NEXT_POS]! < to) this.#gap(connection, side, to - floats[f + NEXT_POS]!);
    }
    if (floats[f + NEXT_POS]! < to) floats[f + NEXT_POS] = to;
    this.#surrender(connection, side, floats[f + NEXT_POS]!);
  }

  #gap(connection: TrackedConnection, side: number, octets: number): void {
    const { floats, ints } = this.#table;
    const slot = connection.slot;
    // Elsewhere positions are not to be trusted. Zeek: `report_gaps_for_partial` = F
    if (!isClean(ints, sideInts(slot, 0)) || !isClean(ints, sideInts(slot, 1))) return;
    connection.countHistory(sideInts(slot, side) + GAPS, "G", side === ints[intsOf(slot) + ORIGINATOR]);
    floats[floatsOf(slot) + MISSED]! += octets;
  }

  #checkLimits(connection: TrackedConnection, side: number): void {
    const { floats, ints } = this.#table;
    const f = sideFloats(connection.slot, side);
    const i = sideInts(connection.slot, side);
    const upper = floats[f + UPPER_POS]!;
    if (upper - floats[f + TRIM_POS]! <= MAX_INITIAL_WINDOW) return;
    const isUnacked = isUnacknowledged(ints, i);
    if (
      isUnacked &&
      positionOf(ints, i, LAST_SEQ, SEQ_WRAPS) - 1 > MAX_INITIAL_WINDOW &&
      floats[f + NEXT_POS]! > floats[f + TRIM_POS]!
    ) {
      floats[f + TRIM_POS] = floats[f + NEXT_POS]!;
    }
    if (isUnacked && upper - floats[f + NEXT_POS]! > MAX_ABOVE_HOLE) {
      this.#giveUp(connection, side, "above_hole_data_without_any_acks");
    } else if (upper - floats[f + TRIM_POS]! > MAX_UNACKED) {
      this.#giveUp(connection, side, "excessive_data_without_further_acks");
    }
  }

  #giveUp(connection: TrackedConnection, side: number, name: string): void {
    const { floats, ints } = this.#table;
    this.#weird(connection, name);
    ints[sideInts(connection.slot, side) + GAVE_UP] = 1;
    floats[sideFloats(connection.slot, side) + UPPER_POS] = 0;
    this.#forgetRanges(connection, side);
  }

  // The delivery.

  #deliver(
    connection: TrackedConnection,
    side: number,
    start: number,
    end: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    if (!connection.wantsPayload) return;
    const { floats } = this.#table;
    const f = sideFloats(connection.slot, side) + GIVEN_POS;
    const given = floats[f]!;
    if (end <= given) return;
    if (start > given) {
      this.#hold(connection, side, start, end, bytes, at);
      return;
    }
    floats[f] = end;
    const from = at + given - start;
    this.#handler.data(connection, bytes, from, at + end - start, side === connection.originatorSide);
    if (connection.held(side) !== null) this.#release(connection, side);
  }

  #hold(connection: TrackedConnection, side: number, start: number, end: number, bytes: Uint8Array, at: number): void {
    let held = connection.held(side);
    if (held === null) {
      held = new HeldOctets();
      connection.setHeld(side, held);
    }
    const before = held.weight;
    held.add(start, end, bytes, at);
    this.#counters.heldOctets += held.weight - before;
    if (held.contradicted) {
      held.contradicted = false;
      this.#weird(connection, "rexmit_inconsistency");
    }
    const limit = this.#table.ints[sideInts(connection.slot, side) + GAVE_UP] === 0 ? MAX_HELD : MAX_HELD_AFTER;
    while (
      !held.isEmpty &&
      (held.octets > limit || held.blocks > MAX_RANGES || this.#counters.heldOctets > this.#maxTotal)
    ) {
      this.#counters.holesForced++;
      this.#skipTo(connection, side, held.first);
      this.#release(connection, side);
    }
  }

  /** Delivers held octets that are next in order. */
  #release(connection: TrackedConnection, side: number): void {
    const held = connection.held(side);
    if (held === null) return;
    const at = sideFloats(connection.slot, side) + GIVEN_POS;
    for (;;) {
      const before = held.weight;
      const block = held.takeAt(this.#table.floats[at]!);
      this.#counters.heldOctets += held.weight - before;
      if (block === null) break;
      this.#table.floats[at]! += block.length;
      if (connection.wantsPayload)
        this.#handler.data(connection, block, 0, block.length, side === connection.originatorSide);
    }
    if (held.isEmpty) connection.setHeld(side, null);
  }

  /** Nothing before `to` is waited for any longer. */
  #surrender(connection: TrackedConnection, side: number, to: number): void {
    const { floats } = this.#table;
    const at = sideFloats(connection.slot, side) + GIVEN_POS;
    while (floats[at]! < to) {
      const held = connection.held(side);
      this.#skipTo(connection, side, held === null ? to : Math.min(held.first, to));
      if (held !== null) this.#release(connection, side);
    }
  }

  #skipTo(connection: TrackedConnection, side: number, to: number): void {
    const { floats } = this.#table;
    const at = sideFloats(connection.slot, side) + GIVEN_POS;
    const octets = to - floats[at]!;
    if (octets <= 0) return;
    floats[at] = to;
    if (connection.wantsPayload) this.#handler.gap(connection, octets, side === connection.originatorSide);
  }
}

/** Position that a sequence number and its wraps stand for, relative to the side's first. May be below 0 after odd resets. */
export function positionOf(ints: Int32Array, sideAt: number, sequence: number, wraps: number): number {
  return ints[sideAt + wraps]! * WRAP + (ints[sideAt + sequence]! >>> 0) - (ints[sideAt + START_SEQ]! >>> 0);
}

/** True if nothing of the side was acknowledged but perhaps its SYN. */
export function isUnacknowledged(ints: Int32Array, sideAt: number): boolean {
  const position = positionOf(ints, sideAt, ACK_SEQ, ACK_WRAPS);
  return position === 0 || position === 1;
}

function isClean(ints: Int32Array, sideAt: number): boolean {
  const state = ints[sideAt + STATE];
  return state === TCP.established || (state === TCP.closed && ints[sideAt + PREVIOUS] === TCP.established);
}
