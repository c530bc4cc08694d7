import { Carry } from "../../bytes/carry.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { looksLikePdu, PDU_HEADER_LENGTH, pduLength } from "./pdu.ts";

const LONGEST_PDU = 65_535;
/** Octets without a single PDU after which this is held to be something else. */
const LOST_LIMIT = 262_144;
const EMPTY = new Uint8Array(0);

/** What comes out of one direction of an association. */
export interface PduHandler {
  /** One whole PDU in `bytes[start..end)`, borrowed. @returns false to stop. */
  pdu(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean;
  /** The beginning of a PDU of which octets are missing, in `bytes[start..end)`, borrowed: at least its header. */
  cut(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void;
  /** Octets that should begin a PDU do not. */
  lost(): void;
  /** No PDU for so long that there is none to be found. */
  hopeless(): void;
}

/** Cuts one direction of an association into PDUs and finds its feet again after a gap. */
export class PduStream {
  readonly #handler: PduHandler;
  readonly #fromOriginator: boolean;
  readonly #carry = new Carry(LONGEST_PDU + PDU_HEADER_LENGTH);
  readonly #reader = new ByteReader(EMPTY);
  /** Octets still to come of a PDU that a gap has damaged. */
  #discard = 0;
  /** True while the beginning of the next PDU is being searched for. */
  #isLost = false;
  #lostOctets = 0;

  constructor(handler: PduHandler, fromOriginator: boolean) {
    this.#handler = handler;
    this.#fromOriginator = fromOriginator;
  }

  data(r: ByteReader): void {
    if (this.#discard > 0) {
      const dropped = Math.min(this.#discard, r.left);
      r.skip(dropped);
      this.#discard -= dropped;
      if (r.left === 0) return;
    }
    const span = this.#carry.join(r.source, r.pos, r.end);
    const reader = this.#reader;
    let at = span.start;
    for (;;) {
      if (this.#isLost) {
        at = this.#search(span.bytes, at, span.end);
        if (this.#isLost) break;
      }
      reader.aim(span.bytes, at, span.end);
      if (reader.left < 3) break;
      if (!looksLikePdu(reader)) {
        this.#handler.lost();
        this.#isLost = true;
        continue;
      }
      const length = pduLength(reader);
      if (length === 0 || length > reader.left) break;
      this.#lostOctets = 0;
      if (!this.#handler.pdu(span.bytes, at, at + length, this.#fromOriginator)) return;
      at += length;
    }
    this.#carry.keep(span, at);
    if (this.#lostOctets > LOST_LIMIT) this.#handler.hopeless();
  }

  gap(octets: number): void {
    if (this.#discard > 0) {
      const missed = Math.min(octets, this.#discard);
      this.#discard -= missed;
      if (missed < octets) this.#isLost = true;
      return;
    }
    const held = this.#carry.join(EMPTY, 0, 0);
    this.#reader.aim(held.bytes, held.start, held.end);
    const length = this.#isLost ? 0 : pduLength(this.#reader);
    const missing = length - (held.end - held.start);
    const isInside = length > 0 && octets <= missing;
    if (isInside && held.end - held.start >= PDU_HEADER_LENGTH) {
      this.#handler.cut(held.bytes, held.start, held.end, this.#fromOriginator);
    }
    this.#carry.clear();
    if (isInside) this.#discard = missing - octets;
    else this.#isLost = true;
  }

  /** Where a PDU may begin; if nowhere, `#isLost` stays and less than a header is left over. */
  #search(bytes: Uint8Array, from: number, end: number): number {
    const reader = this.#reader;
    let at = from;
    for (; at + PDU_HEADER_LENGTH <= end; at++) {
      if (bytes[at] !== 5) continue;
      reader.aim(bytes, at, end);
      if (looksLikePdu(reader)) {
        this.#isLost = false;
        break;
      }
    }
    this.#lostOctets += at - from;
    return at;
  }
}
