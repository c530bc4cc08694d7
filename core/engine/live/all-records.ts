import type { CurrentView } from "../../case/current-view.ts";
import { addressColumns, collectAddresses } from "../../case/hosts.ts";
import type { RecordStore } from "../../case/store.ts";
import { DETECTIONS } from "../../detections/index.ts";
import type { DetectionOptions } from "../../detections/run.ts";
import { runUnsliced } from "../../detections/run.ts";
import { conn } from "../../net/records.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import type { PromptAnswer } from "./prompt-answer.ts";
import { ShownRecords } from "./shown-records.ts";

/** Addresses that are remembered to be added to an estate that was worked out before they came. */
const MOST_NAMED = 50_000;

const ADDRESSES = addressColumns(conn);

/** All records of a case that is being recorded, with the connections that are open, and the case's estate with the hosts that were named since that was worked out. */
export class AllRecords {
  readonly #records: ShownRecords;
  /** Columns of `assets` for a host of which nothing is known; null before an estate was taken. */
  #asset: string | null = null;
  /** Addresses that were named since the estate before the last was worked out, and since the last one was: that may lack them. */
  #named: { readonly before: ReadonlySet<string>; readonly now: Set<string> } = { before: new Set(), now: new Set() };
  /** Those that `assets` does not have yet. */
  #waiting: string[] = [];

  private constructor(records: ShownRecords) {
    this.#records = records;
  }

  static async make(store: RecordStore): Promise<AllRecords> {
    return new AllRecords(await ShownRecords.make(store));
  }

  /**
   * Takes what came to the case.
   * @param open Records of connections that are open.
   * @param addresses Those that records named.
   * @returns those of these addresses, and of those between which connections are open, that the estate may lack.
   */
  take(records: readonly TableChunk[], open: readonly TableChunk[], addresses: ReadonlySet<string>): readonly string[] {
    this.#records.take(records, open);
    const all = new Set(addresses);
    for (const chunk of open) if (chunk.table === conn.name) collectAddresses(chunk, ADDRESSES, all);
    const { before, now } = this.#named;
    const fresh = [...all].filter((address) => !before.has(address) && !now.has(address));
    for (const address of fresh) if (now.size < MOST_NAMED) now.add(address);
    // Before there is an estate none is missing in it.
    if (this.#asset !== null) this.#waiting.push(...fresh);
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
    const askedAt = performance.now();
    const chosen = DETECTIONS.filter((detection) => detection.id === id);
    const run = await runUnsliced(view, chosen, options);
    return { detections: [id], run, askedAt, ms: performance.now() - askedAt };
  }

  /** See `ShownRecords.do`. */
  do<T>(work: (view: CurrentView) => Promise<T>, coming?: () => readonly TableChunk[]): Promise<T> {
    return this.#records.do(async (view) => {
      if (this.#asset !== null) await view.addAssets(this.#waiting.splice(0), this.#asset);
      return work(view);
    }, coming);
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}
