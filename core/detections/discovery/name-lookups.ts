import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { afterDesktop, BACKUP_ACTORS, CONTROLLERS, GROUP_OUTCOME, NOT_GRANTED, onlyUnread, SEALED } from "../sql.ts";

const FALSE_POSITIVES = ["File servers that translate identifiers"];

export const nameLookups: Detection = {
  id: "BT-DI-007",
  title: "LSA policy and name lookups in bulk",
  phase: "discovery",
  attack: ["T1087.002", "T1482"],
  severity: "low",
  confidence: 0.5,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { calls: 50, names: 200, minutes: 5, desktop_seconds: 10 },
  // [MS-LSAD] 3.1.4 and [MS-LSAT] 3.1.4: enumerate accounts 11 and 35, trusted domains 13 and 50, rights 36; look names up 14, 58, 68, 77 and identifiers 15, 57, 76: one call may ask for a thousand.
  // [MS-NRPC] 3.5.4.7: trusted domains 19, 36 and 40, which machines ask for under their own accounts.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, outcome, ${SEALED} AS hidden,
             CASE WHEN opnum NOT IN (14, 15, 57, 58, 68, 76, 77) THEN 0 ELSE len(string_split(coalesce(target_name, ''), ', ')) + coalesce(TRY_CAST(regexp_extract(target_name, ' and ([0-9]+) more$', 1) AS BIGINT), 0) END AS names,
             (endpoint = 'netlogon' OR opnum IN (13, 50)) AND "user" IS NOT NULL AND "user" NOT LIKE '%$' AND "user" <> '' AS asks_trusts
      FROM dce_rpc
      WHERE ((endpoint = 'lsarpc' AND opnum IN (11, 13, 14, 15, 35, 36, 39, 50, 57, 58, 68, 76, 77)) OR (endpoint = 'netlogon' AND opnum IN (19, 36, 40))) AND "id.orig_h" NOT IN ${CONTROLLERS} AND "id.orig_h" NOT IN ${BACKUP_ACTORS}
    ), dense AS (
      SELECT *, ts - lag(ts, $calls - 1) OVER (PARTITION BY source, target ORDER BY ts) <= to_minutes($minutes) AS reached FROM call
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target ORDER BY ts) > to_minutes($minutes) AS apart FROM dense
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target ORDER BY ts) AS number FROM paced
    ), told AS (
      SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, sum(names) AS names_asked, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(*) AS count, source, target, min("user") AS "user",
             list(DISTINCT operation ORDER BY operation) AS operations, ${GROUP_OUTCOME} AS outcome, ${onlyUnread("hidden")} AS unread
      FROM run GROUP BY source, target, number HAVING bool_or(reached) OR sum(names) >= $names OR bool_or(asks_trusts)
    )
    SELECT *, ${afterDesktop("told", FALSE_POSITIVES)} AS harmless FROM told`,
  explanation:
    "{user} on {source} asked {target} for names, identifiers or trusts in {count} calls ({names_asked} names or identifiers): {operations}.",
  falsePositives: FALSE_POSITIVES,
  references: ["https://attack.mitre.org/techniques/T1087/002/", "MS-LSAT 3.1.4", "MS-NRPC 3.5.4.7"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "name-lookups.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
