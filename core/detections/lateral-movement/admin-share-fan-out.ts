import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS } from "../sql.ts";

export const adminShareFanOut: Detection = {
  id: "BT-LM-005",
  title: "Admin-share connection fan-out",
  phase: "lateral-movement",
  attack: ["T1021.002"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_mapping"],
  learningDays: 0,
  parameters: { hosts: 5, minutes: 5 },
  query: `
    WITH first_contact AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, date_trunc('day', ts) AS day, min(ts) AS ts, arg_min(rid, ts) AS rid,
             min("user") AS "user", bool_or(outcome = 'confirmed') AS granted
      FROM smb_mapping
      WHERE regexp_matches(path, '${ADMIN_SHARE_PATTERN}')
      GROUP BY 1, 2, 3
    ), dense AS (
      SELECT *, ts - lag(ts, $hosts - 1) OVER (PARTITION BY source, day ORDER BY ts) <= to_minutes($minutes) AS reached FROM first_contact
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, source, NULL AS target,
           CASE WHEN count(DISTINCT "user") = 1 THEN min("user") END AS "user", count(*) AS count, count(*) FILTER (granted) AS opened,
           CASE count(DISTINCT "user") WHEN 0 THEN 'under an account that was not seen' WHEN 1 THEN 'as ' || min("user") ELSE 'under ' || count(DISTINCT "user") || ' accounts (' || array_to_string(list(DISTINCT "user" ORDER BY "user")[:4], ', ') || ')' END AS account_text,
           CASE WHEN bool_or(granted) THEN 'confirmed' ELSE 'refused' END AS outcome,
           list(target ORDER BY ts) AS hosts_reached, (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds,
           CASE WHEN source IN ${BACKUP_ACTORS} THEN 'A backup server or proxy opens the administrative shares of the machines it protects' END AS explained
    FROM dense GROUP BY source, day HAVING bool_or(reached)`,
  explanation:
    "{source} asked {count} hosts for their administrative shares within {span_seconds}, {account_text}: {hosts_reached}. Of these hosts, {opened} granted it.",
  falsePositives: ["Deployment and vulnerability scanners"],
  references: ["https://attack.mitre.org/techniques/T1021/002/"],
  blindTo: [],
  samples: [
    { capture: "admin-share-fan-out.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "dpm-at-work.rows", findings: 0 },
  ],
};
