import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge } from "../../bytes/held-budget.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { STATEMENT_OCTETS } from "./records.ts";

/** Octets of a message's beginning that are kept: a statement and what stands before it. */
const HEAD = STATEMENT_OCTETS + 4096;
/** Octets of its end: the last tokens of an answer. */
const TAIL = 64;

/** A message that was put together. */
export interface WholeMessage {
  /** Type of its packets. */
  readonly type: number;
  /** Its beginning. Borrowed until the next message. */
  readonly head: Uint8Array;
  /** Its last octets. */
  readonly tail: Uint8Array;
  readonly total: number;
}

/** Puts a message together from its packets; of a long one only beginning and end are kept. */
export class MessageParts {
  readonly #head = new GatheredOctets(new Charge());
  #tail: Uint8Array = new Uint8Array(0);
  #total = 0;
  #type = 0;

  /** Adds what `r` has: a packet without its header. */
  add(r: ByteReader, type: number): void {
    this.#type = type;
    this.#total += r.left;
    const fresh = r.source.subarray(r.pos, r.end);
    if (fresh.length === 0) return;
    this.#head.add(fresh, 0, Math.min(fresh.length, HEAD - this.#head.length));
    this.#tail = fresh.length >= TAIL ? fresh.slice(-TAIL) : Buffer.concat([this.#tail, fresh]).subarray(-TAIL);
  }

  take(): WholeMessage {
    const whole = { type: this.#type, head: this.#head.octets(), tail: this.#tail, total: this.#total };
    this.lost();
    return whole;
  }

  /** Forgets what is unfinished. */
  lost(): void {
    this.#head.clear();
    this.#tail = new Uint8Array(0);
    this.#total = 0;
  }
}
