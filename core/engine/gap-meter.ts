import type { FrameBatch } from "../capture/frame-batch.ts";
import { PACKETS_WITH_A_PACE } from "../contracts/story.ts";

/** A span without packets. Times are ns since 1970-01-01 UTC. */
export interface CaptureGap {
  readonly from: bigint;
  readonly to: bigint;
}

/** Longest spans kept. */
const GAPS_KEPT = 32;
/** Shorter spans are never called a gap. */
const SHORTEST_GAP_NS = 60e9;
/** A gap is so many times longer than all but one in a thousand of the other spans between packets. */
const TIMES_LONGER = 16;

/** Whole part of the binary logarithm of a whole number, 1 or more: nearly all spans fit into a word, and a logarithm of each packet is a hundredth of reading. */
function bucketOf(span: number): number {
  return span < 2 ** 32 ? 31 - Math.clz32(span) : Math.floor(Math.log2(span));
}

/**
 * Finds spans without packets that the pace of the capture does not explain. A thin capture has long spans by nature;
 * what counts is how far the longest stand out from the rest.
 */
export class GapMeter {
  readonly #histogram = new Float64Array(64);
  #longest: CaptureGap[] = [];
  #shortestKept = 0;
  #frames = 0;
  /** Halves of the latest time, so that a BigInt is made only for a gap. */
  #latestHigh = 0;
  #latestLow = 0;

  /** Looks at the times of a batch; frames that go back in time are passed over. */
  add(batch: FrameBatch): void {
    const { ts, count } = batch;
    const words = new Uint32Array(ts.buffer, ts.byteOffset, ts.length * 2);
    let first = 0;
    if (this.#frames === 0 && count > 0) {
      this.#latestHigh = words[1]!;
      this.#latestLow = words[0]!;
      first = 1;
    }
    for (let i = first; i < count; i++) {
      const low = words[2 * i]!;
      const high = words[2 * i + 1]!;
      const span = (high - this.#latestHigh) * 0x1_0000_0000 + (low - this.#latestLow);
      if (span <= 0) continue;
      this.#histogram[bucketOf(span)]!++;
      if (span > this.#shortestKept && span >= SHORTEST_GAP_NS) this.#keep({ from: this.#latest(), to: ts[i]! });
      this.#latestHigh = high;
      this.#latestLow = low;
    }
    this.#frames += count;
  }

  /** The spans that stand out, longest first. */
  gaps(): CaptureGap[] {
    if (this.#frames < PACKETS_WITH_A_PACE) return [];
    const usual = 2 ** (this.#bucketAt(0.999) + 1);
    const least = Math.max(SHORTEST_GAP_NS, usual * TIMES_LONGER);
    return this.#longest.filter((gap) => Number(gap.to - gap.from) >= least);
  }

  #bucketAt(share: number): number {
    const total = this.#histogram.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (let bucket = 0; bucket < this.#histogram.length; bucket++) {
      seen += this.#histogram[bucket]!;
      if (seen >= total * share) return bucket;
    }
    return this.#histogram.length - 1;
  }

  #latest(): bigint {
    return (BigInt(this.#latestHigh) << 32n) | BigInt(this.#latestLow);
  }

  #keep(gap: CaptureGap): void {
    this.#longest.push(gap);
    this.#longest.sort((a, b) => Number(b.to - b.from - (a.to - a.from)));
    this.#longest = this.#longest.slice(0, GAPS_KEPT);
    if (this.#longest.length === GAPS_KEPT) {
      const last = this.#longest.at(-1)!;
      this.#shortestKept = Number(last.to - last.from);
    }
  }
}
