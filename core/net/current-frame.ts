import type { FrameRef } from "../records/table-chunk.ts";

/** The frame at hand as a `FrameRef`: its time becomes a bigint only when somebody asks. */
export class CurrentFrame implements FrameRef {
  /** Row of the frame in the arrays aimed at. */
  row = 0;
  #ts: BigInt64Array = new BigInt64Array(1);
  #captures: Uint16Array = new Uint16Array(1);
  #frames: Uint32Array = new Uint32Array(1);
  #pinned: FrameRef | null = null;

  aim(ts: BigInt64Array, captures: Uint16Array, frames: Uint32Array): void {
    this.#ts = ts;
    this.#captures = captures;
    this.#frames = frames;
  }

  /** Shows another frame (a closing connection's last one) until called with null. */
  pin(frame: FrameRef | null): void {
    this.#pinned = frame;
  }

  get ts(): bigint {
    return this.#pinned === null ? this.#ts[this.row]! : this.#pinned.ts;
  }
  get capture(): number {
    return this.#pinned === null ? this.#captures[this.row]! : this.#pinned.capture;
  }
  get frame(): number {
    return this.#pinned === null ? this.#frames[this.row]! : this.#pinned.frame;
  }

  copy(): FrameRef {
    return { ts: this.ts, capture: this.capture, frame: this.frame };
  }
}
