import type { ShownCase } from "./shown-case.ts";
import type { Case } from "../../case/case.ts";
import type { Handlers } from "../../contracts/api.ts";
import type { DeskApi, DeskState } from "../../contracts/desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { captureStem, newCaseFolder } from "../new-case-folder.ts";
import type { AnalysisOrder } from "./analysis-run.ts";
import { AnalysisRun } from "./analysis-run.ts";
import type { OfferedCapture } from "./offers.ts";
import { Offers, safeFileName } from "./offers.ts";

/** What the intake needs of the window whose captures it takes in. */
export interface IntakeWindow {
  /** Null for none. */
  readonly shown: ShownCase | null;
  /** Where new cases are made. */
  readonly casesFolder: string;
  /** Puts the case away, once all that it was asked is answered. */
  closeCase(): Promise<void>;
  openCase(folder: string): Promise<ShownCase>;
  /** @throws BacktrailError `busy` while something else is being read. */
  refuseWhileBusy(): void;
  changed(): void;
}

/** Captures that wait for a window, and the analysis that reads them into a case. */
export class Intake {
  readonly offers: Offers;
  readonly #window: IntakeWindow;
  #analysis: AnalysisRun | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(window: IntakeWindow) {
    this.#window = window;
    this.offers = new Offers(window.casesFolder);
  }

  get isRunning(): boolean {
    return this.#analysis?.isRunning ?? false;
  }

  get state(): DeskState {
    const { shown, casesFolder } = this.#window;
    return {
      case: shown === null ? null : { folder: shown.folder, name: shown.name },
      offers: this.offers.all.map(({ id, name, octets, state }) => ({ id, name, octets, state })),
      analysis: this.#analysis?.state ?? null,
      casesFolder,
    };
  }

  handlers(): Omit<Pick<Handlers, keyof DeskApi>, "slice.make"> {
    const state = () => {
      this.#window.changed();
      return Promise.resolve(this.state);
    };
    return {
      "desk.state": () => Promise.resolve(this.state),
      "offer.announce": async ({ name, octets }) => ({ id: (await this.offers.announce(name, octets)).id }),
      "offer.remove": ({ offers }) => {
        this.offers.remove(offers);
        return state();
      },
      "analysis.start": ({ offers, into, name }) => {
        this.#start(this.#ordered(this.offers.ready(offers), into, name));
        return state();
      },
      "analysis.stop": () => {
        this.#analysis?.stop();
        return state();
      },
      "analysis.dismiss": () => {
        if (!this.isRunning) this.#analysis = null;
        return state();
      },
    };
  }

  /** Ends an analysis early and deletes what was sent and is in no case. */
  async close(): Promise<void> {
    this.#analysis?.stop();
    await this.#ended;
    this.offers.close();
  }

  #ordered(captures: readonly OfferedCapture[], into: AnalysisOrder["into"], wished: string): AnalysisOrder {
    const { shown, casesFolder } = this.#window;
    if (into === "open") {
      if (shown === null)
        throw new BacktrailError("no-case-open", "No case is open: read the captures into a new one.");
      if (shown.source === null)
        throw new BacktrailError("recording", "The case is being recorded: read the captures into a new one.");
      return { captures, into, folder: shown.folder, name: shown.name };
    }
    const name = safeFileName(wished === "" ? captureStem(captures[0]!.name) : wished);
    return { captures, into, folder: newCaseFolder(casesFolder, name), name };
  }

  #start(order: AnalysisOrder): void {
    this.#window.refuseWhileBusy();
    this.#analysis = new AnalysisRun(order, () => this.#window.changed());
    this.#ended = this.#run(this.#analysis, order);
  }

  /** Reads the captures, then shows the case that has them. */
  async #run(run: AnalysisRun, { captures, into, folder }: AnalysisOrder): Promise<void> {
    if (into === "open") await this.#window.closeCase();
    await run.run(this.offers, async () => journalArrivals((await this.#window.openCase(folder)).source, captures));
    this.offers.remove(captures.map(({ id }) => id));
    this.#window.changed();
  }
}

/** Says in the journal what came from a browser, with its hash as it arrived: the ledger's must be the same. */
function journalArrivals(source: Case | null, captures: readonly OfferedCapture[]): void {
  if (source === null || source.isReadOnly) return;
  for (const { path, octets, sha256 } of captures) {
    const read = source.ledger.find({ path });
    if (sha256 === null || read === undefined) continue;
    // There is no hash of a capture whose reading was stopped.
    const detail = { octets, agrees: read.sha256 === "" ? null : read.sha256 === sha256 };
    source.journal.append("capture-received", { object: path, sha256, detail });
  }
}
