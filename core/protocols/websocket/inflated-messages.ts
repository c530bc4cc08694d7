import { constants, inflateRawSync } from "node:zlib";
import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge } from "../../bytes/held-budget.ts";
import { unpackedBound } from "../../bytes/unpacked-bound.ts";

/** Most compressed octets of one message that are kept. */
const MAX_MESSAGE = 1 << 20;
/** Octets that a message may refer back to. RFC 1951 2 */
const WINDOW = 32_768;
/** What senders leave out of each message's end. RFC 7692 7.2.1 */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** Unpacks the compressed messages of one direction. RFC 7692 */
export class InflatedMessages {
  /** Messages refer to those before them. */
  readonly #takesOver: boolean;
  readonly #packed = new GatheredOctets(new Charge());
  #window: Uint8Array = new Uint8Array(0);
  readonly #windowCharge = new Charge();
  /** A message could not be unpacked, so that none behind it can. */
  isLost = false;

  constructor(takesOver: boolean) {
    this.#takesOver = takesOver;
  }

  /** Adds a piece of a message, borrowed. False if the message is longer than what is kept. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#packed.length + end - start > MAX_MESSAGE) {
      this.#packed.clear();
      return false;
    }
    this.#packed.add(bytes, start, end);
    return true;
  }

  /** The message is whole; null if it cannot be unpacked. */
  finish(): Uint8Array | null {
    const packed = Buffer.concat([this.#packed.octets(), TAIL]);
    this.#packed.clear();
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: unpackedBound(packed.length),
      dictionary: this.#window,
    };
    try {
      const message = inflateRawSync(packed, this.#window.length > 0 ? options : { ...options, dictionary: undefined });
      if (this.#takesOver) this.#window = Uint8Array.from(Buffer.concat([this.#window, message]).subarray(-WINDOW));
      this.#windowCharge.set(this.#window.length);
      return message;
    } catch {
      // zlib says by throwing that the octets are not packed as they claim, or that they unpack to too much.
      return null;
    }
  }
}
