import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE } from "../sql.ts";

/** Said of an account that only the cookie of a remote desktop names. */
const BY_COOKIE = (by: string): string =>
  `CASE WHEN ${by} THEN ' (by the RDP cookie, which the client chooses)' ELSE '' END`;

/** Accounts that went one way between two hosts in an hour: where more went either way, they are counted, and not told in pairs. */
const FEW = 10;

/** Characters of an account that are compared with another where they are counted: Windows takes 20. */
const COMPARED = 64;

/** Accounts of a way that are named, and records of it that a finding holds. */
const NAMED = 5;
const RECORDS_OF_WAY = 50;

/** Accounts that went a way, as a list of acts: each where it is one, else their number with the first names; and how many of them only cookies name. */
const accountsOf = (acts: string): string =>
  `CASE len(${acts}) WHEN 1 THEN ${acts}[1]."user" ELSE len(${acts}) || ' accounts (' || array_to_string(list_transform(${acts}[:${NAMED}], lambda each: each."user"), ', ')
    || CASE WHEN len(${acts}) > ${NAMED} THEN ' and ' || (len(${acts}) - ${NAMED}) || ' more' ELSE '' END || ')' END`;
const BY_COOKIES = (acts: string): string => {
  const count = `len(list_filter(${acts}, lambda each: each.by_cookie))`;
  return `CASE WHEN len(${acts}) = 1 OR ${count} = 0 THEN ${BY_COOKIE(`${count} = 1`)} ELSE ' (' || ${count} || ' of them by RDP cookies, which the client chooses)' END`;
};

/** Whether an account `f` came to the middle host in the time before another, `s`, went on from it. */
const FOLLOWS = `s.account <> f.account AND f.ts <= s.ts AND f.until >= s.since AND (NOT s.is_own_hour OR coalesce(f.hour_before < s.since, true))
        -- An RDP cookie holds nine characters of a name.
        AND NOT starts_with(s.account, f.account) AND NOT starts_with(f.account, s.account)`;

/** Accounts that came to the middle host and those that went on from it, one with another. */
const PAIRS = (which: string): string => `
      SELECT f.account AS account1, s.since, s.first AS onward, f.source AS a, f.target AS b, s.target AS c
      FROM way f JOIN onward s ON s.source = f.target AND s.hour = f.hour AND s.target <> f.source AND ${FOLLOWS}
      LEFT JOIN known k ON k.source = f.source AND k.account = s.account
      WHERE ${which} AND coalesce(k.least = f.target AND k.most = f.target, true) AND (f.account, s.target) NOT IN (SELECT (account, target) FROM person)`;

export const credentialSwitch: Detection = {
  id: "BT-LM-023",
  title: "Credential switch along a path",
  phase: "lateral-movement",
  attack: ["T1078", "T1021"],
  severity: "high",
  confidence: 0.65,
  basis: "inference",
  needs: ["dce_rpc|ntlm|rdp|smb_sessions|winrm"],
  learningDays: 0,
  parameters: { minutes: 60 },
  // The way into the middle host is one that a person or tool works over: remote execution, RDP or WinRM. The second account is one that the first host
  // never used, at a host that the first account never reached, and nobody used it from the middle host before.
  query: `
    WITH log_on AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", false AS works, false AS by_cookie FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL AND coalesce(is_anonymous, false) = false
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domainname, ''), username), false, false FROM ntlm WHERE coalesce(accepted, success) AND username <> ''
      UNION ALL SELECT min(ts), arg_min(rid, ts), "id.orig_h", "id.resp_h", "user", true, false FROM dce_rpc
        WHERE "user" IS NOT NULL AND outcome = 'confirmed' AND ((endpoint = 'svcctl' AND opnum IN (12, 19, 24, 31, 44, 45, 60)) OR (endpoint = 'IWbemServices' AND opnum IN (24, 25))
          OR (endpoint = 'ITaskSchedulerService' AND opnum IN (1, 12)) OR (endpoint = 'atsvc' AND opnum = 0) OR (endpoint = 'IDispatch' AND opnum = 6)) GROUP BY "id.orig_h", "id.resp_h", "user"
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", cookie, true, true FROM rdp WHERE cookie <> '' AND result IS NOT NULL
      UNION ALL SELECT min(ts), arg_min(rid, ts), "id.orig_h", "id.resp_h", concat_ws('\\', nullif(domain, ''), "user"), true, false FROM winrm WHERE "user" IS NOT NULL AND coalesce(status_code, 200) < 400 GROUP BY ALL
    ), named AS (
      SELECT *, lower(split_part(split_part("user", '\\', -1), '@', 1)) AS account FROM log_on
    ), person AS (
      SELECT * FROM named WHERE account <> '' AND account NOT LIKE '%$' AND account NOT IN ('guest', 'anonymous')
    ), way AS (
      -- Who worked on the middle host, hour by hour: with the first and the last of an hour it is known whether any lies within a later one's time.
      SELECT *, CASE WHEN lag(hour) OVER w = hour - 1 THEN lag(until) OVER w END AS hour_before, count(*) OVER (PARTITION BY source, target, hour) > ${FEW} AS are_many
      FROM (
        SELECT source, target, account, epoch_ns(ts) // (60000000000 * CAST($minutes AS BIGINT)) AS hour, min(ts) AS ts, max(ts) AS until
        FROM person WHERE works GROUP BY ALL
      ) WINDOW w AS (PARTITION BY source, target, account ORDER BY hour)
    ), onward AS (
      -- Only the first time counts that the middle host used an account there.
      SELECT *, count(*) OVER (PARTITION BY source, target, hour) > ${FEW} AS are_many
      FROM (SELECT source, target, account, first, first.ts AS ts, first.ts - to_minutes($minutes) AS since, unnest([hour - 1, hour]) AS hour, unnest([false, true]) AS is_own_hour
      FROM (SELECT source, target, account, min({ ts: ts, rid: rid, "user": "user", by_cookie: by_cookie }) AS first, epoch_ns(min(ts)) // (60000000000 * CAST($minutes AS BIGINT)) AS hour FROM person GROUP BY ALL))
    ), known AS (
      SELECT source, account, min(target) AS least, max(target) AS most FROM person GROUP BY ALL
    ), crowd AS (
      SELECT f.source AS a, f.target AS b, s.target AS c, f.hour FROM (SELECT DISTINCT source, target, hour FROM way WHERE are_many) f
      JOIN (SELECT DISTINCT source, target, hour FROM onward WHERE are_many) s ON s.source = f.target AND s.hour = f.hour AND s.target <> f.source
    ), came AS (
      SELECT x.*, f.account, f.ts, f.until, f.hour_before FROM crowd x JOIN way f ON f.source = x.a AND f.target = x.b AND f.hour = x.hour
      WHERE (f.account, x.c) NOT IN (SELECT (account, target) FROM person)
    ), went AS (
      SELECT x.*, s.account, s.ts, s.since, s.is_own_hour, s.first FROM crowd x JOIN onward s ON s.source = x.b AND s.target = x.c AND s.hour = x.hour
      LEFT JOIN known k ON k.source = x.a AND k.account = s.account WHERE coalesce(k.least = x.b AND k.most = x.b, true)
    ), dense AS (
      SELECT a, b, c, hour FROM came GROUP BY ALL HAVING count(*) > ${FEW} INTERSECT SELECT a, b, c, hour FROM went GROUP BY ALL HAVING count(*) > ${FEW}
    ), pair AS (${PAIRS("NOT f.are_many")} UNION ALL ${PAIRS("f.are_many AND NOT s.are_many")}
      UNION ALL
      SELECT f.account, s.since, s.first, a, b, c FROM (SELECT * FROM came ANTI JOIN dense USING (a, b, c, hour)) f JOIN went s USING (a, b, c, hour) WHERE ${FOLLOWS}
    ), step AS (
      -- The first within that time, which may be any of its hour.
      SELECT p.*, e.way
      FROM pair p ASOF JOIN (SELECT source, target, account, ts, min({ ts: ts, rid: rid, "user": "user", by_cookie: by_cookie }) AS way FROM person WHERE works GROUP BY ALL) e
        ON e.source = p.a AND e.target = p.b AND e.account = p.account1 AND e.ts >= p.since
    ), arrival AS (
      -- Of the hour itself the first counts, of the one before the last: what came did so in the time before whatever went on at its moment or later.
      SELECT a, b, c, hour, account, unnest([{ own: true, moment: epoch_ns(ts) }, { own: false, moment: -epoch_ns(until) }], recursive := true) FROM came SEMI JOIN dense USING (a, b, c, hour)
    ), departure AS (
      SELECT a, b, c, hour, account, is_own_hour AS own, CASE WHEN is_own_hour THEN epoch_ns(ts) ELSE -epoch_ns(since) END AS moment, first FROM went SEMI JOIN dense USING (a, b, c, hour)
    ), kin AS (
      -- How many that came may be the account itself that went on: one name begins with the other.
      SELECT a, hour, rid, count(*) AS count FROM (
        SELECT a, hour, d.rid FROM (SELECT a, b, c, hour, own, moment, first.rid AS rid, substr(account, 1, unnest(range(1, least(length(account), ${COMPARED}) + 1))) AS account FROM departure) d
        JOIN (SELECT * REPLACE (substr(account, 1, ${COMPARED}) AS account) FROM arrival) r USING (a, b, c, hour, own, account) WHERE r.moment <= d.moment
        UNION ALL
        SELECT a, hour, d.first.rid FROM (SELECT * REPLACE (substr(account, 1, ${COMPARED}) AS account) FROM departure) d
        JOIN (SELECT a, b, c, hour, own, moment, substr(account, 1, unnest(range(1, least(length(account), ${COMPARED})))) AS account FROM arrival) r USING (a, b, c, hour, own, account) WHERE r.moment <= d.moment
      ) GROUP BY ALL
    ), gone AS (
      SELECT d.* FROM (
        SELECT *, count(*) FILTER (first IS NULL) OVER (PARTITION BY a, b, c, hour, own ORDER BY moment) AS there FROM (SELECT * FROM departure UNION ALL BY NAME SELECT * FROM arrival)
      ) d LEFT JOIN kin k ON k.a = d.a AND k.hour = d.hour AND k.rid = d.first.rid
      WHERE d.first IS NOT NULL AND d.there > coalesce(k.count, 0)
    ), counted AS (
      SELECT a, b, c, list_sort(list(act) FILTER (came)) AS ways, list_sort(list(act) FILTER (NOT came)) AS onwards FROM (
        SELECT r.a, r.b, r.c, r.account, true AS came, min({ ts: p.ts, rid: p.rid, "user": p."user", by_cookie: p.by_cookie }) AS act
        FROM arrival r JOIN (SELECT a, b, c, hour, own, max(moment) AS latest FROM gone GROUP BY ALL) g USING (a, b, c, hour, own)
        JOIN person p ON p.works AND p.source = r.a AND p.target = r.b AND p.account = r.account AND epoch_ns(p.ts) = abs(r.moment) WHERE r.moment <= g.latest GROUP BY ALL
        UNION ALL SELECT DISTINCT a, b, c, account, false, first FROM gone
      ) GROUP BY a, b, c
    ), told AS (
      SELECT way.ts AS ts, onward.ts AS ts_last, [way.rid, onward.rid] AS records, 2 AS record_count, 1 AS count, a, b, c, onward."user" AS "user", way."user" AS user1, onward."user" AS user2,
             ${BY_COOKIE("way.by_cookie")} AS how1_text, ${BY_COOKIE("onward.by_cookie")} AS how2_text, 'an account' AS accounts_text, way."user" AS who_text FROM step
      UNION ALL
      SELECT ways[1].ts, onwards[-1].ts, list_transform(list_sort(list_concat(ways[:${RECORDS_OF_WAY}], onwards[:${RECORDS_OF_WAY}])), lambda each: each.rid), len(ways) + len(onwards), len(onwards), a, b, c, onwards[1]."user", ${accountsOf("ways")}, ${accountsOf("onwards")},
             ${BY_COOKIES("ways")}, ${BY_COOKIES("onwards")}, CASE len(onwards) WHEN 1 THEN 'an account' ELSE 'accounts' END, CASE len(ways) WHEN 1 THEN ways[1]."user" ELSE 'the former' END FROM counted
    )
    SELECT ts, ts_last, records, record_count, count, a AS source, c AS target, "user", user1 || ' then ' || user2 AS object, b AS middle_host, user1, user2, how1_text, how2_text, accounts_text, who_text, 'confirmed' AS outcome,
           CASE WHEN b IN ${ADMIN_HOSTS} THEN 'info' WHEN b IN ${ESTATE} OR c IN ${ESTATE} THEN 'high' ELSE 'low' END AS severity
    FROM told`,
  explanation:
    "{user1}{how1_text} went from {source} to {middle_host}; from there {user2}{how2_text} logged on to {target} within {minutes} minutes, {accounts_text} that {source} had not used, at a host that {who_text} had not reached.",
  falsePositives: [
    "Jump hosts with separate administrator accounts by design",
    "Service accounts of the middle host that begin to work just then",
  ],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "credential-switch.rows", findings: 1 },
    { capture: "ntlm-windows-client.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
