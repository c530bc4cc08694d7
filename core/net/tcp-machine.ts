import {
  AT_END,
  ATTEMPT_NS,
  CLOSE_DEFERRED,
  DELETE_NS,
  DID_CLOSE,
  FIN_POS,
  FINS,
  floatsOf,
  intsOf,
  LAST_NS,
  LAST_SEQ,
  ORIGINATOR,
  PARTIAL,
  PREVIOUS,
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
import { noteHistory } from "./tcp-history.ts";
import type { TellWeird } from "./tcp-sequences.ts";
import { TcpSequences } from "./tcp-sequences.ts";
import type { TcpStream } from "./tcp-stream.ts";
import { beginWindow, MAX_WINDOW_SCALE, takeWindow } from "./tcp-window.ts";
import { TCP_ATTEMPT_NS, TCP_CLOSE_NS, TCP_TIMEOUT_NS } from "./timeouts.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

/** So many FINs or RSTs of a side, not further apart than that, are a storm. Zeek: `tcp_storm_thresh`, `tcp_storm_interarrival_thresh` */
const STORM = 1000;
const STORM_NS = 1e9;

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
  readonly #sequences: TcpSequences;
  readonly #weird: TellWeird;
  readonly #flipped: (connection: TrackedConnection) => void;
  #closes = false;

  constructor(table: FlowTable, stream: TcpStream, weird: TellWeird, flipped: (connection: TrackedConnection) => void) {
    this.#table = table;
    this.#stream = stream;
    this.#sequences = new TcpSequences(table, weird);
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
    this.#sequences.begin(connection, e, flags, seq, behind);

    const position = this.#sequences.position(e, seq, LAST_SEQ, SEQ_WRAPS);
    // Wraps are 0 whenever this happens: the segment is from before what was taken for the beginning.
    const isBefore = position < 0;
    if (isBefore && !hasRst) this.#weird(connection, "TCP_seq_underflow_or_misorder");

    noteHistory(this.#table, connection, e, isOrig, flags, position, octets);
    if (segment.window === 0 && !hasRst && ints[p + STATE] !== TCP.closed && ints[e + STATE] !== TCP.reset) {
      connection.countHistory(e + ZERO_WINDOWS, "W", isOrig);
    }
    if (takeWindow(this.#table, e, flags, seq, ack, segment.window))
      this.#weird(connection, "window_recision", undefined, null);
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
    if (hasAck) acked = this.#sequences.acknowledge(connection, e, p, flags, ack);
    const advance = this.#sequences.advance(connection, e, behind, flags, octets, isOrig);

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

  #synWeirds(connection: TrackedConnection, flags: number, octets: number, windowScale: number): void {
    if (windowScale > MAX_WINDOW_SCALE && !connection.isWeird)
      this.#weird(connection, "TCP_scale_range", String(windowScale));
    if ((flags & TCP_FLAG.rst) !== 0) this.#weird(connection, "TCP_christmas");
    if ((flags & TCP_FLAG.urg) !== 0) this.#weird(connection, "baroque_SYN");
    if (octets > 0) this.#weird(connection, "SYN_with_data");
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
