/**
 * Hosts that give one NTLM challenge in four connections or more, or one that tools have as their default, where each is drawn anew by a real server: what else they
 * say of themselves is made up as well. Nearly every challenge is a group of its own: lists are only kept of those that a count finds repeated. Text of a query.
 */
export const FIXED_CHALLENGES = `(
  WITH repeated AS (
    SELECT "id.resp_h" AS host, challenge FROM ntlm WHERE challenge IS NOT NULL
    GROUP BY 1, 2 HAVING challenge = '1122334455667788' OR count(*) >= 4
  )
  SELECT "id.resp_h" AS host, challenge, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, list(DISTINCT "id.orig_h") AS victims, count(*) AS count FROM ntlm
  WHERE ("id.resp_h", challenge) IN (SELECT (host, challenge) FROM repeated) GROUP BY 1, 2 HAVING (challenge = '1122334455667788' AND count(DISTINCT uid) >= 1) OR count(DISTINCT uid) >= 4)`;
