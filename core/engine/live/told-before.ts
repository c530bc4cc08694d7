import { annotationsOf } from "../../case/annotations.ts";
import type { Case } from "../../case/case.ts";
import { placesOfMany } from "../../case/query.ts";
import type { Finding } from "../../contracts/finding.ts";
import { addTo } from "../../contracts/grouping.ts";
import { isProblem } from "../../contracts/result.ts";
import { loadOutsideStory, saveOutsideStory } from "../outside-story.ts";
import { storyOf } from "../story-of.ts";
import { eventOf } from "./proposals.ts";
import { segmentsOfEnds } from "./segment-times.ts";
import { withdrawnOf } from "./withdrawn.ts";

const NOT_READ_AGAIN = "findings-not-read-again";
/** Ids that the journal names at one time. */
const MOST_NAMED = 1000;

/**
 * Findings that were told before the analysis began and were not found since. A crash takes back records that they rest on. Read again these come
 * as they were, unless they are of a connection that was open at the border of a finished run, or of a segment that was left out or
 * deleted since: then nobody can say whether the finding stands, and it is not taken back.
 */
export class ToldBefore {
  readonly #target: Case;
  #findings: readonly Finding[] = [];
  #isAllRead = false;
  /** Ids that the journal named as open. */
  #named = new Set<string>();
  /** The segments that they spare; null where they are to be looked for. */
  #spared: readonly string[] | null = null;
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
    this.#named = namedIn(this.#target);
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
      for await (const { rid } of placesOfMany(this.#target.store, records)) there.add(rid);
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
    this.#leave(this.#isAllRead ? notSeenIn(withdrawnOf(open, found), found) : open);
  }

  /**
   * Keeps them with the case, and those that could not be asked for again; the journal names those that were not read again. One that was
   * dismissed is let go.
   * @returns names of the segments that may tell of them.
   */
  async keep(unasked: readonly Finding[]): Promise<readonly string[]> {
    if (this.#isAllRead) {
      this.#letDismissedGo();
      this.#name();
    }
    const segments = this.#segments();
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

  #leave(open: readonly Finding[]): void {
    if (open.length === this.#findings.length) return;
    this.#findings = open;
    this.#spared = null;
  }

  #letDismissedGo(): void {
    if (this.#findings.length === 0) return;
    const { reviews } = annotationsOf(this.#target.journal.entries);
    this.#leave(this.#findings.filter(({ id }) => reviews.get(id)?.verdict !== "dismissed"));
  }

  /** Journals which of them are new and which are settled. */
  #name(): void {
    const open = new Set(this.#findings.map(({ id }) => id));
    const settled = [...this.#named].filter((id) => !open.has(id));
    for (const id of settled) this.#named.delete(id);
    const unnamed = this.#findings.filter(({ id }) => !this.#named.has(id));
    const fresh = unnamed.slice(0, Math.max(0, MOST_NAMED - this.#named.size));
    if (fresh.length === 0 && settled.length === 0) return;
    const findings = fresh.map(({ id }) => id);
    for (const id of findings) this.#named.add(id);
    const segments = segmentsOfEnds(this.#target, fresh);
    this.#target.journal.append(NOT_READ_AGAIN, { detail: { findings, segments, settled, open: open.size } });
  }

  /** Segments that come once all was read are later than any of them. */
  #segments(): readonly string[] {
    const segments = this.#spared ?? segmentsOfEnds(this.#target, this.#findings);
    this.#spared = this.#isAllRead ? segments : null;
    return segments;
  }
}

/** Ids that the journal of a case named and did not name as settled since. */
function namedIn({ journal }: Case): Set<string> {
  const named = new Set<string>();
  for (const { action, detail } of journal.entries) {
    if (action !== NOT_READ_AGAIN) continue;
    for (const id of textsOf(detail["findings"])) named.add(id);
    for (const id of textsOf(detail["settled"])) named.delete(id);
  }
  return named;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
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

function actOf(finding: Finding): string {
  return `${finding.detection} ${eventOf(finding)}`;
}

function areAtOneTime(a: Finding, b: Finding): boolean {
  return BigInt(a.tsFirst) <= BigInt(b.tsLast) && BigInt(b.tsFirst) <= BigInt(a.tsLast);
}
