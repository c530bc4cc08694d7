import type { Case } from "../../case/case.ts";
import type { Narrowing, Overview, OverviewBucket } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { RECORD_TYPES } from "../record-types.ts";
import { storyOf } from "../story-of.ts";
import { filterTables, numberedApart, sessionCondition, timeCondition } from "./narrowing.ts";
import type { SpanCounts, SpanIndex, SpanVolume } from "./span-index.ts";

/** Volume of the sessions that the filter fits over the whole capture, and how many lie in the time range too. */
export async function overview(source: Case, index: SpanIndex, narrowing: Narrowing, count: number): Promise<Overview> {
  const began = performance.now();
  const { tsFirst, tsLast } = (await storyOf(source)).coverage;
  const condition = await sessionCondition(source, { ...narrowing, from: null, to: null });
  const counted = index.counts("conn", condition);
  const [counts, volume, sessions] = await Promise.all([
    counted,
    index.volume(condition),
    counted.then((known) => (known === null ? 0 : sessionsIn(source, known, narrowing))),
  ]);
  return {
    from: tsFirst,
    to: tsLast,
    buckets: counts === null || volume === null ? [] : bucketsOf(counts, volume, count),
    sessions,
    ms: Math.round(performance.now() - began),
  };
}

/** Spans taken together. */
function bucketsOf({ from, width, before }: SpanCounts, { into, out }: SpanVolume, count: number): OverviewBucket[] {
  const begin = (bucket: number) => Math.floor((bucket * into.length) / count);
  const sum = (values: readonly number[], bucket: number) => {
    let total = 0;
    for (let at = begin(bucket); at < begin(bucket + 1); at++) total += values[at]!;
    return total;
  };
  return Array.from({ length: count }, (_, bucket) => ({
    from: (from + width * BigInt(begin(bucket))).toString(),
    octetsIn: sum(into, bucket),
    octetsOut: sum(out, bucket),
    sessions: before[begin(bucket + 1)]! - before[begin(bucket)]!,
  }));
}

/** Sessions of the filter in the time range: whole spans as they were counted, and what lies at the range's two ends. */
async function sessionsIn(source: Case, { from, width, before }: SpanCounts, narrowing: Narrowing): Promise<number> {
  const last = before.length - 1;
  if (narrowing.from === null && narrowing.to === null) return before[last]!;
  const spanAt = (ns: bigint) => Number((ns - from) / width);
  const begin = narrowing.from === null ? -1 : spanAt(BigInt(narrowing.from));
  const end = narrowing.to === null ? last : spanAt(BigInt(narrowing.to));
  const time = (span: number) => (from + width * BigInt(span)).toString();
  const inner = end > begin ? before[clamp(end, last)]! - before[clamp(begin + 1, last)]! : 0;
  const parts = [
    ...(begin >= 0 && begin < last ? [begin] : []),
    ...(end !== begin && end >= 0 && end < last ? [end] : []),
  ].map((span) => `r.ts >= make_timestamp_ns(${time(span)}) AND r.ts < make_timestamp_ns(${time(span + 1)})`);
  if (parts.length === 0) return Math.max(0, inner);
  const { where, parameters } = await sessionCondition(source, narrowing);
  const counts = parts.map((part) => `(SELECT count(*) FROM conn AS r WHERE ${part} AND ${where})`);
  const [row] = await source.store.rows(`SELECT ${counts.join(" + ")} AS n`, parameters);
  return Math.max(0, inner) + Number(row?.["n"] ?? 0);
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(last, value));
}

/** How many records of each table a narrowing leaves; those without any are left out. */
export async function fittingTables(
  source: Case,
  index: SpanIndex,
  narrowing: Narrowing,
): Promise<{ name: string; rows: number }[]> {
  const time = timeCondition(narrowing);
  const filled = await source.store.filledTables();
  const fitting =
    narrowing.filter.trim() === ""
      ? RECORD_TYPES.map(({ name }) => ({ table: name, where: "true", parameters: {} }))
      : await filterTables(source, narrowing.filter);
  // One statement: a case has a hundred tables, most of them empty.
  const { parts, parameters } = numberedApart(
    fitting.filter(({ table }) => table !== "conn" && filled.has(table)),
    ({ table, where }) =>
      `SELECT '${table}' AS name, count(*) AS rows FROM ${quoteIdentifier(table)} AS r WHERE ${where} AND ${time}`,
  );
  const counted =
    parts.length === 0
      ? []
      : await source.store.rows(`SELECT * FROM (${parts.join(" UNION ALL ")}) WHERE rows > 0`, parameters);
  const others = counted.map((row) => ({ name: rowText(row["name"]), rows: Number(row["rows"]) }));
  if (!fitting.some(({ table }) => table === "conn")) return others;
  // Sessions are counted for the overview already.
  const sessions = await index.counts("conn", await sessionCondition(source, { ...narrowing, from: null, to: null }));
  const rows = sessions === null ? 0 : await sessionsIn(source, sessions, narrowing);
  return rows === 0 ? others : [{ name: "conn", rows }, ...others];
}
