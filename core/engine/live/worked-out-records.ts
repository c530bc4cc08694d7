import type { Case } from "../../case/case.ts";
import { runUnsliced } from "../../detections/run.ts";
import { inferEstate } from "../../estate/infer.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import { optionsOf, scopeOf } from "../evaluate.ts";
import { learnedIn, trainingOf } from "../training.ts";
import { askedOfAllRecords } from "./asked-detections.ts";
import type { PromptAnswer } from "./prompt-answer.ts";
import { ShownRecords } from "./shown-records.ts";

/**
 * What is worked out of all records (the estate, transfers, jobs), with the connections that are open, in tables of its own. So what rests on it can be asked
 * while all detections are, by the estate of the case.
 */
export class WorkedOutRecords {
  /** The detections that rest on it. */
  readonly asked = askedOfAllRecords();
  readonly #target: Case;
  readonly #records: ShownRecords;

  private constructor(target: Case, records: ShownRecords) {
    this.#target = target;
    this.#records = records;
  }

  static async make(target: Case): Promise<WorkedOutRecords> {
    const records = await ShownRecords.make(target.store);
    await records.do(async (view) => {
      await view.workOutApart();
      await view.stayAsOfNow();
    });
    return new WorkedOutRecords(target, records);
  }

  /** Takes what came to the case, and records of connections that are open. */
  take(records: readonly TableChunk[], open: readonly TableChunk[]): void {
    this.#records.take(records, open);
  }

  /** Works it out anew and asks `asked`. */
  ask(signal: AbortSignal | undefined): Promise<PromptAnswer> {
    const scope = scopeOf(this.#target.scope(), "scope.yaml");
    const training = trainingOf(this.#target);
    const quiet = training === null ? null : learnedIn(training);
    return this.#records.do(async (view) => {
      const askedAt = performance.now();
      // It takes seconds, in which connections end.
      await view.stayAsOfNow();
      await view.takeEstate();
      await view.takeOpenHosts();
      // Bounds that it meets are told by the run over all records.
      await inferEstate(view, scope, null, () => undefined, quiet);
      const run = await runUnsliced(view, this.asked, {
        ...optionsOf(scope),
        lanes: 1,
        ...(signal === undefined ? {} : { signal }),
      });
      return { detections: this.asked.map(({ id }) => id), run, askedAt, ms: performance.now() - askedAt };
    });
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}
