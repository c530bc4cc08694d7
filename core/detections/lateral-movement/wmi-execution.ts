import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";

export const wmiExecution: Detection = {
  id: "BT-LM-007",
  title: "Remote WMI execution",
  phase: "lateral-movement",
  attack: ["T1047", "T1021.003"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 15 },
  // [MS-WMI] 3.1.4.3: ExecMethod 24 and ExecMethodAsync 25; the number stays readable when the call is sealed.
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, target_name, outcome, sealed
      FROM dce_rpc WHERE endpoint = 'IWbemServices' AND opnum IN (24, 25)
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) > to_minutes($minutes) AS apart FROM call
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) AS number FROM paced
    ), joined AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, "user",
             list(DISTINCT concat_ws(': ', target_name, command) ORDER BY concat_ws(': ', target_name, command))
               FILTER (target_name IS NOT NULL OR command IS NOT NULL) AS methods,
             first(command ORDER BY ts) FILTER (command IS NOT NULL) AS command, list(DISTINCT command) FILTER (command IS NOT NULL) AS ran,
             bool_or(outcome = 'confirmed') AS confirmed, bool_and(outcome = 'refused') AS refused, bool_or(sealed) AS sealed
      FROM run GROUP BY source, target, "user", number
    )
    SELECT ts, ts_last, records, source, target, "user", count, command AS object, ran,
           coalesce(methods, [CASE WHEN sealed THEN 'its arguments are sealed' ELSE 'its arguments are not readable' END]) AS what,
           CASE WHEN confirmed THEN 'confirmed' WHEN refused THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN source IN ${BACKUP_ACTORS} AND command IS NULL
                THEN 'A backup server calls WMI methods on the machines it protects (guest processing, shadow copies); the arguments are not readable' END AS explained
    FROM joined`,
  explanation: "{user} on {source} called a WMI method on {target} {count} times: {what}.",
  falsePositives: ["Monitoring and inventory products", "Hyper-V backup, which drives shadow copies over WMI"],
  references: ["https://attack.mitre.org/techniques/T1047/", "MS-WMI 3.1.4.3"],
  blindTo: [],
  samples: [
    { capture: "wmi-exec.pcapng", findings: 1 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
  ],
};
