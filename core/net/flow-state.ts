/**
 * Layout of a connection's state in the flow table: words and doubles of the connection, then of each side.
 * Side 0 is A of the key, side 1 is B; which of them is the originator is `ORIGINATOR`.
 */

/** Words of the connection. */
export const ORIGINATOR = 0;
/** History letters that were seen, bits as in Zeek's `hist_seen`; the responder's are 16 higher. */
export const HISTORY_SEEN = 1;
/** Time of the first and last packet, as the two halves of an int64. */
export const START_LOW = 2;
export const START_HIGH = 3;
export const LAST_LOW = 4;
export const LAST_HIGH = 5;
/** TCP: neither side's beginning was seen; packets of the originator (1) and responder (2) were seen. */
export const PARTIAL = 6;
export const SEEN_FIRST = 7;
/** TCP: closing waits for octets that are still missing. */
export const CLOSE_DEFERRED = 8;
/** Sides that sent packets with an inner packet, bit by side; and whether the tunnel was recorded. */
export const CARRIED = 9;
export const TUNNEL_KNOWN = 10;
/** Times that the carrying tunnel changed. */
export const CARRIER_CHANGES = 21;
/** Recent packets, for telling mirror copies (`Duplicates`): three words each, and the place of the next. */
export const RECENT_NEXT = 11;
export const RECENT = 12;
export const RECENT_COUNT = 3;
/** VLANs of the first packet, or `NO_VLAN`, and the side that sent it. */
export const VLAN = 22;
export const INNER_VLAN = 23;
export const FIRST_SIDE = 24;
const CONNECTION_INTS = 25;

/** Words of a side, from `side(slot, which)`. */
export const STATE = 0;
export const PREVIOUS = 1;
export const START_SEQ = 2;
export const LAST_SEQ = 3;
export const ACK_SEQ = 4;
export const SEQ_WRAPS = 5;
export const ACK_WRAPS = 6;
export const FINS = 7;
export const DID_CLOSE = 8;
export const LAST_SYN = 9;
export const LAST_FIN = 10;
export const LAST_RST = 11;
/** Counters of the history letters that repeat at powers of ten, each with the count of its next letter (0 for 1). */
export const RETRANSMITTED = 12;
export const ZERO_WINDOWS = 14;
export const GAPS = 16;
export const BAD_CHECKSUMS = 18;
/** The side has sent its last octet and all before it came. */
export const AT_END = 20;
/** Octets of this side are no longer waited for (see `TcpStream`). */
export const GAVE_UP = 21;
/** What the side is ready to take, how far its window is shifted, and the sequence and acknowledgement numbers that went with it. */
export const WINDOW = 22;
export const WINDOW_SCALE = 23;
export const WINDOW_SEQ = 24;
export const WINDOW_ACK = 25;
export const RSTS = 26;
const SIDE_INTS = 27;

/** Doubles of the connection, times in ns. */
export const DEADLINE = 0;
export const LAST_NS = 1;
export const TIMEOUT_NS = 2;
export const ATTEMPT_NS = 3;
export const DELETE_NS = 4;
export const MISSED = 5;
export const CUT = 6;
export const DUPLICATES = 7;
export const CARRIER = 8;
/** MAC addresses of the first packet's sender and receiver as 48-bit numbers, -1 for none. */
export const SENDER_MAC = 9;
export const RECEIVER_MAC = 10;
const CONNECTION_FLOATS = 11;

/** Doubles of a side. */
export const PACKETS = 0;
export const IP_OCTETS = 1;
/** UDP, ICMP: payload octets. */
export const OCTETS = 2;
/** TCP positions, relative to the SYN (whose octet is 0). Behind the FIN: */
export const FIN_POS = 3;
/** Everything before has come, or was given up. */
export const NEXT_POS = 4;
/** Everything before was acknowledged. */
export const TRIM_POS = 5;
/** Behind the last octet that came. */
export const UPPER_POS = 6;
/** Everything before was given to the handler, as octets or as a gap. */
export const GIVEN_POS = 7;
/** When the side's last segment came. */
export const SENT_NS = 8;
const SIDE_FLOATS = 9;

export const FLOW_SHAPE = {
  ints: CONNECTION_INTS + 2 * SIDE_INTS,
  floats: CONNECTION_FLOATS + 2 * SIDE_FLOATS,
} as const;

/** First word of a connection. */
export function intsOf(slot: number): number {
  return slot * FLOW_SHAPE.ints;
}
/** First double of a connection. */
export function floatsOf(slot: number): number {
  return slot * FLOW_SHAPE.floats;
}
/** First word of a side. */
export function sideInts(slot: number, side: number): number {
  return slot * FLOW_SHAPE.ints + CONNECTION_INTS + side * SIDE_INTS;
}
/** First double of a side. */
export function sideFloats(slot: number, side: number): number {
  return slot * FLOW_SHAPE.floats + CONNECTION_FLOATS + side * SIDE_FLOATS;
}

/** States of a TCP side. Zeek: `EndpointState` */
export const TCP = { inactive: 0, synSent: 1, synAckSent: 2, partial: 3, established: 4, closed: 5, reset: 6 } as const;

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, ack: 16, urg: 32 } as const;
