import type { Case } from "../../case/case.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { CodedCounts } from "./coded-sessions.ts";
import { CodedSessions } from "./coded-sessions.ts";
import { EstateSessions } from "./estate-sessions.ts";
import { Kept } from "./kept.ts";
import type { Condition } from "./narrowing.ts";

/** Spans into which the records of a table are counted. */
const SPANS = 4800;
/** Narrowings whose counts are kept. */
const MOST_KEPT = 24;

/** Where a page of records in time order lies. */
export interface PagePlace {
  /** What the narrowing leaves of the spans that the page reaches over, as a condition over `r`. */
  readonly where: string;
  /** Records of the condition that come before the page. */
  readonly skip: number;
  readonly total: number;
}

/** Records of a narrowing in even spans of time. */
export interface SpanCounts {
  readonly from: bigint;
  readonly width: bigint;
  /** Records before each span, and at the end all of them. */
  readonly before: readonly number[];
}

/** Octets of a narrowing's sessions between the estate and all others, in the spans of their counts. */
export interface SpanVolume {
  readonly into: readonly number[];
  readonly out: readonly number[];
}

/** Where the spans of a table lie, and what must be the same for counts to hold: a recording adds records, an evaluation machines. */
interface TableSpans {
  readonly from: bigint;
  readonly width: bigint;
  readonly rows: number;
  readonly estate: number;
}

type Row = Awaited<ReturnType<Case["store"]["rows"]>>[number];

/**
 * Counts the records of a narrowing in even spans of time, in one pass: what the overview draws, and where in millions of records a
 * page lies, which is then looked for in the spans that hold it only.
 */
export class SpanIndex {
  readonly #source: Case;
  readonly #tables = new Kept<TableSpans | null>(MOST_KEPT);
  readonly #counts = new Kept<SpanCounts | null>(MOST_KEPT);
  readonly #volumes = new Kept<SpanVolume | null>(MOST_KEPT);
  readonly #estate: EstateSessions;
  /** By how many sessions there are; null where they are too many. */
  readonly #sessions = new Kept<CodedSessions | null>(1);
  /** Those that are ready, and of which sessions and estate. */
  #ready: { readonly state: string; readonly sessions: CodedSessions } | null = null;
  /** Null where codes do not answer. */
  readonly #coded = new Kept<CodedCounts | null>(MOST_KEPT);
  #preparing = Promise.resolve();
  /** Estates that were forgotten so far: what was begun with one of them does not hold. */
  #forgotten = 0;

  constructor(source: Case) {
    this.#source = source;
    this.#estate = new EstateSessions(source);
  }

  /** Where the records `first` to `first + count` of a table lie, in time order or against it; null if there are none. */
  async place(
    table: string,
    condition: Condition,
    descending: boolean,
    first: number,
    count: number,
  ): Promise<PagePlace | null> {
    const counts = await this.counts(table, condition);
    if (counts === null || counts.before[SPANS] === 0) return null;
    const { from, width, before } = counts;
    const total = before[SPANS]!;
    const [low, high] = descending ? [total - first - count, total - first] : [first, first + count];
    const begin = spanOf(before, Math.max(0, low));
    const end = spanOf(before, Math.max(0, Math.min(total, high) - 1));
    const at = (span: number) => `make_timestamp_ns(${from + width * BigInt(span)})`;
    return {
      where: `${condition.where} AND r.ts >= ${at(begin)} AND r.ts < ${at(end + 1)}`,
      skip: descending ? Math.max(0, before[end + 1]! - high) : first - before[begin]!,
      total,
    };
  }

  /** Null for a table without records. */
  async counts(table: string, condition: Condition): Promise<SpanCounts | null> {
    const of = await this.#spansOf(table);
    if (of === null) return null;
    const { from, width } = of;
    return this.#counts.get(keyOf(condition, `${table} ${of.rows}`), async () => {
      const coded = table === "conn" ? await this.#countCoded(condition, of) : null;
      if (coded !== null) return { from, width, before: sumsOf(coded.sessions) };
      const rows = await this.#source.store.rows(
        `SELECT ${spanColumn(of)}, count(*) AS n FROM ${quoteIdentifier(table)} AS r WHERE ${condition.where} GROUP BY 1`,
        condition.parameters,
      );
      return { from, width, before: sumsOf(bySpan(rows, "n")) };
    });
  }

  /** Null for a case without sessions. */
  async volume(condition: Condition): Promise<SpanVolume | null> {
    const of = await this.#spansOf("conn");
    if (of === null) return null;
    return this.#volumes.get(keyOf(condition, stateOf(of)), async () => {
      const coded = await this.#countCoded(condition, of);
      if (coded !== null) return { into: coded.into, out: coded.out };
      const { from, parameters, read } = await this.#estate.of(condition, stateOf(of));
      const rows = await read(
        `SELECT ${spanColumn(of)},
           CAST(sum(coalesce(CASE WHEN r.to_estate THEN r.orig_bytes ELSE r.resp_bytes END, 0)) AS DOUBLE) AS octets_in,
           CAST(sum(coalesce(CASE WHEN r.to_estate THEN r.resp_bytes ELSE r.orig_bytes END, 0)) AS DOUBLE) AS octets_out
         FROM ${from} AS r GROUP BY span`,
        parameters,
      );
      return { into: bySpan(rows, "octets_in"), out: bySpan(rows, "octets_out") };
    });
  }

  /** Makes ready what filters need; once, however many ask for it. */
  prepare(): Promise<void> {
    const prepared = this.#preparing.then(() => this.#prepare());
    this.#preparing = prepared.catch(() => undefined);
    return prepared;
  }

  async #prepare(): Promise<void> {
    const of = await this.#spansOf("conn");
    if (of === null || this.#ready?.state === stateOf(of)) return;
    // Those of other records are let go before theirs are made.
    this.#ready = null;
    const forgotten = this.#forgotten;
    const spans = { from: of.from, width: of.width, count: SPANS };
    // For what codes do not answer.
    await this.#estate.prepare(stateOf(of));
    const sessions = await this.#sessions.get(`${of.rows} ${of.from} ${of.width}`, () =>
      CodedSessions.make(this.#source, spans),
    );
    await sessions?.readEstate();
    if (forgotten !== this.#forgotten) {
      this.#estate.clear();
      return this.#prepare();
    }
    this.#coded.clear();
    this.#ready = sessions === null ? null : { state: stateOf(of), sessions };
  }

  /** Forgets what was added up of the estate: it is another one. */
  forgetEstate(): void {
    this.#forgotten++;
    this.#volumes.clear();
    this.#estate.clear();
    this.#ready = null;
    this.#coded.clear();
  }

  /** Null where codes are not ready, or do not answer the condition. */
  async #countCoded({ tree, parameters }: Condition, of: TableSpans): Promise<CodedCounts | null> {
    const ready = this.#ready;
    if (tree === undefined || ready?.state !== stateOf(of)) return null;
    return this.#coded.get(JSON.stringify([tree, parameters]), async () => {
      const condition = await ready.sessions.condition(tree, parameters);
      return condition === null ? null : ready.sessions.counts(condition);
    });
  }

  #spansOf(table: string): Promise<TableSpans | null> {
    const { store } = this.#source;
    return this.#tables.get(`${table} ${store.version}`, async () => {
      const [row] = await store.rows(
        `SELECT count(*) AS rows, epoch_ns(min(ts)) AS a, epoch_ns(max(ts)) AS b, (SELECT count(*) FROM assets WHERE in_estate) AS estate
         FROM ${quoteIdentifier(table)}`,
      );
      if (row === undefined || row["a"] === null) return null;
      const from = BigInt(row["a"] as bigint);
      const width = (BigInt(row["b"] as bigint) - from) / BigInt(SPANS) + 1n;
      return { from, width, rows: Number(row["rows"]), estate: Number(row["estate"]) };
    });
  }
}

function keyOf({ where, parameters }: Condition, state: string): string {
  return JSON.stringify([state, where, parameters]);
}

function stateOf({ rows, estate }: { readonly rows: number; readonly estate: number }): string {
  return `${rows} ${estate}`;
}

function spanColumn({ from, width }: { readonly from: bigint; readonly width: bigint }): string {
  return `(epoch_ns(r.ts) - ${from}) // ${width} AS span`;
}

function bySpan(rows: readonly Row[], name: string): number[] {
  const values = Array.from({ length: SPANS }, () => 0);
  for (const row of rows) values[Number(row["span"])] = Number(row[name] ?? 0);
  return values;
}

/** What comes before each span, and at the end all. */
function sumsOf(perSpan: readonly number[]): number[] {
  const before = [0];
  for (const n of perSpan) before.push(before.at(-1)! + n);
  return before;
}

/** The span in which the record of a number lies. */
function spanOf(before: readonly number[], number: number): number {
  let [low, high] = [0, before.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before[middle + 1]! > number) high = middle;
    else low = middle + 1;
  }
  return low;
}
