import type { Detection } from "../detection.ts";
import { CALL_ANSWER, CALL_OUTCOME, SEALED_HYPERVISORS, runsOf } from "./ledger-sql.ts";

export const massPowerOff: Detection = {
  id: "BT-TI-030",
  title: "Mass power-off or maintenance mode",
  phase: "tampering",
  attack: ["T1529", "T1489"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: { n: 10, window_minutes: 5 },
  query: `
    WITH stop AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, status_code, fault, coalesce(nullif(regexp_extract(coalesce(array_to_string(parameters, ' '), ''), '(?i)<worldid[^>]*>(\\d+)', 1), ''), object, operation) AS object
      FROM hypervisor_api
      WHERE operation IN ('PowerOffVM_Task', 'ShutdownGuest', 'ResetVM_Task', 'TerminateVM', 'SuspendVM_Task', 'EnterMaintenanceMode_Task', 'ShutdownHost_Task', 'RebootHost_Task', 'DatastoreEnterMaintenanceMode', 'PowerDownHostToStandBy_Task')
         OR regexp_matches(operation, '^POST /(rest|api)/vcenter/vm/[^/]+/(guest/)?power|^POST /nodes/[^/]+/(qemu|lxc)/\\d+/status/(stop|shutdown|reset|suspend)$|^POST /nodes/[^/]+/(stopall|status)$')
         OR regexp_matches(operation, '(?i)^vim\\.EsxCLI\\.(vm\\.process\\.kill|system\\.shutdown\\.(poweroff|reboot)|system\\.maintenanceMode\\.set)$')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, "user", count(DISTINCT object || operation) AS count, arg_min(object, ts) AS object,
           date_diff('second', CAST(min(ts) AS TIMESTAMP), CAST(max(ts) AS TIMESTAMP)) AS span_seconds, list(DISTINCT regexp_replace(operation, '/\\d+/', '/…/') ORDER BY regexp_replace(operation, '/\\d+/', '/…/')) AS calls, ${CALL_OUTCOME} AS outcome,
           CASE WHEN bool_and(fault IS NOT NULL OR status_code >= 300) THEN 'medium' ELSE 'critical' END AS severity
    FROM ${runsOf("stop", `source, target, coalesce("user", '')`)} GROUP BY source, target, "user", number, ${CALL_ANSWER}
    QUALIFY sum(count(DISTINCT object || operation)) OVER (PARTITION BY source, target, "user", number) >= $n OR bool_or(contains(operation, 'stopall'))`,
  explanation:
    "{user} on {source} {started the stop of|to stop} {count} machines or hosts through {target} within {span_seconds} ({calls}).",
  falsePositives: ["Planned maintenance"],
  references: ["https://attack.mitre.org/techniques/T1529/", "vSphere Web Services API"],
  blindTo: [{ text: "calls to hypervisors inside TLS", query: SEALED_HYPERVISORS }],
  samples: [
    { capture: "hypervisor-destruction.rows", findings: 1 },
    { capture: "hypervisor-backup-night.rows", findings: 0 },
  ],
};
