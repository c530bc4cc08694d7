import { ADMIN_SHARE_PATTERN } from "../sql.ts";
import { USUAL } from "./unusual-pipe.ts";

/** Pipes that carry what a program reads and writes, as tools of remote execution name them. */
const CONSOLE_PIPE = "(?i)std(in|out|err)";

/**
 * What went through each pipe of a remote console. `until`: its last use, at the latest, which is before the next act behind it on the same
 * connection; where there is none, the end of the connection.
 */
export const CONSOLE_PIPES = `
  SELECT p.rid, p.uid, p.ts, p."id.orig_h" AS source, p."id.resp_h" AS target, coalesce(p.bytes_written, 0) AS went_in, coalesce(p.bytes_read, 0) AS came_back,
         coalesce(min(a.ts), any_value(make_timestamp_ns(epoch_ns(c.ts) + coalesce(c.duration, 0))), any_value(p.ts)) AS until
  FROM smb_operations p
  LEFT JOIN smb_operations a ON a.uid = p.uid AND a.capture = p.last_capture AND a.frame > p.last_frame
  LEFT JOIN conn c ON c.uid = p.uid
  WHERE p.action = 'transfer' AND (p.share_type = 'PIPE' OR p.path ILIKE '%\\IPC$') AND regexp_matches(p.name, '${CONSOLE_PIPE}')
    AND (p.bytes_written > 0 OR p.bytes_read > 0)
  GROUP BY ALL`;

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

/** How it is told that a service runs whose start nobody could read, by `has_console` and `has_pipe`; NULL where neither is there. */
export const RUNS_BY_PIPES = (console: string, pipe: string): string =>
  `CASE WHEN ${console} THEN '; a program that answered over pipes right after, as a service opens them, shows that it ran'
    WHEN ${pipe} THEN '; a pipe that opened right after, named like the program that had been brought, shows that it ran' END`;
