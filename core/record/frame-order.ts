import type { Piece } from "./pcap-stream.ts";
import { RECORD_HEADER, recordTime } from "./pcap-stream.ts";

/** Takes frames in order: the record at `at` of `octets` of the interface `source`; times as two halves of ns. */
export type TakeFrame = (source: number, octets: Buffer, at: number, high: number, low: number) => void;

/** It is asked more often: a longer span without counts as a short one, as nothing could come in it. */
const LONGEST_MS = 400;
const AWAY_MS = 50;

/** Whole records, and when they came by the time that this process had. */
interface Held extends Piece {
  readonly since: number;
}

interface Waiting {
  readonly pieces: Held[];
  unitNs: number;
  open: boolean;
  readonly isBehind: () => boolean;
  high: number;
  low: number;
}

/**
 * Puts the frames of several interfaces in the order of their times, so that a conversation that was tapped one direction an
 * interface is written as it was spoken. With one interface frames go through as they come.
 */
export class FrameOrder {
  /** Nothing can be taken: all waits. */
  isHeld = false;
  readonly #sources: Waiting[] = [];
  readonly #take: TakeFrame;
  readonly #holdMs: number;
  readonly #time = { high: 0, low: 0 };
  #waitingOctets = 0;
  /** When it was last asked, and for how long this process was held up, ms: that is no silence of an interface. */
  #lastMs = -Infinity;
  #missedMs = 0;
  /** When an interface of which nothing waits was last behind: those that are not are silent only from then on. */
  #behindMs = -Infinity;

  /** @param holdMs A frame waits so long for earlier ones of the other interfaces. */
  constructor(take: TakeFrame, holdMs: number) {
    this.#take = take;
    this.#holdMs = holdMs;
  }

  /** Octets of frames that wait for earlier ones. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /**
   * Adds an interface; it is waited for while it is open.
   * @param isBehind Says that there are frames of it that were not read yet: it is waited for however long that takes.
   */
  add(isBehind = () => false): number {
    return this.#sources.push({ pieces: [], unitNs: 1, open: false, isBehind, high: 0, low: 0 }) - 1;
  }

  /** When the first of the frames that wait came, ms of the monotonic clock; Infinity where none do. */
  get waitingSince(): number {
    return Math.min(...this.#sources.map(({ pieces }) => pieces[0]?.arrived ?? Infinity));
  }

  /** True if frames of an interface wait for those of others. */
  waits(source: number): boolean {
    return this.#sources[source]!.pieces.length > 0;
  }

  /** Says whether frames of an interface may still come. */
  setOpen(source: number, open: boolean): void {
    this.#sources[source]!.open = open;
  }

  push(source: number, piece: Piece, unitNs: number): void {
    const own = this.#sources[source]!;
    const held = Object.assign(piece, { since: this.#ownTime(piece.arrived) });
    this.#waitingOctets += piece.end - piece.at;
    if (own.pieces.length === 0) {
      own.unitNs = unitNs;
      own.pieces.push(held);
      this.#aim(own);
    } else {
      own.pieces.push(held);
    }
    this.drain(piece.arrived);
  }

  /** Gives out what need not wait any more. @param now ms of the monotonic clock; Infinity for all. */
  drain(now: number): void {
    const time = this.#ownTime(now);
    while (!this.isHeld) {
      let first = -1;
      let others = 0;
      for (let i = 0; i < this.#sources.length; i++) {
        const own = this.#sources[i]!;
        if (own.pieces.length === 0) {
          if (own.isBehind()) this.#behindMs = time;
          else if (!own.open) continue;
          others++;
          continue;
        }
        const best = this.#sources[first];
        if (best === undefined || own.high < best.high || (own.high === best.high && own.low < best.low)) first = i;
      }
      const own = this.#sources[first];
      if (own === undefined) return;
      const silentSince = Math.max(own.pieces[0]!.since, this.#behindMs);
      if (others > 0 && time < Infinity && time - silentSince < this.#holdMs) return;
      this.#give(first, own);
    }
  }

  /** Time without the spans in which this process did not come to ask, ms. */
  #ownTime(now: number): number {
    if (now === Infinity) return now;
    const away = now - this.#lastMs;
    if (away > LONGEST_MS && this.#lastMs > -Infinity) this.#missedMs += away - AWAY_MS;
    this.#lastMs = Math.max(now, this.#lastMs);
    return now - this.#missedMs;
  }

  /** Gives out frames of one source while it has the earliest. */
  #give(source: number, own: Waiting): void {
    let next: Waiting | null = null;
    for (const other of this.#sources) {
      if (other === own || other.pieces.length === 0) continue;
      if (next === null || other.high < next.high || (other.high === next.high && other.low < next.low)) next = other;
    }
    const piece = own.pieces[0]!;
    const { octets, end, at } = piece;
    do {
      this.#take(source, octets, piece.at, own.high, own.low);
      piece.at += RECORD_HEADER + octets.readUInt32LE(piece.at + 8);
      if (piece.at >= end) {
        own.pieces.shift();
        if (own.pieces.length > 0) this.#aim(own);
        break;
      }
      this.#aim(own);
    } while (next === null || own.high < next.high || (own.high === next.high && own.low <= next.low));
    this.#waitingOctets -= piece.at - at;
  }

  #aim(own: Waiting): void {
    const piece = own.pieces[0]!;
    recordTime(piece.octets, piece.at, own.unitNs, this.#time);
    own.high = this.#time.high;
    own.low = this.#time.low;
  }
}
