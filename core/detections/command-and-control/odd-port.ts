import type { Detection } from "../detection.ts";
import { ESTATE, HAS_HISTORY, INSIDE, LEARNED_UNTIL, OUTSIDE } from "../sql.ts";

export const oddPort: Detection = {
  id: "BT-C2-007",
  title: "Known protocol on an unexpected port",
  phase: "command-and-control",
  attack: ["T1571"],
  severity: "medium",
  confidence: 0.8,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { learning_days: 7, octets: 500 },
  // Remote control and file access anywhere but on their ports, towards the outside or the estate; anything but TLS and HTTP on the ports of the web. A pair that spoke so in the time of learning is configured so.
  query: `
    WITH spoken AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS octets, CASE
          WHEN list_contains(services, 'ssh') AND "id.resp_p" NOT IN (22, 2222, 22022, 8022, 830) THEN 'SSH'
          WHEN list_contains(services, 'rdp') AND "id.resp_p" NOT IN (3389, 3388, 2179) THEN 'RDP'
          WHEN list_contains(services, 'smb') AND "id.resp_p" NOT IN (445, 139) THEN 'SMB'
          WHEN list_contains(services, 'rfb') AND NOT "id.resp_p" BETWEEN 5800 AND 5999 THEN 'VNC'
          WHEN list_contains(services, 'tds') AND "id.resp_p" NOT IN (1433, 1434) AND "id.resp_p" < 49152 THEN 'TDS'
          WHEN list_contains(services, 'ndmp') AND "id.resp_p" <> 10000 THEN 'NDMP'
          WHEN list_contains(services, 'rsync') AND "id.resp_p" <> 873 THEN 'rsync'
          WHEN list_contains(services, 'ftp') AND "id.resp_p" NOT IN (21, 990, 2121, 8021) THEN 'FTP'
          WHEN list_contains(services, 'http') AND NOT list_contains(services, 'ssl') AND "id.resp_p" IN (22, 25, 53, 110, 143, 443, 445, 465, 587, 993, 995, 3389) THEN 'HTTP in clear'
          WHEN list_contains(services, 'ssl') AND "id.resp_p" IN (22, 53, 80, 123, 445) THEN 'TLS' END AS protocol
      FROM (SELECT *, string_split(service, ',') AS services FROM conn
            WHERE proto = 'tcp' AND service IS NOT NULL AND orig_bytes > 0 AND resp_bytes > 0 AND ("id.resp_h" IN ${OUTSIDE} OR "id.resp_h" IN ${ESTATE} OR "id.orig_h" IN ${ESTATE}))
    ), pair AS (
      SELECT source, target, port, protocol, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, sum(octets) AS octets
      FROM spoken WHERE protocol IS NOT NULL GROUP BY ALL
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    )
    SELECT p.*, p.octets AS moved_octets, p.protocol || ' on ' || p.port AS object, 'confirmed' AS outcome, CASE WHEN p.source IN ${ESTATE} OR p.target IN ${ESTATE} THEN 'medium' ELSE 'low' END AS severity
    FROM (SELECT * EXCLUDE (octets), octets FROM pair) p, start s
    WHERE p.octets >= $octets AND (NOT s.is_long OR p.ts > s.learned) AND (p.source IN ${INSIDE} OR p.target IN ${INSIDE})`,
  explanation:
    "{source} and {target} spoke {protocol} on port {port}, which is not its port ({count} connections, {moved_octets}).",
  falsePositives: ["Ports that were changed on purpose"],
  references: ["https://attack.mitre.org/techniques/T1571/"],
  blindTo: [],
  samples: [
    { capture: "odd-ports.rows", findings: 2 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
