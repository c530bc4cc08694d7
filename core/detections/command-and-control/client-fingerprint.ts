import type { Detection } from "../detection.ts";
import { ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const clientFingerprint: Detection = {
  id: "BT-BL-005",
  title: "Client software fingerprint changed",
  phase: "command-and-control",
  attack: ["T1036", "T1071.001"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["http|ntlm|rdp|ssh|ssl"],
  learningDays: 7,
  parameters: { n: 20, k: 3 },
  query: `
    WITH shown AS NOT MATERIALIZED (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, 'TLS' AS kind, ja4 AS print FROM ssl WHERE ja4 IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", 'SSH', coalesce(client, '') || ' ' || hassh FROM ssh WHERE hassh IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", 'HTTP', user_agent FROM http WHERE user_agent IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", 'RDP', client_build FROM rdp WHERE client_build IS NOT NULL
      UNION ALL SELECT rid, ts, "id.orig_h", "id.resp_h", 'NTLM', client_version FROM ntlm WHERE client_version IS NOT NULL
    ), pair AS NOT MATERIALIZED (
      SELECT * FROM shown WHERE source IN ${ESTATE} OR target IN ${ESTATE_OR_HYPERVISOR}
    ), learned AS (
      SELECT source, target, kind, count(*) AS sessions, list(DISTINCT print) AS prints, mode(print ORDER BY print) AS usual FROM pair WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), fresh AS (
      SELECT source, target, kind, print, min(ts) AS ts, max(ts) AS ts_last, count(*) AS count FROM pair WHERE ts > ${LEARNED_UNTIL} GROUP BY ALL
    ), spread AS (
      SELECT print, CAST(ts AS DATE) AS day, count(DISTINCT source) AS sources FROM fresh GROUP BY ALL
    ), other AS (
      SELECT f.ts, f.ts_last, f.count, f.source, f.target, f.kind, f.print, f.print AS object, l.usual, l.sessions, 'confirmed' AS outcome,
             CASE WHEN s.sources >= 3 THEN 'Three machines or more showed the same new software on that day, as an update does' END AS explained
      FROM fresh f JOIN learned l ON l.source = f.source AND l.target = f.target AND l.kind = f.kind JOIN spread s ON s.print = f.print AND s.day = CAST(f.ts AS DATE)
      WHERE l.sessions >= $n AND len(l.prints) <= $k AND NOT list_contains(l.prints, f.print)
    )
    SELECT o.*, r.records
    FROM other o JOIN (
      SELECT p.source, p.target, p.kind, p.print, list(p.rid ORDER BY p.ts)[:50] AS records FROM pair p SEMI JOIN other o USING (source, target, kind, print) WHERE p.ts > ${LEARNED_UNTIL} GROUP BY ALL
    ) r USING (source, target, kind, print)`,
  explanation:
    "{source} spoke {kind} to {target} as {print}; in {learned} it had done so {sessions} times, mostly as {usual}.",
  falsePositives: ["Updates change fingerprints (set aside when many machines change on one day)"],
  references: ["https://attack.mitre.org/techniques/T1036/"],
  blindTo: [],
  samples: [
    { capture: "client-fingerprint.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
