import { ADMIN_SHARE_PATTERN } from "../sql.ts";
import { USUAL } from "./unusual-pipe.ts";

/** Pipes that carry what a program reads and writes, as tools of remote execution name them. */
const CONSOLE_PIPE = "(?i)std(in|out|err)";

/**
 * What went through each pipe of a remote console. `until`: its last use, at the latest, which is before the next act behind it on the same
 * connection; where there is none, the end of the connection.
 */
export const CONSOLE_PIPES = `
  WITH used AS (
    SELECT * FROM smb_operations WHERE action = 'transfer' AND (share_type = 'PIPE' OR path ILIKE '%\\IPC$') AND regexp_matches(name, '${CONSOLE_PIPE}') AND (bytes_written > 0 OR bytes_read > 0)
  ), ended AS (
    SELECT uid, min(make_timestamp_ns(epoch_ns(ts) + coalesce(duration, 0))) AS ts FROM conn WHERE uid IN (SELECT uid FROM used) GROUP BY uid
  ), moment AS (
    -- Acts, and behind those of its frame the last use of a pipe.
    SELECT uid, capture, frame, 0 AS place, ts AS acted FROM smb_operations WHERE uid IN (SELECT uid FROM used)
    UNION ALL BY NAME
    SELECT rid, uid, ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(bytes_written, 0) AS went_in, coalesce(bytes_read, 0) AS came_back, last_capture AS capture, last_frame AS frame, 1 AS place FROM used
  ), followed AS (
    SELECT *, min(acted) OVER (PARTITION BY uid, capture ORDER BY frame, place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next FROM moment
  )
  SELECT p.rid, p.uid, p.ts, p.source, p.target, p.went_in, p.came_back, coalesce(p.next, e.ts, p.ts) AS until
  FROM followed p LEFT JOIN ended e ON e.uid = p.uid WHERE p.place = 1`;

/** Pipes that opened and are named like a program that the same host put on an administrative share there before: the program runs and serves them. Windows serves its own. */
export const PROGRAM_PIPES = `
  SELECT DISTINCT p.rid, p.ts, p.source, p.target, p.name
  FROM (
    SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, trim(regexp_replace(name, '(?i)^\\\\?(pipe\\\\)?', ''), '\\') AS name FROM smb_operations
    WHERE action = 'open' AND outcome = 'confirmed' AND name IS NOT NULL AND (share_type = 'PIPE' OR path ILIKE '%\\IPC$')
  ) p JOIN (
    SELECT "id.orig_h" AS source, "id.resp_h" AS target, lower(regexp_extract(name, '(?i)([^\\\\]+)\\.exe$', 1)) AS base, min(ts) AS ts FROM smb_operations
    WHERE (bytes_written > 0 OR create_action IN ('CREATED', 'OVERWRITTEN', 'SUPERSEDED')) AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}') GROUP BY ALL
  ) w ON w.source = p.source AND w.target = p.target AND length(w.base) > 3 AND starts_with(lower(p.name), w.base) AND p.ts >= w.ts
  WHERE NOT regexp_matches(p.name, '${USUAL}')`;

/**
 * What consoles and pipes of programs, `console` and `pipe` of the query, showed within some time of acts: `until` (the last use), `has_console`, `has_pipe`.
 * @param acts Query for acts: `rid`, `source`, `target`, `ts`.
 */
export const PIPES_AFTER = (acts: string, seconds: string): string => `
  SELECT * FROM (
    SELECT rid, max(until) OVER within AS until, coalesce(bool_or(answers) OVER within, false) AS has_console, coalesce(bool_or(is_pipe) OVER within, false) AS has_pipe
    FROM (${acts}
      UNION ALL BY NAME SELECT source, target, ts, until, came_back > 0 AS answers FROM console
      UNION ALL BY NAME SELECT source, target, ts, true AS is_pipe FROM pipe)
    WINDOW within AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 1000000000 * CAST(${seconds} AS BIGINT) FOLLOWING)
  ) WHERE rid IS NOT NULL`;

/** How it is told that a service runs whose start nobody could read, by `has_console` and `has_pipe`; NULL where neither is there. */
export const RUNS_BY_PIPES = (console: string, pipe: string): string =>
  `CASE WHEN ${console} THEN '; a program that answered over pipes right after, as a service opens them, shows that it ran'
    WHEN ${pipe} THEN '; a pipe that opened right after, named like the program that had been brought, shows that it ran' END`;
