import type { RecordOutput } from "../records/record-output.ts";
import type { FrameRef } from "../records/table-chunk.ts";

/** Transport of a connection. */
export type Transport = "tcp" | "udp" | "icmp" | "sctp" | "unknown_transport";

/** One connection as the engine sees it while the tracker works on it. */
export interface NetConnection {
  /** "C" and 11 base-62 digits, derived from the connection's first frame: the same in every run. */
  readonly uid: string;
  readonly proto: Transport;
  /** Addresses as text; ICMP: `origP` is the type and `respP` the code, or the type of the answer. May swap: see `flipped`. */
  readonly origH: string;
  readonly origP: number;
  readonly respH: string;
  readonly respP: number;
  readonly start: FrameRef;
  /** TCP: the first packet seen was the SYN (or SYN-ACK). Others: true. */
  readonly sawStart: boolean;
  /** Number that the next record of this connection gets; the conn record itself is 0. */
  nextRecord: number;
  /** What the engine keeps with the connection. */
  state: unknown;
  /** Lower-case service names for `conn.service`, in order of confirmation; kept by the engine. */
  services: readonly string[];
  /** Octets of payload skipped on request (bulk payload nobody asked for), by the engine. */
  skipped: number;
  /** Octets of payload known to be encrypted or sealed, by the engine; for the coverage statement. */
  sealed: number;
  /** False once nobody wants this connection's payload: the tracker then counts and reassembles nothing. */
  wantsPayload: boolean;
  /**
   * Originator and responder change places: what the first sender said shows that it is the responder. The handler is not
   * told, and the octets being delivered keep the direction they came with.
   */
  flip(): void;
  /** Nobody asks for its texts for now: they take no memory until they are asked for again. */
  rest(): void;
  /** Says in the history that part of the connection was left alone because a bound was hit. */
  noteLimit(): void;
}

/**
 * What the tracker tells the engine. Calls for one connection come in order; octets are borrowed for the call.
 * During `opened`, `data` and `gap` the tracker's `now` is the frame at hand; during `closed` it is the connection's last frame so far.
 */
export interface ConnectionHandler {
  /** A connection's first packet was seen. */
  opened(connection: NetConnection): void;
  /** In-order stream octets (TCP) or one datagram (others): `bytes[start..end)`. */
  data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void;
  /** Stream octets that were never captured (a hole, or a snap length cut). */
  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void;
  /** Originator and responder changed places: a SYN-ACK had come before its SYN. No payload was delivered before. */
  flipped?(connection: NetConnection): void;
  /**
   * It is over, or timed out; afterwards the tracker writes its conn record. It comes before that once more where both sides of TCP had
   * closed and all octets before were given: late packets belong to the connection for some time yet, octets beyond its end among them.
   */
  closed(connection: NetConnection): void;
  /** Writes the records of a connection that is open which are else written when it is over, as they stand. */
  tellOpen?(connection: NetConnection, output: RecordOutput): void;
}
