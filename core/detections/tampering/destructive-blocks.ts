import type { Detection } from "../detection.ts";

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
  // A stranger is a host that came to the unit after another one had used it. Block 0 has the partition table; whoever owns a unit without
  // one writes there all the time, and frees what it no longer needs.
  query: `
    WITH unit AS (
      SELECT "id.resp_h" AS server, target, lun, min(ts) AS ts, arg_min("id.orig_h", ts) AS owner FROM block_op
      WHERE regexp_matches(operation, '^(READ|WRITE)') AND outcome = 'granted' AND octets > 0 GROUP BY ALL
    ), sized AS (
      SELECT "id.resp_h" AS server, target, split_part(l, ':', 1) AS lun,
             max(TRY_CAST(regexp_extract(l, '(\\d+) blocks of', 1) AS DOUBLE) * TRY_CAST(regexp_extract(l, 'blocks of (\\d+)', 1) AS DOUBLE)) AS octets
      FROM (SELECT *, unnest(luns) AS l FROM iscsi) GROUP BY ALL
      UNION ALL SELECT "id.resp_h", export, NULL, max(size) FROM nbd WHERE export IS NOT NULL GROUP BY ALL
    ), act AS (
      SELECT b.*, u.owner IS NOT NULL AND u.owner <> b."id.orig_h" AS is_stranger, s.octets AS unit_octets, CASE
        WHEN regexp_matches(operation, '^(FORMAT UNIT|SANITIZE)') THEN 'whole'
        WHEN regexp_matches(operation, '^(UNMAP|WRITE SAME|TRIM|WRITE_ZEROES)') THEN 'range'
        WHEN operation = 'PERSISTENT RESERVE OUT' AND regexp_matches(coalesce(detail, ''), 'PREEMPT|CLEAR') THEN 'reservation'
        WHEN regexp_matches(operation, '^(WRITE|COMPARE AND WRITE)') AND (lba < $head_blocks OR (lba IS NULL AND "offset" < 512 * $head_blocks)) THEN 'head' END AS kind
      FROM block_op b LEFT JOIN unit u ON u.server = b."id.resp_h" AND u.target = b.target AND u.lun IS NOT DISTINCT FROM b.lun AND u.ts < b.ts
      LEFT JOIN sized s ON s.server = b."id.resp_h" AND s.target = b.target AND s.lun IS NOT DISTINCT FROM b.lun
    ), summed AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, "id.orig_h" AS source, "id.resp_h" AS target, any_value("user") AS "user",
             coalesce(any_value(initiator), 'a client without a name') AS initiator, target || coalesce(' LUN ' || lun, '') AS object, kind, is_stranger, list(DISTINCT operation ORDER BY operation) AS commands,
             CAST(coalesce(sum(octets), 0) AS BIGINT) AS octets, CAST(coalesce(sum(overwritten), 0) AS BIGINT) AS overwritten, any_value(unit_octets) AS unit_octets,
             CASE WHEN bool_or(outcome = 'granted') THEN 'confirmed' WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome
      FROM act WHERE kind IS NOT NULL GROUP BY "id.orig_h", "id.resp_h", target, lun, kind, is_stranger, CAST(ts AS DATE)
    )
    SELECT *, record_count AS count, CASE kind WHEN 'whole' THEN 'Repository disk formatted or sanitised' WHEN 'reservation' THEN 'Reservation of a repository disk taken away' WHEN 'head' THEN 'First blocks of a repository disk written by a stranger'
             ELSE 'Ranges of a repository disk given up' END AS title, CASE WHEN overwritten > 0 THEN ', of which ' || overwritten || ' had held data seen before' ELSE '' END AS lost,
           CASE WHEN kind = 'whole' THEN 'critical' WHEN is_stranger AND kind IN ('range', 'head') THEN 'critical' WHEN is_stranger THEN 'high'
                WHEN octets >= 0.5 * unit_octets THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN is_stranger THEN 'Another host had used the unit before' END AS note
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
