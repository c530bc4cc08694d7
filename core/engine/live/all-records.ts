import { CurrentView } from "../../case/current-view.ts";
import { addressColumns, collectAddresses } from "../../case/hosts.ts";
import type { RecordStore } from "../../case/store.ts";
import { DETECTIONS } from "../../detections/index.ts";
import type { DetectionOptions } from "../../detections/run.ts";
import { runUnsliced } from "../../detections/run.ts";
import { conn } from "../../net/records.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import { endedIn, endsSomething } from "./ended-connections.ts";
import type { PromptAnswer } from "./prompt-answer.ts";

/** Rows that may wait to be shown while nothing is asked. */
const MOST_WAITING = 20_000;
/** Addresses that are remembered to be added to an estate that was worked out before they came. */
const MOST_NAMED = 50_000;

const ADDRESSES = addressColumns(conn);

/** What came since the last question. */
interface Waiting {
  readonly open: TableChunk[];
  /** Records by which connections ended. */
  readonly ended: TableChunk[];
  readonly addresses: string[];
  rows: number;
}

/**
 * All records of a case that is being recorded, with the connections that are open, for one question after another. It is asked seldom, so what comes
 * waits until it is. The estate is the case's, with the hosts that were named since that was worked out.
 */
export class AllRecords {
  readonly #view: CurrentView;
  #waiting: Waiting = nothing();
  /** The last question: there is one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** Columns of `assets` for a host of which nothing is known; null before an estate was taken. */
  #asset: string | null = null;
  /** Addresses that were named since the estate before the last was worked out, and since the last one was: that may lack them. */
  #named: { readonly before: ReadonlySet<string>; readonly now: Set<string> } = { before: new Set(), now: new Set() };

  private constructor(view: CurrentView) {
    this.#view = view;
  }

  static async make(store: RecordStore): Promise<AllRecords> {
    return new AllRecords(await CurrentView.make(store));
  }

  /**
   * Takes what came to the case.
   * @param open Records of connections that are open.
   * @param addresses Those that records named.
   * @returns those of these addresses, and of those between which connections are open, that the estate may lack.
   */
  take(records: readonly TableChunk[], open: readonly TableChunk[], addresses: ReadonlySet<string>): readonly string[] {
    const waiting = this.#waiting;
    waiting.open.push(...open);
    waiting.ended.push(...records.filter(endsSomething));
    const fresh = this.#freshOf(open, addresses);
    waiting.addresses.push(...fresh);
    waiting.rows = [...waiting.open, ...waiting.ended].reduce((sum, { rows }) => sum + rows, waiting.addresses.length);
    // What fails here fails for the next question, too.
    if (waiting.rows > MOST_WAITING) this.do(() => Promise.resolve()).catch(() => undefined);
    return fresh;
  }

  #freshOf(open: readonly TableChunk[], addresses: ReadonlySet<string>): readonly string[] {
    const all = new Set(addresses);
    for (const chunk of open) if (chunk.table === conn.name) collectAddresses(chunk, ADDRESSES, all);
    const { before, now } = this.#named;
    const fresh = [...all].filter((address) => !before.has(address) && !now.has(address));
    for (const address of fresh) if (now.size < MOST_NAMED) now.add(address);
    return fresh;
  }

  /** The case has an estate that was begun to be worked out after the last one was there. */
  estateChanged(): void {
    this.#named = { before: this.#named.now, now: new Set() };
  }

  /** Takes the estate over as the case has it, with the hosts that it may lack. */
  async takeEstate(view: CurrentView, asset: string): Promise<void> {
    this.#asset = asset;
    await view.takeEstate();
    const { before, now } = this.#named;
    await view.addAssets([...before, ...now, ...(await view.openAddresses())], asset);
  }

  /** Asks one detection. */
  async ask(view: CurrentView, id: string, options: DetectionOptions): Promise<PromptAnswer> {
    const began = performance.now();
    const chosen = DETECTIONS.filter((detection) => detection.id === id);
    const run = await runUnsliced(view, chosen, options);
    return { detections: [id], run, askedAt: began, ms: performance.now() - began };
  }

  /**
   * Does something with all records while nothing else is done with them.
   * @param coming Records that are in the case and come by `take` later.
   */
  do<T>(work: (view: CurrentView) => Promise<T>, coming: () => readonly TableChunk[] = () => []): Promise<T> {
    const doing = this.#last.then(async () => {
      await this.#show(coming());
      return work(this.#view);
    });
    this.#last = doing.catch(() => undefined);
    return doing;
  }

  async #show(coming: readonly TableChunk[]): Promise<void> {
    const { open, ended, addresses, rows } = this.#waiting;
    this.#waiting = nothing();
    if (rows > 0 || coming.length > 0) {
      for (const chunk of open) this.#view.appendOpen(chunk);
      await this.#view.turn(endedIn([...ended, ...coming]));
    }
    if (this.#asset !== null) await this.#view.addAssets(addresses, this.#asset);
  }

  /** Gives its memory back, after the last question. */
  async close(): Promise<void> {
    await this.#last;
    this.#view.close();
  }
}

function nothing(): Waiting {
  return { open: [], ended: [], addresses: [], rows: 0 };
}
