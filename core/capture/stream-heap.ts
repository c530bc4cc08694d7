import type { FrameBlock } from "./frame-block.ts";
import type { FrameReader } from "./frame-reader.ts";

/** A capture that is being read, at one frame. */
export interface Stream {
  readonly reader: FrameReader;
  /** Place in the order of captures; decides between frames of equal time. */
  readonly index: number;
  readonly block: FrameBlock;
  /** Next frame of `block`. */
  row: number;
}

/** Binary heap of captures by the time of their next frame. */
export class StreamHeap {
  readonly #heap: Stream[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get streams(): readonly Stream[] {
    return this.#heap;
  }

  /** The stream with the earliest frame. */
  get first(): Stream | null {
    return this.#heap[0] ?? null;
  }

  /** The one that comes after `first`. */
  get second(): Stream | null {
    const a = this.#heap[1];
    const b = this.#heap[2];
    if (a === undefined) return null;
    return b === undefined || comesBefore(a, b) ? a : b;
  }

  add(stream: Stream): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(stream);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(stream, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = stream;
  }

  removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.sinkFirst();
  }

  /** Puts the first stream in its place after its row moved on. */
  sinkFirst(): void {
    const heap = this.#heap;
    const stream = heap[0];
    if (stream === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, stream)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = stream;
  }
}

function comesBefore(a: Stream, b: Stream): boolean {
  const highA = a.block.ts32[2 * a.row + 1]!;
  const highB = b.block.ts32[2 * b.row + 1]!;
  if (highA !== highB) return highA < highB;
  const lowA = a.block.ts32[2 * a.row]! >>> 0;
  const lowB = b.block.ts32[2 * b.row]! >>> 0;
  if (lowA !== lowB) return lowA < lowB;
  return a.index < b.index;
}
