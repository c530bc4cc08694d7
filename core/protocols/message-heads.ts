import { Carry } from "../bytes/carry.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { Connection } from "./protocol.ts";

/** A protocol whose messages say how long they are. */
export interface Framing {
  /** Octets of the message that begins at `r`, header included; 0 if more are needed to tell, -1 if it is none. Does not move `r`. */
  length(r: ByteReader): number;
  /**
   * One message. `r` is narrowed to its beginning, all of it if it fits the limit and nothing of it was lost.
   * @param total Octets of the whole message, header included.
   * @returns false if what follows is not to be read here any more (the connection is handed over, violated, skipped).
   */
  message(r: ByteReader, total: number): boolean;
  /** Octets of the message at `r` that are wanted, where that is less than the limit (bulk payload). Does not move `r`. */
  wanted?(r: ByteReader, total: number): number;
  /** What should be a message is none. */
  broken(): void;
  /** True if a message may begin at `r`, where reading goes on after octets were lost. Does not move `r`. */
  resumes(r: ByteReader): boolean;
}

/**
 * Splits one direction of a stream into messages and delivers the beginning of each, `limit` octets at most; the rest of
 * a longer one is skipped, so that a restored dump of a database costs little.
 *
 * Octets lost inside a message leave its beginning, and the next message is found by the length. After any other loss a
 * message is looked for where a segment begins.
 */
export class MessageHeads {
  readonly #conn: Connection;
  readonly #fromOriginator: boolean;
  readonly #framing: Framing;
  readonly #limit: number;
  readonly #carry: Carry;
  readonly #reader = new ByteReader(new Uint8Array(0));
  #isLost = false;

  /** @param limit Most octets of a message that are delivered; more than the longest header. */
  constructor(conn: Connection, fromOriginator: boolean, limit: number, framing: Framing) {
    this.#conn = conn;
    this.#fromOriginator = fromOriginator;
    this.#framing = framing;
    this.#limit = limit;
    this.#carry = new Carry(limit);
  }

  /** True after a loss, until a message is found again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Octets of an unfinished message that are held. */
  get held(): number {
    return this.#carry.length;
  }

  /** Gives up what is held, for whoever reads on. */
  takeHeld(): Uint8Array {
    const held = this.#carry.join(NOTHING, 0, 0);
    const octets = held.bytes.slice(held.start, held.end);
    this.#carry.clear();
    return octets;
  }

  /** Reads what `r` has; where `message` returned false, `r` is left at the next octet. */
  data(r: ByteReader): void {
    if (this.#isLost) {
      if (!this.#framing.resumes(r)) {
        r.pos = r.end;
        return;
      }
      this.#isLost = false;
    }
    const span = this.#carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (at < span.end) {
      this.#reader.aim(span.bytes, at, span.end);
      const total = this.#framing.length(this.#reader);
      if (total < 0) {
        this.#carry.clear();
        r.pos = r.end;
        this.#framing.broken();
        return;
      }
      const here = Math.min(total, span.end - at);
      const limit = total === 0 ? 0 : Math.min(this.#limit, this.#framing.wanted?.(this.#reader, total) ?? this.#limit);
      if (total === 0 || (here < total && here < limit)) break;
      this.#reader.aim(span.bytes, at, at + Math.min(here, limit));
      at += here;
      if (here < total) this.#conn.skip(total - here, this.#fromOriginator);
      if (this.#framing.message(this.#reader, total)) continue;
      this.#carry.clear();
      r.pos = r.end - (span.end - at);
      return;
    }
    this.#carry.keep(span, at);
    r.pos = r.end;
  }

  gap(octets: number): void {
    const held = this.#carry.join(NOTHING, 0, 0);
    this.#reader.aim(held.bytes, held.start, held.end);
    const total = held.end > held.start ? this.#framing.length(this.#reader) : 0;
    const left = total - (held.end - held.start) - octets;
    if (left > 0) this.#conn.skip(left, this.#fromOriginator);
    this.#isLost ||= left < 0;
    if (total > 0) this.#framing.message(this.#reader, total);
    this.#carry.clear();
  }
}

const NOTHING = new Uint8Array(0);
