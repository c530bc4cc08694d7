import { STATE, TCP, TCP_FLAG, WINDOW, WINDOW_ACK, WINDOW_SCALE, WINDOW_SEQ } from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";

const TCP_HEADER = 20;
const OPTION = { end: 0, nop: 1, windowScale: 3 } as const;
/** RFC 7323 2.3 */
export const MAX_WINDOW_SCALE = 14;
const NOT_DATA = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;

/** Shift of the window that a SYN offers (RFC 7323 2.2), -1 if it offers none. @param end Octet behind the options. */
export function windowScaleOf(view: DataView, l4At: number, end: number): number {
  for (let at = l4At + TCP_HEADER; at < end;) {
    const kind = view.getUint8(at);
    if (kind === OPTION.end) return -1;
    if (kind === OPTION.nop) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length === 0 || at + length > end) return -1;
    if (kind === OPTION.windowScale && length >= 3) return view.getUint8(at + 2);
    at += length;
  }
  return -1;
}

/**
 * Takes the window of a segment. Zeek: `update_window`
 * @returns true if the side takes back part of a window that it had offered.
 */
export function takeWindow(
  { ints }: FlowTable,
  e: number,
  flags: number,
  seq: number,
  ack: number,
  window: number,
): boolean {
  // What is said with SYN, FIN and RST, and after them, often goes back.
  if ((flags & NOT_DATA) !== 0 || ints[e + STATE] === TCP.closed || ints[e + STATE] === TCP.reset) return false;
  const isOlder = ((seq - ints[e + WINDOW_SEQ]!) | 0) < 0 || ((ack - ints[e + WINDOW_ACK]!) | 0) < 0;
  if (isOlder) return false;
  const scale = ints[e + WINDOW_SCALE]!;
  const offered = window << scale;
  const advance = (ack + offered - (ints[e + WINDOW_ACK]! + ints[e + WINDOW]!)) | 0;
  ints[e + WINDOW] = offered;
  ints[e + WINDOW_ACK] = ack;
  ints[e + WINDOW_SEQ] = seq;
  // A shift makes windows coarse.
  return -advance >= 1 << scale;
}

/** Takes the shift that a SYN offers, at most `MAX_WINDOW_SCALE`. Zeek: `init_window` */
export function beginWindow(
  { ints }: FlowTable,
  e: number,
  p: number,
  hasAck: boolean,
  seq: number,
  ack: number,
  scale: number,
): void {
  if (scale < 0) {
    ints[e + WINDOW_SCALE] = 0;
    if (hasAck) ints[p + WINDOW_SCALE] = 0;
    return;
  }
  ints[e + WINDOW_SCALE] = Math.min(scale, MAX_WINDOW_SCALE);
  ints[e + WINDOW_SEQ] = ints[p + WINDOW_ACK] = seq;
  ints[e + WINDOW_ACK] = ints[p + WINDOW_SEQ] = ack;
}
