import { FIXED_CHALLENGES } from "../records/fixed-challenges.ts";

/** What servers of NTP said of the time, to a client that asked or to all: seconds ahead of the capture. Text of a query. */
export const NTP_TIMES = `(
  SELECT rid, ts, CASE mode WHEN 5 THEN "id.orig_h" ELSE "id.resp_h" END AS server, CASE mode WHEN 5 THEN "id.resp_h" ELSE "id.orig_h" END AS client,
         date_diff('millisecond', CAST(ts AS TIMESTAMP), CAST(xmt_time AS TIMESTAMP)) / 1000.0 AS ahead
  FROM ntp WHERE mode IN (4, 5) AND stratum BETWEEN 1 AND 15 AND xmt_time > TIMESTAMP '1995-01-01')`;

/**
 * What machines said of their own clocks: seconds by which each was ahead of the capture, and what said so. NTLM challenges, NTP answers and
 * syslog lines with a full time do. Text of a query.
 */
export const CLOCKS = `(
  SELECT rid, ts, "id.resp_h" AS host, 'NTLM' AS told_by, date_diff('millisecond', CAST(ts AS TIMESTAMP), CAST(server_time AS TIMESTAMP)) / 1000.0 AS ahead
  FROM ntlm WHERE server_time IS NOT NULL AND server_time > TIMESTAMP '1995-01-01' AND "id.resp_h" NOT IN (SELECT host FROM ${FIXED_CHALLENGES})
  UNION ALL
  SELECT rid, ts, server, 'NTP', ahead FROM ${NTP_TIMES}
  UNION ALL
  SELECT rid, ts, "id.orig_h", 'syslog', date_diff('millisecond', CAST(ts AS TIMESTAMP), CAST(told AS TIMESTAMP)) / 1000.0
  FROM (SELECT *, TRY_CAST(regexp_extract(message, '^1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[0-9.]*(?:Z|[+-]\\d\\d:\\d\\d)) ', 1) AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS told FROM syslog) WHERE told IS NOT NULL)`;
