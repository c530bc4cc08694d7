import { BUFFER, type Holder } from "../bytes/held-budget.ts";
import type { ByteReader } from "../bytes/reader.ts";
import type { Moment, ProbeHint, Protocol } from "../protocols/protocol.ts";
import type { Candidates } from "./analyzer-tree.ts";

/** Most octets (both directions) held while the protocol of a stream is not known. */
const PROBE_OCTETS = 8192;
/** Most pieces (segments, datagrams, tokens) held while the protocol of a stream is not known. */
const PROBE_PIECES = 32;

/** Bits of the sides of a stream. */
const ORIGINATOR = 1;
const RESPONDER = 2;
const BOTH_SIDES = 3;

/** What came before the protocol was known, kept for its analyzer. */
export interface HeldPiece {
  readonly bytes: Uint8Array;
  readonly fromOriginator: boolean;
  readonly moment: Moment;
  readonly gap: number;
}

/**
 * The looking for a stream's protocol: who may be it, who said no, and what came meanwhile, which is charged to the stream.
 * Over once a protocol says yes, none is left or too much is held.
 */
export class Probing {
  readonly #holder: Holder;
  readonly #candidates: Candidates;
  /** By candidate, the sides that said no; null while none did. A protocol is out when both sides said no. */
  #refusals: number[] | null = null;
  #held: HeldPiece[] | null = null;
  #octets = 0;

  constructor(holder: Holder, candidates: Candidates) {
    this.#holder = holder;
    this.#candidates = candidates;
  }

  /**
   * Asks the protocols that are left about what one side sent so far.
   * @param knowsPorts False for a stream inside another, which has no port of its own.
   * @returns the one that it is; "more" if some cannot tell yet, "no" if none is left.
   */
  ask(r: ByteReader, hint: ProbeHint & { onPort: boolean }, knowsPorts: boolean): Protocol | "more" | "no" {
    const first = r.pos;
    const last = r.end;
    const side = hint.fromOriginator ? ORIGINATOR : RESPONDER;
    const { protocols } = this.#candidates;
    const onPort = knowsPorts ? this.#candidates.onPort : 0;
    let isOpen = false;
    for (let i = 0; i < protocols.length; i++) {
      let refusals = this.#refusals === null ? 0 : this.#refusals[i]!;
      if (refusals === BOTH_SIDES) continue;
      if ((refusals & side) === 0) {
        r.seek(first, last);
        hint.onPort = i < onPort;
        const verdict = protocols[i]!.probe(r, hint);
        if (verdict === "yes") return protocols[i]!;
        if (verdict === "no") {
          refusals |= side;
          this.#refusals ??= new Array<number>(protocols.length).fill(0);
          this.#refusals[i] = refusals;
        }
      }
      if (refusals !== BOTH_SIDES) isOpen = true;
    }
    return isOpen ? "more" : "no";
  }

  /** What this side sent before, and these octets; null if nothing of it is held. */
  joined(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): Uint8Array | null {
    if (this.#held === null) return null;
    const before = this.#held.filter((piece) => piece.fromOriginator === fromOriginator && piece.gap === 0);
    if (before.length === 0) return null;
    return Buffer.concat([...before.map((piece) => piece.bytes), bytes.subarray(start, end)]);
  }

  /** Keeps a copy of `bytes`, or that so many octets were lost. @returns false if that is too much. */
  hold(bytes: Uint8Array, gap: number, fromOriginator: boolean, moment: Moment): boolean {
    this.#held ??= [];
    if (this.#octets + bytes.length > PROBE_OCTETS || this.#held.length >= PROBE_PIECES) return false;
    this.#octets += bytes.length;
    this.#held.push({ bytes: bytes.slice(), fromOriginator, moment, gap });
    this.#holder.budget.change(this.#holder, BUFFER + bytes.length);
    return true;
  }

  /** Nothing is asked or held any more. @returns what was held, in order. */
  end(): readonly HeldPiece[] {
    const held = this.#held ?? [];
    this.#holder.budget.change(this.#holder, -(BUFFER * held.length + this.#octets));
    return held;
  }
}
