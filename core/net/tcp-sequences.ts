import {
  ACK_SEQ,
  ACK_WRAPS,
  FINS,
  LAST_SEQ,
  PREVIOUS,
  RETRANSMITTED,
  SEQ_WRAPS,
  sideInts,
  START_SEQ,
  STATE,
  TCP,
  TCP_FLAG,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { isUnacknowledged, positionOf } from "./tcp-stream.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

/** How a machine tells an oddity of a connection: its name and what it adds; `source` is null where Zeek names no analyzer. */
export type TellWeird = (connection: TrackedConnection, name: string, addl?: string, source?: null) => void;

/** Sequence numbers of SYNs and RSTs that are further off than this are not believed. Zeek: `TOO_LARGE_SEQ_DELTA` */
const TOO_FAR = 1_048_576;
const WRAP = 0x1_0000_0000;

/** The sequence and acknowledgement numbers of both sides of TCP connections, told as positions that do not wrap. */
export class TcpSequences {
  readonly #table: FlowTable;
  readonly #weird: TellWeird;

  constructor(table: FlowTable, weird: TellWeird) {
    this.#table = table;
    this.#weird = weird;
  }

  /** Sets up a side's sequence numbers with its first segment, or anew with another SYN. */
  begin(connection: TrackedConnection, e: number, flags: number, seq: number, behind: number): void {
    const { ints } = this.#table;
    const hasSyn = (flags & TCP_FLAG.syn) !== 0;
    switch (ints[e + STATE]) {
      case TCP.inactive:
        if (hasSyn) {
          this.#startAt(e, seq, behind);
        } else {
          // As though there had been a SYN, so that positions are counted alike.
          this.#startAt(e, (seq - 1) | 0, seq);
        }
        return;
      case TCP.synSent:
      case TCP.synAckSent:
        if (!hasSyn || seq === ints[e + START_SEQ]) return;
        this.#odd(connection, "SYN_seq_jump");
        break;
      case TCP.established:
      case TCP.partial:
        if (!hasSyn) return;
        if (sentOctets(this.#table, connection.slot, this.#sideOf(connection, e)) > 0)
          this.#odd(connection, "SYN_inside_connection");
        if (seq !== ints[e + START_SEQ]) this.#odd(connection, "SYN_seq_jump");
        break;
      case TCP.reset:
        // A forged RST may have set the numbers; the SYN knows better.
        if (!hasSyn || ints[e + PREVIOUS] !== TCP.inactive) return;
        break;
      default:
        return;
    }
    this.#startAt(e, seq, behind);
  }

  #startAt(e: number, start: number, last: number): void {
    const { ints } = this.#table;
    ints[e + START_SEQ] = start;
    ints[e + ACK_SEQ] = start;
    ints[e + LAST_SEQ] = last;
  }

  #sideOf(connection: TrackedConnection, e: number): number {
    return e === sideInts(connection.slot, 0) ? 0 : 1;
  }

  /** Position of a sequence number, told from the last one and its wraps. */
  position(e: number, seq: number, last: number, wraps: number): number {
    const { ints } = this.#table;
    const reference = ints[e + last]!;
    const delta = (seq - reference) | 0;
    let turns = ints[e + wraps]!;
    if (delta < 0) {
      if (turns > 0 && seq >>> 0 > reference >>> 0) turns--;
    } else if (delta > 0 && seq >>> 0 < reference >>> 0) {
      turns++;
    }
    if (turns === 0) return (seq - ints[e + START_SEQ]!) | 0;
    return turns * WRAP + (seq >>> 0) - (ints[e + START_SEQ]! >>> 0);
  }

  /** Takes the acknowledgement number. @returns the position that it acknowledges. */
  acknowledge(connection: TrackedConnection, e: number, p: number, flags: number, ack: number): number {
    const { ints } = this.#table;
    if (ints[p + STATE] === TCP.inactive) {
      const state = ints[e + STATE];
      const isPlain = (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) === 0;
      const hasBegun = state === TCP.synSent || state === TCP.synAckSent || state === TCP.established;
      if (isPlain && hasBegun && !connection.isWeird) {
        this.#odd(connection, "possible_split_routing");
      }
      this.#startAt(p, (ack - 1) | 0, (ack - 1) | 0);
      return 1;
    }
    const position = this.position(p, ack, ACK_SEQ, ACK_WRAPS);
    if (position < 0) {
      this.#weird(connection, "TCP_ack_underflow_or_misorder");
      return 0;
    }
    if ((flags & TCP_FLAG.rst) !== 0) return position;
    const delta = (ack - ints[p + ACK_SEQ]!) | 0;
    // A 0 far away is a broken field rather than a large connection.
    if (delta > 0 && !(ack === 0 && delta > TOO_FAR)) {
      if (ack >>> 0 < ints[p + ACK_SEQ]! >>> 0) ints[p + ACK_WRAPS]!++;
      ints[p + ACK_SEQ] = ack;
    }
    return position;
  }

  /** Moves the side's last sequence number on. @returns how far it is ahead, below 0 if it is behind. */
  advance(
    connection: TrackedConnection,
    e: number,
    behind: number,
    flags: number,
    octets: number,
    isOrig: boolean,
  ): number {
    const { ints } = this.#table;
    const delta = (behind - ints[e + LAST_SEQ]!) | 0;
    const isSynOrRst = (flags & (TCP_FLAG.syn | TCP_FLAG.rst)) !== 0;
    if (isSynOrRst && (delta > TOO_FAR || delta < -TOO_FAR)) return delta;
    const isLoneFin = (flags & TCP_FLAG.fin) !== 0 && ints[e + LAST_SEQ] === ((ints[e + START_SEQ]! + 1) | 0);
    // Only SYN and FIN were seen: more than 2 GB may lie between them.
    if (isLoneFin || (ints[e + STATE] !== TCP.reset && delta > 0)) {
      if (behind >>> 0 < ints[e + LAST_SEQ]! >>> 0) ints[e + SEQ_WRAPS]!++;
      ints[e + LAST_SEQ] = behind;
    } else if (ints[e + STATE] !== TCP.reset && octets > 0) {
      connection.countHistory(e + RETRANSMITTED, "T", isOrig);
    }
    return delta;
  }

  /** An oddity that Zeek tells of the connection, not of its TCP. */
  #odd(connection: TrackedConnection, name: string): void {
    this.#weird(connection, name, undefined, null);
  }
}

/** Payload octets of a side by its sequence numbers. Zeek: `TCP_Endpoint::Size` */
export function sentOctets({ ints }: FlowTable, slot: number, side: number): number {
  const e = sideInts(slot, side);
  const p = sideInts(slot, 1 - side);
  const isAborted =
    ints[e + PREVIOUS] === TCP.synSent && ints[e + STATE] === TCP.reset && ints[p + STATE] === TCP.inactive;
  if (isAborted && !isUnacknowledged(ints, e)) return 0;
  const last = positionOf(ints, e, LAST_SEQ, SEQ_WRAPS);
  const acked = positionOf(ints, e, ACK_SEQ, ACK_WRAPS);
  let size = Math.max(last, acked);
  if (size > 0) size--; // the SYN
  if (size > 0 && ints[e + FINS]! > 0) size--;
  return Math.max(size, 0);
}
