import type { Detection } from "../detection.ts";
import { HTTP_ANSWER, HTTP_OUTCOME } from "./ledger-sql.ts";

export const backupServerRemoval: Detection = {
  id: "BT-TI-023",
  title: "Proxmox Backup Server snapshot or datastore removal",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: { n: 3 },
  // Scheduled prune jobs run inside the server. Hypervisors prune one group at the end of its backup, with the numbers to keep.
  query: `
    WITH act AS (
      SELECT *, CASE
        WHEN regexp_matches(operation, '^DELETE /config/datastore/') THEN 'the datastore'
        WHEN regexp_matches(operation, '^DELETE /admin/datastore/[^/]+/(groups|namespace)$') THEN 'all backups of a group'
        WHEN regexp_matches(operation, '^DELETE /admin/datastore/[^/]+/snapshots$') THEN 'a backup'
        WHEN regexp_matches(operation, '^DELETE /config/(sync|verify|prune)/') THEN 'a job of the server'
        WHEN regexp_matches(operation, '^POST /admin/datastore/[^/]+/prune-datastore$') THEN 'backups by pruning'
        WHEN regexp_matches(operation, '^PUT /admin/datastore/[^/]+/protected$') AND list_bool_or([regexp_matches(p, '^protected=(0|false)$') FOR p IN parameters]) THEN 'the protection of a backup' END AS thing
      FROM hypervisor_api WHERE service = 'proxmox_backup'
    ), writer AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, count(DISTINCT CAST(ts AS DATE)) AS days FROM hypervisor_api
      WHERE service = 'proxmox_backup' AND operation = 'GET /backup' AND status_code < 300 GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           count(*) AS count, thing, 'Proxmox Backup Server: ' || thing || ' removed' AS title, coalesce(arg_min(object, ts), arg_min(operation, ts)) AS object, ${HTTP_OUTCOME} AS outcome,
           list(DISTINCT coalesce(array_to_string([p FOR p IN parameters IF regexp_matches(p, '^(backup-|ns=|store=)')], ' '), operation)) AS what,
           CASE WHEN bool_or(status_code < 300) THEN 'removed' ELSE 'asked to remove' END AS did,
           CASE WHEN bool_and(status_code >= 300) THEN 'medium' WHEN thing IN ('the datastore', 'all backups of a group') THEN 'critical'
                WHEN min(w.days) IS NOT NULL AND count(*) < $n THEN 'medium' WHEN count(*) >= $n THEN 'critical' ELSE 'high' END AS severity
    FROM act LEFT JOIN writer w ON w.source = "id.orig_h" AND w.target = "id.resp_h"
    WHERE thing IS NOT NULL
    GROUP BY "id.orig_h", "id.resp_h", "user", thing, CAST(ts AS DATE), ${HTTP_ANSWER}`,
  explanation:
    "{user} on {source} {did} {thing}, {count} times, at the Proxmox Backup Server {target}: {object} ({what}).",
  falsePositives: ["Clean-up by hand in the server's interface"],
  references: ["https://attack.mitre.org/techniques/T1490/", "Proxmox Backup Server API"],
  blindTo: [
    {
      text: "calls to Proxmox Backup Server inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE "id.resp_p" = 8007`,
    },
  ],
  samples: [
    { capture: "backup-server-removal.rows", findings: 2 },
    { capture: "hypervisor-backup-night.rows", findings: 0 },
  ],
};
