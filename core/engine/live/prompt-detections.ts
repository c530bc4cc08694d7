import type { Case } from "../../case/case.ts";
import { CurrentView, ESTATE_TABLES } from "../../case/current-view.ts";
import { RecentStore } from "../../case/recent-store.ts";
import { inTimeOrder } from "../../contracts/finding-order.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { Detection } from "../../detections/detection.ts";
import { hitFromRow, mergeRepeats } from "../../detections/finding-from-row.ts";
import { DETECTIONS } from "../../detections/index.ts";
import { detectionRows } from "../../detections/judge.ts";
import type { DetectionOptions, DetectionRun } from "../../detections/run.ts";
import { effectiveParameters, runUnsliced } from "../../detections/run.ts";
import type { KeptSlices } from "../../detections/slices.ts";
import { fillSlices, makeEmptySlices, readsActs, withSlices } from "../../detections/slices.ts";
import { assetOfHost } from "../../estate/infer.ts";
import type { RecordType } from "../../records/record-type.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import type { Evaluation } from "../evaluate.ts";
import { optionsOf, scopeOf } from "../evaluate.ts";
import { Proposals } from "./proposals.ts";
import { endedIn } from "./ended-connections.ts";

/** What some detections say of all records up to now. */
export interface PromptAnswer {
  readonly detections: ReadonlySet<string>;
  readonly run: DetectionRun;
}

/** Time that one pass may take, ms: it asks the most severe first, and what is not asked then waits for the next. */
const PASS_MS = 1000;
/** Detections that are asked over all records in one pass. */
const MOST_CONFIRMED = 6;
/** Records are kept for so many turns if a pass keeps its time; fewer if it does not. */
const MOST_TURNS = 900;
const LEAST_TURNS = 5;
/** An event is looked at again for so many turns with what else comes: a connection's row comes behind what was said in it. */
const TURNS_FRESH = 10;

/**
 * Finds within seconds what detections would find at the next run of all of them. Over the latest records and open connections, whose number
 * is bounded, every detection is asked to whose tables rows came. What it proposes and has not proposed before is only a reason to
 * ask that one detection over the whole case, and its answer counts: what is told is what the records say, not a part of them.
 */
export class PromptDetections {
  readonly #target: Case;
  readonly #recent: RecentStore;
  readonly #view: CurrentView;
  readonly #slices: KeptSlices;
  readonly #asked: readonly AskedDetection[];
  readonly #proposals = new Proposals();
  /** Detections to whose tables rows came since they were asked. */
  readonly #due = new Set<AskedDetection>();
  #options: DetectionOptions = {};
  #asset: string | null = null;
  #isEstateNew = false;
  /** Records that came since the last commit, and those that it made visible and that were not taken yet. */
  #arrived: TableChunk[] = [];
  #latest: TableChunk[] = [];
  #turns = 0;
  /** Turn in which rows came last, by table. */
  readonly #changedAt = new Map<string, number>();
  #mostTurns = MOST_TURNS;
  /** How long the last pass took, ms. */
  passMs = 0;

  private constructor(
    target: Case,
    recent: RecentStore,
    view: CurrentView,
    slices: KeptSlices,
    asked: readonly AskedDetection[],
  ) {
    this.#target = target;
    this.#recent = recent;
    this.#view = view;
    this.#slices = slices;
    this.#asked = asked;
  }

  static async make(target: Case): Promise<PromptDetections> {
    const { types } = target.store;
    const tables = types.map(({ name }) => name);
    const named = DETECTIONS.filter(restsOnRecords).map((detection) => ({
      detection,
      needs: detection.needs.map((need) => need.split("|")),
      tables: tablesOf(withSlices(detection.query), tables),
    }));
    const recent = await RecentStore.make(types, namedColumns(types));
    const view = await CurrentView.make(
      target.store,
      types.find(({ name }) => name === "conn")!,
    );
    const slices = await makeEmptySlices(recent);
    const asked = named.map((each) => ({ ...each, query: withSlices(each.detection.query, slices) }));
    return new PromptDetections(target, recent, view, slices, asked);
  }

  /** Turns for which records are looked back at; each is a second or somewhat more. */
  get turnsKept(): number {
    return this.#recent.turnsKept;
  }

  append(chunk: TableChunk): void {
    this.#arrived.push(chunk);
  }

  /** All records so far can be asked for in the case, too: what the latest propose must not be denied because it is not there yet. */
  committed(): void {
    for (const chunk of this.#arrived) this.#latest.push(chunk);
    this.#arrived = [];
  }

  /** Nothing is asked any more: nothing need be kept. */
  forget(): void {
    this.#arrived = [];
    this.#latest = [];
  }

  appendOpen(chunk: TableChunk): void {
    this.#recent.appendOpen(chunk);
    this.#view.appendOpen(chunk);
  }

  /**
   * Makes what came visible.
   * @param addresses Those that records committed since the last turn name.
   */
  async turn(addresses: ReadonlySet<string>): Promise<void> {
    if (this.#isEstateNew) await this.#takeEstate();
    const latest = this.#latest;
    this.#latest = [];
    for (const chunk of latest) this.#recent.append(chunk);
    const ended = latest.flatMap((chunk) => (chunk.table === "conn" ? endedIn(chunk) : []));
    const changed = await this.#recent.turn(ended, this.#mostTurns);
    await this.#view.turn(ended);
    this.#turns++;
    for (const table of changed) this.#changedAt.set(table, this.#turns);
    for (const asked of this.#asked) if (this.#mayAnswer(asked, changed)) this.#due.add(asked);
    if (this.#asset === null || addresses.size === 0) return;
    if (await this.#view.addAssets(addresses, this.#asset))
      await this.#recent.replace("assets", await this.#view.table("assets"));
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
    for (const table of ESTATE_TABLES) await this.#recent.replace(table, await this.#view.table(table));
    this.#asset = assetOfHost(scope);
  }

  /** @returns answers of detections that may have something new to say; null if none has. */
  async pass(): Promise<PromptAnswer | null> {
    if (this.#asset === null || this.#due.size === 0) return null;
    const began = performance.now();
    await fillSlices(this.#recent, this.#slices);
    // Stable: of the same severity, those that wait longest come first.
    const order = [...this.#due].sort((a, b) => severityOf(b) - severityOf(a));
    for (const asked of order) {
      if (performance.now() - began > PASS_MS) break;
      this.#due.delete(asked);
      await this.#look(asked);
    }
    const isLate = this.#due.size > 0;
    this.#mostTurns = isLate
      ? Math.max(LEAST_TURNS, Math.floor(this.turnsKept * 0.8))
      : Math.min(MOST_TURNS, this.#mostTurns + 5);
    const ids = this.#proposals.take(MOST_CONFIRMED, performance.now());
    const chosen = DETECTIONS.filter(({ id }) => ids.has(id));
    const run = chosen.length === 0 ? null : await runUnsliced(this.#view, chosen, this.#options);
    this.passMs = performance.now() - began;
    return run === null ? null : { detections: ids, run };
  }

  /** Says of which detections the answer of `pass` had something new. */
  judged(detections: ReadonlySet<string>, news: ReadonlySet<string>): void {
    this.#proposals.judged(detections, news, performance.now());
  }

  close(): void {
    this.#view.close();
    this.#recent.close();
  }

  /** Whether rows came to a table that a detection needs, or to another that it names while those it needs are fresh. */
  #mayAnswer({ needs, tables }: AskedDetection, changed: ReadonlySet<string>): boolean {
    const ages = needs.map(
      (any) => this.#turns - Math.max(...any.map((table) => this.#changedAt.get(table) ?? -Infinity)),
    );
    if (ages.includes(Infinity)) return false;
    return ages.includes(0) || (Math.min(...ages) <= TURNS_FRESH && tables.some((table) => changed.has(table)));
  }

  /** Asks one detection over the latest records. Where that needs too much memory, the run over all records has to do. */
  async #look({ detection, query }: AskedDetection): Promise<void> {
    const parameters = effectiveParameters(detection, this.#options.parameters?.[detection.id] ?? {}, { words: null });
    try {
      const rows = await detectionRows(this.#recent, { ...detection, query }, parameters);
      const hits = mergeRepeats(rows.map((row) => hitFromRow(detection, parameters, row, NO_NAMES)));
      this.#proposals.propose(detection.id, hits);
    } catch (error) {
      if (!(error instanceof BacktrailError) || error.code !== "out-of-memory") throw error;
    }
  }
}

/** An evaluation in which some detections say what they say now. */
export function withAnswer(evaluation: Evaluation, { detections, run }: PromptAnswer): Evaluation {
  const before = evaluation.run;
  const others = <T extends { readonly detection: string }>(list: readonly T[]) =>
    list.filter(({ detection }) => !detections.has(detection));
  const findings = [...others(before.findings), ...run.findings].sort(inTimeOrder);
  const setAside = [...before.setAside.filter(({ finding }) => !detections.has(finding.detection)), ...run.setAside];
  return {
    ...evaluation,
    run: {
      ...before,
      findings,
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
  /** Tables that must hold rows, of each group one. */
  readonly needs: readonly (readonly string[])[];
  /** Record tables that its query names. */
  readonly tables: readonly string[];
}

function severityOf({ detection }: AskedDetection): number {
  return SEVERITIES.indexOf(detection.severity);
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
