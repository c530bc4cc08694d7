import type { JobWindow } from "../contracts/estate.ts";
import { jsonRows } from "../records/record-database.ts";
import type { EstateDatabase } from "./estate-database.ts";

/** Less is not looked at when jobs are searched: what people and monitoring move. Octets of one transfer; to and from stores small jobs count too. */
const LEAST_TRANSFER = 100_000;
const LEAST_STORED = 4_000;
/** Transfers from one machine to another are one run while the pause between them is shorter. Minutes. */
const RUN_PAUSE = 30;
/** Starts of a job lie no further apart around the clock than this, twice the bandwidth of a job's start. Minutes. */
const SLOT_GAP = 40;
/** Nights on which something must have been moved at about the same time before it is taken for a job. */
const RUNS_NEEDED = 3;
/** A job whose starts are spread further runs all day. Minutes. */
const ALL_DAY = 600;
/** Fulls and increments are told apart where their usual volumes are further apart than this factor. */
const TYPE_FACTOR = 3;

/** Ways of data that a job may have; what comes from outside is browsing and updates. */
const WAYS = `('to store', 'between stores', 'to estate', 'within', 'to outside', 'from store', 'from estate')`;

/**
 * Finds the jobs in `transfers` and writes `jobs` and `job_runs`; sets `job`, `night` and `in_window` of the transfers.
 *
 * A job is what one receiver gets, one way, in one slot of the day from senders that each sent in that slot on at least three nights.
 * Days are counted from noon to noon in the site's time zone, so that a night is one day. Declared windows go before inferred ones:
 * where there are any, only they say whether a transfer lies in a window.
 */
export async function findJobs(
  database: EstateDatabase,
  zone: string,
  declared: readonly JobWindow[],
): Promise<JobWindow[]> {
  await database.change([
    { sql: "DELETE FROM jobs" },
    { sql: "DELETE FROM job_runs" },
    { sql: PAIR_RUNS, parameters: { zone } },
    { sql: SLOTS },
    { sql: JOB_SLOTS },
    { sql: MARK_TRANSFERS },
    { sql: RUNS },
    { sql: JOBS, parameters: { zone } },
    { sql: TYPES },
    ...["pair_run", "slot", "job_slot"].map((table) => ({ sql: `DROP TABLE temp.${table}` })),
  ]);
  const windows = await inferredWindows(database, zone);
  await database.change([
    declared.length > 0
      ? { sql: IN_DECLARED, parameters: { windows: windowRows(declared) } }
      : { sql: IN_INFERRED, parameters: { zone } },
  ]);
  return windows;
}

/** Local time of a column. */
const local = (column: string): string => `timezone($zone, timezone('UTC', CAST(${column} AS TIMESTAMP)))`;

/** What one machine sent another, one way, in one go. */
const PAIR_RUNS = `
  CREATE OR REPLACE TEMP TABLE pair_run AS
  WITH candidate AS (
    SELECT id, sender, receiver, way, ts, ts_last, ${local("ts")} AS started FROM transfers
    WHERE octets >= 2 * returned_octets AND octets >= CASE WHEN way IN ('to store', 'from store', 'between stores') AND coalesce(protocol, '') <> 'ssh' THEN ${LEAST_STORED} ELSE ${LEAST_TRANSFER} END AND way IN ${WAYS} AND coalesce(protocol, '') NOT IN ('rdp', 'rfb', 'telnet')
  ), paused AS (
    SELECT *, CASE WHEN epoch_ns(ts) - max(epoch_ns(ts_last)) OVER (PARTITION BY sender, receiver, way ORDER BY ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                     < ${RUN_PAUSE * 60}000000000 THEN 0 ELSE 1 END AS is_new
    FROM candidate
  ), numbered AS (
    SELECT *, sum(is_new) OVER (PARTITION BY sender, receiver, way ORDER BY ts, id) AS number FROM paused
  )
  SELECT sender, receiver, way, number, min(started) AS started, list(id) AS transfers, CAST(min(started) - INTERVAL 12 HOUR AS DATE) AS night,
         hour(min(started)) * 60 + minute(min(started)) AS minute, date_diff('minute', min(started), ${local("max(ts_last)")}) AS minutes
  FROM numbered GROUP BY sender, receiver, way, number`;

/** Starts of a pair around the clock, cut at its widest gap and wherever the gap is wide; only slots that were used often enough. */
const SLOTS = `
  CREATE OR REPLACE TEMP TABLE slot AS
  WITH spaced AS (
    SELECT *, coalesce(minute - lag(minute) OVER pair, minute - max(minute) OVER (PARTITION BY sender, receiver, way) + 1440) AS gap FROM pair_run
    WINDOW pair AS (PARTITION BY sender, receiver, way ORDER BY minute, number)
  ), turned AS (
    SELECT *, (minute - arg_max(minute, gap) OVER (PARTITION BY sender, receiver, way) + 1440) % 1440 AS turned FROM spaced
  ), cut AS (
    SELECT *, CASE WHEN turned - lag(turned) OVER (PARTITION BY sender, receiver, way ORDER BY turned, number) > ${SLOT_GAP} THEN 1 ELSE 0 END AS is_new FROM turned
  ), numbered AS (
    SELECT *, sum(is_new) OVER (PARTITION BY sender, receiver, way ORDER BY turned, number) AS slot FROM cut
  )
  SELECT sender, receiver, way, slot, list(number) AS numbers, count(DISTINCT night) AS nights, max(turned) - min(turned) AS spread,
         CAST(quantile_disc(minute, 0.5 ORDER BY turned) AS INTEGER) AS middle
  FROM (SELECT *, turned AS o FROM numbered) GROUP BY sender, receiver, way, slot HAVING count(DISTINCT night) >= ${RUNS_NEEDED}`;

/** Slots of one receiver whose middles follow each other closely are one job. */
const JOB_SLOTS = `
  CREATE OR REPLACE TEMP TABLE job_slot AS
  WITH spaced AS (
    SELECT *, coalesce(middle - lag(middle) OVER side, middle - max(middle) OVER (PARTITION BY receiver, way) + 1440) AS gap FROM slot
    WINDOW side AS (PARTITION BY receiver, way ORDER BY middle, sender, slot)
  ), turned AS (
    SELECT *, (middle - arg_max(middle, gap) OVER (PARTITION BY receiver, way) + 1440) % 1440 AS turned FROM spaced
  ), cut AS (
    SELECT *, CASE WHEN coalesce(turned - lag(turned) OVER (PARTITION BY receiver, way ORDER BY turned, sender, slot), 1440) > ${SLOT_GAP} THEN 1 ELSE 0 END AS is_new FROM turned
  )
  SELECT sender, receiver, way, slot, numbers, turned, CAST(sum(is_new) OVER (ORDER BY receiver, way, turned, sender, slot) AS UINTEGER) AS job FROM cut`;

const MARK_TRANSFERS = `
  UPDATE transfers SET job = r.job, night = r.night FROM (
    SELECT s.job, p.night, unnest(p.transfers) AS id
    FROM (SELECT job, sender, receiver, way, unnest(numbers) AS number FROM job_slot) s
    JOIN pair_run p ON p.sender = s.sender AND p.receiver = s.receiver AND p.way = s.way AND p.number = s.number
  ) r WHERE r.id = transfers.id`;

const RUNS = `
  INSERT INTO job_runs
  SELECT job, night, min(ts), max(ts_last), sum(octets), sum(returned_octets), sum(missed_octets), sum(connections), list(DISTINCT sender ORDER BY sender),
         NULL, list(records[1] ORDER BY octets DESC, id)[:50]
  FROM transfers WHERE job IS NOT NULL GROUP BY job, night`;

/** The window: from the 5 % quantile of the starts to the 95 % quantile of the ends, widened by a quarter of the median length, at least 15 minutes. */
const JOBS = `
  INSERT INTO jobs
  WITH run AS (
    SELECT r.*, ${local("r.ts")} AS started, ${local("r.ts_last")} AS ended FROM job_runs r
  ), placed AS (
    SELECT *, date_diff('minute', CAST(night AS TIMESTAMP) + INTERVAL 12 HOUR, started) AS begin_minute, date_diff('minute', CAST(night AS TIMESTAMP) + INTERVAL 12 HOUR, ended) AS end_minute FROM run
  ), usual AS (
    SELECT job, quantile_cont(begin_minute, 0.05) AS began, quantile_cont(end_minute, 0.95) AS ended, median(begin_minute) AS middle,
           greatest(15, 0.25 * median(end_minute - begin_minute)) AS margin, max(begin_minute) - min(begin_minute) > ${ALL_DAY} OR median(end_minute - begin_minute) > ${ALL_DAY} AS all_day,
           list(DISTINCT CAST(isodow(night) AS UTINYINT) ORDER BY CAST(isodow(night) AS UTINYINT)) AS days, count(*) AS runs, min(ts) AS ts, max(ts_last) AS ts_last,
           median(epoch_ns(ts_last) - epoch_ns(ts)) / 1e9 AS seconds, median(octets) AS octets, mad(ln(1 + octets)) AS spread, mode(isodow(night)) AS day,
           min(night) AS first_night, max(night) AS last_night
    FROM placed GROUP BY job
  ), member AS (
    SELECT job, min(receiver) AS receiver, min(way) AS way, list(DISTINCT sender ORDER BY sender) AS senders FROM job_slot GROUP BY job
  ), chance AS (
    SELECT u.job, count(*) AS nights FROM usual u, LATERAL (SELECT unnest(generate_series(CAST(u.first_night AS TIMESTAMP), CAST(u.last_night AS TIMESTAMP), INTERVAL 1 DAY)) AS night) n
    WHERE list_contains(u.days, CAST(isodow(n.night) AS UTINYINT)) GROUP BY u.job
  )
  SELECT u.job, CASE way WHEN 'between stores' THEN 'copies to ' WHEN 'to outside' THEN 'uploads to ' WHEN 'from store' THEN 'reads by ' WHEN 'from estate' THEN 'reads by ' ELSE 'backups to ' END
           || coalesce(a.name, m.receiver) || CASE WHEN all_day THEN ', all day' ELSE ', about ' || strftime(TIMESTAMP '2000-01-01 12:00:00' + to_minutes(CAST(round(middle) AS BIGINT)), '%H:%M') END,
         way, m.receiver, senders, $zone,
         CASE WHEN all_day THEN 0 ELSE (CAST(round(middle) AS BIGINT) + 720) % 1440 END, CASE WHEN all_day THEN 0 ELSE (CAST(round(began - margin) AS BIGINT) + 2160) % 1440 END,
         CASE WHEN all_day THEN 1439 ELSE (CAST(round(ended + margin) AS BIGINT) + 720) % 1440 END, days, all_day, runs, least(1, runs / c.nights), ts, ts_last, seconds, octets, spread
  FROM usual u JOIN member m ON m.job = u.job JOIN chance c ON c.job = u.job LEFT JOIN assets a ON a.address = m.receiver`;

/** Fulls and increments: the widest gap between volumes with three runs on either side, if their middles are far enough apart. */
const TYPES = `
  UPDATE job_runs SET type = t.type FROM (
    WITH ranked AS (
      SELECT job, night, ln(1 + octets) AS size, row_number() OVER by_size AS place, count(*) OVER (PARTITION BY job) AS runs,
             lead(ln(1 + octets)) OVER by_size - ln(1 + octets) AS gap
      FROM job_runs WINDOW by_size AS (PARTITION BY job ORDER BY octets, night)
    ), border AS (
      SELECT job, arg_max(size, gap) AS size FROM ranked WHERE place >= 3 AND runs - place >= 3 GROUP BY job
    ), halves AS (
      SELECT r.job, median(r.size) FILTER (r.size <= b.size) AS low, median(r.size) FILTER (r.size > b.size) AS high, min(b.size) AS border FROM ranked r JOIN border b ON b.job = r.job GROUP BY r.job
    )
    SELECT r.job, r.night, CASE WHEN r.size > h.border THEN 'full' ELSE 'increment' END AS type
    FROM ranked r JOIN halves h ON h.job = r.job WHERE h.high - h.low > ln(${TYPE_FACTOR})
  ) t WHERE t.job = job_runs.job AND t.night = job_runs.night`;

/** Windows of the jobs that feed the stores; where there are none, of those that feed the estate. */
async function inferredWindows(database: EstateDatabase, zone: string): Promise<JobWindow[]> {
  const rows = await jsonRows(
    database,
    `SELECT name, days, window_start, window_end FROM jobs WHERE way IN ('to store', 'between stores', 'to estate', 'within', 'to outside') ORDER BY receiver, window_start, name`,
    { limit: 1000 },
  );
  return rows.map((row) => ({
    name: String(row["name"]),
    days: (row["days"] as number[]).map(Number),
    startMinute: Number(row["window_start"]),
    endMinute: Number(row["window_end"]),
    zone,
    source: "inferred",
  }));
}

function windowRows(windows: readonly JobWindow[]): string {
  return JSON.stringify(
    windows.map(({ days, startMinute, endMinute, zone }) => ({
      days,
      first: startMinute,
      last: endMinute,
      zone,
    })),
  );
}

/** Whether a local time lies in a window that may reach over midnight. */
function inWindow(time: string, days: string, first: string, last: string): string {
  const minute = `(hour(${time}) * 60 + minute(${time}))`;
  const day = `CAST(isodow(${time}) AS UTINYINT)`;
  const before = `CAST(isodow(${time} - INTERVAL 1 DAY) AS UTINYINT)`;
  return `CASE WHEN ${first} <= ${last} THEN ${minute} BETWEEN ${first} AND ${last} AND list_contains(${days}, ${day})
    ELSE (${minute} >= ${first} AND list_contains(${days}, ${day})) OR (${minute} <= ${last} AND list_contains(${days}, ${before})) END`;
}

const IN_DECLARED = `
  UPDATE transfers SET in_window = w.inside FROM (
    WITH declared AS (
      SELECT unnest(from_json($windows, '[{"days":["UTINYINT"],"first":"INTEGER","last":"INTEGER","zone":"VARCHAR"}]'), recursive := true)
    ), placed AS (
      SELECT t.id, d.days, d.first, d.last, timezone(d.zone, timezone('UTC', CAST(t.ts AS TIMESTAMP))) AS started, timezone(d.zone, timezone('UTC', CAST(t.ts_last AS TIMESTAMP))) AS ended
      FROM transfers t, declared d
    )
    SELECT id, bool_or(${inWindow("started", "days", "first", "last")} OR ${inWindow("ended", "days", "first", "last")}) AS inside FROM placed GROUP BY id
  ) w WHERE w.id = transfers.id`;

/** In a window of a job that the transfer's sender or receiver has part in. */
const IN_INFERRED = `
  UPDATE transfers SET in_window = w.inside FROM (
    WITH part AS (
      SELECT DISTINCT host, days, window_start, window_end FROM (
        SELECT receiver AS host, days, window_start, window_end FROM jobs UNION ALL SELECT unnest(senders), days, window_start, window_end FROM jobs)
    ), placed AS (
      SELECT id, unnest([sender, receiver]) AS host, ${local("ts")} AS started, ${local("ts_last")} AS ended FROM transfers
    )
    SELECT p.id, bool_or(${inWindow("started", "days", "window_start", "window_end")} OR ${inWindow("ended", "days", "window_start", "window_end")}) AS inside
    FROM placed p JOIN part j ON j.host = p.host GROUP BY p.id
  ) w WHERE w.id = transfers.id`;
