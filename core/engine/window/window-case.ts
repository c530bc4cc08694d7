import { resolve } from "node:path";
import { cancellable } from "../../case/cancellation.ts";
import type { Case } from "../../case/case.ts";
import type { CaseApi, CaseHandlers, Handlers, WindowApi } from "../../contracts/api.ts";
import type { DeskApi, DeskState } from "../../contracts/desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { ARGS } from "../../contracts/api.ts";
import type { Subject, Work } from "../../contracts/window.ts";
import { carvePackets } from "../carve-packets.ts";
import type { OnProgress } from "../progress.ts";
import { Intake } from "./intake.ts";
import type { IntakeWindow } from "./intake.ts";
import type { Offers } from "./offers.ts";
import { casesFolder } from "./cases-folder.ts";
import { casesIn, makeSampleCase } from "./sample-case.ts";
import type { CarvedSlice } from "./slices.ts";
import { requestFor, Slices } from "./slices.ts";
import { openShown, type ShownCase } from "./shown-case.ts";
import { toldProgress } from "./told-progress.ts";

/**
 * What a window shows: one case or none, which may change; captures that wait to be read into one; and at most one piece of work
 * that makes a case.
 */
export class WindowCase implements IntakeWindow {
  readonly handlers: Handlers;
  readonly casesFolder: string;
  readonly #onChange: (state: DeskState) => void;
  readonly #intake: Intake;
  readonly #slices = new Slices();
  /** Calls that the case is answering: it is closed after them. */
  readonly #answering = new Set<Promise<unknown>>();
  /** Ends what is only looked for: a case is not kept open for answers that nobody waits for. */
  #asking = new AbortController();
  #open: ShownCase | null;
  #work: Work = { kind: "none" };
  #stop: AbortController | null = null;

  /**
   * @param shown Null for a window that welcomes; the window closes it.
   * @param folder Where new cases are made.
   * @param onChange Told when another case is shown, a capture came in, or an analysis went on.
   */
  constructor(shown: ShownCase | null, folder = casesFolder(), onChange: (state: DeskState) => void = () => undefined) {
    this.casesFolder = resolve(folder);
    this.#onChange = onChange;
    this.#intake = new Intake(this);
    this.#open = shown;
    this.handlers = { ...this.#caseHandlers(), ...this.#windowHandlers() };
  }

  /** The case that is open here; null for none, and for one that another process has open. */
  get source(): Case | null {
    return this.#open?.source ?? null;
  }

  /** The case that is shown; null for none. */
  get shown(): ShownCase | null {
    return this.#open;
  }

  get offers(): Offers {
    return this.#intake.offers;
  }

  /** Takes files or folders of this machine, for a person to decide what becomes of them. */
  offerPaths(paths: readonly string[]): void {
    for (const path of paths) this.offers.addPath(path);
    this.changed();
  }

  /** Opens a case in place of the one that is open; one that cannot be opened leaves things as they are. */
  async openCase(folder: string): Promise<ShownCase> {
    const path = resolve(folder);
    if (this.#open?.folder !== path) {
      const shown = await openShown(path);
      await this.closeCase();
      this.#open = shown;
    }
    this.changed();
    return this.#open;
  }

  async closeCase(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.#asking.abort();
    this.#asking = new AbortController();
    await Promise.allSettled(this.#answering);
    open?.close();
    this.changed();
  }

  /** Carves packets for another program, to a place of this window's own. */
  slice(subject: Subject, whole: boolean): Promise<CarvedSlice> {
    return this.#counted(this.#slices.make(sourceOf(this.#opened()), subject, whole));
  }

  /** A slice that was carved before. */
  carved(id: string): CarvedSlice | undefined {
    return this.#slices.get(id);
  }

  /** Carves packets to where a person chose. */
  carveTo(path: string, subject: Subject, whole: boolean): Promise<{ readonly frames: number }> {
    return this.#counted(carvePackets(sourceOf(this.#opened()), requestFor(subject, whole), path));
  }

  refuseWhileBusy(): void {
    if (this.#stop !== null || this.#intake.isRunning)
      throw new BacktrailError("busy", "Something is being read already: wait, or stop it.");
  }

  changed(): void {
    this.#onChange(this.#intake.state);
  }

  /** Ends what is going on, closes the case, deletes what was only for this window. */
  async close(): Promise<void> {
    this.#stop?.abort();
    await this.#intake.close();
    await this.closeCase();
    this.#slices.close();
  }

  /**
   * Begins a piece of work whose case is opened when it is done; `window.state` tells how far it is.
   * @param run Gives the case's folder; is to end soon after the signal.
   * @throws BacktrailError `busy` while another goes on.
   */
  begin(what: string, run: (signal: AbortSignal, progress: OnProgress) => Promise<string>): Work {
    this.refuseWhileBusy();
    const stop = new AbortController();
    this.#stop = stop;
    this.#work = { kind: "running", what, stage: "Starting", share: null, octetsPerSecond: 0, secondsLeft: null };
    const progress: OnProgress = (how) => {
      this.#work = { kind: "running", what, ...toldProgress(how) };
    };
    void run(stop.signal, progress)
      .then((folder) => this.openCase(folder))
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

  #windowHandlers(): Pick<Handlers, keyof WindowApi | keyof DeskApi> {
    return {
      ...this.#intake.handlers(),
      "window.state": () =>
        Promise.resolve({ folder: this.#open?.folder ?? null, cases: casesIn(this.casesFolder), work: this.#work }),
      "case.open": async ({ folder }) => {
        this.refuseWhileBusy();
        return { folder: (await this.openCase(folder)).folder };
      },
      "case.close": async () => {
        this.refuseWhileBusy();
        await this.closeCase();
        return { folder: null };
      },
      "case.sample": async () => ({
        work: this.begin("the sample incident", (signal, progress) =>
          makeSampleCase(this.casesFolder, signal, progress),
        ),
      }),
      "work.cancel": () => {
        this.#stop?.abort();
        this.#work = { kind: "none" };
        return Promise.resolve({ work: this.#work });
      },
      "slice.make": async ({ subject, whole }) => {
        const { path: _, ...slice } = await this.slice(subject, whole);
        return slice;
      },
    };
  }

  /** The calls about a case, each handed to the one that is open at that time. */
  #caseHandlers(): CaseHandlers {
    const entries = (Object.keys(ARGS) as (keyof CaseApi)[]).map((method) => [
      method,
      async (arg: never) => {
        const handler = this.#opened().handlers[method] as (arg: never) => Promise<unknown>;
        return this.#counted(isLookup(method) ? cancellable(this.#asking.signal, () => handler(arg)) : handler(arg));
      },
    ]);
    return Object.fromEntries(entries) as CaseHandlers;
  }

  #opened(): ShownCase {
    if (this.#open !== null) return this.#open;
    if (this.#intake.isRunning)
      throw new BacktrailError("case-busy", "Captures are being read into this case: it is shown again after that.");
    throw new BacktrailError("no-case-open", "No case is open: choose one.");
  }

  #counted<T>(work: Promise<T>): Promise<T> {
    this.#answering.add(work);
    const done = () => void this.#answering.delete(work);
    work.then(done, done);
    return work;
  }
}

/** True for calls that only look something up and may take seconds in a large case: they end when nobody waits for them. */
export function isLookup(method: string): boolean {
  return (LOOKUPS as readonly string[]).includes(method);
}

const LOOKUPS: readonly (keyof CaseApi)[] = [
  "case.overview",
  "case.matches",
  "case.prepare",
  "case.tables",
  "filter.values",
  "records.page",
  "records.column",
  "timeline.sessions",
  "exfiltration.view",
  "estate.view",
];

/** @throws BacktrailError `recording` where the case is open in another process. */
function sourceOf({ source }: ShownCase): Case {
  if (source !== null) return source;
  throw new BacktrailError(
    "recording",
    "The case is being recorded: its packets are saved into its folder exports, and elsewhere when recording has ended.",
  );
}
