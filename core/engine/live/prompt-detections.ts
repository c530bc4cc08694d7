import { dirname, join } from "node:path";
import type { Case } from "../../case/case.ts";
import type { CurrentView } from "../../case/current-view.ts";
import { ESTATE_TABLES } from "../../case/current-view.ts";
import type { RecordPlace } from "../../case/query.ts";
import { isProblem } from "../../contracts/result.ts";
import { hitFromRow, mergeRepeats, withHonestTitle } from "../../detections/finding-from-row.ts";
import { detectionRows } from "../../detections/judge.ts";
import type { Detection } from "../../detections/detection.ts";
import type { DetectionOptions } from "../../detections/run.ts";
import { effectiveParameters, hostNames, stopIfCancelled } from "../../detections/run.ts";
import { withSlices } from "../../detections/slices.ts";
import { lowerRefused } from "../../detections/scoring.ts";
import { assetOfHost } from "../../estate/infer.ts";
import { filledTables } from "../../records/record-database.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import type { Finding } from "../../contracts/finding.ts";
import { optionsOf, scopeOf } from "../evaluate.ts";
import { AllRecords } from "./all-records.ts";
import type { AskedDetection } from "./asked-detections.ts";
import { askedDetections, learnTelling, namedColumns } from "./asked-detections.ts";
import { DueDetections } from "./due-detections.ts";
import { endedIn } from "./ended-connections.ts";
import { LatestRecords } from "./latest-records.ts";
import type { PromptAnswer } from "./prompt-answer.ts";
import { Proposals } from "./proposals.ts";
import { tellingRows } from "./telling-rows.ts";
import { ToldEvents } from "./told-events.ts";
import { WorkedOutRecords } from "./worked-out-records.ts";

/** Time for which detections are asked in one pass, ms: what is not asked then waits for the next. */
const PASS_MS = 800;
/** Less is kept if asking all that is due would take so many passes. */
const MOST_PASSES = 3;
/** A pass that has something to tell ends after this, ms. */
const SHORT_PASS_MS = 250;
/** Rows that may wait to be taken. Where they are not, as for lack of memory, they are let go: the run over all records has them. */
const MOST_WAITING = 200_000;

/** How far asking the latest records is: the last question under way. */
interface Looking {
  isOver: boolean;
  last: Promise<void>;
}

/**
 * Finds within seconds what detections would find at the next run of all of them. Over the latest records and open connections, whose number
 * is bounded, every detection is asked to whose tables rows came. What it proposes and has not proposed before is only a reason to
 * ask that one detection over the whole case, and its answer counts: what is told is what the records say, not a part of them.
 */
export class PromptDetections {
  /** Rows that came, of records and of connections that are open. */
  rowsCame = 0;
  readonly #target: Case;
  readonly #latest: LatestRecords;
  readonly #all: AllRecords;
  readonly #workedOut: WorkedOutRecords;
  readonly #due: DueDetections;
  readonly #proposals = new Proposals();
  readonly #told = new ToldEvents();
  #options: DetectionOptions = {};
  /** Names of hosts. */
  #hosts: ReadonlyMap<string, string> = new Map();
  #asset: string | null = null;
  #isEstateNew = false;
  /** Roles of hosts, as the estate was taken last. */
  #roles: ReadonlyMap<string, string> = new Map();
  /** Records that came since the last commit, those that it made visible and that were not taken yet, and rows of open connections. */
  #arrived: TableChunk[] = [];
  #visible: TableChunk[] = [];
  #open: TableChunk[] = [];
  /** Tables of the case that hold rows. */
  #filled = new Set<string>();
  #rowsWaiting = 0;
  /** Conditions of rows that tell detections, by table. */
  readonly #conditions = new Map<string, string[]>();
  /** True if memory did not suffice for a question. */
  #isShort = false;
  /** True if a question failed otherwise, so that its database may not answer any more, or that has connections as open that ended. */
  #isFaulty = false;
  readonly #notSaid: string[] = [];
  #isClosed = false;

  private constructor(
    target: Case,
    latest: LatestRecords,
    all: AllRecords,
    workedOut: WorkedOutRecords,
    due: DueDetections,
  ) {
    this.#target = target;
    this.#latest = latest;
    this.#all = all;
    this.#workedOut = workedOut;
    this.#due = due;
  }

  static async make(target: Case): Promise<PromptDetections> {
    const { types } = target.store;
    const all = await AllRecords.make(target.store);
    const path = join(dirname(target.store.exportFolder), "latest-records.duckdb");
    const latest = await LatestRecords.make(path, types, namedColumns(types), (store) =>
      all.do(async (view) => {
        for (const table of ESTATE_TABLES) await store.replace(table, await view.table(table));
        for (const type of store.openTypes) await store.takeOpen(type.name, await view.openRows(type));
      }),
    );
    const workedOut = await WorkedOutRecords.make(target);
    const due = new DueDetections(askedDetections(types, latest.slices));
    return new PromptDetections(target, latest, all, workedOut, due);
  }

  append(chunk: TableChunk): void {
    if (this.#isClosed) return;
    this.#arrived.push(chunk);
    this.#waits(chunk.rows);
  }

  appendOpen(chunk: TableChunk): void {
    if (this.#isClosed) return;
    this.#open.push(chunk);
    this.#waits(chunk.rows);
  }

  /** All records so far can be asked for in the case, too: what the latest propose must not be denied because it is not there yet. */
  committed(): void {
    for (const chunk of this.#arrived) this.#visible.push(chunk);
    this.#arrived = [];
  }

  /**
   * Makes what came visible, if anything did.
   * @param addresses Those that records committed since the last turn name.
   */
  async turn(addresses: ReadonlySet<string>): Promise<void> {
    const fresh = this.#showAll(this.#visible, addresses);
    if (this.#isEstateNew) await this.#takeEstate();
    if (this.#visible.length + this.#open.length + addresses.size === 0) return;
    const [visible, open] = [this.#visible, this.#open];
    [this.#visible, this.#open] = [[], []];
    this.#rowsWaiting = this.#arrived.reduce((sum, { rows }) => sum + rows, 0);
    const arrived = await this.#latest.turn(visible, open, endedIn(visible), this.#conditions);
    for (const table of arrived.tables) this.#filled.add(table);
    this.#due.came(arrived, performance.now());
    if (this.#asset === null || fresh.length === 0) return;
    if ((await this.#latest.store.addAssets(fresh, this.#asset)) > 0) this.#filled.add("assets");
  }

  /** Gives records that came, and connections that are open, to who asks all records. @returns addresses that the estate may lack. */
  #showAll(records: readonly TableChunk[], addresses: ReadonlySet<string>): readonly string[] {
    this.#workedOut.take(records, this.#open);
    return this.#all.take(records, this.#open, addresses);
  }

  /** What is worked out from all records is new; it is taken over at the next turn. Before the first time nothing is found. */
  estateChanged(): void {
    this.#isEstateNew = true;
    this.#all.estateChanged();
  }

  async #takeEstate(): Promise<void> {
    this.#isEstateNew = false;
    const scope = scopeOf(this.#target.scope(), "scope.yaml");
    const before = JSON.stringify(this.#options.parameters ?? {});
    this.#options = optionsOf(scope);
    if (JSON.stringify(this.#options.parameters ?? {}) !== before) this.#forgetTelling();
    const tables = [...this.#target.store.types.map(({ name }) => name), ...ESTATE_TABLES];
    const asset = assetOfHost(scope);
    const touched = await this.#onAll(async (view) => {
      await this.#all.takeEstate(view, asset);
      this.#filled = await filledTables(view, new Set(tables));
      for (const table of ESTATE_TABLES) await this.#latest.store.replace(table, await view.table(table));
      this.#hosts = await hostNames(view);
      const roles = await rolesOf(view);
      const open = await view.openAddresses();
      const isTouched = open.some((address) => roles.get(address) !== this.#roles.get(address));
      this.#roles = roles;
      return isTouched;
    });
    this.#asset = asset;
    if (touched) this.#due.rolesChanged(performance.now());
  }

  /** @returns answers of detections that may have something new to say, in the order in which they were asked. */
  async pass(): Promise<readonly PromptAnswer[]> {
    const began = performance.now();
    if (this.#asset === null) {
      await this.#learnAhead(began);
      return [];
    }
    const ready = this.#due.inOrder(began);
    if (ready.length === 0 && !this.#proposals.isOpen(began)) {
      await this.#learnAhead(began);
      return [];
    }
    const cost = ready.reduce((sum, { costMs }) => sum + costMs, 0);
    this.#latest.isLate(cost > MOST_PASSES * PASS_MS);
    const answers: PromptAnswer[] = [];
    const looking = { isOver: false, last: Promise.resolve() };
    // All records are asked beside the latest, as these are in a database of their own.
    const work = [this.#lookAt(ready, began, answers, looking), this.#confirm(began, answers, looking)];
    // Neither is left behind: who closes the databases waits for this.
    await Promise.allSettled(work);
    await Promise.all(work);
    const [isFaulty, isShort] = [this.#isFaulty, this.#isShort];
    this.#isFaulty = this.#isShort = false;
    if (isFaulty) await this.#latest.renew();
    else if (isShort) await this.#latest.relieve();
    return answers;
  }

  /** Asks the latest records, until the time is over, or sooner where there is something to tell. */
  async #lookAt(
    ready: readonly AskedDetection[],
    began: number,
    answers: readonly PromptAnswer[],
    looking: Looking,
  ): Promise<void> {
    try {
      for (const asked of ready) {
        if (
          this.#isFaulty ||
          this.#isShort ||
          performance.now() - began > (answers.length > 0 ? SHORT_PASS_MS : PASS_MS)
        )
          break;
        this.#due.begin(asked);
        looking.last = this.#look(asked);
        await looking.last;
      }
    } finally {
      looking.isOver = true;
    }
  }

  /** Asks all records what the latest propose, one detection after another. */
  async #confirm(began: number, answers: PromptAnswer[], looking: Looking): Promise<void> {
    for (;;) {
      const now = performance.now();
      if (looking.isOver && answers.length > 0 && now - began > PASS_MS) return;
      const id = this.#proposals.take(now);
      if (id === null) {
        if (looking.isOver) return;
        await looking.last;
        continue;
      }
      const options = { ...this.#options, filled: this.#filled, hosts: this.#hosts };
      answers.push(await this.#onAll((view) => this.#all.ask(view, id, options)));
    }
  }

  /**
   * Asks all records and the connections that are open some detections, by the estate as the case has it now. Those are left out that are asked of ended connections
   * alone.
   * @param told Takes each answer.
   */
  async ask(
    detections: Iterable<string>,
    told: (answer: PromptAnswer) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const wanted = new Set(detections);
    if (this.#isClosed || this.#asset === null || wanted.size === 0) return;
    const scope = scopeOf(this.#target.scope(), "scope.yaml");
    const options = optionsOf(scope);
    const { asked } = this.#workedOut;
    if (asked.some(({ id }) => wanted.has(id))) told(await this.#workedOut.ask(signal));
    const others = this.#due.all.filter(({ detection }) => wanted.has(detection.id) && !asked.includes(detection));
    for (const [place, { detection }] of others.entries()) {
      if (this.#isClosed) return;
      // Who is not asked seems to find nothing any more.
      stopIfCancelled(signal);
      const answer = await this.#onAll(async (view) => {
        if (place === 0) await this.#all.takeEstate(view, assetOfHost(scope));
        return this.#all.ask(view, detection.id, options);
      });
      told(answer);
    }
  }

  /** Asks what rests on what is worked out of all records. */
  askOfAllRecords(signal: AbortSignal): Promise<PromptAnswer> {
    return this.#workedOut.ask(signal);
  }

  /** Where records of connections that are open lie up to now. */
  async placesOfOpen(rids: readonly string[]): Promise<readonly RecordPlace[]> {
    return this.#isClosed ? [] : this.#onAll((view) => view.placesOfOpen(rids));
  }

  /** Does something with all records. What ended and is in the case may wait here for the latest records. */
  #onAll<T>(work: (view: CurrentView) => Promise<T>): Promise<T> {
    return this.#all.do(work, () => this.#visible);
  }

  /** True if there is more to ask that may be of something new, or that waits for long. */
  get isUrgent(): boolean {
    const now = performance.now();
    if (this.#asset === null) return false;
    return this.#proposals.isOpen(now) || this.#due.isUrgent(now);
  }

  /** Says whether an answer of `pass` had something new. */
  judged({ detections, ms }: PromptAnswer, isNews: boolean): void {
    const now = performance.now();
    if (isNews) for (const asked of this.#due.all) if (detections.includes(asked.detection.id)) asked.newsAt = now;
    for (const id of detections) this.#proposals.judged(id, isNews, now, ms);
  }

  /** Takes what detections find in all records now, before what surrounds it was looked at. */
  told(detections: Iterable<string>, alone: readonly Finding[]): void {
    this.#told.replace(detections, alone);
  }

  /** Takes findings that were told and do not stand any more. */
  withdrawn(gone: readonly Finding[]): void {
    this.#proposals.forget(gone.flatMap(({ detection, also }) => [detection, ...also.map((other) => other.detection)]));
  }

  /** Gives all memory back; what comes then is left to the run over all records. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    [this.#arrived, this.#visible, this.#open] = [[], [], []];
    await Promise.all([this.#all.close(), this.#workedOut.close()]);
    await this.#latest.close();
  }

  #waits(rows: number): void {
    this.rowsCame += rows;
    this.#rowsWaiting += rows;
    if (this.#rowsWaiting <= MOST_WAITING) return;
    this.#rowsWaiting = 0;
    // What is let go may end connections, which would be open for ever and so be there twice.
    this.#showAll([...this.#visible, ...this.#arrived], NO_ADDRESSES);
    this.#isFaulty = true;
    [this.#arrived, this.#visible, this.#open] = [[], [], []];
  }

  /** With other parameters other rows may tell them. */
  #forgetTelling(): void {
    this.#conditions.clear();
    for (const asked of this.#due.all) asked.telling = null;
  }

  /** Looks at which rows tell detections, while there is none to ask. */
  async #learnAhead(began: number): Promise<void> {
    for (const asked of this.#due.all) {
      if (performance.now() - began > PASS_MS || this.#isClosed) return;
      if (asked.telling !== null) continue;
      try {
        await this.#learn(asked);
      } catch {
        // It is told when the detection is asked, and the others can be asked till then.
        return;
      }
    }
  }

  /** Looks at which rows tell a detection. */
  async #learn(asked: AskedDetection): Promise<void> {
    const { detection, named } = asked;
    const telling = await tellingRows(
      this.#latest.store,
      withSlices(detection.query),
      this.#parametersOf(detection),
      named,
    );
    learnTelling(asked, telling);
    for (const [table, { conditions }] of telling)
      this.#conditions.set(table, [...new Set([...(this.#conditions.get(table) ?? []), ...conditions])]);
  }

  /** Leaves one out that failed, for a time: the others go on, and the run over all records asks it, too. */
  #leaveOut(asked: AskedDetection, error: unknown): void {
    this.#isFaulty = true;
    const { id } = asked.detection;
    const why = error instanceof Error ? error.message : String(error);
    if (this.#due.leaveOut(asked, performance.now()))
      this.#notSaid.push(
        `${id} could not be asked over the latest records by itself: what it finds was told later, by the runs over all records (${why}).`,
      );
  }

  /** What is to be said of detections that could not be asked, once each. */
  takeRefusals(): readonly string[] {
    return this.#notSaid.splice(0);
  }

  #parametersOf(detection: Detection): Record<string, string | number> {
    return effectiveParameters(detection, this.#options.parameters?.[detection.id] ?? {}, { words: null });
  }

  /** Asks one detection over the latest records. Where that needs too much memory, the run over all records has to do. */
  async #look(asked: AskedDetection): Promise<void> {
    const { detection, query } = asked;
    const parameters = this.#parametersOf(detection);
    let began = performance.now();
    try {
      if (asked.telling === null) {
        await this.#learn(asked);
        began = performance.now();
      }
      await this.#latest.fill(asked.slices);
      const rows = await detectionRows(this.#latest.store, { ...detection, query }, parameters);
      const findings = mergeRepeats(rows.map((row) => hitFromRow(detection, parameters, row, NO_NAMES)))
        .filter(({ explained }) => explained === null)
        .map(({ finding }) => withHonestTitle(lowerRefused(finding)));
      const news = findings.filter((finding) => !this.#told.has(finding));
      this.#proposals.propose(detection.id, news, performance.now());
    } catch (error) {
      if (isProblem(error, "out-of-memory")) this.#isShort = true;
      else this.#leaveOut(asked, error);
    }
    const now = performance.now();
    this.#due.end(asked, now - began, now);
  }
}

/** Roles by address, as a text each. */
async function rolesOf(view: CurrentView): Promise<ReadonlyMap<string, string>> {
  const rows = await view.rows(
    "SELECT address, string_agg(DISTINCT role, ' ' ORDER BY role) AS roles FROM asset_roles GROUP BY address",
  );
  return new Map(rows.map(({ address, roles }) => [address as string, roles as string]));
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();
const NO_ADDRESSES: ReadonlySet<string> = new Set();
