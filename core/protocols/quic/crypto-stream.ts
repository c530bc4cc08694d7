import { BUFFER, Charge } from "../../bytes/held-budget.ts";

/** Longest hello that is put together. */
const MAX_HELLO = 16_384 + 256;
const HANDSHAKE_HEADER = 4;

/** Puts the first handshake message of one side together from CRYPTO frames, which come in any order. RFC 9000 19.6 */
export class CryptoStream {
  #octets: Uint8Array = new Uint8Array(0);
  /** 1 for each octet that is there. */
  #present: Uint8Array = new Uint8Array(0);
  /** Octets there from the beginning without a hole. */
  #filled = 0;
  #isDone = false;
  readonly #charge = new Charge();

  /** True once the message was given. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Adds a piece; gives the whole message once it is there. */
  add(offset: number, piece: Uint8Array): Uint8Array | null {
    const end = offset + piece.length;
    if (this.#isDone || end > MAX_HELLO) return null;
    if (end > this.#octets.length) {
      this.#octets = grown(this.#octets, end);
      this.#present = grown(this.#present, end);
      this.#charge.set(2 * (BUFFER + this.#octets.length));
    }
    this.#octets.set(piece, offset);
    this.#present.fill(1, offset, end);
    while (this.#filled < this.#present.length && this.#present[this.#filled] === 1) this.#filled++;
    if (this.#filled < HANDSHAKE_HEADER) return null;
    const [, a, b, c] = this.#octets;
    const length = HANDSHAKE_HEADER + (a! << 16) + (b! << 8) + c!;
    if (this.#filled < length) return null;
    this.#isDone = true;
    const message = this.#octets.subarray(0, length);
    this.#octets = this.#present = new Uint8Array(0);
    this.#charge.set(0);
    return message;
  }
}

function grown(old: Uint8Array, octets: number): Uint8Array {
  const larger = new Uint8Array(Math.max(octets, old.length * 2));
  larger.set(old);
  return larger;
}
