import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, afterDesktop, BACKUP_ACTORS, SEALED } from "../sql.ts";

const FALSE_POSITIVES = ["Inventory and monitoring products", "Administrators' consoles"];

export const registryQuery: Detection = {
  id: "BT-DI-020",
  title: "Registry of another machine read",
  phase: "discovery",
  attack: ["T1012", "T1082"],
  severity: "low",
  confidence: 0.5,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { hosts: 3, desktop_seconds: 10 },
  // [MS-RRP] 3.1.5: hives opened 0 to 4, 27, 32 and 33, keys opened 15, listed 9, 10 and 16, values read 17 and 29, and nothing written.
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, opnum, outcome, target_name, opnum IN (9, 10, 16, 17, 29) AS reads, ${SEALED} AS hidden FROM dce_rpc
      WHERE endpoint = 'winreg' AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), session AS (
      SELECT uid, source, target, min("user") AS "user", min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS rids, count(*) AS calls, bool_or(opnum IN (9, 10)) AS lists,
             list(DISTINCT target_name) FILTER (target_name IS NOT NULL AND opnum = 15) AS keys, bool_or(outcome = 'confirmed' AND reads) AS done, bool_or(outcome = 'confirmed' AND reads AND NOT hidden) AS is_read, bool_and(outcome = 'refused') FILTER (reads) AS refused
      FROM call GROUP BY uid, source, target HAVING NOT bool_or(opnum IN (6, 7, 8, 19, 20, 22, 31, 35)) AND bool_or(reads)
    ), told AS (
      SELECT min(ts) AS ts, max(ts_last) AS ts_last, flatten(list(rids ORDER BY ts))[:200] AS records, sum(calls) AS record_count, source, CASE WHEN count(DISTINCT target) = 1 THEN min(target) END AS target, "user",
             count(DISTINCT target) AS count, count(DISTINCT target) FILTER (refused) AS refused_count, list(DISTINCT target ORDER BY target) AS targets, list_sort(list_distinct(flatten(list(coalesce(keys, ['not readable']))))) AS keys,
             list_sort(list_distinct(flatten(list(coalesce(keys, [])))))[1] AS object,
             CASE WHEN count(DISTINCT target) >= $hosts THEN 'medium' ELSE 'low' END AS severity,
             CASE WHEN bool_or(done) THEN 'confirmed' WHEN bool_and(refused) THEN 'refused' ELSE 'attempted' END AS outcome,
             CASE WHEN bool_or(is_read) THEN 'read' WHEN bool_or(done) THEN 'asked to read' WHEN bool_and(refused) THEN 'asked (and was refused) to read' ELSE 'asked (success was not seen) to read' END AS did,
             coalesce(bool_or(done), false) AND NOT coalesce(bool_or(is_read), false) AS unread, bool_or(lists) AS lists
      FROM session GROUP BY source, "user", CAST(ts AS DATE)
    )
    SELECT *, CASE WHEN NOT lists THEN ${afterDesktop("told", FALSE_POSITIVES)} END AS harmless FROM told`,
  explanation:
    "{user} on {source} {did} the registry of {count} hosts over the network, with no call that writes: {targets}; keys: {keys}.",
  falsePositives: FALSE_POSITIVES,
  references: ["https://attack.mitre.org/techniques/T1012/", "MS-RRP 3.1.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "registry-query.rows", findings: 1 },
    { capture: "registry-write.pcapng", findings: 0 },
  ],
};
