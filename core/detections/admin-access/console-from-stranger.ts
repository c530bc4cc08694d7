import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const consoleFromStranger: Detection = {
  id: "BT-AD-001",
  title: "Backup console or API session from a non-administrative host",
  phase: "admin-access",
  attack: ["T1078", "T1213"],
  severity: "medium",
  confidence: 0.7,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 2048 },
  query: `
    WITH session AS (
      SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, orig_bytes + resp_bytes AS octets FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes >= $octets AND resp_bytes > 0
        AND "id.resp_p" IN (4443, 5001, 8007, 8014, 8015, 9001, 9392, 9398, 9399, 9401, 9419, 9443, 9877, 10443, 55414)
        AND "id.resp_h" IN ${ESTATE} AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target,
           list(DISTINCT port ORDER BY port) AS ports, sum(octets) AS octets, 'confirmed' AS outcome
    FROM session GROUP BY source, target HAVING min(ts) > ${LEARNED_UNTIL}`,
  explanation:
    "{source} used the administration service of {target} (port {ports}, {octets}); it had not done so in {learned} and is no administration host.",
  falsePositives: ["New administrator machine"],
  references: ["https://attack.mitre.org/techniques/T1078/"],
  blindTo: [],
  samples: [
    { capture: "console-from-stranger.rows", findings: 1 },
    { capture: "console-mornings.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
