import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

/** What a title calls the unit. */
const DISK = `CASE WHEN target IN ${ESTATE} THEN 'repository disk' ELSE 'disk' END`;
import { ANSWER } from "./ledger-sql.ts";

export const destructiveBlocks: Detection = {
  id: "BT-TI-026",
  title: "Destructive SCSI commands to repository disks",
  phase: "tampering",
  attack: ["T1561", "T1485"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["block_op"],
  learningDays: 0,
  parameters: { frac: 0.1, head_blocks: 2048 },
  // A stranger is a host that came to the unit after another one had used it, which does not go on using it: hosts of a cluster share
  // one. Block 0 has the partition table; whoever owns a unit without one writes there all the time, and frees what it no longer needs.
  query: `
    WITH unit AS (
      SELECT "id.resp_h" AS server, target, lun, min(ts) AS ts, arg_min("id.orig_h", ts) AS owner FROM block_op
      WHERE regexp_matches(operation, '^(READ|WRITE)') AND outcome = 'granted' AND octets > 0 GROUP BY ALL
    ), still AS (
      SELECT u.server, u.target, u.lun, max(b.ts) AS ts FROM unit u
      JOIN block_op b ON b."id.resp_h" = u.server AND b.target = u.target AND b.lun IS NOT DISTINCT FROM u.lun AND b."id.orig_h" = u.owner
      WHERE regexp_matches(b.operation, '^(READ|WRITE)') AND b.outcome = 'granted' AND b.octets > 0 GROUP BY ALL
    ), sized AS (
      SELECT "id.resp_h" AS server, target, split_part(l, ':', 1) AS lun,
             max(TRY_CAST(regexp_extract(l, '(\\d+) blocks of', 1) AS DOUBLE) * TRY_CAST(regexp_extract(l, 'blocks of (\\d+)', 1) AS DOUBLE)) AS octets
      FROM (SELECT *, unnest(luns) AS l FROM iscsi) GROUP BY ALL
      UNION ALL SELECT "id.resp_h", export, NULL, max(size) FROM nbd WHERE export IS NOT NULL GROUP BY ALL
    ), act AS (
      SELECT b.*, u.owner IS NOT NULL AND u.owner <> b."id.orig_h" AND k.ts <= b.ts AS is_stranger, s.octets AS unit_octets, CASE
        WHEN regexp_matches(operation, '^(FORMAT UNIT|SANITIZE)') THEN 'whole'
        WHEN regexp_matches(operation, '^(UNMAP|WRITE SAME|TRIM|WRITE_ZEROES)') THEN 'range'
        WHEN operation = 'PERSISTENT RESERVE OUT' AND regexp_matches(coalesce(detail, ''), 'PREEMPT|CLEAR') THEN 'reservation'
        WHEN regexp_matches(operation, '^(WRITE|COMPARE AND WRITE)') AND (lba < $head_blocks OR (lba IS NULL AND "offset" < 512 * $head_blocks)) THEN 'head' END AS kind
      FROM block_op b LEFT JOIN unit u ON u.server = b."id.resp_h" AND u.target = b.target AND u.lun IS NOT DISTINCT FROM b.lun AND u.ts < b.ts
      LEFT JOIN still k ON k.server = u.server AND k.target = u.target AND k.lun IS NOT DISTINCT FROM u.lun
      LEFT JOIN sized s ON s.server = b."id.resp_h" AND s.target = b.target AND s.lun IS NOT DISTINCT FROM b.lun
    ), summed AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, "id.orig_h" AS source, "id.resp_h" AS target, min("user") AS "user",
             coalesce(min(initiator), 'a client without a name') AS initiator, target || coalesce(' LUN ' || lun, '') AS object, kind, is_stranger, list(DISTINCT operation ORDER BY operation) AS commands,
             CAST(coalesce(sum(octets), 0) AS BIGINT) AS octets, CAST(coalesce(sum(overwritten), 0) AS BIGINT) AS overwritten, min(unit_octets) AS unit_octets,
             CASE WHEN bool_or(outcome = 'granted') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome
      FROM act WHERE kind IS NOT NULL GROUP BY "id.orig_h", "id.resp_h", target, lun, kind, is_stranger, CAST(ts AS DATE), ${ANSWER}
    )
    SELECT *, record_count AS count, CASE kind WHEN 'whole' THEN CASE WHEN target IN ${ESTATE} THEN 'Repository disk' ELSE 'Disk' END || ' formatted or sanitised'
             WHEN 'reservation' THEN 'Reservation of a ' || ${DISK} || ' taken away' WHEN 'head' THEN 'First blocks of a ' || ${DISK} || ' written by a stranger' ELSE 'Ranges of a ' || ${DISK} || ' given up' END AS title, CASE WHEN overwritten > 0 THEN ', of which ' || overwritten || ' had held data seen before' ELSE '' END AS lost,
           CASE WHEN target NOT IN ${ESTATE} THEN 'medium' WHEN kind = 'whole' THEN 'critical' WHEN is_stranger AND kind IN ('range', 'head') THEN 'critical' WHEN is_stranger THEN 'high'
                WHEN octets >= 0.5 * unit_octets THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN is_stranger THEN 'Another host had used the unit before, and not again' END AS note
    FROM summed
    WHERE kind = 'whole' OR is_stranger OR (kind = 'range' AND octets >= $frac * unit_octets)`,
  explanation: "{initiator} on {source} sent {commands} to {object} of {target}, {octets}{lost}.",
  falsePositives: ["A file system made anew", "Thin reclaim in a schedule", "A cluster whose hosts take turns"],
  references: ["https://attack.mitre.org/techniques/T1561/", "SBC-4", "RFC 7143"],
  blindTo: [{ text: "iSCSI inside IPsec", query: null }],
  samples: [
    { capture: "lun-wiped.rows", findings: 2 },
    { capture: "iscsi.pcapng", findings: 0 },
  ],
};
