import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CASE_FILES } from "../../case/case.ts";
import { Ledger } from "../../case/ledger.ts";
import type { Analysis } from "../../contracts/desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { analyzeIntoCase } from "../analyze-into-case.ts";
import { resultOf } from "./checked-call.ts";
import type { OfferedCapture, Offers } from "./offers.ts";

/** What is analysed, and into which case. */
export interface AnalysisOrder {
  readonly captures: readonly OfferedCapture[];
  readonly into: Analysis["into"];
  readonly folder: string;
  readonly name: string;
}

/** One analysis that a window asked for; it goes on whether or not the page is there. */
export class AnalysisRun {
  readonly #stop = new AbortController();
  readonly #order: AnalysisOrder;
  readonly #onChange: () => void;
  #state: Analysis;

  constructor(order: AnalysisOrder, onChange: () => void) {
    this.#order = order;
    this.#onChange = onChange;
    this.#state = {
      state: "running",
      into: order.into,
      folder: order.folder,
      name: order.name,
      captures: order.captures.map(({ name }) => name),
      progress: null,
      notes: [],
      problem: null,
    };
  }

  get state(): Analysis {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#state.state === "running" || this.#state.state === "stopping";
  }

  /** Ends reading early; what was read stays. */
  stop(): void {
    if (this.#state.state !== "running") return;
    this.#stop.abort();
    this.#set({ state: "stopping" });
  }

  /**
   * Reads the captures and shows the case; how it went is in `state`. Never rejects.
   * @param show Opens the case that has them; also the one that was open, where reading failed.
   */
  async run(offers: Offers, show: () => Promise<void>): Promise<void> {
    const { captures, folder, into } = this.#order;
    try {
      const notes = await this.#read(offers);
      await show();
      this.#set({ state: this.#stop.signal.aborted ? "stopped" : "finished", notes });
    } catch (error) {
      // What was sent is deleted again: its path would lead nowhere.
      const problem = captures.reduce((text, { path, name }) => text.replaceAll(path, name), problemOf(error));
      takeBack(captures, folder);
      const shown = into === "open" ? await resultOf(show) : null;
      this.#set({ state: "failed", problem: shown?.ok === false ? `${problem} ${shown.error.message}` : problem });
    }
  }

  async #read(offers: Offers): Promise<readonly string[]> {
    const { captures, folder, name, into } = this.#order;
    const paths: string[] = [];
    for (const capture of captures) paths.push(await offers.moveInto(capture, folder));
    const { notes } = await analyzeIntoCase({
      captures: paths,
      folder,
      ...(into === "new" && { name }),
      signal: this.#stop.signal,
      early: {},
      progress: (progress) => this.#set({ progress }),
    });
    return notes;
  }

  #set(change: Partial<Analysis>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange();
  }
}

function problemOf(error: unknown): string {
  if (error instanceof BacktrailError) return error.message;
  return `A fault in Backtrail itself: ${error instanceof Error ? error.message : String(error)}.`;
}

/**
 * Deletes what was sent for a case that did not take it, and the folder of a case that was not made. A capture that the ledger
 * names was read, and stays.
 */
function takeBack(captures: readonly OfferedCapture[], folder: string): void {
  const isCase = existsSync(join(folder, CASE_FILES.info));
  const known = isCase ? Ledger.open(join(folder, CASE_FILES.ledger), folder) : null;
  const sent = captures.filter(({ path, sha256 }) => sha256 !== null && path.startsWith(folder));
  for (const { path } of sent) if (known?.find({ path }) === undefined) rmSync(path, { force: true });
  if (!isCase && sent.length > 0) rmSync(folder, { recursive: true, force: true });
}
