import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { afterDesktop, CONTROLLERS, doneOrAsked, NOT_GRANTED, onlyUnread, SEALED } from "../sql.ts";

const FALSE_POSITIVES = ["Backup software resolving access lists", "Domain joins"];

const LISTING = "opnum IN (11, 13, 15, 25, 33, 40, 48, 51)";
/** Calls that list accounts, groups or their members, or try one number after the other; the others open what was listed. */
const LISTS = `(${LISTING} OR is_counted)`;

export const accountEnumeration: Detection = {
  id: "BT-DI-006",
  title: "Account and group enumeration (SAMR)",
  phase: "discovery",
  attack: ["T1087.002", "T1087.001", "T1069.002", "T1069.001"],
  severity: "medium",
  confidence: 0.65,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { operations: 4, accounts: 8, minutes: 5, desktop_seconds: 10 },
  // [MS-SAMR] 3.1.5: enumerate groups 11, users 13, aliases 15; members 25 and 33; query display information 40, 48, 51. At least one of these must be among the calls,
  // or account after account is opened by its number (34), as is done where lists are refused. Where few kinds of calls are seen, the capture may begin in the middle.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, opnum, outcome, target_name, ${SEALED} AS hidden FROM dce_rpc
      WHERE endpoint = 'samr' AND "id.orig_h" NOT IN ${CONTROLLERS}
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target ORDER BY ts) AS number FROM paced
    ), counted AS (
      SELECT source, target, number FROM run WHERE opnum = 34 GROUP BY ALL HAVING count(DISTINCT target_name) FILTER (starts_with(target_name, 'RID ')) >= $accounts
    ), judged AS (
      SELECT *, opnum = 34 AND (source, target, number) IN (SELECT (source, target, number) FROM counted) AS is_counted FROM run
    ), told AS (
      SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, min("user") AS "user",
             list(DISTINCT operation ORDER BY operation) FILTER (${LISTS}) AS operations,
             CASE WHEN count(DISTINCT opnum) >= $operations AND bool_or(${LISTING}) THEN 'medium' ELSE 'low' END AS severity,
             CASE WHEN bool_or(outcome = 'confirmed' AND ${LISTS}) THEN 'confirmed' WHEN bool_and(outcome = 'refused') FILTER (${LISTS}) THEN 'refused' ELSE 'attempted' END AS outcome,
             ${doneOrAsked("read", "read", "hidden", LISTS)} AS did, ${onlyUnread("hidden", LISTS)} AS unread
      FROM judged GROUP BY source, target, number
      HAVING bool_or(${LISTS})
    )
    SELECT *, ${afterDesktop("told", FALSE_POSITIVES)} AS harmless FROM told`,
  explanation: "{user} on {source} {did} accounts and groups of {target} in {count} calls, among them {operations}.",
  falsePositives: FALSE_POSITIVES,
  references: ["https://attack.mitre.org/techniques/T1087/002/", "MS-SAMR 3.1.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "account-enumeration.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
