import type { Detection } from "../detection.ts";
import { CALL_ANSWER, CALL_OUTCOME, SEALED_HYPERVISORS, runsOf } from "./ledger-sql.ts";

export const machineDestruction: Detection = {
  id: "BT-TI-029",
  title: "Machines, disks or datastore files destroyed",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: { n: 3, window_minutes: 10 },
  query: `
    WITH deed AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, status_code, fault,
             coalesce(nullif(regexp_extract(coalesce(array_to_string(parameters, ' '), ''), '(\\[[^\\]]*\\] ?\\S+)', 1), ''), object, operation) AS object,
             regexp_matches(operation, '(Datastore|Vmfs|EsxCLI|/storage/[^/]+$)') AND NOT regexp_matches(operation, 'DatastoreFile') AS is_storage,
             regexp_matches(lower(coalesce(array_to_string(parameters, ' '), '') || coalesce(object, '')), 'backup|veeam|nakivo|(^|[^a-z0-9])(vbr|repo(s|sitory|sitories)?|pbs)([^a-z]|$)') AS is_backup
      FROM hypervisor_api
      WHERE operation IN ('Destroy_Task', 'UnregisterVM', 'UnregisterAndDestroy_Task', 'DeleteVirtualDisk_Task', 'EraseVirtualDisk_Task', 'ZeroFillVirtualDisk_Task', 'DeleteDatastoreFile_Task', 'DeleteFile', 'RemoveDatastore',
                          'RemoveDatastoreEx_Task', 'DestroyDatastore', 'UnmountVmfsVolume', 'UnmountVmfsVolumeEx_Task', 'DeleteVmfsVolumeState', 'FormatVmfs', 'DeleteVStorageObject_Task', 'DELETE /folder')
         OR regexp_matches(operation, '^DELETE /(rest/vcenter|api/vcenter)/vm/') OR regexp_matches(operation, '^DELETE /nodes/[^/]+/(qemu|lxc)/\\d+$|^DELETE /nodes/[^/]+/storage/[^/]+/content/|^DELETE /storage/[^/]+$')
         OR regexp_matches(operation, '(?i)^vim\\.EsxCLI\\.(storage\\.filesystem\\.unmount|storage\\.nfs\\.remove|vsan\\.storage\\.(diskgroup\\.)?remove)$')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user", count(DISTINCT object) AS count, arg_max(object, is_backup) AS object,
           list(DISTINCT operation ORDER BY operation) AS calls, ${CALL_OUTCOME} AS outcome,
           CASE WHEN NOT bool_or(status_code < 300 AND fault IS NULL) THEN 'medium' WHEN count(DISTINCT object) >= $n OR bool_or(is_backup) THEN 'critical' WHEN bool_or(is_storage) THEN 'high' ELSE 'medium' END AS severity
    FROM ${runsOf("deed", `source, target, coalesce("user", '')`)} GROUP BY source, target, "user", number, ${CALL_ANSWER}`,
  explanation:
    "{user} on {source} {started the destruction of|to destroy} {count} objects on {target} ({calls}), among them {object}.",
  falsePositives: ["Decommissioning with a ticket"],
  references: ["https://attack.mitre.org/techniques/T1485/", "vSphere Web Services API"],
  blindTo: [{ text: "calls to hypervisors inside TLS", query: SEALED_HYPERVISORS }],
  samples: [
    { capture: "hypervisor-destruction.rows", findings: 1 },
    { capture: "hypervisor-backup-night.rows", findings: 0 },
  ],
};
