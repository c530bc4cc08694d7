import type { Detection } from "../../detections/detection.ts";
import { DETECTIONS } from "../../detections/index.ts";
import type { KeptSlices } from "../../detections/slices.ts";
import { readsActs, slicesOf, withSlices } from "../../detections/slices.ts";
import type { RecordType } from "../../records/record-type.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import type { TellingValues } from "./telling-values.ts";
import { tellingValues } from "./telling-values.ts";

/** What a detection is thought to take before it was asked, ms. */
const FIRST_COST_MS = 5;

/** A detection that is asked over the latest records. */
export interface AskedDetection {
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
  /** When it last showed something new. */
  newsAt: number;
  /** True if rows came to a table that it needs and that seldom gets any. */
  isRare: boolean;
  /** When it was asked last, and how long it rests then, ms, unless it is rare. */
  askedAt: number;
  restMs: number;
}

/** All that new records alone can make find something. @param slices Slices that have tables of their own. */
export function askedDetections(types: readonly RecordType[], slices: KeptSlices): AskedDetection[] {
  const tables = types.map(({ name }) => name);
  return DETECTIONS.filter(restsOnRecords).map((detection) => ({
    detection,
    query: withSlices(detection.query, slices),
    ...reasonsOf(detection, types),
    slices: slicesOf(detection.query),
    tables: tablesOf(withSlices(detection.query), tables),
    costMs: FIRST_COST_MS,
    newsAt: -Infinity,
    isRare: false,
    askedAt: -Infinity,
    restMs: 0,
  }));
}

export function severityOf({ detection }: AskedDetection): number {
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
