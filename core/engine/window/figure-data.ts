import type { Case } from "../../case/case.ts";
import { addTo } from "../../contracts/grouping.ts";
import type { EstateView, ExfiltrationView, Flow, Narrowing, Pair, SessionLane } from "../../contracts/window.ts";
import { rowText } from "../../records/row-text.ts";
import { storyOf } from "../story-of.ts";
import { sessionCondition } from "./narrowing.ts";

/** Flows, destinations, pairs and bars that one answer holds: what a screen shows, and what is left is counted. */
const MOST_FLOWS = 40;
const MOST_DESTINATIONS = 8;
const POINTS = 120;
const MOST_PAIRS = 400;
const MOST_PRODUCTS = 200;
const MOST_RUNS = 2000;
const MOST_BARS = 600;
const HOUR_NS = 3_600_000_000_000n;

/** What hosts inside sent to hosts outside. A session's octets count for the side that sent them. */
export async function exfiltration(source: Case, narrowing: Narrowing): Promise<ExfiltrationView> {
  const { where, parameters } = await sessionCondition(source, narrowing);
  const out = `WITH inside AS (SELECT address FROM assets WHERE internal),
     sides AS (SELECT r.*, r."id.orig_h" IN (FROM inside) AS from_inside, r."id.resp_h" IN (FROM inside) AS to_inside FROM conn AS r WHERE ${where}),
     out AS (
       SELECT ts, CASE WHEN from_inside THEN "id.orig_h" ELSE "id.resp_h" END AS source,
         CASE WHEN from_inside THEN "id.resp_h" ELSE "id.orig_h" END AS target, coalesce(service, proto) AS service,
         coalesce(CASE WHEN from_inside THEN orig_bytes ELSE resp_bytes END, 0) AS octets,
         coalesce(CASE WHEN from_inside THEN resp_bytes ELSE orig_bytes END, 0) AS returned
       FROM sides WHERE from_inside <> to_inside)`;
  const grouped = `${out}, flows AS (SELECT source, target, service, CAST(sum(octets) AS DOUBLE) AS octets,
      CAST(sum(returned) AS DOUBLE) AS returned, count(*) AS sessions FROM out GROUP BY ALL)`;
  const [flows, totals, hours, destinations, span] = await Promise.all([
    source.store.rows(
      `${grouped} SELECT * FROM flows ORDER BY octets DESC, source, target, service LIMIT ${MOST_FLOWS}`,
      parameters,
    ),
    source.store.rows(`${grouped} SELECT count(*) AS flows, coalesce(sum(octets), 0) AS octets FROM flows`, parameters),
    source.store.rows(
      `${out} SELECT (isodow(ts) - 1) * 24 + hour(ts) AS hour, CAST(sum(octets) AS DOUBLE) AS octets FROM out GROUP BY 1`,
      parameters,
    ),
    source.store.rows(
      `${out}, largest AS (SELECT target FROM out GROUP BY target ORDER BY sum(octets) DESC, target LIMIT ${MOST_DESTINATIONS}),
       ends AS (SELECT min(epoch_ns(ts)) AS a, greatest(max(epoch_ns(ts)) - min(epoch_ns(ts)), 1) AS width FROM out),
       parts AS (SELECT target, (epoch_ns(ts) - a) * ${POINTS} // width AS part, max(epoch_ns(ts)) AS reached, sum(octets) AS octets
         FROM out, ends WHERE target IN (FROM largest) GROUP BY target, part)
       SELECT target, reached, CAST(sum(octets) OVER (PARTITION BY target ORDER BY part) AS DOUBLE) AS octets FROM parts ORDER BY target, part`,
      parameters,
    ),
    spanOf(source, narrowing),
  ]);
  const found = flows.map((row): Flow => ({
    source: rowText(row["source"]),
    target: rowText(row["target"]),
    service: rowText(row["service"]),
    octets: Number(row["octets"]),
    returned: Number(row["returned"]),
    sessions: Number(row["sessions"]),
  }));
  const byHour = new Map(hours.map((row) => [Number(row["hour"]), Number(row["octets"])]));
  const byTarget = new Map<string, [ts: string, octets: number][]>();
  for (const row of destinations) {
    addTo(byTarget, rowText(row["target"]), [rowText(row["reached"]), Number(row["octets"])]);
  }
  const drawn = found.reduce((sum, { octets }) => sum + octets, 0);
  return {
    flows: found,
    more: {
      flows: Math.max(0, Number(totals[0]?.["flows"] ?? 0) - found.length),
      octets: Math.max(0, Number(totals[0]?.["octets"] ?? 0) - drawn),
    },
    hours: Array.from({ length: 168 }, (_, hour) => byHour.get(hour) ?? 0),
    weeks: span === null ? Array.from({ length: 168 }, () => 0) : hoursIn(span.from, span.to),
    destinations: [...byTarget]
      .map(([address, points]) => ({ address, points }))
      .sort((a, b) => b.points.at(-1)![1] - a.points.at(-1)![1]),
  };
}

async function spanOf(source: Case, { from, to }: Narrowing): Promise<{ from: bigint; to: bigint } | null> {
  const { tsFirst, tsLast } = (await storyOf(source)).coverage;
  if (tsFirst === null || tsLast === null) return null;
  return { from: BigInt(from ?? tsFirst), to: BigInt(to ?? tsLast) };
}

/** How often each hour of the week lies in a span, at least in part. */
function hoursIn(from: bigint, to: bigint): number[] {
  const counts = Array.from({ length: 168 }, () => 0);
  const [first, last] = [from / HOUR_NS, to / HOUR_NS];
  if (last < first) return counts;
  const total = Number(last - first) + 1;
  const begin = Number((first + 72n) % 168n); // 1970-01-01 was a Thursday
  for (let i = 0; i < 168; i++) counts[(begin + i) % 168] = Math.floor(total / 168) + (i < total % 168 ? 1 : 0);
  return counts;
}

/** Who talks to whom in the estate, the products seen, and the jobs that come back. */
export async function estate(source: Case, narrowing: Narrowing): Promise<EstateView> {
  const { where, parameters } = await sessionCondition(source, narrowing);
  const of = `WITH estate AS (SELECT address FROM assets WHERE in_estate), pairs AS (
      SELECT r."id.orig_h" AS source, r."id.resp_h" AS target, CAST(sum(coalesce(r.orig_bytes, 0) + coalesce(r.resp_bytes, 0)) AS DOUBLE) AS octets,
        count(*) AS sessions, min(epoch_ns(r.ts)) AS first, max(epoch_ns(r.ts)) AS last,
        array_to_string(list_sort(list_distinct(list(coalesce(r.service, r.proto))))[1:6], ', ') AS services
      FROM conn AS r WHERE ${where} AND (r."id.orig_h" IN (FROM estate) OR r."id.resp_h" IN (FROM estate)) GROUP BY ALL)`;
  const [pairs, counted, products, jobs, runs] = await Promise.all([
    source.store.rows(`${of} SELECT * FROM pairs ORDER BY octets DESC, source, target LIMIT ${MOST_PAIRS}`, parameters),
    source.store.rows(`${of} SELECT count(*) AS n FROM pairs`, parameters),
    source.store.rows(
      `SELECT "id.resp_h" AS host, product, coalesce(max(product_version), '') AS version, coalesce(component, '') AS component, count(*) AS records
       FROM backup_product GROUP BY 1, 2, 4 ORDER BY host, product, component LIMIT ${MOST_PRODUCTS}`,
    ),
    source.store.rows(`SELECT * FROM jobs ORDER BY job`),
    source.store.rows(
      `SELECT job, epoch_ns(ts) AS ts, epoch_ns(ts_last) AS ts_last, CAST(octets AS DOUBLE) AS octets FROM job_runs ORDER BY ts LIMIT ${MOST_RUNS}`,
    ),
  ]);
  return {
    pairs: pairs.map((row): Pair => ({
      source: rowText(row["source"]),
      target: rowText(row["target"]),
      octets: Number(row["octets"]),
      sessions: Number(row["sessions"]),
      first: rowText(row["first"]),
      last: rowText(row["last"]),
      services: rowText(row["services"]),
    })),
    more: Math.max(0, Number(counted[0]?.["n"] ?? 0) - pairs.length),
    products: products.map((row) => ({
      host: rowText(row["host"]),
      product: rowText(row["product"]),
      version: rowText(row["version"]),
      component: rowText(row["component"]),
      records: Number(row["records"]),
    })),
    jobs: jobs.map((row) => ({
      job: Number(row["job"]),
      name: rowText(row["name"] ?? ""),
      way: rowText(row["way"]),
      receiver: rowText(row["receiver"]),
      senders: row["senders"] as readonly string[],
      startMinute: Number(row["start_minute"]),
      runs: Number(row["runs"]),
      regularity: Number(row["regularity"]),
      octets: Number(row["octets"]),
      zone: rowText(row["zone"] ?? "UTC"),
    })),
    jobRuns: runs.map((row) => ({
      job: Number(row["job"]),
      from: rowText(row["ts"]),
      to: rowText(row["ts_last"]),
      octets: Number(row["octets"]),
    })),
  };
}

/**
 * Sessions of hosts over a span: counts in even parts, and the sessions themselves where they are few.
 * @param hosts One lane each.
 */
export async function sessionLanes(
  source: Case,
  narrowing: Narrowing,
  hosts: readonly string[],
  parts: number,
): Promise<SessionLane[]> {
  const span = await spanOf(source, narrowing);
  if (span === null || hosts.length === 0) return [];
  const { where, parameters } = await sessionCondition(source, narrowing);
  const known = { ...parameters, hosts: JSON.stringify(hosts) };
  const width = (span.to - span.from) / BigInt(parts) + 1n;
  const columns = `r.uid, epoch_ns(r.ts) AS ts, coalesce(r.duration, 0) AS duration, coalesce(r.service, r.proto) AS service,
        r."id.orig_h" AS source, r."id.resp_h" AS target, r."id.resp_p" AS port`;
  // Two joins by equality: one with `or` would compare every session with every host.
  const of = `WITH wanted AS (SELECT unnest(CAST($hosts::JSON AS VARCHAR[])) AS host), mine AS (
      SELECT w.host, ${columns} FROM conn AS r JOIN wanted w ON w.host = r."id.orig_h" WHERE ${where}
      UNION ALL
      SELECT w.host, ${columns} FROM conn AS r JOIN wanted w ON w.host = r."id.resp_h" WHERE r."id.orig_h" <> r."id.resp_h" AND ${where})`;
  const counts = await source.store.rows(
    `${of} SELECT host, least(greatest((ts - ${span.from}) // ${width}, 0), ${parts - 1}) AS part, count(*) AS n FROM mine GROUP BY 1, 2`,
    known,
  );
  const drawsBars = counts.reduce((sum, row) => sum + Number(row["n"]), 0) <= MOST_BARS;
  const bars = drawsBars ? await source.store.rows(`${of} SELECT * FROM mine ORDER BY ts`, known) : [];
  return hosts.map((host) => {
    const own = counts.filter((row) => row["host"] === host);
    const byPart = new Map(own.map((row) => [Number(row["part"]), Number(row["n"])]));
    const mine = drawsBars ? bars.filter((row) => row["host"] === host) : [];
    return {
      host,
      sessions: own.reduce((sum, row) => sum + Number(row["n"]), 0),
      counts: Array.from({ length: parts }, (_, part) => byPart.get(part) ?? 0),
      bars: mine.map((row) => ({
        uid: rowText(row["uid"]),
        from: rowText(row["ts"]),
        to: (BigInt(rowText(row["ts"])) + BigInt(rowText(row["duration"]))).toString(),
        words: `${rowText(row["source"])} to ${rowText(row["target"])}:${rowText(row["port"])} ${rowText(row["service"])}`,
      })),
    };
  });
}
