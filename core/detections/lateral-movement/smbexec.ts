import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, beginningText, innerCommand, SEALED } from "../sql.ts";

/** Commands that shells over throw-away services write. */
const COMMAND = `regexp_matches(coalesce(command, ''), '(?i)(__output|%comspec%.*/c|cmd(\\.exe)? +/q +/c)')`;

export const smbexec: Detection = {
  id: "BT-LM-003",
  title: "smbexec-style execution",
  phase: "lateral-movement",
  attack: ["T1021.002", "T1569.002"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { cycles: 3, minutes: 5, fetch_seconds: 30 },
  // A service is created, started and deleted for each command. Its commands read "%COMSPEC% /Q /c echo … > …__output…". Where they are sealed or written
  // otherwise, the shape remains: right after the deletion the same client reads a file from an administrative share and deletes it, having brought none.
  query: `
    WITH step AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", command, outcome, ${SEALED} AS hidden,
             opnum IN (12, 24, 44, 45, 60) AS creates, opnum = 2 AS deletes
      FROM dce_rpc WHERE endpoint = 'svcctl' AND opnum IN (2, 12, 19, 24, 31, 44, 45, 60)
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) > to_minutes($minutes) AS apart FROM step
    ), run AS (
      SELECT *, row_number() OVER (PARTITION BY source, target, coalesce("user", ''), creates, ${innerCommand("command")} ORDER BY ts) AS nth, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target, coalesce("user", '') ORDER BY ts) AS number FROM paced
    ), shared AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, action, outcome, concat_ws('\\', path, name) AS file, ${beginningText("magic", "bytes_read")} AS text, coalesce(bytes_read, 0) AS got, coalesce(bytes_written, 0) AS sent
      FROM smb_operations WHERE name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}')
    ), taken AS (
      SELECT t.ts, t.rid, t.source, t.target, t.file, t.text
      FROM (SELECT * FROM shared WHERE action = 'transfer' AND got > 0 AND sent = 0 AND (source, target) NOT IN (SELECT (source, target) FROM shared WHERE sent > 0)) t
      ASOF JOIN (SELECT source, target, file, ts FROM shared WHERE action = 'delete' AND outcome = 'confirmed') d ON d.source = t.source AND d.target = t.target AND d.file = t.file AND d.ts >= t.ts
      WHERE d.ts <= t.ts + to_seconds($fetch_seconds)
    ), fetched AS (
      SELECT deletion, file, first_text.text AS text, first_file.rid AS file_rid FROM (
        SELECT deletion, min(file) OVER within AS file, min(CASE WHEN rid IS NOT NULL THEN { ts: ts, rid: rid } END) OVER within AS first_file, min(CASE WHEN text IS NOT NULL THEN { ts: ts, rid: rid, text: text } END) OVER within AS first_text
        FROM (SELECT * FROM taken UNION ALL BY NAME SELECT rid AS deletion, ts, source, target FROM run WHERE deletes)
        WINDOW within AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND 1000000000 * CAST($fetch_seconds AS BIGINT) FOLLOWING)
      ) WHERE deletion IS NOT NULL AND first_file IS NOT NULL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list_concat(list(rid ORDER BY ts)[:150], coalesce(list(DISTINCT file_rid ORDER BY file_rid) FILTER (file_rid IS NOT NULL), [])[:50]) AS records, count(*) AS record_count,
           source, target, "user", count(*) FILTER (creates) AS count, count(*) FILTER (deletes) AS deletions,
           coalesce(list(${innerCommand("command")} ORDER BY ts) FILTER (creates AND command IS NOT NULL AND nth = 1), []) AS typed, CASE WHEN bool_or(creates AND command IS NOT NULL) THEN '' ELSE 'what was run is not readable' END AS hidden_text,
           coalesce('; their output went to ' || nullif(regexp_extract(first(command ORDER BY ts) FILTER (creates AND command IS NOT NULL), '\\^?>\\s*(\\\\\\S+)', 1), ''), '; what they wrote was then read from ' || min(file) || ', and the file deleted', '') AS output_text,
           CASE WHEN count(text) > 0 THEN '; what came back begins with ' ELSE '' END AS back_text, coalesce(list(text ORDER BY ts, rid) FILTER (text IS NOT NULL AND nth_text = 1), []) AS back_typed,
           list(DISTINCT command) FILTER (creates AND command IS NOT NULL) AS ran, first(command ORDER BY ts) FILTER (creates AND command IS NOT NULL) AS object,
           CASE WHEN bool_or(${COMMAND}) THEN 'critical' ELSE 'high' END AS severity, CASE WHEN bool_or(${COMMAND}) THEN 0.95 WHEN min(file) IS NOT NULL THEN 0.9 ELSE 0.6 END AS confidence,
           CASE WHEN bool_or(${COMMAND}) THEN 'fact' ELSE 'inference' END AS basis,
           CASE WHEN NOT bool_or(${COMMAND}) THEN 'Severity high and not critical: no command of such a shell was read, it is concluded from the order of the calls' END AS note,
           CASE WHEN bool_or(creates AND outcome = 'confirmed') OR min(file) IS NOT NULL THEN 'confirmed' WHEN bool_and(outcome = 'refused') FILTER (creates) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(creates AND outcome = 'confirmed' AND NOT hidden) OR min(file) IS NOT NULL THEN 'ran' WHEN bool_or(creates AND outcome = 'confirmed') THEN 'asked to run' WHEN bool_and(outcome = 'refused') FILTER (creates) THEN 'asked (and was refused) to run' ELSE 'asked (success was not seen) to run' END AS did,
           min(file) IS NULL AND coalesce(bool_or(creates AND outcome = 'confirmed'), false) AND NOT coalesce(bool_or(creates AND outcome = 'confirmed' AND NOT hidden), false) AS unread
    FROM (SELECT *, row_number() OVER (PARTITION BY source, target, "user", number, text ORDER BY ts, rid) AS nth_text FROM run LEFT JOIN fetched ON deletion = run.rid)
    GROUP BY source, target, "user", number
    HAVING bool_or(${COMMAND}) OR (bool_or(creates) AND min(file) IS NOT NULL)
        OR (count(*) FILTER (creates) >= $cycles AND count(*) FILTER (deletes) >= $cycles)`,
  explanation:
    "{user} on {source} {did} commands on {target} through {count} throw-away services, {deletions} of them deleted right after: {typed}{hidden_text}{output_text}{back_text}{back_typed}.",
  falsePositives: [
    "None known for the command pattern",
    "Installers that create and remove helper services twice in five minutes",
  ],
  references: ["https://attack.mitre.org/techniques/T1569/002/"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "smbexec.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "networker-at-work.rows", findings: 0 },
    { capture: "sealed-commands-fetched.rows", findings: 1 },
  ],
};
