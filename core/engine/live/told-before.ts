import { basename } from "node:path";
import type { Case } from "../../case/case.ts";
import { placesOfRecords } from "../../case/query.ts";
import type { Finding } from "../../contracts/finding.ts";
import { addTo } from "../../contracts/grouping.ts";
import { isProblem } from "../../contracts/result.ts";
import { loadOutsideStory, saveOutsideStory } from "../outside-story.ts";
import { storyOf } from "../story-of.ts";
import { RECORDS_AT_ONCE } from "./held-segments.ts";
import { withdrawnOf } from "./withdrawn.ts";

const NOT_READ_AGAIN = "findings-not-read-again";

/**
 * Findings that were told before the analysis began and were not found since. A crash takes back records that they rest on. Read again these come
 * as they were, unless they are of a connection that was open at the border of a finished run, or of a segment that was left out or
 * deleted since: then nobody can say whether the finding stands, and it is not taken back.
 */
export class ToldBefore {
  readonly #target: Case;
  #findings: readonly Finding[] = [];
  #isAllRead = false;
  /** Ids that the journal named last, as text. */
  #named = "[]";
  /** True if the case keeps findings that its story does not have. */
  #isKept = false;
  /** Evaluations that go by before their records are looked for again, and how many of them went by. */
  #rest = 0;
  #rested = 0;

  constructor(target: Case) {
    this.#target = target;
  }

  async begin(): Promise<void> {
    const kept = await loadOutsideStory(this.#target.store);
    const told = await findingsOf(this.#target);
    const ids = new Set(told.map(({ id }) => id));
    this.#findings = [...told, ...(kept?.findings ?? []).filter(({ id }) => !ids.has(id))];
    this.#isKept = kept !== null;
    const last = this.#target.journal.entries.findLast(({ action }) => action === NOT_READ_AGAIN);
    this.#named = JSON.stringify(last?.detail["findings"] ?? []);
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /**
   * Those whose records are all in the case: who is asked from now on says whether they stand. Looked for ever less often.
   * @param isAllRead All that was recorded before the analysis began was read.
   */
  async answerable(isAllRead: boolean): Promise<readonly Finding[]> {
    this.#isAllRead = isAllRead;
    if (!isAllRead || this.#findings.length === 0) return [];
    if (this.#rested < this.#rest) {
      this.#rested++;
      return [];
    }
    this.#rested = 0;
    // What did not come soon, as with a connection that ended meanwhile, may never come.
    this.#rest = 2 * this.#rest + 1;
    const there = await this.#recordsThere();
    return this.#findings.filter((finding) => finding.records.every((rid) => there.has(rid)));
  }

  /** Has their records looked for at the next evaluation. */
  lookAgain(): void {
    this.#rest = 0;
    this.#rested = 0;
  }

  /** Ids of the records behind them that are in the case; none where memory does not suffice to say. */
  async #recordsThere(): Promise<ReadonlySet<string>> {
    const records = [...new Set(this.#findings.flatMap((finding) => finding.records))];
    const there = new Set<string>();
    try {
      for (let from = 0; from < records.length; from += RECORDS_AT_ONCE)
        for (const { rid } of await placesOfRecords(this.#target.store, records.slice(from, from + RECORDS_AT_ONCE)))
          there.add(rid);
    } catch (error) {
      if (!isProblem(error, "out-of-memory")) throw error;
      return new Set();
    }
    return there;
  }

  /** Lets those go that were answered, and those that are found again. */
  settle(answered: readonly Finding[], found: readonly Finding[]): void {
    if (this.#findings.length === 0) return;
    const known = new Set([...answered, ...found].map(({ id }) => id));
    const open = this.#findings.filter(({ id }) => !known.has(id));
    this.#findings = this.#isAllRead ? notSeenIn(withdrawnOf(open, found), found) : open;
  }

  /**
   * Keeps them with the case, and those that could not be asked for again; the journal names those that were not read again.
   * @returns names of the segments in whose time they lie.
   */
  async keep(unasked: readonly Finding[]): Promise<readonly string[]> {
    const segments = segmentsAt(this.#target, this.#findings);
    const ids = this.#findings.map(({ id }) => id);
    if (this.#isAllRead && JSON.stringify(ids) !== this.#named) {
      this.#named = JSON.stringify(ids);
      this.#target.journal.append(NOT_READ_AGAIN, { detail: { findings: ids, segments } });
    }
    const findings = [...this.#findings, ...unasked];
    if (findings.length === 0 && !this.#isKept) return segments;
    this.#isKept = true;
    const count = this.#findings.length;
    await saveOutsideStory(this.#target.store, {
      findings,
      toBeRead: this.#isAllRead ? 0 : count,
      notReadAgain: this.#isAllRead ? count : 0,
    });
    return segments;
  }
}

async function findingsOf(target: Case): Promise<readonly Finding[]> {
  try {
    return (await storyOf(target)).findings;
  } catch (error) {
    if (isProblem(error, "no-story")) return [];
    throw error;
  }
}

/** Without those of which the same act, at the same time, is found with other records, as of a connection that was read from its middle. */
function notSeenIn(told: readonly Finding[], found: readonly Finding[]): readonly Finding[] {
  if (told.length === 0) return told;
  const acts = new Map<string, Finding[]>();
  for (const finding of found) addTo(acts, actOf(finding), finding);
  return told.filter((finding) => !(acts.get(actOf(finding)) ?? []).some((other) => areAtOneTime(finding, other)));
}

function actOf({ detection, title, source, target, user, object, outcome }: Finding): string {
  return JSON.stringify([detection, title, source, target, user, object, outcome]);
}

function areAtOneTime(a: Finding, b: Finding): boolean {
  return BigInt(a.tsFirst) <= BigInt(b.tsLast) && BigInt(b.tsFirst) <= BigInt(a.tsLast);
}

/** Names of segments that have frames of the time of findings, or of which it is not known. */
function segmentsAt({ journal, ledger }: Case, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  const spans = findings.map(({ tsFirst, tsLast }) => [BigInt(tsFirst), BigInt(tsLast)] as const);
  const isAt = (first: unknown, last: unknown) =>
    typeof first !== "string" ||
    typeof last !== "string" ||
    spans.some(([from, to]) => from <= BigInt(last) && BigInt(first) <= to);
  const read = new Map(ledger.summaries().map((capture) => [basename(capture.path), capture]));
  return journal.entries.flatMap(({ action, object, detail }) => {
    if ((action !== "segment-closed" && action !== "segment-recovered") || object === null) return [];
    const { tsFirst, tsLast } = read.get(object) ?? detail;
    return isAt(tsFirst, tsLast) ? [object] : [];
  });
}
