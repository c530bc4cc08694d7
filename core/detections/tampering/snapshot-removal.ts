import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";
import { CALL_ANSWER, CALL_OUTCOME, SEALED_HYPERVISORS, runsOf } from "./ledger-sql.ts";

export const snapshotRemoval: Detection = {
  id: "BT-TI-028",
  title: "Virtual machine snapshots removed",
  phase: "tampering",
  attack: ["T1490"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: { n: 5, window_minutes: 10 },
  // Backup software makes a snapshot, reads it and removes it: who made snapshots in the evidence is that, until it removes all of a machine.
  query: `
    WITH maker AS (
      SELECT DISTINCT "id.orig_h" AS source FROM hypervisor_api WHERE regexp_matches(operation, '^CreateSnapshot|^POST /nodes/[^/]+/(qemu|lxc)/\\d+/snapshot$')
      UNION SELECT DISTINCT address FROM ${BACKUP_ACTORS}
    ), removal AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(regexp_extract(operation, '/(?:qemu|lxc)/(\\d+)/', 1), '') AS machine, operation, object, status_code, fault,
             regexp_matches(operation, '^RemoveAllSnapshots') AS is_all
      FROM hypervisor_api
      WHERE regexp_matches(operation, '(RemoveAllSnapshots|RemoveSnapshot|DeleteSnapshot|VStorageObjectDeleteSnapshot)') OR regexp_matches(operation, '^DELETE /nodes/[^/]+/(qemu|lxc)/\\d+/snapshot/')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, r.source, target, "user",
           count(DISTINCT coalesce(nullif(machine, ''), object, rid)) AS count, arg_min(object, ts) AS object, list(DISTINCT coalesce(object, operation) ORDER BY coalesce(object, operation)) AS machines, ${CALL_OUTCOME} AS outcome,
           CASE WHEN count(DISTINCT coalesce(nullif(machine, ''), object, rid)) >= $n THEN CASE WHEN bool_and(fault IS NOT NULL OR status_code >= 300) THEN 'medium' ELSE 'critical' END WHEN bool_or(is_all) THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN min(m.source) IS NOT NULL AND NOT bool_or(is_all) THEN 'The machine makes snapshots too: backup software removes its own' END AS explained
    FROM ${runsOf("removal", `source, target, coalesce("user", '')`)} r LEFT JOIN maker m ON m.source = r.source
    GROUP BY r.source, target, "user", number, ${CALL_ANSWER}`,
  explanation:
    "{user} on {source} {started the removal of|to remove} snapshots of {count} machines through {target}: {machines}.",
  falsePositives: ["Backup software removes its own snapshots (set aside)", "An administrator tidies up"],
  references: ["https://attack.mitre.org/techniques/T1490/", "vSphere Web Services API: VirtualMachineSnapshot"],
  blindTo: [{ text: "calls to hypervisors inside TLS", query: SEALED_HYPERVISORS }],
  samples: [
    { capture: "hypervisor-destruction.rows", findings: 1 },
    { capture: "hypervisor-backup-night.rows", findings: 0 },
  ],
};
