import { LAST_FIN, LAST_RST, LAST_SYN, TCP_FLAG } from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

/** Bits of history letters. Zeek: `TCP_Endpoint::HistoryMasks` */
const SEEN = { syn: 1, fin: 2, rst: 4, finRst: 8, data: 16, ack: 32, multi: 64 } as const;

/** Adds the letter of a segment to the history of its connection. Zeek: `TCP_Endpoint::CheckHistory` and its callers */
export function noteHistory(
  { ints }: FlowTable,
  connection: TrackedConnection,
  e: number,
  isOrig: boolean,
  flags: number,
  position: number,
  octets: number,
): void {
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
