/** What servers of NTP said of the time, to a client that asked or to all: seconds ahead of the capture. Text of a query. */
export const NTP_TIMES = `(
  SELECT rid, ts, CASE mode WHEN 5 THEN "id.orig_h" ELSE "id.resp_h" END AS server, CASE mode WHEN 5 THEN "id.resp_h" ELSE "id.orig_h" END AS client,
         date_diff('millisecond', CAST(ts AS TIMESTAMP), CAST(xmt_time AS TIMESTAMP)) / 1000.0 AS ahead
  FROM ntp WHERE mode IN (4, 5) AND stratum BETWEEN 1 AND 15 AND xmt_time > TIMESTAMP '1995-01-01')`;

/**
 * Hosts that give one NTLM challenge in four connections or more, or one that tools have as their default, where each is drawn anew by a real server: what else they
 * say of themselves is made up as well. Text of a query.
 */
export const FIXED_CHALLENGES = `(
  SELECT "id.resp_h" AS host, challenge, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, list(DISTINCT "id.orig_h") AS victims, count(*) AS count FROM ntlm
  WHERE challenge IS NOT NULL GROUP BY 1, 2 HAVING (challenge = '1122334455667788' AND count(DISTINCT uid) >= 1) OR count(DISTINCT uid) >= 4)`;

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
