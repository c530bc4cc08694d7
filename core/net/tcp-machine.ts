import {
  ACK_SEQ,
  ACK_WRAPS,
  AT_END,
  ATTEMPT_NS,
  CLOSE_DEFERRED,
  DELETE_NS,
  DID_CLOSE,
  FIN_POS,
  FINS,
  floatsOf,
  GIVEN_POS,
  intsOf,
  LAST_FIN,
  LAST_NS,
  LAST_RST,
  LAST_SEQ,
  LAST_SYN,
  ORIGINATOR,
  PARTIAL,
  PREVIOUS,
  RETRANSMITTED,
  RSTS,
  SEEN_FIRST,
  SENT_NS,
  SEQ_WRAPS,
  sideFloats,
  sideInts,
  START_SEQ,
  STATE,
  TCP,
  TCP_FLAG,
  TIMEOUT_NS,
  ZERO_WINDOWS,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import type { TcpStream } from "./tcp-stream.ts";
import { isUnacknowledged, positionOf } from "./tcp-stream.ts";
import { beginWindow, MAX_WINDOW_SCALE, takeWindow } from "./tcp-window.ts";
import { TCP_ATTEMPT_NS, TCP_CLOSE_NS, TCP_LINGER_NS, TCP_TIMEOUT_NS } from "./timeouts.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

/** Sequence numbers of SYNs and RSTs that are further off than this are not believed. Zeek: `TOO_LARGE_SEQ_DELTA` */
const TOO_FAR = 1_048_576;
const WRAP = 0x1_0000_0000;
/** So many FINs or RSTs of a side, not further apart than that, are a storm. Zeek: `tcp_storm_thresh`, `tcp_storm_interarrival_thresh` */
const STORM = 1000;
const STORM_NS = 1e9;

/** Bits of history letters. Zeek: `TCP_Endpoint::HistoryMasks` */
const SEEN = { syn: 1, fin: 2, rst: 4, finRst: 8, data: 16, ack: 32, multi: 64 } as const;

const ORIGINATOR_SEEN = 1;
const RESPONDER_SEEN = 2;

/** A TCP segment as the machine takes it; one object is used again for each. */
export interface Segment {
  flags: number;
  seq: number;
  ack: number;
  window: number;
  /** Shift of the window that a SYN offers, -1 for none. */
  windowScale: number;
  /** Payload octets on the wire. */
  octets: number;
  bytes: Uint8Array;
  at: number;
  captured: number;
}

/**
 * What a TCP connection's segments do to its state: states, history, sequence numbers, closing.
 *
 * It follows what Zeek's TCP analysis means, so that `conn_state`, `history` and the byte counts come out the same
 * (src/packet_analysis/protocol/tcp/TCPSessionAdapter.cc).
 */
export class TcpMachine {
  readonly #table: FlowTable;
  readonly #stream: TcpStream;
  readonly #weird: (connection: TrackedConnection, name: string, addl?: string, source?: null) => void;
  readonly #flipped: (connection: TrackedConnection) => void;
  #closes = false;

  constructor(
    table: FlowTable,
    stream: TcpStream,
    weird: (connection: TrackedConnection, name: string, addl?: string, source?: null) => void,
    flipped: (connection: TrackedConnection) => void,
  ) {
    this.#table = table;
    this.#stream = stream;
    this.#weird = weird;
    this.#flipped = flipped;
  }

  /**
   * Takes one segment.
   * @returns true if its time counts for the connection's duration.
   */
  segment(connection: TrackedConnection, side: number, segment: Segment, nowNs: number): boolean {
    const { ints, floats } = this.#table;
    const { slot } = connection;
    const { flags, seq, ack, octets } = segment;
    const c = intsOf(slot);
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    const isOrig = side === ints[c + ORIGINATOR];
    const hasSyn = (flags & TCP_FLAG.syn) !== 0;
    const hasFin = (flags & TCP_FLAG.fin) !== 0;
    const hasRst = (flags & TCP_FLAG.rst) !== 0;
    const hasAck = (flags & TCP_FLAG.ack) !== 0;

    if (isOrig) {
      if ((ints[c + SEEN_FIRST]! & ORIGINATOR_SEEN) === 0) ints[c + PARTIAL] = !hasSyn || hasAck ? 1 : 0;
    } else if ((ints[c + SEEN_FIRST]! & RESPONDER_SEEN) === 0 && ints[c + PARTIAL] === 0) {
      ints[c + PARTIAL] = hasSyn ? 0 : 1;
    }

    // SYN and FIN take a place in the sequence; what a RST carries is no part of the stream.
    const length = (hasRst ? 0 : octets) + (hasSyn ? 1 : 0) + (hasFin ? 1 : 0);
    const behind = (seq + length) | 0;
    this.#begin(connection, e, flags, seq, behind);

    const position = this.#relative(e, seq, LAST_SEQ, SEQ_WRAPS);
    // Wraps are 0 whenever this happens: the segment is from before what was taken for the beginning.
    const isBefore = position < 0;
    if (isBefore && !hasRst) this.#weird(connection, "TCP_seq_underflow_or_misorder");

    this.#history(connection, e, isOrig, flags, position, octets);
    if (segment.window === 0 && !hasRst && ints[p + STATE] !== TCP.closed && ints[e + STATE] !== TCP.reset) {
      connection.countHistory(e + ZERO_WINDOWS, "W", isOrig);
    }
    if (takeWindow(this.#table, e, flags, seq, ack, segment.window)) this.#odd(connection, "window_recision");
    const counts = ints[e + DID_CLOSE] === 0 || ints[p + DID_CLOSE] === 0;
    if (counts) floats[floatsOf(slot) + LAST_NS] = nowNs;

    if (hasSyn) {
      this.#synWeirds(connection, flags, octets, segment.windowScale);
      beginWindow(this.#table, e, p, hasAck, seq, ack, segment.windowScale);
    }
    const f = sideFloats(slot, side);
    if (hasFin) {
      if (++ints[e + FINS]! >= STORM && nowNs < floats[f + SENT_NS]! + STORM_NS) this.#weird(connection, "FIN_storm");
      floats[f + FIN_POS] = position + length;
    }
    if (hasRst && ++ints[e + RSTS]! >= STORM && nowNs < floats[f + SENT_NS]! + STORM_NS)
      this.#weird(connection, "RST_storm");
    floats[f + SENT_NS] = nowNs;
    let acked = 0;
    if (hasAck) acked = this.#acknowledge(connection, e, p, flags, ack);
    const advance = this.#lastSequence(connection, e, behind, flags, octets, isOrig);

    this.#closes = false;
    this.#step(connection, side, flags, seq, ack, octets, advance, nowNs);

    if (hasAck && this.#stream.acknowledged(connection, 1 - side, acked)) this.#checkEnd(connection, 1 - side);
    ints[c + SEEN_FIRST]! |= side === ints[c + ORIGINATOR] ? ORIGINATOR_SEEN : RESPONDER_SEEN;
    if (octets > 0 && !hasRst && !isBefore) {
      const from = hasSyn ? position + 1 : position;
      this.#stream.segment(connection, side, from, octets, segment.bytes, segment.at, segment.captured);
    }
    this.#checkEnd(connection, side);
    if (this.#closes) this.#close(connection, side);
    return counts;
  }

  /** Payload octets of a side by its sequence numbers. Zeek: `TCP_Endpoint::Size` */
  size(slot: number, side: number): number {
    const { ints } = this.#table;
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

  /** Zeek's `conn_state`. */
  connState(connection: TrackedConnection): string {
    const { ints } = this.#table;
    const orig = connection.originatorSide;
    const o = ints[sideInts(connection.slot, orig) + STATE]!;
    const r = ints[sideInts(connection.slot, 1 - orig) + STATE]!;
    const origQuiet = o === TCP.inactive || o === TCP.partial;
    const respQuiet = r === TCP.inactive || r === TCP.partial;
    if (r === TCP.reset) {
      const isEmpty = o === TCP.reset && this.size(connection.slot, 0) === 0 && this.size(connection.slot, 1) === 0;
      if (o === TCP.synSent || o === TCP.synAckSent || isEmpty) return "REJ";
      return origQuiet ? "RSTRH" : "RSTR";
    }
    if (o === TCP.reset) {
      if (!respQuiet) return "RSTO";
      return /^\^?S[^HAFGIQ]*R/.test(connection.history) ? "RSTOS0" : "OTH";
    }
    if (r === TCP.closed && o === TCP.closed) return "SF";
    if (o === TCP.closed) return respQuiet ? "SH" : "S2";
    if (r === TCP.closed) return origQuiet ? "SHR" : "S3";
    if (o === TCP.synSent && r === TCP.inactive) return "S0";
    return o === TCP.established && r === TCP.established ? "S1" : "OTH";
  }

  /** True once both sides sent their FIN and all octets before it were given on: nothing of what they say is to come. */
  hasSaidAll(slot: number): boolean {
    const { ints, floats } = this.#table;
    for (let side = 0; side < 2; side++) {
      if (ints[sideInts(slot, side) + FINS] === 0) return false;
      const f = sideFloats(slot, side);
      // A FIN behind what was given is of a connection before, or forged.
      if (floats[f + GIVEN_POS] !== floats[f + FIN_POS]! - 1) return false;
    }
    return true;
  }

  /** When the connection is over if nothing more comes. */
  deadline(slot: number): number {
    const { ints, floats } = this.#table;
    const f = floatsOf(slot);
    const a = sideInts(slot, 0);
    const b = sideInts(slot, 1);
    const last = floats[f + LAST_NS]!;
    let deadline = last + floats[f + TIMEOUT_NS]!;
    if (floats[f + DELETE_NS]! > 0) return Math.min(deadline, floats[f + DELETE_NS]!);
    const orig = ints[intsOf(slot) + ORIGINATOR] === 0 ? a : b;
    const resp = orig === a ? b : a;
    const o = ints[orig + STATE]!;
    if (ints[resp + STATE] === TCP.inactive) {
      if (o === TCP.synSent || o === TCP.synAckSent) {
        if (floats[f + ATTEMPT_NS]! > 0) deadline = Math.min(deadline, floats[f + ATTEMPT_NS]!);
      } else if (o === TCP.inactive) {
        deadline = Math.min(deadline, last + TCP_LINGER_NS);
      }
    }
    const isReset = ints[a + STATE] === TCP.reset || ints[b + STATE] === TCP.reset;
    if (isReset && (ints[a + DID_CLOSE] !== 0 || ints[b + DID_CLOSE] !== 0))
      deadline = Math.min(deadline, last + TCP_LINGER_NS);
    return deadline;
  }

  /** True if a SYN opens a new connection between the same ports. Zeek: `TCPSessionAdapter::IsReuse` */
  isReuse(connection: TrackedConnection, flags: number, seq: number): boolean {
    if ((flags & TCP_FLAG.syn) === 0) return false;
    const { ints } = this.#table;
    const orig = sideInts(connection.slot, connection.originatorSide);
    const resp = sideInts(connection.slot, 1 - connection.originatorSide);
    let e = orig;
    if ((flags & TCP_FLAG.ack) !== 0) {
      if (ints[orig + STATE] !== TCP.inactive) return false;
      e = resp;
    }
    if (ints[orig + DID_CLOSE] === 0 && ints[resp + DID_CLOSE] === 0) {
      if (seq === ints[e + START_SEQ]) return false;
      const isReversed =
        (flags & TCP_FLAG.ack) === 0 &&
        ints[e + STATE] === TCP.synAckSent &&
        ints[resp + STATE] === TCP.inactive &&
        seq === ints[resp + START_SEQ];
      if (isReversed) return false;
      this.#weird(connection, ints[e + STATE] === TCP.synSent ? "SYN_seq_jump" : "active_connection_reuse");
    }
    return true;
  }

  /** An oddity that Zeek tells of the connection, not of its TCP. */
  #odd(connection: TrackedConnection, name: string): void {
    this.#weird(connection, name, undefined, null);
  }

  /** Sets up a side's sequence numbers with its first segment, or anew with another SYN. */
  #begin(connection: TrackedConnection, e: number, flags: number, seq: number, behind: number): void {
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
        if (this.size(connection.slot, this.#sideOf(connection, e)) > 0) this.#odd(connection, "SYN_inside_connection");
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
  #relative(e: number, seq: number, last: number, wraps: number): number {
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

  #history(
    connection: TrackedConnection,
    e: number,
    isOrig: boolean,
    flags: number,
    position: number,
    octets: number,
  ): void {
    const { ints } = this.#table;
    switch (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) {
      case 0:
        if (octets > 0) connection.checkHistory(SEEN.data, "D", isOrig);
        else if ((flags & TCP_FLAG.ack) !== 0) connection.checkHistory(SEEN.ack, "A", isOrig);
        return;
      case TCP_FLAG.syn: {
        const letter = (flags & TCP_FLAG.ack) !== 0 ? "H" : "S";
        if (connection.checkHistory(SEEN.syn, letter, isOrig) && (position | 0) !== ints[e + LAST_SYN]) {
          connection.addHistory(letter, isOrig);
        }
        ints[e + LAST_SYN] = position | 0;
        return;
      }
      case TCP_FLAG.fin: {
        const end = (position + octets) | 0;
        if (connection.checkHistory(SEEN.fin, "F", isOrig) && end !== ints[e + LAST_FIN])
          connection.addHistory("F", isOrig);
        ints[e + LAST_FIN] = end;
        return;
      }
      case TCP_FLAG.rst:
        if (connection.checkHistory(SEEN.rst, "R", isOrig) && (position | 0) !== ints[e + LAST_RST]) {
          connection.addHistory("R", isOrig);
        }
        ints[e + LAST_RST] = position | 0;
        return;
      default:
        if ((flags & TCP_FLAG.fin) !== 0 && (flags & TCP_FLAG.rst) !== 0)
          connection.checkHistory(SEEN.finRst, "I", isOrig);
        else connection.checkHistory(SEEN.multi, "Q", isOrig);
    }
  }

  #synWeirds(connection: TrackedConnection, flags: number, octets: number, windowScale: number): void {
    if (windowScale > MAX_WINDOW_SCALE && !connection.isWeird)
      this.#weird(connection, "TCP_scale_range", String(windowScale));
    if ((flags & TCP_FLAG.rst) !== 0) this.#weird(connection, "TCP_christmas");
    if ((flags & TCP_FLAG.urg) !== 0) this.#weird(connection, "baroque_SYN");
    if (octets > 0) this.#weird(connection, "SYN_with_data");
  }

  /** Takes the acknowledgement number. @returns the position that it acknowledges. */
  #acknowledge(connection: TrackedConnection, e: number, p: number, flags: number, ack: number): number {
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
    const position = this.#relative(p, ack, ACK_SEQ, ACK_WRAPS);
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
  #lastSequence(
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

  #step(
    connection: TrackedConnection,
    side: number,
    flags: number,
    seq: number,
    ack: number,
    octets: number,
    advance: number,
    nowNs: number,
  ): void {
    const { ints } = this.#table;
    const e = sideInts(connection.slot, side);
    switch (ints[e + STATE]) {
      case TCP.inactive:
        this.#stepInactive(connection, side, flags, seq, ack, octets, nowNs);
        return;
      case TCP.synSent:
      case TCP.synAckSent:
        this.#stepSynSent(connection, side, flags, octets);
        return;
      case TCP.established:
      case TCP.partial:
        this.#stepEstablished(connection, side, flags);
        return;
      case TCP.closed:
        if ((flags & TCP_FLAG.syn) !== 0) this.#weird(connection, "SYN_after_close");
        if ((flags & TCP_FLAG.fin) !== 0 && advance > 0) this.#weird(connection, "FIN_advanced_last_seq");
        if ((flags & TCP_FLAG.rst) !== 0 && ints[sideInts(connection.slot, 1 - side) + STATE] !== TCP.closed) {
          this.#enter(connection, side, TCP.reset);
          if (ints[e + DID_CLOSE] === 0) this.#closes = true;
        }
        return;
      default:
        if ((flags & TCP_FLAG.syn) !== 0) this.#weird(connection, "SYN_after_reset");
        if ((flags & TCP_FLAG.fin) !== 0) this.#weird(connection, "FIN_after_reset");
        if (octets > 0 && (flags & TCP_FLAG.rst) === 0) this.#weird(connection, "data_after_reset");
    }
  }

  #stepInactive(
    connection: TrackedConnection,
    side: number,
    flags: number,
    seq: number,
    ack: number,
    octets: number,
    nowNs: number,
  ): void {
    const { ints, floats } = this.#table;
    const { slot } = connection;
    const c = intsOf(slot);
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    const isOrig = side === ints[c + ORIGINATOR];
    const hasAck = (flags & TCP_FLAG.ack) !== 0;
    if ((flags & TCP_FLAG.syn) !== 0) {
      if (isOrig) {
        if (hasAck) this.#weird(connection, "connection_originator_SYN_ack");
        this.#enter(connection, side, hasAck ? TCP.synAckSent : TCP.synSent);
        floats[floatsOf(slot) + ATTEMPT_NS] = nowNs + TCP_ATTEMPT_NS;
      } else {
        this.#answer(connection, side, hasAck, seq, ack);
      }
    }
    if ((flags & TCP_FLAG.fin) !== 0) {
      this.#enter(connection, side, TCP.closed);
      this.#closes = true;
      if (ints[p + STATE] !== TCP.partial && (flags & TCP_FLAG.syn) === 0) this.#weird(connection, "spontaneous_FIN");
    }
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#enter(connection, side, TCP.reset);
      this.#closes = true;
      const other = ints[p + STATE];
      const isRejection = isOrig ? other === TCP.established : other === TCP.synSent || other === TCP.synAckSent;
      if (!isRejection && other === TCP.inactive) this.#weird(connection, "spontaneous_RST");
    }
    if (ints[e + STATE] !== TCP.inactive) return;
    // No flag has said what this is.
    const isEarlyAck = !isOrig && octets === 0 && ints[p + STATE] === TCP.synSent;
    if (isEarlyAck) return;
    if (hasAck && ints[p + STATE] === TCP.established) {
      // SYN+ACK and ACK were seen, only the SYN was missed.
      this.#enter(connection, side, TCP.established);
      ints[c + PARTIAL] = 0;
      ints[c + SEEN_FIRST]! |= isOrig ? ORIGINATOR_SEEN : RESPONDER_SEEN;
      return;
    }
    this.#enter(connection, side, TCP.partial);
  }

  /** A SYN, with or without ACK, from the responder. */
  #answer(connection: TrackedConnection, side: number, hasAck: boolean, seq: number, ack: number): void {
    const { ints } = this.#table;
    const { slot } = connection;
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    if (hasAck) {
      const state = ints[p + STATE];
      const isBetween = ((ack - ints[p + START_SEQ]!) | 0) >= 0 && ((ack - ints[p + LAST_SEQ]!) | 0) <= 0;
      if (state !== TCP.inactive && state !== TCP.partial && !isBetween) this.#weird(connection, "bad_SYN_ack");
    } else if (ints[p + STATE] === TCP.synAckSent && seq === ints[e + START_SEQ]) {
      // The SYN+ACK overtook its SYN: this side is the originator.
      this.#flipped(connection);
      ints[intsOf(slot) + PARTIAL] = 0;
      this.#enter(connection, 1 - side, TCP.established);
      ints[intsOf(slot) + SEEN_FIRST]! |= ORIGINATOR_SEEN;
    } else {
      this.#weird(connection, "simultaneous_open");
    }
    if (ints[p + STATE] === TCP.synSent) this.#enter(connection, 1 - side, TCP.established);
    else if (ints[p + STATE] === TCP.inactive) this.#weird(connection, "unsolicited_SYN_response");
    this.#enter(connection, side, TCP.established);
  }

  #stepSynSent(connection: TrackedConnection, side: number, flags: number, octets: number): void {
    const { ints } = this.#table;
    const { slot } = connection;
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    if ((flags & TCP_FLAG.syn) !== 0) {
      const isOrig = side === ints[intsOf(slot) + ORIGINATOR];
      const isSynAck = (flags & (TCP_FLAG.ack | TCP_FLAG.fin | TCP_FLAG.rst)) === TCP_FLAG.ack;
      if (isOrig && isSynAck && ints[e + STATE] !== TCP.synAckSent) this.#weird(connection, "repeated_SYN_with_ack");
      if (!isOrig && (flags & TCP_FLAG.ack) === 0 && ints[e + STATE] !== TCP.synSent) {
        this.#weird(connection, "repeated_SYN_reply_wo_ack");
      }
    }
    if ((flags & TCP_FLAG.fin) !== 0) {
      if (ints[p + STATE] === TCP.inactive || ints[p + STATE] === TCP.synSent)
        this.#weird(connection, "inappropriate_FIN");
      this.#enter(connection, side, TCP.closed);
      this.#closes = true;
    }
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#enter(connection, side, TCP.reset);
      this.#closes = true;
    } else if (octets > 0) {
      this.#weird(connection, "data_before_established");
    }
  }

  #stepEstablished(connection: TrackedConnection, side: number, flags: number): void {
    const { ints } = this.#table;
    const { slot } = connection;
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    const isLoneSyn = (flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    if (isLoneSyn && ints[e + STATE] === TCP.partial && ints[p + STATE] === TCP.inactive) {
      this.#weird(connection, "SYN_after_partial");
      this.#enter(connection, side, TCP.synSent);
    }
    if ((flags & TCP_FLAG.fin) !== 0 && (flags & TCP_FLAG.rst) === 0) {
      this.#enter(connection, side, TCP.closed);
      // FIN then RST from the peer was an ordinary end after all.
      if (ints[p + STATE] === TCP.reset && ints[p + PREVIOUS] === TCP.closed)
        this.#enter(connection, 1 - side, TCP.closed);
      this.#closes = true;
    }
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#enter(connection, side, TCP.reset);
      this.#closes = true;
    }
  }

  #enter(connection: TrackedConnection, side: number, state: number): void {
    const { ints, floats } = this.#table;
    const e = sideInts(connection.slot, side);
    const former = ints[e + STATE]!;
    if (former === state) return;
    const peer = ints[sideInts(connection.slot, 1 - side) + STATE]!;
    if (!isHandshake(state) && isHandshake(former) && isHandshake(peer)) {
      floats[floatsOf(connection.slot) + TIMEOUT_NS] = TCP_TIMEOUT_NS;
    }
    ints[e + PREVIOUS] = former;
    ints[e + STATE] = state;
  }

  #checkEnd(connection: TrackedConnection, side: number): void {
    const { ints } = this.#table;
    const e = sideInts(connection.slot, side);
    if (ints[e + AT_END] !== 0) return;
    const state = ints[e + STATE];
    if (ints[e + FINS] === 0 && state !== TCP.closed && state !== TCP.reset) return;
    if (this.#stream.isPending(connection.slot, side)) return;
    ints[e + AT_END] = 1;
    const c = intsOf(connection.slot);
    if (ints[c + CLOSE_DEFERRED] === 0) return;
    this.#close(connection, side);
    ints[c + CLOSE_DEFERRED] = 0;
  }

  /** A side has sent FIN or RST. It counts as closed once nothing of it is missing. */
  #close(connection: TrackedConnection, side: number): void {
    const { ints, floats } = this.#table;
    const { slot } = connection;
    const c = intsOf(slot);
    const e = sideInts(slot, side);
    const p = sideInts(slot, 1 - side);
    if (this.#stream.isPending(slot, side)) {
      ints[c + CLOSE_DEFERRED] = 1;
      return;
    }
    ints[c + CLOSE_DEFERRED] = 0;
    if (ints[e + DID_CLOSE] !== 0) return;
    ints[e + DID_CLOSE] = 1;
    if (ints[e + STATE] === TCP.reset || ints[p + DID_CLOSE] !== 0 || ints[p + STATE] === TCP.inactive) {
      const f = floatsOf(slot);
      if (floats[f + DELETE_NS] === 0) floats[f + DELETE_NS] = floats[f + LAST_NS]! + TCP_CLOSE_NS;
    }
  }
}

function isHandshake(state: number): boolean {
  return state === TCP.inactive || state === TCP.synSent || state === TCP.synAckSent;
}
