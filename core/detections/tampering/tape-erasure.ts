import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";
import { ANSWER, OUTCOME } from "./ledger-sql.ts";
import { VEEAM_EVENTS } from "../veeam-events.ts";

export const tapeErasure: Detection = {
  id: "BT-TI-025",
  title: "Tape erased, relabelled or overwritten",
  phase: "tampering",
  attack: ["T1485", "T1561"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["ndmp|block_op|syslog"],
  learningDays: 0,
  parameters: {},
  // Writing at the beginning makes what lies behind unreachable. It counts where the tape had been written before in the evidence, for a
  // label goes onto every new tape. Whoever wrote the tape first is its usual writer.
  query: `
    WITH taped AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", outcome, coalesce(object, share, 'the tape') AS object, operation, coalesce(detail, '') AS detail,
             CASE WHEN detail = 'tape erased' OR regexp_matches(coalesce(detail, ''), '^ERASE') THEN 'erased' WHEN operation = 'format' OR detail LIKE 'FORMAT MEDIUM%' THEN 'formatted'
                  WHEN detail IN ('from the beginning of the tape', 'file mark at the beginning of the tape') THEN 'wrote from the beginning of' END AS deed
      FROM archive_op
      WHERE protocol = 'ndmp' AND operation IN ('write', 'truncate', 'delete', 'format') AND object IS NOT NULL
         OR protocol = 'iscsi' AND regexp_matches(coalesce(detail, ''), '^(ERASE|FORMAT MEDIUM)')
    ), first AS (
      SELECT target, object, min(ts) AS ts, arg_min(source, ts) AS source FROM taped WHERE operation = 'write' AND outcome = 'granted' GROUP BY 1, 2
    ), act AS (
      SELECT t.*, coalesce(f.source = t.source, false) OR t.source IN ${BACKUP_ACTORS} AS is_writer, f.ts IS NOT NULL AS had_data
      FROM taped t LEFT JOIN first f ON f.target = t.target AND f.object = t.object AND f.ts < t.ts
      WHERE deed IN ('erased', 'formatted') OR (deed IS NOT NULL AND f.ts IS NOT NULL)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, "user", object, ${OUTCOME} AS outcome,
           CASE WHEN bool_or(outcome = 'granted') THEN deed ELSE 'tried, without a granted answer, what would have ' || deed END || ' the medium in ' || object || ' of' AS did,
           CASE WHEN is_writer THEN 'low' WHEN bool_or(outcome = 'granted') THEN 'critical' ELSE 'high' END AS severity,
           CASE WHEN is_writer THEN 'The machine wrote this tape before: media are used again' WHEN bool_or(had_data) THEN 'Another machine had written the tape before' END AS note
    FROM act GROUP BY source, target, "user", object, deed, is_writer, ${ANSWER}
    UNION ALL BY NAME
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CAST(NULL AS VARCHAR) AS source, reporter AS target, "user", min(coalesce(object, description)) AS object,
           'confirmed' AS outcome, 'was told of by the product ("' || min(description) || '") on' AS did, CASE WHEN event IN (115, 23632) THEN 'high' ELSE 'medium' END AS severity
    FROM ${VEEAM_EVENTS} WHERE event IN (115, 122, 124, 23622, 23632) GROUP BY reporter, "user", event, CAST(ts AS DATE)`,
  explanation: "{user} on {source} {did} {target}.",
  falsePositives: ["Media recycled by the backup server in its window (told low)"],
  references: ["https://attack.mitre.org/techniques/T1561/", "NDMP version 4", "SSC-4"],
  blindTo: [{ text: "tapes that are attached without a network", query: null }],
  samples: [
    { capture: "ndmp.pcapng", findings: 1 },
    { capture: "iscsi.pcapng", findings: 0 },
  ],
};
