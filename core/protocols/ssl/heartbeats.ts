import type { RecordSink } from "../protocol.ts";
import type { SslWeird } from "./weirds.ts";

const REQUEST = 1;
const RESPONSE = 2;
/** Type and payload length. RFC 6520 4 */
const HEAD = 3;
/** Least padding behind the payload. RFC 6520 4 */
const PADDING = 16;

/** Heartbeats of one connection: which ask for more than they bring, and which answers are longer than what they answer (CVE-2014-0160). */
export class Heartbeats {
  readonly #out: RecordSink;
  /** Length of the last heartbeat of each side that nobody answered yet; null if there is none. */
  #fromOriginator: number | null = null;
  #fromResponder: number | null = null;
  readonly #told = new Set<SslWeird>();

  constructor(out: RecordSink) {
    this.#out = out;
  }

  /** A heartbeat in clear, `bytes[start..end)` (borrowed). */
  clear(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const length = end - start;
    if (length < HEAD) return;
    const type = bytes[start];
    const claimed = (bytes[start + 1]! << 8) | bytes[start + 2]!;
    const brought = Math.max(0, length - HEAD - PADDING);
    if (type === REQUEST && claimed > brought)
      this.#weird("ssl_heartbeat_overread", `${claimed} octets claimed, ${brought} sent`);
    this.#size(length, type === RESPONSE, fromOriginator);
  }

  /** A sealed heartbeat: its length is all that is seen, and whether it answers is told by who spoke before. */
  sealed(length: number, fromOriginator: boolean): void {
    const asked = fromOriginator ? this.#fromResponder : this.#fromOriginator;
    this.#size(length, asked !== null, fromOriginator);
  }

  #size(length: number, answers: boolean, fromOriginator: boolean): void {
    const asked = fromOriginator ? this.#fromResponder : this.#fromOriginator;
    if (!answers) {
      if (fromOriginator) this.#fromOriginator = length;
      else this.#fromResponder = length;
    } else if (asked !== null && length > asked) {
      this.#weird("ssl_heartbeat_longer_answer", `${length} octets answered ${asked}`);
    }
  }

  #weird(name: SslWeird, what: string): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#out.weird(name, what);
  }
}
