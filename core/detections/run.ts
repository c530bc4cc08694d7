import { inTimeOrder } from "../contracts/finding-order.ts";
import type { AllowEntry, ChangeWindow } from "../contracts/estate.ts";
import type { Finding, SetAside } from "../contracts/finding.ts";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import { FIRST_DAYS } from "../contracts/story.ts";
import type { ChangingDatabase, RecordDatabase } from "../records/record-database.ts";
import { filledTables, jsonRows } from "../records/record-database.ts";
import { allowedBy } from "./allow-list.ts";
import type { Detection } from "./detection.ts";
import { attributeAccounts } from "./attribution.ts";
import { tellAccountsOnce } from "./one-account.ts";
import { tellTicketHolders } from "./ticket-holders.ts";
import type { Asked, Judged, NotEvaluated } from "./judge.ts";
import { askOne, HiddenRecords, judgeTogether, OUT_OF_MEMORY, ROWS_KEPT } from "./judge.ts";
import type { UsualAdministration } from "./scoring.ts";
import { adjustSeverity } from "./scoring.ts";
import type { KeptSlices } from "./slices.ts";
import { dropSlices, makeSlices, readsActs, tellActs, withSlices } from "./slices.ts";

/** A bound that a detection hit. */
export interface DetectionLimit {
  /** Its id, "accounts" where the accounts of findings were looked for. */
  readonly detection: string;
  readonly sentence: string;
}

/** What all detections together found. */
export interface DetectionRun {
  /** In time order. */
  readonly findings: readonly Finding[];
  /** The same before what surrounds each was looked at, and the administration that was taken for usual then: where a few detections are asked anew. */
  readonly alone: readonly Finding[];
  readonly usual: UsualAdministration;
  /** Findings that the allow-list or the backup software's own work explains, with the reason. */
  readonly setAside: readonly SetAside[];
  /** Could not be answered at all. */
  readonly notEvaluated: readonly NotEvaluated[];
  /** Answered, but a part of the evidence was hidden from it. */
  readonly partlyBlind: readonly NotEvaluated[];
  /** From what detections with a baseline learned what is usual, in words. */
  readonly learned: string;
  /** Bounds that were hit, each with a sentence. */
  readonly limits: readonly DetectionLimit[];
  /** Names of addresses that the findings name. */
  readonly hosts: ReadonlyMap<string, string>;
}

export interface DetectionOptions {
  readonly allow?: readonly AllowEntry[];
  /** Parameters that differ from the detections' defaults, by detection id. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Administrators' accounts of the scope. */
  readonly adminAccounts?: readonly string[];
  /** When the scope expects changes. */
  readonly changeWindows?: readonly ChangeWindow[];
  readonly signal?: AbortSignal;
  /** Queries that run at one time; what they answer does not depend on it. */
  readonly lanes?: number;
  /** Tables that hold rows, where that is known: it is asked else, all tables at once. */
  readonly filled?: ReadonlySet<string>;
  /** Names of hosts by address, where they are known: they are asked for else. */
  readonly hosts?: ReadonlyMap<string, string>;
  /**
   * Called as soon as a detection answered with findings that nothing explains. What is said of accounts, and what rests on chance or on other
   * findings, is known at the end only.
   */
  readonly found?: (findings: readonly Finding[]) => void;
  /** Called after each detection. */
  readonly progress?: (done: number, all: number) => void;
}

/**
 * Runs detections over the record tables. All declared tables exist (empty ones too), and `assets`, `asset_roles` and `job_windows` have been written by the estate.
 * @throws BacktrailError `detection.parameter` if `options.parameters` names none, `cancelled` if `signal` is aborted.
 */
export async function runDetections(
  database: ChangingDatabase,
  detections: readonly Detection[],
  options: DetectionOptions = {},
): Promise<DetectionRun> {
  const slices = await makeSlices(
    database,
    detections.map(({ query }) => query),
    () => stopIfCancelled(options.signal),
  );
  try {
    return await runSliced(database, detections, options, slices, database);
  } finally {
    await dropSlices(database);
  }
}

/** Runs detections as `runDetections` does, in a database that is not changed by it. For a few of them, of which none judges by what others found. */
export function runUnsliced(
  database: RecordDatabase,
  detections: readonly Detection[],
  options: DetectionOptions = {},
): Promise<DetectionRun> {
  return runSliced(database, detections, options, new Set(), null);
}

/** @param acts Where what was found is put for detections that judge by it; null where none does. */
async function runSliced(
  database: RecordDatabase,
  detections: readonly Detection[],
  options: DetectionOptions,
  slices: KeptSlices,
  acts: ChangingDatabase | null,
): Promise<DetectionRun> {
  const needs = detections.flatMap((detection) => detection.needs.flatMap(alternatives));
  const tables = options.filled ?? (await filledTables(database, new Set([...ASKED_ALWAYS, ...needs])));
  const isSpanAsked = tables.has("conn") && detections.some(({ learningDays }) => learningDays > 0);
  const spanDays = isSpanAsked ? await evidenceDays(database) : 0;
  const learning = tables.has("learning") ? await learningOf(database) : NOTHING_LEARNED;
  const hosts = options.hosts ?? (tables.has("assets") ? await hostNames(database) : NO_NAMES);
  const hidden = new HiddenRecords(database);
  const ask = async (detection: Detection): Promise<Asked> => {
    stopIfCancelled(options.signal);
    const parameters = effectiveParameters(detection, options.parameters?.[detection.id] ?? {}, learning);
    const reason = whyNotEvaluated(detection, tables, spanDays, learning);
    if (reason !== null) return reason;
    return askOne(database, { ...detection, query: withSlices(detection.query, slices) }, parameters, hosts, hidden);
  };
  let done = 0;
  const judgements = new Map<Detection, Judged>();
  for (const round of [detections.filter((each) => !readsActs(each)), detections.filter(readsActs)]) {
    if (acts !== null && round.length > 0 && readsActs(round[0]!))
      await tellActs(acts, foundBy([...judgements.values()]));
    const asked = await eachInLanes(round, options.lanes ?? LANES, async (detection) => {
      const answer = await ask(detection);
      if (options.found !== undefined && typeof answer !== "string" && "findings" in answer) {
        const { kept } = applyAllowList(foundBy([answer]), options.allow ?? []);
        if (kept.length > 0) options.found(kept);
      }
      options.progress?.(++done, detections.length);
      return answer;
    });
    // What did not fit beside another has the memory for itself now.
    for (const [index, detection] of round.entries())
      if (asked[index] === OUT_OF_MEMORY) asked[index] = await ask(detection);
    for (const [index, judged] of (await judgeTogether(asked)).entries()) judgements.set(round[index]!, judged);
  }
  const raw: Finding[] = [];
  const explained: SetAside[] = [];
  const notEvaluated: NotEvaluated[] = [];
  const partlyBlind: NotEvaluated[] = [];
  const limits: DetectionLimit[] = [];
  for (const detection of detections) {
    const { id, title } = detection;
    const judged = judgements.get(detection)!;
    if (typeof judged === "string") {
      notEvaluated.push({ detection: id, title, reason: judged });
      if (judged === OUT_OF_MEMORY)
        limits.push({ detection: id, sentence: `${id} (${title}) was not evaluated: ${judged}.` });
      continue;
    }
    if (judged.isCut)
      limits.push({
        detection: id,
        sentence: `${id} (${title}) found more than ${ROWS_KEPT} events; the first are kept.`,
      });
    for (const { finding, why } of judged.findings) {
      if (why === null) raw.push(finding);
      else explained.push({ finding, reason: why, by: "backup-software" });
    }
    partlyBlind.push(...judged.blindSpots);
  }
  const told = await withAccounts(database, raw, limits);
  const { kept, allowed } = applyAllowList(tellTicketHolders(told), options.allow ?? []);
  const usual = {
    hosts: await scopeAdminHosts(database),
    accounts: options.adminAccounts ?? [],
    windows: options.changeWindows ?? [],
  };
  const findings = adjustSeverity(kept, usual);
  const named = new Set(findings.flatMap(({ source, target }) => [source, target]));
  return {
    findings: findings.sort(inTimeOrder),
    alone: kept,
    usual,
    setAside: [...allowed, ...explained].sort((a, b) => inTimeOrder(a.finding, b.finding)),
    notEvaluated,
    partlyBlind,
    learned: learning.words ?? FIRST_DAYS,
    limits,
    hosts: new Map([...hosts].filter(([address]) => named.has(address))),
  };
}

/** Findings with the accounts that the records show for them; as they are, and with a limit that says so, where memory does not suffice. */
async function withAccounts(
  database: RecordDatabase,
  findings: readonly Finding[],
  limits: DetectionLimit[],
): Promise<readonly Finding[]> {
  try {
    return await tellAccountsOnce(database, await attributeAccounts(database, findings));
  } catch (error) {
    if (!isProblem(error, "out-of-memory")) throw error;
    const sentence =
      "There are so many log-ons that memory did not suffice to look for the accounts behind findings: those that the findings' own records do not name are not told.";
    limits.push({ detection: "accounts", sentence });
    return findings;
  }
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** What was found and nothing explains. */
function foundBy(judgements: readonly Judged[]): Finding[] {
  return judgements.flatMap((judged) =>
    typeof judged === "string" ? [] : judged.findings.filter(({ why }) => why === null).map(({ finding }) => finding),
  );
}

/** @throws BacktrailError `cancelled` */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BacktrailError("cancelled", "Detection was cancelled; run it again to go on.");
}

const LANES = 2;

/** Works on all items, some at one time, and gives the results in their order. After an error nothing new is begun. */
async function eachInLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      while (next < items.length) {
        const at = next++;
        results[at] = await work(items[at]!);
      }
    } finally {
      next = items.length;
    }
  };
  const all = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const ended of all) if (ended.status === "rejected") throw ended.reason;
  return results;
}

/** From what detections learn what is usual. */
interface Learning {
  /** In words that follow "in"; null where each detection's own first days are meant. */
  readonly words: string | null;
  /** True while nothing but that was seen: nothing can be new. */
  readonly isOn: boolean;
}

const NOTHING_LEARNED: Learning = { words: null, isOn: false };

/** Tables that a run reads itself, if they hold rows. */
const ASKED_ALWAYS = ["conn", "learning", "assets"] as const;

async function learningOf(database: RecordDatabase): Promise<Learning> {
  const [row] = await database.rows(
    "SELECT words, source = 'training' AND ts_until >= (SELECT max(ts) FROM conn) AS is_on FROM learning WHERE ts_until IS NOT NULL",
  );
  if (row === undefined) return NOTHING_LEARNED;
  return { words: String(row["words"]), isOn: row["is_on"] === true };
}

function whyNotEvaluated(
  detection: Detection,
  tables: ReadonlySet<string>,
  spanDays: number,
  learning: Learning,
): string | null {
  const missing = missingRecords(detection, tables);
  if (missing.length > 0) return `the evidence holds no ${missing.join(", ").replaceAll("|", " or ")} records`;
  if (learning.isOn && detection.learningDays > 0)
    return `it learns what is usual in ${learning.words}, which is not over`;
  if (learning.words === null && spanDays <= detection.learningDays && detection.learningDays > 0) {
    const span = spanDays < 2 ? `${(spanDays * 24).toFixed(1)} hours` : `${spanDays.toFixed(1)} days`;
    return `it learns what is usual from the first ${detection.learningDays} days, and the evidence spans ${span}`;
  }
  return null;
}

/** What a detection needs and the tables that hold rows do not give. */
export function missingRecords({ needs }: Detection, filled: ReadonlySet<string>): string[] {
  return needs.filter((need) => !alternatives(need).some((table) => filled.has(table)));
}

/** Tables of a need, any of which will do. */
function alternatives(need: string): string[] {
  return need.split("|");
}

/** A detection's parameters as the scope changes them, with those of what is learned from. */
export function effectiveParameters(
  detection: Detection,
  changed: Readonly<Record<string, string | number>>,
  { words }: Pick<Learning, "words">,
): Record<string, string | number> {
  for (const name of Object.keys(changed)) {
    if (!(name in detection.parameters)) {
      const known = Object.keys(detection.parameters).join(", ") || "none";
      throw new BacktrailError("detection.parameter", `${detection.id} has no parameter "${name}"; it has: ${known}.`);
    }
  }
  const days =
    detection.learningDays || Number(changed["learning_days"] ?? detection.parameters["learning_days"] ?? NaN);
  const learned = words ?? (days > 0 ? `the first ${days} days` : "the evidence before");
  const learning = Number.isNaN(days) ? {} : { learning_days: days, learned };
  return { ...detection.parameters, ...learning, ...changed };
}

function applyAllowList(
  findings: readonly Finding[],
  allow: readonly AllowEntry[],
): { kept: Finding[]; allowed: SetAside[] } {
  const kept: Finding[] = [];
  const allowed: SetAside[] = [];
  for (const finding of findings) {
    const entry = allow.find((candidate) => allowedBy(finding, candidate));
    if (entry === undefined) kept.push(finding);
    else allowed.push({ finding, reason: entry.reason, by: "allow-list" });
  }
  return { kept, allowed };
}

async function evidenceDays(database: RecordDatabase): Promise<number> {
  const rows = await jsonRows(database, "SELECT (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 86400e9 AS days FROM conn");
  return Number(rows[0]?.["days"] ?? 0);
}

/** Names of hosts by address. */
export async function hostNames(database: RecordDatabase): Promise<ReadonlyMap<string, string>> {
  const rows = await jsonRows(database, "SELECT address, name FROM assets WHERE name IS NOT NULL ORDER BY address", {
    limit: 50_000,
  });
  return new Map(rows.map((row) => [String(row["address"]), String(row["name"])]));
}

async function scopeAdminHosts(database: RecordDatabase): Promise<Set<string>> {
  const rows = await jsonRows(
    database,
    "SELECT DISTINCT address FROM asset_roles WHERE role IN ('jump-host', 'console') AND source = 'scope'",
  );
  return new Set(rows.map((row) => String(row["address"])));
}
