import { dirname, join } from "node:path";
import type { Case } from "../../case/case.ts";
import { CurrentView, ESTATE_TABLES } from "../../case/current-view.ts";
import { inTimeOrder } from "../../contracts/finding-order.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import { isProblem } from "../../contracts/result.ts";
import type { Detection } from "../../detections/detection.ts";
import { hitFromRow, mergeRepeats } from "../../detections/finding-from-row.ts";
import { DETECTIONS } from "../../detections/index.ts";
import { detectionRows } from "../../detections/judge.ts";
import type { DetectionOptions, DetectionRun } from "../../detections/run.ts";
import { effectiveParameters, runUnsliced } from "../../detections/run.ts";
import { adjustSeverity } from "../../detections/scoring.ts";
import type { KeptSlices } from "../../detections/slices.ts";
import { readsActs, slicesOf, withSlices } from "../../detections/slices.ts";
import { assetOfHost } from "../../estate/infer.ts";
import type { RecordType } from "../../records/record-type.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import type { Evaluation } from "../evaluate.ts";
import { optionsOf, scopeOf } from "../evaluate.ts";
import { endedIn } from "./ended-connections.ts";
import { LatestRecords } from "./latest-records.ts";
import { Proposals } from "./proposals.ts";
import type { TellingValues } from "./telling-values.ts";
import { ArrivedValues, tellingValues } from "./telling-values.ts";

/** What some detections say of all records up to now. */
export interface PromptAnswer {
  readonly detections: ReadonlySet<string>;
  readonly run: DetectionRun;
  /** How long it took to get it. */
  readonly ms: number;
}

/** Time for which detections are asked in one pass, ms: what is not asked then waits for the next. */
const PASS_MS = 800;
/** Less is kept if asking all that is due would take so many passes. */
const MOST_PASSES = 3;
/** A pass that has something to ask all records about ends after this, ms. */
const SHORT_PASS_MS = 250;
/** Detections that are asked over all records in one pass. */
const MOST_CONFIRMED = 8;
/** An event is looked at again for so many turns with what else comes: a connection's row comes behind what was said in it. */
const TURNS_FRESH = 10;
/** One to whose tables rows come all the time is not asked for so many times what it took, up to the most, ms. */
const REST_OF_ASKED = 200;
const MOST_REST_MS = 3000;
/** Weight of the last turn in how usual it is that rows come to a table, and from where on it is usual. */
const USUAL_WEIGHT = 0.1;
const USUAL = 0.5;
/** What a detection is thought to take before it was asked, ms, and the weight of its last time. */
const FIRST_COST_MS = 5;
const COST_WEIGHT = 0.3;
/** Rows that may wait to be taken. Where they are not, as for lack of memory, they are let go: the run over all records has them. */
const MOST_WAITING = 200_000;

/**
 * Finds within seconds what detections would find at the next run of all of them. Over the latest records and open connections, whose number
 * is bounded, every detection is asked to whose tables rows came. What it proposes and has not proposed before is only a reason to
 * ask that one detection over the whole case, and its answer counts: what is told is what the records say, not a part of them.
 */
export class PromptDetections {
  readonly #target: Case;
  readonly #latest: LatestRecords;
  readonly #view: CurrentView;
  readonly #asked: readonly AskedDetection[];
  readonly #proposals = new Proposals();
  /** Detections to whose tables rows came since they were asked, and when the first of these came, ms. */
  readonly #due = new Map<AskedDetection, number>();
  #options: DetectionOptions = {};
  #asset: string | null = null;
  #isEstateNew = false;
  /** Records that came since the last commit, those that it made visible and that were not taken yet, and rows of open connections. */
  #arrived: TableChunk[] = [];
  #visible: TableChunk[] = [];
  #open: TableChunk[] = [];
  #rowsWaiting = 0;
  #turns = 0;
  /** Turn in which rows came last, by table, and those that tell a detection. */
  readonly #changedAt = new Map<string, number>();
  /** In what part of the turns of late they came. */
  readonly #usual = new Map<string, number>();
  /** True if memory did not suffice for a question. */
  #isShort = false;

  private constructor(target: Case, latest: LatestRecords, view: CurrentView, asked: readonly AskedDetection[]) {
    this.#target = target;
    this.#latest = latest;
    this.#view = view;
    this.#asked = asked;
  }

  static async make(target: Case): Promise<PromptDetections> {
    const { types } = target.store;
    const tables = types.map(({ name }) => name);
    const conn = types.find(({ name }) => name === "conn")!;
    const view = await CurrentView.make(target.store, conn);
    const path = join(dirname(target.store.exportFolder), "latest-records.duckdb");
    const latest = await LatestRecords.make(path, types, namedColumns(types), async (store) => {
      for (const table of ESTATE_TABLES) await store.replace(table, await view.table(table));
      await store.takeOpen(await view.openRows(store.connType));
    });
    const asked = DETECTIONS.filter(restsOnRecords).map((detection) => ({
      detection,
      query: withSlices(detection.query, latest.slices),
      ...reasonsOf(detection, types),
      slices: slicesOf(detection.query),
      tables: tablesOf(withSlices(detection.query), tables),
      costMs: FIRST_COST_MS,
      isRare: false,
      notBefore: 0,
    }));
    return new PromptDetections(target, latest, view, asked);
  }

  append(chunk: TableChunk): void {
    this.#arrived.push(chunk);
    this.#waits(chunk.rows);
  }

  appendOpen(chunk: TableChunk): void {
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
    if (this.#isEstateNew) await this.#takeEstate();
    if (this.#visible.length + this.#open.length + addresses.size === 0) return;
    const [visible, open] = [this.#visible, this.#open];
    [this.#visible, this.#open] = [[], []];
    this.#rowsWaiting = this.#arrived.reduce((sum, { rows }) => sum + rows, 0);
    const ended = visible.flatMap((chunk) => (chunk.table === "conn" ? endedIn(chunk) : []));
    for (const chunk of open) this.#view.appendOpen(chunk);
    await this.#view.turn(ended);
    const changed = await this.#latest.turn(visible, open, ended);
    this.#turns++;
    const reasons = this.#reasonsIn(changed, new ArrivedValues([...visible, ...open]));
    for (const reason of reasons) this.#changedAt.set(reason, this.#turns);
    const now = performance.now();
    const rare = this.#rareOf(reasons);
    for (const asked of this.#asked) {
      if (!this.#mayAnswer(asked, reasons)) continue;
      if (!this.#due.has(asked)) this.#due.set(asked, now);
      asked.isRare ||= asked.needs.some((any) => any.some((reason) => rare.has(reason)));
    }
    if (this.#asset === null || addresses.size === 0) return;
    if (await this.#view.addAssets(addresses, this.#asset))
      await this.#latest.store.replace("assets", await this.#view.table("assets"));
  }

  /** What is worked out from all records is new; it is taken over at the next turn. Before the first time nothing is found. */
  estateChanged(): void {
    this.#isEstateNew = true;
  }

  async #takeEstate(): Promise<void> {
    this.#isEstateNew = false;
    const scope = scopeOf(this.#target.scope(), "scope.yaml");
    this.#options = optionsOf(scope);
    await this.#view.takeEstate();
    for (const table of ESTATE_TABLES) await this.#latest.store.replace(table, await this.#view.table(table));
    this.#asset = assetOfHost(scope);
  }

  /** @returns answers of detections that may have something new to say; null if none has. */
  async pass(): Promise<PromptAnswer | null> {
    const began = performance.now();
    const ready = this.#inOrder(began);
    if (this.#asset === null || (ready.length === 0 && !this.#proposals.isOpen(began))) return null;
    const cost = ready.reduce((sum, { costMs }) => sum + costMs, 0);
    this.#latest.isLate(cost > MOST_PASSES * PASS_MS);
    for (const asked of ready) {
      const now = performance.now();
      const isOver = now - began > (this.#proposals.isOpen(now) ? SHORT_PASS_MS : PASS_MS);
      if (isOver || this.#isShort) break;
      this.#due.delete(asked);
      await this.#look(asked);
    }
    const ids = this.#proposals.take(MOST_CONFIRMED, performance.now());
    const chosen = DETECTIONS.filter(({ id }) => ids.has(id));
    const from = performance.now();
    const run = chosen.length === 0 ? null : await runUnsliced(this.#view, chosen, this.#options);
    if (this.#isShort) await this.#latest.relieve();
    this.#isShort = false;
    return run === null ? null : { detections: ids, run, ms: performance.now() - from };
  }

  /** True if there is more to ask that may be of something new. */
  get isUrgent(): boolean {
    if (this.#asset === null) return false;
    return this.#proposals.isOpen(performance.now()) || [...this.#due.keys()].some(({ isRare }) => isRare);
  }

  /** Says of which detections the answer of `pass` had something new. */
  judged({ detections, ms }: PromptAnswer, news: ReadonlySet<string>): void {
    this.#proposals.judged(detections, news, performance.now(), ms / detections.size);
  }

  close(): void {
    this.#view.close();
    this.#latest.close();
  }

  #waits(rows: number): void {
    this.#rowsWaiting += rows;
    if (this.#rowsWaiting <= MOST_WAITING) return;
    this.#rowsWaiting = 0;
    [this.#arrived, this.#visible, this.#open] = [[], [], []];
  }

  /**
   * Those first whose tables seldom get rows: traffic as always brings them to the others all the time, so these rest in between. Then those that
   * wait longest, of these the most severe, and of these the cheapest.
   */
  #inOrder(now: number): readonly AskedDetection[] {
    return [...this.#due]
      .filter(([{ isRare, notBefore }]) => isRare || notBefore <= now)
      .sort(
        ([a, aSince], [b, bSince]) =>
          Number(b.isRare) - Number(a.isRare) ||
          aSince - bSince ||
          severityOf(b) - severityOf(a) ||
          a.costMs - b.costMs,
      )
      .map(([asked]) => asked);
  }

  /** The tables to which rows came, and where these have what tells a detection, that too. */
  #reasonsIn(changed: ReadonlySet<string>, arrived: ArrivedValues): ReadonlySet<string> {
    const told = this.#asked.flatMap(({ telling }) => [...telling]);
    const came = told.filter(([, values]) => changed.has(values.table) && arrived.has(values));
    return new Set([...changed, ...came.map(([reason]) => reason)]);
  }

  /** Those that seldom come. */
  #rareOf(reasons: ReadonlySet<string>): ReadonlySet<string> {
    for (const reason of this.#changedAt.keys()) {
      const before = this.#usual.get(reason) ?? 0;
      this.#usual.set(reason, before + USUAL_WEIGHT * (Number(reasons.has(reason)) - before));
    }
    return new Set([...reasons].filter((reason) => (this.#usual.get(reason) ?? 0) < USUAL));
  }

  /** Whether rows came that a detection needs, or to another table that it names while those it needs are fresh. */
  #mayAnswer({ needs, tables }: AskedDetection, reasons: ReadonlySet<string>): boolean {
    const ages = needs.map(
      (any) => this.#turns - Math.max(...any.map((reason) => this.#changedAt.get(reason) ?? -Infinity)),
    );
    if (ages.includes(Infinity)) return false;
    return ages.includes(0) || (Math.min(...ages) <= TURNS_FRESH && tables.some((table) => reasons.has(table)));
  }

  /** Asks one detection over the latest records. Where that needs too much memory, the run over all records has to do. */
  async #look(asked: AskedDetection): Promise<void> {
    const { detection, query } = asked;
    const parameters = effectiveParameters(detection, this.#options.parameters?.[detection.id] ?? {}, { words: null });
    const began = performance.now();
    asked.isRare = false;
    try {
      await this.#latest.fill(asked.slices);
      const rows = await detectionRows(this.#latest.store, { ...detection, query }, parameters);
      const hits = mergeRepeats(rows.map((row) => hitFromRow(detection, parameters, row, NO_NAMES)));
      this.#proposals.propose(detection.id, hits);
    } catch (error) {
      if (!isProblem(error, "out-of-memory")) throw error;
      this.#isShort = true;
    }
    const now = performance.now();
    asked.costMs += COST_WEIGHT * (now - began - asked.costMs);
    asked.notBefore = now + Math.min(MOST_REST_MS, REST_OF_ASKED * asked.costMs);
  }
}

/** An evaluation in which some detections say what they say now. */
export function withAnswer(evaluation: Evaluation, { detections, run }: PromptAnswer): Evaluation {
  const before = evaluation.run;
  const others = <T extends { readonly detection: string }>(list: readonly T[]) =>
    list.filter(({ detection }) => !detections.has(detection));
  const alone = [...others(before.alone), ...run.alone];
  const setAside = [...before.setAside.filter(({ finding }) => !detections.has(finding.detection)), ...run.setAside];
  return {
    ...evaluation,
    run: {
      ...before,
      // What is found now may make more severe what was found before.
      findings: adjustSeverity(alone, run.usual).sort(inTimeOrder),
      alone,
      setAside: setAside.sort((a, b) => inTimeOrder(a.finding, b.finding)),
      notEvaluated: [...others(before.notEvaluated), ...run.notEvaluated],
      partlyBlind: [...others(before.partlyBlind), ...run.partlyBlind],
      hosts: new Map([...before.hosts, ...run.hosts]),
    },
  };
}

interface AskedDetection {
  readonly detection: Detection;
  readonly query: string;
  /** Tables that must hold rows, of each group one; where its query says which rows of a table, a name for these. */
  readonly needs: readonly (readonly string[])[];
  readonly telling: ReadonlyMap<string, TellingValues>;
  readonly slices: KeptSlices;
  /** Record tables that its query names. */
  readonly tables: readonly string[];
  /** How long it takes to ask it, about, ms. */
  costMs: number;
  /** True if rows came to a table that it needs and that seldom gets any. */
  isRare: boolean;
  /** Not asked before this, ms, unless it is rare. */
  notBefore: number;
}

function severityOf({ detection }: AskedDetection): number {
  return SEVERITIES.indexOf(detection.severity);
}

/** What a detection needs, and by which values it is told to have come. */
function reasonsOf(detection: Detection, types: readonly RecordType[]): Pick<AskedDetection, "needs" | "telling"> {
  const told = toldBy(detection, types);
  const reasonFor = (table: string) => (told.has(table) ? `${table} for ${detection.id}` : table);
  const needs = detection.needs.map((need) => need.split("|").map(reasonFor));
  return { needs, telling: new Map([...told].map(([table, values]) => [reasonFor(table), values])) };
}

/** Values that tell which rows of its tables a detection is to be asked for, by table. */
export function toldBy({ query }: Detection, types: readonly RecordType[]): ReadonlyMap<string, TellingValues> {
  const whole = withSlices(query);
  const names = types.map(({ name }) => name);
  const named = new Set(tablesOf(whole, names));
  return tellingValues(
    whole,
    types.filter(({ name }) => named.has(name)),
  );
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/**
 * Whether new records alone can make it find something: what is worked out from all of them (transfers, jobs) is as old as the last run over
 * all, and what is judged by chance or by what others found is judged together with all others.
 */
function restsOnRecords(detection: Detection): boolean {
  return (
    !readsActs(detection) &&
    !/\b(FROM|JOIN)\s+(transfers|jobs|job_runs|manifests|manifest_entries)\b|\bAS chance\b/i.test(detection.query)
  );
}

/** Columns that detections name, by the tables that they name. */
export function namedColumns(types: readonly RecordType[]): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, Set<string>>();
  const tables = types.map(({ name }) => name);
  for (const { query } of DETECTIONS) {
    const whole = withSlices(query);
    const named = new Set(tablesOf(whole, tables));
    const words = new Set(whole.match(/[A-Za-z_][\w.]*/g)?.flatMap(partsOf));
    for (const { name, columns } of types) {
      if (!named.has(name)) continue;
      const own = Object.keys(columns).filter((column) => words.has(column));
      wanted.set(name, new Set([...(wanted.get(name) ?? []), ...own]));
    }
  }
  return wanted;
}

/** "c.orig_bytes" may be a column of that name, or the column behind an alias. */
function partsOf(word: string): string[] {
  return [word, word.slice(word.indexOf(".") + 1)];
}

function tablesOf(query: string, tables: readonly string[]): string[] {
  return tables.filter((table) => new RegExp(`(\\bFROM|\\bJOIN|,)\\s+"?${table}\\b`, "i").test(query));
}
