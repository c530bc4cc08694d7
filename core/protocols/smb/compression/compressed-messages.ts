import { GatheredOctets } from "../../../bytes/gathered-octets.ts";
import { Charge } from "../../../bytes/held-budget.ts";
import { unpackedBound } from "../../../bytes/unpacked-bound.ts";
import type { RecordSink } from "../../protocol.ts";
import type { PayloadTaker, UnitPlan } from "../framing.ts";
import { compressionName } from "../smb2/negotiate.ts";
import { lengthsOverflow, readCompressionHeader, unpackMessage } from "./message.ts";

/** Largest message that is held or made: servers offer reads and writes of at most 8 MiB. */
const MOST_OCTETS = 8 * 1024 * 1024 + 64 * 1024;
/** What the messages of one connection may become beyond what their octets deserve: files of nothing but zeros. */
const MOST_BEYOND = 4 * 1024 * 1024;

/** Unpacks the compressed messages of one connection, within bounds. [MS-SMB2] 3.1.5.3 */
export class CompressedMessages {
  readonly #out: RecordSink;
  readonly #gathered: readonly [Gathered, Gathered] = [new Gathered(), new Gathered()];
  #beyond = MOST_BEYOND;

  constructor(out: RecordSink) {
    this.#out = out;
  }

  /** Gathers a message of `left` octets. @param done Gets what is inside, borrowed. */
  begin(left: number, plan: UnitPlan, fromOriginator: boolean, done: (message: Uint8Array) => void): void {
    if (left > MOST_OCTETS) {
      this.#notRead("a message larger than what is held");
      return;
    }
    plan.payloadAt = 0;
    plan.payloadLength = left;
    plan.taker = this.#gathered[fromOriginator ? 0 : 1].aim(left, (packed) => {
      const message = this.unpack(packed, fromOriginator);
      if (message !== null) done(message);
    });
  }

  /** The message inside one that is at hand whole; null if it is not read, which a weird tells. */
  unpack(packed: Uint8Array, fromOriginator: boolean): Uint8Array | null {
    if (lengthsOverflow(packed)) {
      this.#out.weird("smb_compression_overflow", fromOriginator ? "originator" : "responder");
      return null;
    }
    const header = readCompressionHeader(packed);
    if (header === null) return this.#notRead("header cut short");
    const name = header.isChained ? "chained" : compressionName(header.algorithm);
    const beyond = Math.max(0, header.octets - unpackedBound(packed.length));
    if (header.octets > MOST_OCTETS || beyond > this.#beyond) {
      this.#out.forgot("compressed SMB message");
      return this.#notRead(`${name}: more octets than what is unpacked`);
    }
    this.#beyond -= beyond;
    const message = unpackMessage(packed, header);
    return message ?? this.#notRead(name);
  }

  #notRead(why: string): null {
    this.#out.weird("smb_compressed", why);
    return null;
  }
}

/** One message, piece by piece; one object a direction, aimed at each in turn. */
class Gathered implements PayloadTaker {
  /** A length that a message only announces costs nothing. */
  readonly #held = new GatheredOctets(new Charge());
  #octets = 0;
  #done: ((message: Uint8Array) => void) | null = null;

  aim(octets: number, done: (message: Uint8Array) => void): this {
    this.#held.clear();
    this.#octets = octets;
    this.#done = done;
    return this;
  }

  take(bytes: Uint8Array, start: number, end: number): boolean {
    const done = this.#done;
    if (done === null) return false;
    this.#held.add(bytes, start, Math.min(end, start + this.#octets - this.#held.length));
    if (this.#held.length < this.#octets) return true;
    const message = this.#held.octets();
    this.gap();
    done(message);
    return false;
  }

  /** Without all its octets a message cannot be unpacked. */
  gap(): void {
    this.#held.clear();
    this.#done = null;
  }
}
