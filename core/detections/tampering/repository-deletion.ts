import type { Detection } from "../detection.ts";
import { ANSWER, backupActs, deletionQuery } from "./ledger-sql.ts";

export const repositoryDeletion: Detection = {
  id: "BT-TI-022",
  title: "restic, Kopia or rest-server destructive request",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.9,
  basis: "fact",
  needs: ["archive_op"],
  learningDays: 0,
  parameters: { n: 2, window_minutes: 10, newest_days: 7, history_days: 3 },
  // Locks come and go with every run and do not count. WebDAV is the other way in which repositories lie behind plain HTTP: its
  // deletions, and renames to a name that no product gives, are told here too.
  query: `
    SELECT *, did || ' ' || things || ' of the repository ' || place AS act FROM (${deletionQuery(backupActs("protocol IN ('restic', 'webdav')"))})
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user",
           min(object) AS object, CASE WHEN bool_or(outcome = 'granted') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(outcome = 'granted') THEN 'renamed ' ELSE 'asked to rename ' END || count(*) || CASE count(*) WHEN 1 THEN ' backup file to ' ELSE ' backup files to names such as ' END || min(new_object) AS act,
           CASE WHEN count(*) >= $n THEN 'critical' ELSE 'high' END AS severity
    FROM archive_op
    WHERE protocol = 'webdav' AND operation = 'rename' AND archive_kind IS NOT NULL AND new_object IS NOT NULL
      AND NOT regexp_matches(new_object, '(?i)\\.(v[a-z]{2}|bco|bkf|tibx?|tmp|part|partial|bak|old)$')
    GROUP BY "id.orig_h", "id.resp_h", actor, CAST(ts AS DATE), ${ANSWER}`,
  explanation: "{user} on {source} {act} on {target}, first {object}.",
  falsePositives: ["Scheduled forget and prune from the maintenance host (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "https://github.com/restic/rest-server"],
  blindTo: [
    {
      text: "repositories behind TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" IN (8000, 51515)`,
    },
  ],
  samples: [
    { capture: "restic-rest.pcapng", findings: 2 },
    { capture: "webdav.pcapng", findings: 3 },
    { capture: "winrm-clear.pcapng", findings: 0 },
  ],
};
