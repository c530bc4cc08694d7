import type { FrameSource } from "./frame-sink.ts";
import type { PcapngFile } from "./pcapng-file.ts";

/** Something that begins at a time and then adds the sources of its frames. */
export interface Planned {
  readonly atNs: number;
  begin(timeline: Timeline): void;
}

interface Entry {
  atNs: number;
  /** Breaks ties, so that the order never depends on the heap. */
  readonly order: number;
  readonly source: FrameSource | null;
  readonly plan: Iterator<Planned> | null;
  planned: Planned | null;
}

/**
 * Merges plans and conversations into one capture in the order of time. What is held grows with the conversations open
 * at one time: a plan is asked for its next item only when the one before has begun.
 */
export class Timeline {
  readonly #heap: Entry[] = [];
  #order = 0;

  /** Frames of a source that begins now or later. */
  add(source: FrameSource): void {
    this.#push({ atNs: source.timeNs, order: this.#order++, source, plan: null, planned: null });
  }

  /** Items in the order of time. */
  follow(plan: Iterable<Planned>): void {
    const items = plan[Symbol.iterator]();
    const first = items.next();
    if (first.done === true) return;
    this.#push({ atNs: first.value.atNs, order: this.#order++, source: null, plan: items, planned: first.value });
  }

  /** Writes all frames up to `untilNs` (all, if not given) to the capture. */
  async writeTo(file: PcapngFile, untilNs = Infinity): Promise<void> {
    const heap = this.#heap;
    for (let entry = heap[0]; entry !== undefined && entry.atNs <= untilNs; entry = heap[0]) {
      if (entry.source !== null) {
        if (file.isFull) await file.drained();
        if (entry.source.write(file)) {
          entry.atNs = entry.source.timeNs;
          this.#sink(0);
        } else this.#pop();
        continue;
      }
      const { planned, plan } = entry;
      this.#pop();
      planned?.begin(this);
      const following = plan?.next();
      if (following === undefined || following.done === true) continue;
      entry.planned = following.value;
      entry.atNs = Math.max(entry.atNs, following.value.atNs);
      this.#push(entry);
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const moving = heap[start];
    if (moving === undefined) return;
    let at = start;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const takesRight = right !== undefined && isBefore(right, left);
      const child = takesRight ? right : left;
      if (!isBefore(child, moving)) break;
      heap[at] = child;
      at = 2 * at + (takesRight ? 2 : 1);
    }
    heap[at] = moving;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
}
