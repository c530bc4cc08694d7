import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

export const coercion: Detection = {
  id: "BT-CA-013",
  title: "Authentication coercion",
  phase: "credential-access",
  attack: ["T1187"],
  severity: "high",
  confidence: 0.85,
  basis: "inference",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { seconds: 30 },
  // [MS-EFSR] 3.1.4.2, [MS-RPRN] 3.1.4.10, [MS-DFSNM] 3.1.4.4, [MS-FSRVP] 3.1.4, [MS-EVEN] 3.1.4. Printing clients ask for change notifications too, so
  // that call counts only when the server then connects back, and for little where that goes to the client itself. Other hosts count if the call named them.
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", endpoint, operation, target_name, detail,
             lower(regexp_extract(coalesce(target_name, ''), '^[\\\\/]{2}([^\\\\/@]+)', 1)) AS named,
             endpoint IN ('efsrpc', 'efsrpc2', 'efs') AS encrypting_files,
             endpoint IN ('netdfs', 'FileServerVssAgent') OR (endpoint = 'eventlog' AND contains(coalesce(target_name, ''), '\\\\')) AS is_seldom
      FROM dce_rpc
      WHERE (endpoint IN ('efsrpc', 'efsrpc2', 'efs') AND opnum IN (0, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 18, 19, 21))
         OR (endpoint = 'spoolss' AND opnum IN (62, 65))
         OR (endpoint = 'netdfs' AND opnum IN (12, 13))
         OR (endpoint = 'FileServerVssAgent' AND opnum IN (8, 9))
         OR (endpoint = 'eventlog' AND opnum = 9)
    ), log_on AS (
      SELECT uid, min(concat_ws('\\', nullif(domainname, ''), username)) FILTER (coalesce(username, '') <> '') AS account, bool_and(coalesce(response, '') = 'anonymous') AS is_anonymous FROM ntlm GROUP BY uid
    ), back AS (
      SELECT c.rid, c.ts, "id.orig_h" AS host, "id.resp_h" AS peer, "id.resp_p" AS port, l.account
      FROM conn c LEFT JOIN log_on l ON l.uid = c.uid WHERE "id.resp_p" IN (80, 139, 445, 8080) AND "id.orig_h" IN (SELECT target FROM call)
    ), host_name AS (
      SELECT address, lower(address) AS name FROM assets UNION SELECT address, lower(name) FROM assets WHERE name IS NOT NULL
    ), new_peer AS (
      SELECT host, peer, min(ts) AS ts, arg_min(rid, { ts: ts, rid: rid }) AS rid, arg_min(account, { ts: ts, rid: rid }) AS account, min(ts) FILTER (account IS NOT NULL) AS given_at,
             arg_min(account, { ts: ts, rid: rid }) FILTER (account LIKE '%$') AS machine, min(ts) FILTER (account LIKE '%$') AS machine_at FROM back GROUP BY ALL
    ), way AS (
      -- What a call may have brought: a connection to the caller, the first one to another host, the first one to the host that it named. With the first account and the first of a machine, which is what the call is for.
      SELECT host, 'caller' AS way, peer AS sought, ts, rid, peer, account, ts AS given_at, CASE WHEN account LIKE '%$' THEN account END AS machine, ts AS machine_at FROM back
      UNION ALL SELECT host, 'any', '', ts, rid, peer, account, given_at, machine, machine_at FROM new_peer
      UNION ALL SELECT p.host, 'named', h.name, p.ts, p.rid, p.peer, p.account, p.given_at, p.machine, p.machine_at FROM new_peer p JOIN host_name h ON h.address = p.peer
    ), brought AS (
      SELECT *, min(CASE WHEN call IS NULL THEN { ts: ts, rid: rid, peer: peer } END) OVER within AS back, min(CASE WHEN account IS NOT NULL THEN { ts: given_at, account: account } END) OVER within AS first_given,
             min(CASE WHEN machine IS NOT NULL THEN { ts: machine_at, account: machine } END) OVER within AS first_machine, min(account) OVER within AS least_given, max(account) OVER within AS most_given
      FROM (SELECT * FROM way
        UNION ALL BY NAME SELECT rid AS call, ts, target AS host, 'caller' AS way, source AS sought FROM call
        UNION ALL BY NAME SELECT rid AS call, ts, target AS host, 'any' AS way, '' AS sought FROM call WHERE encrypting_files
        UNION ALL BY NAME SELECT rid AS call, ts, target AS host, 'named' AS way, unnest(list_distinct([named, split_part(named, '.', 1)])) AS sought FROM call WHERE named <> '')
      WINDOW within AS (PARTITION BY host, way, sought ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 1000000000 * CAST($seconds AS BIGINT) FOLLOWING)
    ), answered AS (
      SELECT call AS rid, min(back).ts AS back_at, min(back).rid AS back_rid, min(back).peer AS third,
             list_distinct(flatten(list([CASE WHEN first_given.ts <= ts + to_seconds($seconds) THEN first_given.account END, CASE WHEN first_machine.ts <= ts + to_seconds($seconds) THEN first_machine.account END, CASE WHEN way = 'caller' THEN least_given END, CASE WHEN way = 'caller' THEN most_given END]))) AS given
      FROM brought WHERE call IS NOT NULL AND back IS NOT NULL GROUP BY call
    ), judged AS (
      SELECT c.*, a.back_at, a.back_rid, a.third, a.given, coalesce(n.is_anonymous, false) AS is_anonymous, endpoint = 'spoolss' AND NOT (named <> '' AND named <> source AND (regexp_matches(named, '^[0-9.]+$') OR source IN (SELECT address FROM assets WHERE name IS NOT NULL))
               AND NOT EXISTS (SELECT 1 FROM host_name h WHERE h.address = c.source AND h.name IN (named, split_part(named, '.', 1)))) AS is_client_itself
      FROM call c LEFT JOIN answered a ON a.rid = c.rid LEFT JOIN log_on n ON n.uid = c.uid
    )
    SELECT min(ts) AS ts, max(coalesce(back_at, ts)) AS ts_last,
           list_concat(list(rid ORDER BY ts)[:100], coalesce(list(DISTINCT back_rid ORDER BY back_rid) FILTER (back_rid IS NOT NULL), [])) AS records,
           count(*) AS count, source, target, min("user") AS "user", endpoint AS interface,
           list(DISTINCT operation ORDER BY operation) AS operations, min(target_name) AS object,
           CASE WHEN bool_or(back_at IS NOT NULL)
                THEN 'within ' || $seconds || ' seconds it connected to ' || min(third) || coalesce(' and sent a log-on there by NTLM as ' || list_aggregate(list_distinct(flatten(list(given))), 'string_agg', ', '), '')
                ELSE 'no connection back was seen' END AS answer,
           CASE WHEN min("user") IS NULL AND bool_and(is_anonymous) THEN ', logged on without an account,' ELSE '' END AS account_text,
           CASE WHEN bool_or(back_at IS NOT NULL) THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(back_at IS NOT NULL) THEN 0.9 ELSE 0.6 END AS confidence,
           CASE WHEN bool_and(is_client_itself) THEN 'low' WHEN bool_or(back_at IS NOT NULL AND NOT is_client_itself) OR bool_or(encrypting_files) THEN 'high' ELSE 'medium' END AS severity
    FROM judged
    GROUP BY source, target, endpoint
    HAVING bool_or(encrypting_files) OR bool_or(is_seldom) OR bool_or(back_at IS NOT NULL)`,
  explanation:
    "{source}{account_text} called {operations} (interface {interface}) on {target}, which makes a server authenticate to a host of the caller's choice; {answer}.",
  falsePositives: ["Print clients of a server that also mounts shares of theirs", "DFS administration"],
  references: ["https://attack.mitre.org/techniques/T1187/", "MS-EFSR 3.1.4.2", "MS-RPRN 3.1.4.10"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "petitpotam.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
