import type { Detection } from "../../detections/detection.ts";
import { DETECTIONS } from "../../detections/index.ts";
import type { KeptSlices } from "../../detections/slices.ts";
import { readsActs, slicesOf, withSlices } from "../../detections/slices.ts";
import type { RecordType } from "../../records/record-type.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import type { ArrivedRows, TellingRows } from "./telling-rows.ts";
import { cameIn, namedTables } from "./telling-rows.ts";

/** What a detection is thought to take before it was asked, ms. */
const FIRST_COST_MS = 5;
/** An event is looked at again for so many turns with what else comes: a connection's row comes behind what was said in it. */
const TURNS_FRESH = 10;
/** Weight of the last turn in how usual it is that rows come that tell a detection, and from where on it is usual. */
const USUAL_WEIGHT = 0.1;
const USUAL = 0.5;
const MOST_AGE = Number.MAX_VALUE;
/** What came in no turn before the first counts so many times. */
const TURNS_BEFORE = 2;

/** Rows of a kind: how many turns ago some came, 0 for the last, and in what part of the turns of late some did. */
interface Sign {
  age: number;
  usual: number;
}

/** In which turns rows of a table came: how many ago some that may change the answer. */
interface Reason {
  age: number;
  /** Such as the detection picks out, and those of them that are of an act not seen before. */
  readonly told: Sign;
  readonly first: Sign;
}

/** A detection that is asked over the latest records. */
export interface AskedDetection {
  readonly detection: Detection;
  readonly query: string;
  readonly slices: KeptSlices;
  /** Record tables that its query names, and how often it does. */
  readonly named: ReadonlyMap<string, number>;
  /** Which rows of them tell it; null before that was looked at: then all do. */
  telling: ReadonlyMap<string, TellingRows> | null;
  readonly reasons: ReadonlyMap<string, Reason>;
  /** Turns since that is known. */
  turns: number;
  /** How long it takes to ask it, about, ms. */
  costMs: number;
  /** When it last showed something new. */
  newsAt: number;
  /** True if rows came that it needs and that seldom come. */
  isRare: boolean;
  /** When it was asked last, and how long it rests then, ms, unless it is rare. */
  askedAt: number;
  restMs: number;
}

/** All that new records alone can make find something. @param slices Slices that have tables of their own. */
export function askedDetections(types: readonly RecordType[], slices: KeptSlices): AskedDetection[] {
  return DETECTIONS.filter(restsOnRecords).map((detection) => {
    const named = namedTables(withSlices(detection.query), types);
    const needed = detection.needs.flatMap((need) => need.split("|"));
    return {
      detection,
      query: withSlices(detection.query, slices),
      slices: slicesOf(detection.query),
      named,
      telling: null,
      reasons: new Map(
        [...named.keys(), ...needed].map((table) => [table, { age: Infinity, told: unseen(), first: unseen() }]),
      ),
      turns: 0,
      costMs: FIRST_COST_MS,
      newsAt: -Infinity,
      isRare: false,
      askedAt: -Infinity,
      restMs: 0,
    };
  });
}

/** Takes by which rows it is told: how usual these are is not known yet. */
export function learnTelling(asked: AskedDetection, telling: ReadonlyMap<string, TellingRows>): void {
  asked.telling = telling;
  asked.turns = 0;
  for (const { told, first } of asked.reasons.values()) told.usual = first.usual = 0;
}

function unseen(): Sign {
  return { age: Infinity, usual: 0 };
}

function takeSign(sign: Sign, came: boolean, weight: number): void {
  sign.age = came ? 0 : sign.age + 1;
  sign.usual += weight * (Number(came) - sign.usual);
}

/**
 * Takes what came in a turn.
 * @returns true if the detection may have something new to say.
 */
export function takeTurn(asked: AskedDetection, arrived: ArrivedRows): boolean {
  const { detection, reasons, telling } = asked;
  const weight = Math.max(USUAL_WEIGHT, 1 / (++asked.turns + TURNS_BEFORE));
  for (const [table, reason] of reasons) {
    const { isOf, isTold, isFirst } = cameIn(arrived, table, telling?.get(table));
    reason.age = isOf ? 0 : reason.age + 1;
    takeSign(reason.told, isTold, weight);
    takeSign(reason.first, isFirst, weight);
  }
  // What came all the time since is not rare, though it was when it came first.
  asked.isRare = isSeldom(asked, 0) || (asked.isRare && isSeldom(asked, MOST_AGE));
  const needs = detection.needs.map((need) => need.split("|").map((table) => reasons.get(table)!));
  const ages = needs.map((any) => Math.min(...any.map(({ age }) => age)));
  if (ages.includes(Infinity)) return false;
  const toldAge = Math.min(...needs.flat().map(({ told }) => told.age));
  return ages.includes(0) || (toldAge <= TURNS_FRESH && [...reasons.values()].some(({ age }) => age === 0));
}

/** True if rows that a detection needs, and that seldom come, came in the last turn or in one of so many before it. */
function isSeldom({ detection, reasons }: AskedDetection, turns: number): boolean {
  const isOne = ({ age, usual }: Sign) => age <= turns && usual < USUAL;
  return detection.needs.some((need) =>
    need.split("|").some((table) => {
      const { told, first } = reasons.get(table)!;
      return isOne(told) || isOne(first);
    }),
  );
}

/** True while what seldom comes may still become something with what comes behind it. */
export function isFollowed(asked: AskedDetection): boolean {
  return isSeldom(asked, TURNS_FRESH);
}

/** True if it asks for connections and for roles of their hosts, and rows came that it needs. */
export function readsRoles({ detection, reasons, named }: AskedDetection): boolean {
  const has = (table: string) => Number.isFinite(reasons.get(table)!.age);
  return (
    named.has("conn") &&
    /\b(asset_roles|in_estate)\b/.test(withSlices(detection.query)) &&
    detection.needs.every((need) => need.split("|").some(has))
  );
}

export function severityOf({ detection }: AskedDetection): number {
  return SEVERITIES.indexOf(detection.severity);
}

/**
 * Whether new records alone can make it find something: what is worked out from all of them (transfers, jobs) is as old as the last run over
 * all, and what is judged by chance or by what others found is judged together with all others.
 */
function restsOnRecords(detection: Detection): boolean {
  return !isJudgedWithOthers(detection) && !restsOnWhatIsWorkedOut(detection);
}

/**
 * Those that the latest records do not show, or not soon, and that can be asked without all others: over all records, once the estate is worked out. Not those to
 * which a transfer under way looks like one that moved too little.
 */
export function askedOfAllRecords(): readonly Detection[] {
  return DETECTIONS.filter(
    (detection) =>
      !isJudgedWithOthers(detection) &&
      detection.tellsLack !== true &&
      (restsOnWhatIsWorkedOut(detection) || detection.comparesHosts === true),
  );
}

function restsOnWhatIsWorkedOut({ query }: Detection): boolean {
  return /\b(FROM|JOIN)\s+(transfers|jobs|job_runs|manifests|manifest_entries)\b/i.test(query);
}

function isJudgedWithOthers(detection: Detection): boolean {
  return readsActs(detection) || /\bAS chance\b/i.test(detection.query);
}

/** Columns that detections name, by the tables that they name. */
export function namedColumns(types: readonly RecordType[]): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { query } of DETECTIONS) {
    const whole = withSlices(query);
    const named = namedTables(whole, types);
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
