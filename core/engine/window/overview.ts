import type { Case } from "../../case/case.ts";
import type { Narrowing, Overview, OverviewBucket } from "../../contracts/window.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { RECORD_TYPES } from "../record-types.ts";
import { storyOf } from "../story-of.ts";
import { filterTables, sessionCondition, timeCondition } from "./narrowing.ts";

/** What filter and time range leave of a case: volume over the whole capture, findings, sessions, records by table. */
export async function overview(source: Case, narrowing: Narrowing, count: number): Promise<Overview> {
  const began = performance.now();
  const story = await storyOf(source);
  const { tsFirst, tsLast } = story.coverage;
  const time = timeCondition(narrowing);
  const whole = sessionCondition(source, { ...narrowing, from: null, to: null });
  const acts = story.ledger?.acts ?? [];
  const [{ buckets, sessions }, findings, actsLeft, tables] = await Promise.all([
    tsFirst === null || tsLast === null
      ? { buckets: [], sessions: 0 }
      : volume(source, whole, time, BigInt(tsFirst), BigInt(tsLast), count),
    matching(source, story.findings, narrowing),
    matching(source, acts, narrowing),
    countTables(source, narrowing),
  ]);
  return {
    from: tsFirst,
    to: tsLast,
    buckets,
    sessions,
    findings: findings.map(({ id }) => id),
    acts: actsLeft.flatMap(({ records: [first] }) => first ?? []),
    tables,
    ms: Math.round(performance.now() - began),
  };
}

type Condition = ReturnType<typeof sessionCondition>;

/** Octets in even spans, where a session began; and the sessions that lie in the time range too. One pass over the sessions. */
async function volume(
  source: Case,
  { where, parameters }: Condition,
  time: string,
  from: bigint,
  to: bigint,
  count: number,
): Promise<{ buckets: OverviewBucket[]; sessions: number }> {
  const width = (to - from) / BigInt(count) + 1n;
  const rows = await source.store.rows(
    `WITH estate AS (SELECT address FROM assets WHERE in_estate),
     sides AS (
       SELECT least(greatest((epoch_ns(r.ts) - ${from}) // ${width}, 0), ${count - 1}) AS bucket, ${time} AS in_time,
         coalesce(r.orig_bytes, 0) AS sent, coalesce(r.resp_bytes, 0) AS answered,
         r."id.orig_h" IN (FROM estate) AS from_estate, r."id.resp_h" IN (FROM estate) AS to_estate
       FROM conn AS r WHERE ${where})
     SELECT bucket, count(*) AS sessions, count(*) FILTER (WHERE in_time) AS in_time, CAST(sum(sent + answered) AS DOUBLE) AS octets,
       CAST(sum(CASE WHEN from_estate = to_estate THEN 0 WHEN to_estate THEN sent ELSE answered END) AS DOUBLE) AS octets_in,
       CAST(sum(CASE WHEN from_estate = to_estate THEN 0 WHEN to_estate THEN answered ELSE sent END) AS DOUBLE) AS octets_out
     FROM sides GROUP BY bucket ORDER BY bucket`,
    parameters,
  );
  const found = new Map(rows.map((row) => [Number(row["bucket"]), row]));
  const buckets = Array.from({ length: count }, (_, i) => {
    const row = found.get(i);
    return {
      from: (from + width * BigInt(i)).toString(),
      octetsIn: Number(row?.["octets_in"] ?? 0),
      octetsOut: Number(row?.["octets_out"] ?? 0),
      octets: Number(row?.["octets"] ?? 0),
      sessions: Number(row?.["sessions"] ?? 0),
    };
  });
  return { buckets, sessions: rows.reduce((sum, row) => sum + Number(row["in_time"]), 0) };
}

interface Seen {
  readonly tsFirst: string;
  readonly tsLast: string;
  readonly records: readonly string[];
}

/** Those in the time range with a record whose session has a record that the filter fits. */
async function matching<T extends Seen>(source: Case, seen: readonly T[], narrowing: Narrowing): Promise<T[]> {
  const { from, to, filter } = narrowing;
  const inTime = seen.filter(
    ({ tsFirst, tsLast }) =>
      (from === null || BigInt(tsLast) >= BigInt(from)) && (to === null || BigInt(tsFirst) <= BigInt(to)),
  );
  if (filter.trim() === "" || inTime.length === 0) return inTime;
  const uids = new Set(inTime.flatMap(({ records }) => records.map(uidOf)));
  const known = { uids: JSON.stringify([...uids]) };
  const left = new Set<string>();
  for (const { table, where, parameters } of filterTables(source, filter)) {
    const rows = await source.store.rows(
      `SELECT DISTINCT r.uid FROM ${quoteIdentifier(table)} AS r
       WHERE r.uid IN (SELECT unnest(CAST($uids::JSON AS VARCHAR[]))) AND ${where}`,
      { ...parameters, ...known },
    );
    for (const row of rows) left.add(rowText(row["uid"]));
  }
  return inTime.filter(({ records }) => records.some((rid) => left.has(uidOf(rid))));
}

function uidOf(rid: string): string {
  return rid.slice(0, rid.lastIndexOf("."));
}

async function countTables(source: Case, narrowing: Narrowing): Promise<{ name: string; rows: number }[]> {
  const time = timeCondition(narrowing);
  const wanted =
    narrowing.filter.trim() === ""
      ? RECORD_TYPES.map(({ name }) => ({
          table: name,
          where: "true",
          parameters: {},
        }))
      : filterTables(source, narrowing.filter);
  // One statement: a case has a hundred tables, most of them empty.
  const parameters: Record<string, string> = {};
  const parts = wanted.map(({ table, where, parameters: own }, i) => {
    for (const [name, value] of Object.entries(own)) parameters[`t${i}${name}`] = value;
    const renamed = where.replace(/\$(p\d+)\b/g, (_, name: string) => `$t${i}${name}`);
    return `SELECT '${table}' AS name, count(*) AS rows FROM ${quoteIdentifier(table)} AS r WHERE ${renamed} AND ${time}`;
  });
  const rows = await source.store.rows(`SELECT * FROM (${parts.join(" UNION ALL ")}) WHERE rows > 0`, parameters);
  return rows.map((row) => ({ name: rowText(row["name"]), rows: Number(row["rows"]) }));
}
