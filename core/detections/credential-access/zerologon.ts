import type { Detection } from "../detection.ts";
import { SEALED } from "../sql.ts";

export const zerologon: Detection = {
  id: "BT-CA-022",
  title: "Zerologon (CVE-2020-1472)",
  phase: "credential-access",
  attack: ["T1210", "T1068"],
  severity: "critical",
  confidence: 0.95,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { pairs: 20, seconds: 120 },
  // [MS-NRPC] 3.5.4.4: NetrServerAuthenticate2 15 and 3 26, each after a NetrServerReqChallenge 4; NetrServerPasswordSet2 30 ends it. Where the bind was not captured, the sizes of the answers tell: a challenge
  // and a status; credentials, flags and a status, and with 26 a number.
  // Counted for each controller over hosts that try again and again: many machines starting up make one pair each.
  query: `
    WITH unbound AS (
      SELECT uid FROM dce_rpc WHERE endpoint = 'unknown' AND object_uuid IS NULL GROUP BY uid
      HAVING bool_or(opnum = 4 AND response_octets = 12) AND bool_or((opnum = 15 AND response_octets = 16) OR (opnum = 26 AND response_octets = 20))
    ), attempt AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", outcome, detail, target_name, endpoint = 'unknown' AS is_unbound,
             ts - lag(ts, 4) OVER (PARTITION BY "id.orig_h", "id.resp_h" ORDER BY ts) <= to_seconds($seconds) AS repeated
      FROM dce_rpc WHERE opnum IN (15, 26) AND (endpoint = 'netlogon' OR endpoint = 'unknown' AND uid IN (SELECT uid FROM unbound))
    ), insistent AS (
      SELECT * FROM attempt WHERE (source, target) IN (SELECT (source, target) FROM attempt WHERE repeated)
    ), dense AS (
      SELECT *, ts - lag(ts, $pairs - 1) OVER (PARTITION BY target ORDER BY ts) <= to_seconds($seconds) AS reached FROM insistent
    ), hit AS (
      SELECT source, target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:150] AS rids, count(*) AS count,
             min("user") AS "user", bool_or(outcome = 'confirmed' AND NOT is_unbound) AS accepted, bool_or(is_unbound) AS is_unbound, min(target_name) FILTER (target_name LIKE '%$') AS account
      FROM dense WHERE target IN (SELECT target FROM dense WHERE reached) GROUP BY source, target
    ), reset AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, outcome, ${SEALED} AS hidden FROM dce_rpc WHERE endpoint = 'netlogon' AND opnum = 30
    ), after AS (
      SELECT h.source, h.target, max(r.ts) AS ts, list(r.rid ORDER BY r.ts) AS rids, bool_or(r.outcome = 'confirmed' AND NOT r.hidden) AS is_set
      FROM hit h JOIN reset r ON r.source = h.source AND r.target = h.target AND r.ts >= h.ts GROUP BY h.source, h.target
    )
    SELECT h.ts, greatest(h.ts_last, coalesce(a.ts, h.ts_last)) AS ts_last, list_concat(h.rids, coalesce(a.rids, [])) AS records, h.count AS record_count,
           h.source, h.target, h."user", h.count, (epoch_ns(h.ts_last) - epoch_ns(h.ts)) / 1e9 AS span_seconds,
           concat(CASE WHEN h.accepted THEN ', one of which was accepted' ELSE '' END,
                  CASE WHEN a.is_set THEN ', then set the machine password of the controller' WHEN a.ts IS NOT NULL THEN ', then asked to set the machine password of the controller and was not seen to succeed' ELSE '' END) AS result_text,
           h.account AS object, CASE WHEN h.account IS NULL THEN '' ELSE ' as the machine account ' || h.account END AS account_text,
           CASE WHEN h.accepted THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN h.is_unbound THEN 'inference' ELSE 'fact' END AS basis, CASE WHEN h.is_unbound THEN 'The interface is concluded from the order of the calls and the sizes of their answers, as their bind was not captured' END AS note
    FROM hit h LEFT JOIN after a ON a.source = h.source AND a.target = h.target`,
  explanation:
    "{source} made {count} Netlogon authentication attempts against {target}{account_text} in {span_seconds}{result_text}; this is the Zerologon pattern.",
  falsePositives: ["None known at this rate"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2020-1472", "MS-NRPC 3.5.4.4"],
  blindTo: [],
  samples: [
    { capture: "zerologon.pcapng", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
