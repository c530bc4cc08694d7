import { resolve } from "node:path";
import type { Case } from "../../case/case.ts";
import type { ApiMethod, CaseHandlers, Handlers, WindowApi } from "../../contracts/api.ts";
import { ARGS } from "../../contracts/api.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { Work } from "../../contracts/window.ts";
import type { OnProgress, Progress } from "../progress.ts";
import { openWorkspace } from "../workspace.ts";
import { apiHandlers } from "./api-handlers.ts";
import { casesFolder, casesIn, makeSampleCase } from "./sample-case.ts";

/** What a window shows: one case or none, which may change; and at most one piece of work that makes a case. */
export class WindowCase {
  readonly handlers: Handlers;
  readonly #casesFolder: string;
  #open: { readonly source: Case; readonly handlers: CaseHandlers } | null = null;
  #work: Work = { kind: "none" };
  #stop: AbortController | null = null;

  /** @param source Null for a window that welcomes; the window closes it. */
  constructor(source: Case | null, folder = casesFolder()) {
    this.#casesFolder = folder;
    if (source !== null) this.#show(source);
    this.handlers = { ...this.#caseHandlers(), ...this.#windowHandlers() };
  }

  /** The case that is shown; null for none. */
  get source(): Case | null {
    return this.#open?.source ?? null;
  }

  /** Ends what is going on and closes the case. */
  close(): void {
    this.#stop?.abort();
    this.#open?.source.close();
    this.#open = null;
  }

  /**
   * Begins a piece of work whose case is opened when it is done; `window.state` tells how far it is.
   * @param run Gives the case's folder; is to end soon after the signal.
   * @throws BacktrailError `busy` while another goes on.
   */
  begin(what: string, run: (signal: AbortSignal, progress: OnProgress) => Promise<string>): Work {
    if (this.#stop !== null) throw new BacktrailError("busy", "Something is being read already: wait, or cancel it.");
    const stop = new AbortController();
    this.#stop = stop;
    this.#work = { kind: "running", what, stage: "Starting", share: null, octetsPerSecond: 0, secondsLeft: null };
    const progress: OnProgress = (how) => {
      this.#work = { kind: "running", what, ...toldProgress(how) };
    };
    void run(stop.signal, progress)
      .then((folder) => this.#openFolder(folder))
      .then(
        () => (this.#work = { kind: "none" }),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          this.#work = stop.signal.aborted ? { kind: "none" } : { kind: "failed", what, message };
        },
      )
      .finally(() => (this.#stop = null));
    return this.#work;
  }

  #windowHandlers(): Pick<Handlers, keyof WindowApi> {
    return {
      "window.state": () =>
        Promise.resolve({
          folder: this.#open?.source.folder ?? null,
          cases: casesIn(this.#casesFolder),
          work: this.#work,
        }),
      "case.open": ({ folder }) => this.#openFolder(folder),
      "case.close": () => {
        this.#open?.source.close();
        this.#open = null;
        return Promise.resolve({ folder: null });
      },

      "case.sample": async () => ({
        work: this.begin("the sample incident", (signal, progress) =>
          makeSampleCase(this.#casesFolder, signal, progress),
        ),
      }),
      "work.cancel": () => {
        this.#stop?.abort();
        this.#work = { kind: "none" };
        return Promise.resolve({ work: this.#work });
      },
    };
  }

  /** The calls about a case, each handed to the one that is open at that time. */
  #caseHandlers(): CaseHandlers {
    const own = this.#windowMethods;
    const entries = (Object.keys(ARGS) as ApiMethod[])
      .filter((method) => !own.has(method))
      .map((method) => [
        method,
        async (arg: never) => {
          if (this.#open === null) throw new BacktrailError("no-case-open", "No case is open: choose one.");
          return (this.#open.handlers as Handlers)[method](arg);
        },
      ]);
    return Object.fromEntries(entries) as CaseHandlers;
  }

  get #windowMethods(): ReadonlySet<string> {
    return new Set(Object.keys(this.#windowHandlers()));
  }

  async #openFolder(folder: string): Promise<{ folder: string }> {
    const path = resolve(folder);
    if (this.#open?.source.folder !== path) this.#show(await openWorkspace(path));
    return { folder: path };
  }

  #show(source: Case): void {
    this.#open?.source.close();
    this.#open = { source, handlers: apiHandlers(source) };
  }
}

const STAGES: Readonly<Record<Progress["stage"], string>> = {
  reading: "Reading the capture",
  estate: "Finding the backup estate",
  detections: "Running the detections",
  story: "Telling the story",
};

function toldProgress({ stage, octetsRead, octetsTotal, octetsPerSecond, secondsLeft }: Progress) {
  const share = octetsTotal === null || octetsTotal === 0 ? null : Math.min(1, octetsRead / octetsTotal);
  return { stage: STAGES[stage], share: stage === "reading" ? share : null, octetsPerSecond, secondsLeft };
}
