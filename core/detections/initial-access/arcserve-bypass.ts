import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE } from "../sql.ts";

export const arcserveBypass: Detection = {
  id: "BT-IA-010",
  title: "Arcserve UDP authentication bypass (CVE-2023-26258)",
  phase: "initial-access",
  attack: ["T1190", "T1078"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { minutes: 10 },
  // Version asked for, a session given by the service for virtual standby, which asks for no password, then calls in that session.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, uri, soap_action, set_cookie_vars, cookie_vars FROM http
      WHERE method = 'POST' AND contains(uri, '/WebServiceImpl/services/') AND "id.orig_h" NOT IN ${ESTATE} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    ), given AS (
      SELECT source, target, min(ts) AS ts, arg_min(rid, ts) AS rid FROM call
      WHERE contains(uri, 'VirtualStandbyServiceImpl') AND list_contains(coalesce(set_cookie_vars, []), 'AGENTJSESSIONID') GROUP BY 1, 2
    )
    SELECT min(g.ts) AS ts, max(c.ts) AS ts_last, list_concat([min(g.rid)], list(c.rid ORDER BY c.ts)[:99]) AS records, count(*) AS count, g.source, g.target,
           coalesce(min(c.soap_action), min(c.uri)) AS object, 'confirmed' AS outcome
    FROM given g JOIN call c ON c.source = g.source AND c.target = g.target AND c.ts > g.ts AND c.ts <= g.ts + to_minutes($minutes)
     AND contains(c.uri, 'FlashServiceImpl') AND list_contains(coalesce(c.cookie_vars, []), 'AGENTJSESSIONID')
    GROUP BY g.source, g.target`,
  explanation:
    "{source} was given an Arcserve UDP session on {target} by a service that asks for no password and used it for {count} calls ({object}).",
  falsePositives: ["The Arcserve console and its own agents, which the scope names"],
  references: ["https://nvd.nist.gov/vuln/detail/CVE-2023-26258"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "product-requests.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
