import type { Detection } from "../detection.ts";

export const heartbleed: Detection = {
  id: "BT-IA-027",
  title: "Memory of a TLS server read through heartbeats (Heartbleed)",
  phase: "initial-access",
  attack: ["T1190", "T1212"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["weird"],
  learningDays: 0,
  parameters: {},
  // A heartbeat request that claims more than it brings is answered by vulnerable servers with what lies behind it in memory; answers are otherwise as long as what they answer. RFC 6520 4
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(DISTINCT uid) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(addl) AS object,
           CASE WHEN bool_or(name = 'ssl_heartbeat_longer_answer') THEN 'confirmed' ELSE 'attempted' END AS outcome, CASE WHEN bool_or(name = 'ssl_heartbeat_overread') THEN 'fact' ELSE 'inference' END AS basis,
           CASE WHEN bool_or(name = 'ssl_heartbeat_overread') THEN 0.9 ELSE 0.6 END AS confidence, CASE WHEN bool_or(name = 'ssl_heartbeat_longer_answer') THEN 'high' ELSE 'medium' END AS severity,
           concat_ws('; ', CASE WHEN bool_or(name = 'ssl_heartbeat_overread') THEN 'heartbeat requests claimed more than they brought (' || min(addl) FILTER (name = 'ssl_heartbeat_overread') || ')' END,
             CASE WHEN bool_or(name = 'ssl_heartbeat_longer_answer') THEN 'answers were longer than the requests (' || min(addl) FILTER (name = 'ssl_heartbeat_longer_answer') || ')' END) AS what
    FROM weird WHERE name IN ('ssl_heartbeat_overread', 'ssl_heartbeat_longer_answer')
    GROUP BY "id.orig_h", "id.resp_h", CAST(ts AS DATE)`,
  explanation:
    "{source} exchanged TLS heartbeats with {target} in {count} connections: {what}. By this the memory of a vulnerable server is read.",
  falsePositives: ["Scanners that test for the flaw"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2014-0160", "RFC 6520 4"],
  blindTo: [],
  samples: [
    { capture: "heartbleed.rows", findings: 1 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
