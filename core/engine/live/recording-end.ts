import { join } from "node:path";
import { CaseLock } from "../../case/lock.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { SegmentFeed, sizeOf } from "./segment-feed.ts";

/** A recorder that writes nothing for so long is taken as hung: it gives up frames that wait for the disk after a minute. */
const HUNG_MS = 75_000;

/** Tells when a recording whose end was asked for is over: what its recorder still writes, however long, must not be taken as whole before. */
export class RecordingEnd {
  readonly #lock: string;
  readonly #feed: SegmentFeed;
  readonly #recorder: string | null;
  /** The newest segment with its size, and when that changed last, ms. */
  #written: string | null = null;
  #writtenAt = 0;

  /** @param folder Of the recording. Whoever records into it now is waited for. */
  constructor(folder: string) {
    this.#lock = join(folder, RECORDING_FILES.lock);
    this.#feed = new SegmentFeed(folder);
    this.#recorder = CaseLock.holder(this.#lock);
  }

  /** True if no segment of that recorder will grow any more. One that records after it is none of this recording. */
  isOver(nowMs: number): boolean {
    if (this.#recorder === null || CaseLock.holder(this.#lock) !== this.#recorder) return true;
    const newest = this.#feed.segments().at(-1);
    const written = newest === undefined ? "" : `${newest.name} ${sizeOf(newest.path)}`;
    if (written !== this.#written) [this.#written, this.#writtenAt] = [written, nowMs];
    return nowMs - this.#writtenAt >= HUNG_MS;
  }
}
