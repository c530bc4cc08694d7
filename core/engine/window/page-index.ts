import type { Case } from "../../case/case.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { Condition } from "./narrowing.ts";

/** Spans into which the records of a table are counted. */
const SPANS = 4096;
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

interface Counts {
  readonly from: bigint;
  readonly width: bigint;
  /** Records before each span, and at the end all of them. */
  readonly before: readonly number[];
}

/**
 * Finds pages deep in millions of records without sorting them: one pass counts the records of a narrowing in even spans of time, and a
 * page is then looked for in the spans that hold it only.
 */
export class PageIndex {
  readonly #source: Case;
  readonly #kept = new Map<string, Promise<Counts | null>>();

  constructor(source: Case) {
    this.#source = source;
  }

  /** Where the records `first` to `first + count` of a table lie, in time order or against it; null if there are none. */
  async place(
    table: string,
    condition: Condition,
    descending: boolean,
    first: number,
    count: number,
  ): Promise<PagePlace | null> {
    const counts = await this.#counts(table, condition);
    if (counts === null) return null;
    const { from, width, before } = counts;
    const total = before.at(-1)!;
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

  async #counts(table: string, condition: Condition): Promise<Counts | null> {
    const [all] = await this.#source.store.rows(`SELECT count(*) AS n FROM ${quoteIdentifier(table)}`);
    // A recording adds records meanwhile: what was counted before does not hold then.
    const key = JSON.stringify([table, condition, Number(all?.["n"] ?? 0)]);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const counted = this.#count(table, condition);
    this.#kept.set(key, counted);
    counted.catch(() => this.#kept.delete(key));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return counted;
  }

  async #count(table: string, { where, parameters }: Condition): Promise<Counts | null> {
    const { store } = this.#source;
    const [ends] = await store.rows(
      `SELECT epoch_ns(min(r.ts)) AS a, epoch_ns(max(r.ts)) AS b FROM ${quoteIdentifier(table)} AS r`,
    );
    if (ends === undefined || ends["a"] === null) return null;
    const from = BigInt(ends["a"] as bigint);
    const width = (BigInt(ends["b"] as bigint) - from) / BigInt(SPANS) + 1n;
    const rows = await store.rows(
      `SELECT (epoch_ns(r.ts) - ${from}) // ${width} AS span, count(*) AS n FROM ${quoteIdentifier(table)} AS r WHERE ${where} GROUP BY 1`,
      parameters,
    );
    const found = new Map(rows.map((row) => [Number(row["span"]), Number(row["n"])]));
    const before = [0];
    for (let span = 0; span < SPANS; span++) before.push(before[span]! + (found.get(span) ?? 0));
    return before[SPANS] === 0 ? null : { from, width, before };
  }
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
