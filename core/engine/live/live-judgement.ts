import { join } from "node:path";
import type { Case } from "../../case/case.ts";
import { replaceFile } from "../../case/durable-file.ts";
import type { Finding } from "../../contracts/finding.ts";
import { isProblem } from "../../contracts/result.ts";
import type { Story } from "../../contracts/story.ts";
import { DETECTIONS } from "../../detections/index.ts";
import type { DetectionOptions } from "../../detections/run.ts";
import { joinFindings } from "../../detections/join.ts";
import type { KeptSegments } from "../../record/segment-store.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import type { Evaluation } from "../evaluate.ts";
import { judgeCase, tell } from "../evaluate.ts";
import { newsKey } from "./analysis-messages.ts";
import { HeldSegments } from "./held-segments.ts";
import type { PromptAnswer } from "./prompt-answer.ts";
import { answeredIn, NewestAnswers, withAnswers } from "./prompt-answer.ts";
import type { PromptDetections } from "./prompt-detections.ts";
import { ToldBefore } from "./told-before.ts";
import { notAsked, withdrawnOf } from "./withdrawn.ts";

/** What a judgement tells while it goes on. */
export interface JudgementEvents {
  /** Findings that were not told before, or were less severe. */
  findings(found: readonly Finding[]): void;
  /** Findings that were told and do not stand any more. */
  withdrawn(gone: readonly Finding[]): void;
  /** Something of its state is new. */
  changed(): void;
  /** A sentence for the coverage. */
  limit(sentence: string): void;
}

/** A run of all detections over all records is followed by so many times its length without one, more while reading is behind, */
const REST_OF_EVALUATION = 4;
const REST_OF_EVALUATION_BEHIND = 12;
/** asking the latest records by so many, more while reading is behind, */
const REST_OF_LOOKING = 0.4;
const REST_WHILE_BEHIND = 3;
/** and telling the story by so many, while only new findings came. */
const REST_OF_TELLING = 10;
/** What only all records show is asked by itself so often that it is told within this, where that leaves as much rest as asking takes; else it leaves the time to others. */
const WITHIN_MS = 5000;
const REST_OF_ASKING_LATE = 12;
/** Where something could not be asked between the runs over all records, it is tried again after this. */
const REST_OF_FAILURE_MS = 60_000;

/**
 * Judges the records of a recording while they come, beside reading: the latest every second or two, all of them at longer intervals, and
 * at the end. Only the run over all records makes the story's estate; what the latest show is put into it.
 */
export class LiveJudgement {
  /** How long the last run over all records took, and when it ended, ISO 8601 UTC. */
  evaluationMs = 0;
  evaluatedAt: string | null = null;
  /** How long it took last to take the latest records and to ask them, ms. */
  lookMs = 0;
  findings = 0;
  /** How far the last run over all records is, in detections; null before it. */
  ending: { readonly done: number; readonly all: number } | null = null;
  readonly #target: Case;
  readonly #intervalMs: number;
  readonly #prompt: PromptDetections;
  readonly #held: HeldSegments;
  readonly #events: JudgementEvents;
  /** Number of the last segment of a finished run. */
  #analysed = 0;
  #isBehind = false;
  /** True once it was said that something could not be asked between the runs over all records. */
  #isLateSaid = false;
  /** Rows that the last run over all records saw. None yet, also where the case has records: a crash may have kept their findings from being told. */
  #rowsSeen = -1;
  #evaluating: Promise<void> | null = null;
  /** The same of what only all records show, asked by itself. */
  #rowsAsked = 0;
  #asking: Promise<void> | null = null;
  #nextAsking = 0;
  #askingMs = 0;
  #looking: Promise<void> | null = null;
  #telling: Promise<void> | null = null;
  /** A failure of work under way, until it is asked for. */
  #failure: { readonly error: unknown } | null = null;
  #nextEvaluation = 0;
  #nextLook = 0;
  #nextTelling = 0;
  #isTellingDue = false;
  /** True while somebody waits for work to end: what is under way does not go on with the next. */
  #isHeld = false;
  /** What detections last said, and the answers that came since the run over all records began. */
  #evaluation: Evaluation | null = null;
  #answers: PromptAnswer[] = [];
  readonly #newest = new NewestAnswers();
  /** Findings as they were last told. */
  #told: ReadonlySet<string> = new Set();
  #standing: readonly Finding[] = [];
  readonly #before: ToldBefore;
  /** Those of them that could not be asked for again: the story does not have them. */
  #unasked: readonly Finding[] = [];
  /** True if there is something to journal. */
  #hasNews = false;
  readonly #ended = new AbortController();
  /** Ends the run over all records that is under way, as the last one is to come. */
  readonly #last = new AbortController();
  /** Addresses that records named with which the latest were not asked yet. */
  readonly #addresses = new Set<string>();

  /** @param prompt Its databases are closed with this. */
  constructor(target: Case, intervalMs: number, prompt: PromptDetections, events: JudgementEvents) {
    this.#target = target;
    this.#intervalMs = intervalMs;
    this.#prompt = prompt;
    this.#held = new HeldSegments(target, (rids) => prompt.placesOfOpen(rids));
    this.#before = new ToldBefore(target);
    this.#events = events;
  }

  /** Before all else: what was told before, as by an analysis that crashed, and is not found any more is taken back, too. */
  begin(): Promise<void> {
    return this.#before.begin();
  }

  /** True while all records are judged. */
  get isEvaluating(): boolean {
    return this.#evaluating !== null;
  }

  /** Has all records judged as soon as may be, also where none came: something else changed. */
  again(): void {
    this.#rowsSeen = -1;
    this.#nextEvaluation = 0;
  }

  /** Has all records judged when it is due, also where none came: the coverage changed. */
  coverageChanged(): void {
    this.#rowsSeen = -1;
  }

  /**
   * Begins what is due. Records must have been made visible.
   * @param addresses Those that records named since the last time.
   * @param analysed Number of the last segment of a finished run.
   * @param isAllRead All that was recorded before this began was read.
   * @param isBehind Reading is not up to what is recorded: it comes first.
   * @param isEnded Nothing more is recorded: all records are judged once more when all is read, and not before.
   * @throws what failed in work begun earlier.
   */
  goOn(
    addresses: ReadonlySet<string>,
    analysed: number,
    {
      isAllRead,
      isBehind,
      isEnded,
    }: { readonly isAllRead: boolean; readonly isBehind: boolean; readonly isEnded: boolean },
  ): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#isHeld = false;
    this.#prompt.committed();
    this.#analysed = analysed;
    this.#isBehind = isBehind;
    for (const address of addresses) this.#addresses.add(address);
    const now = performance.now();
    if (this.#isTellingDue) this.#tellSoon(false);
    if (this.#looking === null && now >= this.#nextLook)
      this.#looking = this.#beside(this.#lookUnlessItFails(), () => (this.#looking = null));
    const rows = this.#target.store.rowsAdded;
    if (isEnded) return;
    if (this.#isToAsk(now)) {
      this.#rowsAsked = this.#prompt.rowsCame;
      this.#asking = this.#beside(
        this.#unlessLast((signal) => this.#askUnlessItFails(signal)),
        () => (this.#asking = null),
      );
    }
    if (this.#evaluating !== null || now < this.#nextEvaluation || rows === this.#rowsSeen) return;
    this.#rowsSeen = rows;
    this.#evaluating = this.#beside(
      this.#unlessLast((signal) => this.#evaluate({ lanes: 1, signal }, isAllRead)),
      () => {
        this.#evaluating = null;
        const rest = (this.#isBehind ? REST_OF_EVALUATION_BEHIND : REST_OF_EVALUATION) * this.evaluationMs;
        this.#nextEvaluation = performance.now() + Math.max(this.#intervalMs, rest);
        this.#tellSoon(true);
      },
    );
  }

  /** Waits for work that is under way. @throws what failed in it. */
  async idle(): Promise<void> {
    this.#isHeld = true;
    await this.#rest();
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** What ends may have begun something else. */
  async #rest(): Promise<void> {
    const under = () => [this.#evaluating, this.#asking, this.#looking, this.#telling].filter((work) => work !== null);
    for (let works = under(); works.length > 0; works = under()) await Promise.all(works);
  }

  /** Ends work that is under way, as all records are judged once more. Nothing is begun any more but that. */
  async windDown(): Promise<void> {
    this.#last.abort();
    this.#isTellingDue = false;
    await this.idle();
    // It would only take memory from the last run.
    await this.#prompt.close();
  }

  /** Judges all records for the last time. */
  async finish(analysed: number): Promise<Story> {
    this.#analysed = analysed;
    this.ending = { done: 0, all: DETECTIONS.length };
    const progress = (done: number, all: number) => {
      this.ending = { done, all };
      this.#events.changed();
    };
    this.#before.lookAgain();
    await this.#evaluate({ signal: this.#ended.signal, progress }, true);
    this.#hasNews = true;
    return this.#tellStory();
  }

  /** Ends what is under way; nothing asks the case from then on. */
  async close(): Promise<void> {
    this.#isHeld = true;
    this.#ended.abort();
    await this.#rest();
    await this.#prompt.close();
  }

  /** Lets work go on; a failure is kept for who asks. */
  #beside(work: Promise<unknown>, done: () => void): Promise<void> {
    return work.then(done, (error: unknown) => {
      this.#failure ??= { error };
      done();
    });
  }

  /** Does what asks the case beside reading; the last run over all records ends it. */
  async #unlessLast(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, this.#last.signal]);
    try {
      await work(signal);
    } catch (error) {
      if (!this.#last.signal.aborted || !isProblem(error, "cancelled")) throw error;
    }
  }

  /** @param isAllRead The records have all that was recorded before this began. */
  async #evaluate(options: Pick<DetectionOptions, "lanes" | "signal" | "progress">, isAllRead: boolean): Promise<void> {
    const began = performance.now();
    this.#answers = [];
    const answerable = await this.#before.answerable(isAllRead);
    const evaluation = await judgeCase(this.#target, options);
    await this.#askAgain(evaluation, options.signal);
    // Answers over all records that came meanwhile know more.
    this.#evaluation = withAnswers(evaluation, this.#answers);
    this.#prompt.told(
      DETECTIONS.map(({ id }) => id),
      this.#evaluation.run.alone,
    );
    if (!evaluation.hasReference) this.#prompt.estateChanged();
    this.evaluationMs = performance.now() - began;
    this.evaluatedAt = new Date().toISOString();
    // What was told before stands unless it is not found now.
    const known = new Set(this.#standing.map(({ id }) => id));
    this.#standing = [...this.#standing, ...answerable.filter(({ id }) => !known.has(id))];
    this.#before.settle(answerable, []);
    this.#announce();
  }

  /** Asks what only all records show, which the latest do not, in between the runs of all detections. */
  async #askOfAllRecords(signal: AbortSignal): Promise<void> {
    const answer = this.#newest.of(await this.#prompt.askOfAllRecords(signal));
    this.#askingMs = answer.ms;
    if (this.#evaluating !== null) this.#answers.push(answer);
    this.#evaluation = withAnswers(this.#evaluation!, [answer]);
    this.#prompt.told(answeredIn(answer), answer.run.alone);
    if (this.#announce().length > 0) this.#tellSoon(false);
  }

  /** As for the latest records: memory may not suffice beside a run over all of them. */
  async #askUnlessItFails(signal: AbortSignal): Promise<void> {
    try {
      await this.#askOfAllRecords(signal);
      const spare = WITHIN_MS - 2 * this.#askingMs;
      const rest = spare >= this.#askingMs ? spare : REST_OF_ASKING_LATE * this.#askingMs;
      this.#nextAsking = performance.now() + rest;
    } catch (error) {
      if (isProblem(error, "cancelled")) throw error;
      this.#sayLate(error);
      this.#nextAsking = performance.now() + REST_OF_FAILURE_MS;
    }
  }

  #sayLate(error: unknown): void {
    if (!this.#isLateSaid) this.#events.limit(`${LATE} (${error instanceof Error ? error.message : String(error)}).`);
    this.#isLateSaid = true;
  }

  /** Not before all was asked once, and not where reading needs the time or a reference is to be read, too. */
  #isToAsk(now: number): boolean {
    if (this.#asking !== null || this.#isBehind || now < this.#nextAsking) return false;
    if (this.#prompt.rowsCame === this.#rowsAsked) return false;
    return this.#evaluation !== null && !this.#evaluation.hasReference;
  }

  /** The run over all records does not know the connections that are open: who found something before that it does not find is asked with them, too. */
  async #askAgain({ run }: Evaluation, signal: AbortSignal | undefined): Promise<void> {
    const found = new Set(run.alone.map(newsKey));
    const missing = this.#evaluation?.run.alone.filter((finding) => !found.has(newsKey(finding))) ?? [];
    const detections = new Set(missing.map(({ detection }) => detection));
    await this.#prompt.ask(detections, (answer) => this.#answers.push(this.#newest.of(answer)), signal);
  }

  /** A fault here must not end the analysis: the run over all records finds the same, later. */
  async #lookUnlessItFails(): Promise<void> {
    try {
      await this.#look();
      this.#nextLook = performance.now() + this.#restOfLooking() * this.lookMs;
    } catch (error) {
      this.#sayLate(error);
      this.#nextLook = performance.now() + REST_OF_FAILURE_MS;
    }
  }

  #restOfLooking(): number {
    if (this.#isBehind) return REST_WHILE_BEHIND;
    return this.#prompt.isUrgent ? 0 : REST_OF_LOOKING;
  }

  /** Finds what the latest records show. */
  async #look(): Promise<void> {
    do {
      const began = performance.now();
      const addresses = new Set(this.#addresses);
      this.#addresses.clear();
      await this.#prompt.turn(addresses);
      this.#take(await this.#prompt.pass());
      for (const sentence of this.#prompt.takeRefusals()) this.#events.limit(sentence);
      this.lookMs = performance.now() - began;
    } while (this.#prompt.isUrgent && !this.#isBehind && !this.#isHeld && !this.#ended.signal.aborted);
  }

  #take(all: readonly PromptAnswer[]): void {
    if (all.length === 0 || this.#evaluation === null) return;
    const answers = all.map((answer) => this.#newest.of(answer));
    const known = new Set(this.#evaluation.run.alone.map(newsKey));
    for (const answer of answers) {
      if (this.#evaluating !== null) this.#answers.push(answer);
      const { alone } = answer.run;
      this.#prompt.judged(
        answer,
        alone.some((finding) => !known.has(newsKey(finding))),
      );
      this.#prompt.told(answeredIn(answer), alone);
    }
    this.#evaluation = withAnswers(this.#evaluation, answers);
    const found = this.#announce();
    if (found.length > 0) this.#tellSoon(false);
  }

  #announce(): readonly Finding[] {
    const run = this.#evaluation?.run;
    const findings = joinFindings(run?.findings ?? []);
    const found = findings.filter((finding) => !this.#told.has(newsKey(finding)));
    const missing = withdrawnOf(this.#standing, findings);
    const unasked = notAsked(missing, run?.notEvaluated ?? []);
    const gone = missing.filter((finding) => !unasked.includes(finding));
    this.#unasked = unasked;
    this.#before.settle([], findings);
    this.#standing = [...findings, ...unasked];
    this.#told = new Set(this.#standing.map(newsKey));
    this.findings = findings.length;
    if (found.length > 0) {
      this.#hasNews = true;
      this.#events.findings(found);
    }
    if (gone.length > 0) {
      this.#hasNews = true;
      this.#prompt.withdrawn(gone);
      this.#events.withdrawn(gone);
    }
    this.#events.changed();
    return found;
  }

  /** Has the story told again, beside reading and not all the time. */
  #tellSoon(isDue: boolean): void {
    if (this.#ended.signal.aborted || this.#last.signal.aborted) return;
    this.#isTellingDue = this.#telling !== null || (!isDue && performance.now() < this.#nextTelling);
    if (this.#isTellingDue || this.#evaluation === null) return;
    const began = performance.now();
    this.#telling = this.#beside(this.#tellStory(), () => {
      this.#telling = null;
      this.#nextTelling = performance.now() + REST_OF_TELLING * (performance.now() - began);
    });
  }

  async #tellStory(): Promise<Story> {
    const isNews = this.#hasNews;
    this.#hasNews = false;
    const spared = await this.#before.keep(this.#unasked);
    const story = await tell(this.#target, this.#evaluation!, () => isNews);
    const held = await this.#held.names([...story.findings, ...this.#unasked]);
    const path = join(this.#target.folder, RECORDING_FILES.folder, RECORDING_FILES.kept);
    const kept: KeptSegments = { analysed: this.#analysed, held, spared };
    replaceFile(path, `${JSON.stringify(kept)}\n`);
    return story;
  }
}

const LATE =
  "For a time records could not be asked between the runs over all of them: findings were told later, by these runs";
