import type { Case } from "../../case/case.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { EstateSessions } from "./estate-sessions.ts";
import { Kept } from "./kept.ts";
import type { Condition } from "./narrowing.ts";

/** Spans into which the records of a table are counted. */
const SPANS = 4800;
/** Narrowings whose counts are kept. */
const MOST_KEPT = 24;

/** Where a page of records in time order lies. */
export interface PagePlace {
  /** A condition beside the narrowing's own, over `r`. */
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

type Row = Awaited<ReturnType<Case["store"]["rows"]>>[number];

/**
 * Counts the records of a narrowing in even spans of time, in one pass: what the overview draws, and where in millions of records a
 * page lies, which is then looked for in the spans that hold it only.
 */
export class SpanIndex {
  readonly #source: Case;
  readonly #counts = new Kept<SpanCounts | null>(MOST_KEPT);
  readonly #volumes = new Kept<SpanVolume | null>(MOST_KEPT);
  readonly #estate: EstateSessions;

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
      where: `r.ts >= ${at(begin)} AND r.ts < ${at(end + 1)}`,
      skip: descending ? Math.max(0, before[end + 1]! - high) : first - before[begin]!,
      total,
    };
  }

  /** Null for a table without records. */
  async counts(table: string, condition: Condition): Promise<SpanCounts | null> {
    const of = await this.#spansOf(table);
    if (of === null) return null;
    const { from, width } = of;
    return this.#counts.get(JSON.stringify([table, of.rows, condition]), async () => {
      const rows = await this.#source.store.rows(
        `SELECT ${spanColumn(of)}, count(*) AS n FROM ${quoteIdentifier(table)} AS r WHERE ${condition.where} GROUP BY 1`,
        condition.parameters,
      );
      const before = [0];
      for (const n of bySpan(rows, "n")) before.push(before.at(-1)! + n);
      return { from, width, before };
    });
  }

  /** Null for a case without sessions. */
  async volume(condition: Condition): Promise<SpanVolume | null> {
    const of = await this.#spansOf("conn");
    if (of === null) return null;
    return this.#volumes.get(JSON.stringify([of.rows, of.estate, condition]), async () => {
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

  /** Makes ready what filters need. */
  async prepare(): Promise<void> {
    const of = await this.#spansOf("conn");
    if (of !== null) await this.#estate.prepare(stateOf(of));
  }

  /** Forgets what was added up of the estate: it is another one. */
  forgetEstate(): void {
    this.#volumes.clear();
    this.#estate.clear();
  }

  /** Where the spans of a table lie, and what must be the same for counts to hold: a recording adds records, an evaluation machines. */
  async #spansOf(table: string) {
    const [row] = await this.#source.store.rows(
      `SELECT count(*) AS rows, epoch_ns(min(ts)) AS a, epoch_ns(max(ts)) AS b, (SELECT count(*) FROM assets WHERE in_estate) AS estate
       FROM ${quoteIdentifier(table)}`,
    );
    if (row === undefined || row["a"] === null) return null;
    const from = BigInt(row["a"] as bigint);
    const width = (BigInt(row["b"] as bigint) - from) / BigInt(SPANS) + 1n;
    return { from, width, rows: Number(row["rows"]), estate: Number(row["estate"]) };
  }
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
