import { Carry } from "../../../bytes/carry.ts";
import type { RecordOpener } from "./record-opener.ts";

/** Longest handshake message that is read. */
const MAX_HANDSHAKE = (1 << 20) + 4;
/** Most numbers tried for a record where records may have been lost. */
const MAX_WINDOW = 256;
/** Most numbers tried in one direction in all: what does not open by then is noise. */
const MAX_TRIALS = 16_384;
/** Sealed records that may fail one after the other before the direction is given up. */
const MAX_FAILURES = 64;
/** Shortest sealed record: a header, a tag of eight octets and the type. */
const SHORTEST_RECORD = 14;

/** Which keys a direction of TLS 1.3 is at; TLS 1.2 knows "none" and "application" only. */
export type Phase = "none" | "early" | "handshake" | "application";

/** One direction as far as its sealed records were opened. */
export class Direction {
  phase: Phase = "none";
  opener: RecordOpener | null = null;
  /** TLS 1.3's traffic secret of `opener`. */
  secret: Uint8Array | null = null;
  /** Unfinished handshake message. */
  readonly handshake = new Carry(MAX_HANDSHAKE);
  /** Octets of content opened. */
  octets = 0;
  /** Sealed records that were not opened. */
  failed = 0;
  /** Why the first of them was not. */
  failure: string | null = null;
  #inARow = 0;
  #missed = 0;
  #trials = 0;

  /** Nothing more is tried. */
  get isEnded(): boolean {
    return this.#inARow >= MAX_FAILURES || this.#trials >= MAX_TRIALS;
  }

  /** Octets of this direction were lost. */
  lost(octets: number): void {
    this.#missed += Math.ceil(octets / SHORTEST_RECORD);
    this.handshake.clear();
  }

  /** A sealed record went by that nobody tried to open. */
  passed(): void {
    this.#missed++;
  }

  /** Opens a record with these keys; numbers that lost records may have had are passed over. */
  tryOpen(opener: RecordOpener, record: Uint8Array): Uint8Array | null {
    const window = Math.min(this.#missed, MAX_WINDOW);
    this.#trials += window;
    return opener.open(record, window);
  }

  succeeded(octets: number): void {
    this.octets += octets;
    this.#inARow = 0;
    this.#missed = 0;
  }

  didFail(reason: string): void {
    this.failed++;
    this.failure ??= this.#missed > 0 ? "octets were lost before it" : reason;
    this.#inARow++;
    this.#missed++;
  }
}
