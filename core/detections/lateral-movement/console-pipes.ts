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
