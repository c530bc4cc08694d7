import type { Detection } from "../detection.ts";

export const craftedProbes: Detection = {
  id: "BT-DI-022",
  title: "Crafted probes, as for telling an operating system",
  phase: "discovery",
  attack: ["T1046"],
  severity: "medium",
  confidence: 0.8,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { kinds: 2, probes: 4, seconds: 120 },
  // Segments that no stack sends: no flags at all, SYN with FIN, URG and PSH, FIN or ACK without a connection; and several SYN to one port that are never gone on with.
  // Letters of history: Q for flags that do not go together, F, A and D without an S before them.
  query: `
    WITH odd AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port,
             CASE WHEN contains(coalesce(history, ''), 'Q') THEN 'flags that do not go together'
                  WHEN history IS NULL AND orig_pkts BETWEEN 1 AND 40 AND coalesce(resp_pkts, 0) = 0 THEN 'no flags'
                  WHEN regexp_matches(history, '^F[FrR]*$') AND orig_pkts <= 6 THEN 'FIN alone'
                  WHEN regexp_matches(history, '^A[rR]*$') AND orig_pkts <= 6 THEN 'ACK alone'
                  WHEN regexp_matches(history, '^S(h|hR|hr|hAR)?$') AND coalesce(orig_bytes, 0) = 0 AND coalesce(resp_bytes, 0) = 0 THEN 'SYN alone' END AS kind
      FROM conn WHERE proto = 'tcp' AND orig_pkts <= 40 AND (coalesce(orig_bytes, 0) = 0 OR regexp_matches(history, '^[AF][FrR]*$'))
    ), counted AS (
      SELECT *, count(*) OVER w AS near, count(*) FILTER (kind IN ('flags that do not go together', 'no flags')) OVER w AS odd_near FROM odd WHERE kind IS NOT NULL AND kind <> 'SYN alone'
      WINDOW w AS (PARTITION BY source, target ORDER BY ts RANGE BETWEEN to_seconds($seconds) PRECEDING AND CURRENT ROW)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, list(DISTINCT kind ORDER BY kind) AS kinds, list(DISTINCT port ORDER BY port) AS ports, 'observed' AS outcome
    FROM counted GROUP BY source, target, CAST(ts AS DATE)
    HAVING (count(DISTINCT kind) >= $kinds AND max(near) >= $probes AND max(odd_near) >= 1) OR (max(near) >= 2 * $probes AND count(DISTINCT port) >= $probes AND max(odd_near) >= $probes)`,
  explanation:
    "{source} sent {target} {count} segments that no ordinary program sends ({kinds}; ports {ports}); from the answers to such probes tools tell the operating system.",
  falsePositives: ["Vulnerability scanners"],
  references: ["https://attack.mitre.org/techniques/T1046/", "https://nmap.org/book/osdetect-methods.html"],
  blindTo: [],
  samples: [
    { capture: "crafted-probes.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
