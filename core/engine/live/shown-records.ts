import { CurrentView } from "../../case/current-view.ts";
import type { RecordStore } from "../../case/store.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import { endedIn, endsSomething } from "./ended-connections.ts";

/** Rows that may wait to be shown while nothing is asked. */
const MOST_WAITING = 20_000;

/**
 * A view of all records of a case that is being recorded, to which the connections that are open are shown before each question. It is asked seldom, so what
 * comes waits until it is.
 */
export class ShownRecords {
  readonly #view: CurrentView;
  /** Records of connections that are open, and records by which some ended, since the last question. */
  #open: TableChunk[] = [];
  #ended: TableChunk[] = [];
  #rows = 0;
  /** The last question: there is one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(view: CurrentView) {
    this.#view = view;
  }

  static async make(store: RecordStore): Promise<ShownRecords> {
    return new ShownRecords(await CurrentView.make(store));
  }

  /** Takes what came to the case, and records of connections that are open. */
  take(records: readonly TableChunk[], open: readonly TableChunk[]): void {
    const ended = records.filter(endsSomething);
    this.#open.push(...open);
    this.#ended.push(...ended);
    this.#rows += [...open, ...ended].reduce((sum, { rows }) => sum + rows, 0);
    if (this.#rows <= MOST_WAITING) return;
    this.#rows = 0;
    // What fails here fails for the next question, too.
    this.do(() => Promise.resolve()).catch(() => undefined);
  }

  /**
   * Does something with the records while nothing else is done with them.
   * @param coming Records that are in the case and come by `take` later.
   */
  do<T>(work: (view: CurrentView) => Promise<T>, coming: () => readonly TableChunk[] = () => []): Promise<T> {
    const doing = this.#last.then(async () => {
      await this.#show(coming().filter(endsSomething));
      return work(this.#view);
    });
    this.#last = doing.catch(() => undefined);
    return doing;
  }

  async #show(coming: readonly TableChunk[]): Promise<void> {
    const [open, ended] = [this.#open, [...this.#ended, ...coming]];
    [this.#open, this.#ended, this.#rows] = [[], [], 0];
    if (open.length + ended.length === 0) return;
    try {
      for (const chunk of open) this.#view.appendOpen(chunk);
      await this.#view.turn(endedIn(ended));
    } catch (error) {
      // What ended is told with the next question: it would be open for ever.
      this.#ended.unshift(...ended);
      throw error;
    }
  }

  /** Gives its memory back, after the last question. */
  async close(): Promise<void> {
    await this.#last;
    this.#view.close();
  }
}
