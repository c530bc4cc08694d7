import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS } from "../sql.ts";

const REFUSED_BY_RIGHT = [
  "Monitoring and inventory whose account lacks rights",
  "Consoles opened under an account without rights",
];

export const activationRefused: Detection = {
  id: "BT-LM-031",
  title: "Start of a COM object refused",
  phase: "lateral-movement",
  attack: ["T1021.003"],
  severity: "medium",
  confidence: 0.5,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 2, habit_hours: 18, habit_times: 6, empty_octets: 64 },
  // RemoteActivation 0, RemoteGetClassObject 3, RemoteCreateInstance 4, and the log-on to a WMI name space 6. Refused by a fault (5: access denied), by its
  // result (E_ACCESSDENIED, WBEM_E_ACCESS_DENIED, a log-on that failed), or at the bind. Where the answer is sealed, its size tells: one with an object holds several hundred octets of references and bindings, one without 16. A client that is let in moments later under the same account had
  // only tried another way first. [MS-DCOM] 3.1.2.5.2.3, [MS-WMI] 3.1.4.1.4
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", status, sealed,
             CASE WHEN sealed AND outcome = 'confirmed' AND opnum <> 6 AND response_octets < $empty_octets THEN 'empty' ELSE outcome END AS outcome, opnum IS NULL AS is_bind,
             CASE WHEN opnum IS NULL THEN 'at the bind' WHEN sealed AND outcome = 'confirmed' THEN 'the answer is sealed, and too short to hold an object reference'
                WHEN status IN ('0x00000721', '0x0000052e', '0x8007052e') THEN 'as its log-on failed' ELSE 'access denied' END AS how,
           CASE WHEN endpoint = 'IWbemLevel1Login' THEN concat_ws(', ', 'WMI', target_name) ELSE target_name END AS class
      FROM dce_rpc
      -- Who speaks another version, or asks for what is not there, was refused nothing.
      WHERE NOT (opnum IS NULL AND regexp_matches(coalesce(detail, ''), 'not supported|congestion|limit exceeded|address unknown|no service access point|not readable'))
        AND ((endpoint IN ('IRemoteSCMActivator', 'ISystemActivator') AND coalesce(opnum, 4) IN (3, 4)) OR (endpoint = 'IActivation' AND coalesce(opnum, 0) = 0)
         OR (endpoint = 'IWbemLevel1Login' AND coalesce(opnum, 6) = 6))
    ), followed AS (
      -- When the next one from then on was let in: anybody, and the same account.
      SELECT *, min(ts) FILTER (WHERE outcome = 'confirmed') OVER (PARTITION BY source, target ORDER BY ts RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_in,
             min(ts) FILTER (WHERE outcome = 'confirmed') OVER (PARTITION BY source, target, "user" ORDER BY ts RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_own
      FROM call
    ), refusal AS (
      SELECT * FROM followed
      WHERE (outcome = 'empty' OR (outcome = 'refused' AND is_bind) OR (outcome = 'refused' AND status IN ('0x00000005', '0x000006c0', '0x00000721', '0x0000052e', '0x80070005', '0x8007052e', '0x80041003', '0x80041064')))
        AND (class IS NULL OR regexp_matches(class, '\\.(Application|InvisibleApp)|Shell|WMI|TaskScheduler'))
        AND NOT coalesce(CASE WHEN "user" IS NULL THEN next_in ELSE next_own END <= ts + to_minutes($minutes), false)
    ), habit AS (
      SELECT source, target FROM refusal GROUP BY ALL HAVING max(ts) - min(ts) >= to_hours($habit_hours) AND count(DISTINCT date_trunc('hour', ts)) >= $habit_times
    ), told AS (
      SELECT source, target, "user", how, CAST(ts AS DATE) AS day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count,
             list(DISTINCT class ORDER BY class) FILTER (class IS NOT NULL) AS classes, bool_or(sealed) AS sealed, bool_and(outcome = 'empty') AS is_empty
      FROM refusal GROUP BY ALL
    )
    SELECT t.* EXCLUDE (day), classes[1] AS object, 'refused' AS outcome, CASE WHEN is_empty THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN is_empty THEN 0.4 ELSE 0.5 END AS confidence, CASE WHEN is_empty THEN 'was probably refused' ELSE 'was refused' END AS came_text, CASE WHEN is_empty THEN 'Start of a COM object probably refused' END AS title,
           CASE WHEN NOT is_empty THEN [${REFUSED_BY_RIGHT.map((text) => `'${text}'`).join(", ")}] END AS harmless, CASE WHEN list_aggregate(classes, 'string_agg', ' ') LIKE '%WMI%' THEN ['T1047'] END AS attack,
           coalesce(list_aggregate(classes[:4], 'string_agg', ', '), 'a COM object whose class is ' || CASE WHEN sealed THEN 'sealed' ELSE 'not readable' END) AS what,
           CASE WHEN o.who IS NULL THEN 'no later start was seen to be let in' ELSE 'later, ' || o.who || ' was let in' END AS later,
           CASE WHEN t.source IN ${ADMIN_HOSTS} OR (t.source, t.target) IN (SELECT (source, target) FROM habit) THEN 'low' ELSE 'medium' END AS severity,
           CASE WHEN t.source IN ${BACKUP_ACTORS} THEN 'A backup server starts objects on the machines it protects (WMI, shadow copies), and was refused: its account there is wrong or lacks rights' END AS explained
    FROM told t ASOF LEFT JOIN (
      SELECT source, target, ts, arg_min(coalesce("user", 'an account that was not seen'), rid) AS who FROM call WHERE outcome = 'confirmed' GROUP BY ALL
    ) o ON o.source = t.source AND o.target = t.target AND o.ts > t.ts_last`,
  explanation:
    "{user} on {source} asked {target} over DCOM to start {what}, {count} times, and {came_text} ({how}); {later}.",
  falsePositives: [...REFUSED_BY_RIGHT, "Classes that are not there, where the answer is sealed"],
  references: ["https://attack.mitre.org/techniques/T1021/003/", "MS-DCOM 3.1.2.5.2.3", "MS-WMI 3.1.4.1.4"],
  blindTo: [],
  samples: [
    { capture: "wmi-refused.pcapng", findings: 1 },
    { capture: "activation-refused.rows", findings: 4 },
    { capture: "veeam-guest-processing.pcapng", findings: 0 },
    { capture: "activation-let-in.rows", findings: 0 },
  ],
};
