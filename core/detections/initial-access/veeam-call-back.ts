import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE } from "../sql.ts";

export const veeamCallBack: Detection = {
  id: "BT-IA-002",
  title: "Veeam .NET Remoting call with a connection back (CVE-2024-40711)",
  phase: "initial-access",
  attack: ["T1190", "T1210", "T1059"],
  severity: "critical",
  confidence: 0.9,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  parameters: { seconds: 60 },
  // The services that speak .NET Remoting: mount service 6170, backup service 9392, others of the 6160 to 6170 and 9380 to 9401 ranges. What the server then fetches comes from the caller.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, uid IN (SELECT uid FROM backup_product WHERE product ILIKE '%veeam%') AS is_veeam FROM conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND "id.resp_p" IN (6160, 6162, 6169, 6170, 6173, 9380, 9392, 9393, 9401)
        AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), back AS (
      SELECT "id.orig_h" AS host, "id.resp_h" AS peer, min(ts) AS ts, arg_min(rid, ts) AS rid, arg_min("id.resp_p", ts) AS port, arg_min(service, ts) AS service,
             arg_min(coalesce(resp_bytes, 0) > 0 OR coalesce(conn_state, '') NOT IN ('S0', 'REJ', 'SH', 'RSTOS0'), ts) AS is_answered
      FROM conn WHERE proto = 'tcp' AND "id.orig_h" IN (SELECT target FROM call) AND (orig_bytes > 0 OR conn_state IN ('S0', 'REJ', 'RSTO', 'RSTR'))
      GROUP BY ALL
    ), fetched AS (
      SELECT "id.orig_h" AS host, "id.resp_h" AS peer, ts, coalesce(method, 'GET') || ' ' || coalesce(uri, '') AS uri FROM http
      WHERE "id.orig_h" IN (SELECT target FROM call)
    ), asked AS (
      SELECT b.rid, min(f.uri) AS uri FROM back b JOIN fetched f ON f.host = b.host AND f.peer = b.peer AND f.ts BETWEEN b.ts AND b.ts + to_seconds($seconds) GROUP BY b.rid
    )
    SELECT max(c.ts) AS ts, b.ts AS ts_last, list_append(list(c.rid ORDER BY c.ts)[:50], b.rid) AS records, count(DISTINCT c.rid) AS count, c.source, c.target,
           min(c.port) AS port, b.port AS back_port, (epoch_ns(b.ts) - epoch_ns(max(c.ts))) / 1e9 AS delay_seconds, coalesce(b.service, 'unknown protocol') AS service,
           coalesce(min(f.uri), 'request not readable') AS object, CASE WHEN b.is_answered THEN 'confirmed' ELSE 'attempted' END AS outcome,
           CASE WHEN b.is_answered THEN 'opened' ELSE 'tried to open' END AS opened, CASE WHEN c.target IN ${ESTATE} OR bool_or(c.is_veeam) THEN 'critical' ELSE 'medium' END AS severity
    FROM call c JOIN back b ON b.host = c.target AND b.peer = c.source AND b.ts BETWEEN c.ts AND c.ts + to_seconds($seconds)
    LEFT JOIN asked f ON f.rid = b.rid
    GROUP BY c.source, c.target, b.ts, b.rid, b.port, b.service, b.is_answered`,
  explanation:
    "{source} called port {port} of {target}, a remoting service of Veeam, and {delay_seconds} later {target} for the first time {opened} a connection back to port {back_port} of {source} ({service}, {object}); call and fetch in this order are the published exploitation of CVE-2024-40711.",
  falsePositives: ["Remoting from a new console, followed by a share or agent of it being reached"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2024-40711"],
  blindTo: [],
  samples: [
    { capture: "veeam-call-back.rows", findings: 1 },
    { capture: "veeam-consoles.rows", findings: 0 },
  ],
};
