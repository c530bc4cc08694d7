import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const sshTunnel: Detection = {
  id: "BT-LM-013",
  title: "SSH tunnelling or reverse shell",
  phase: "lateral-movement",
  attack: ["T1572", "T1021.004"],
  severity: "medium",
  confidence: 0.5,
  basis: "inference",
  needs: ["ssh|websocket"],
  learningDays: 0,
  ofConnections: true,
  parameters: { minutes: 5, octets: 100_000, ratio: 0.3 },
  // Three shapes: a connection that opens no session or forwards others (docs/ssh.md); a long one of no known use in which both directions carry much;
  // and SSH inside a websocket, which chisel names in its subprotocol.
  query: `
    WITH shaped AS (
      SELECT s.ts, s.rid, s.uid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.client, s.inferred_confidence, s.forwarded_connections,
             coalesce(s.orig_session_octets, s.orig_sealed_octets, 0) AS up, coalesce(s.resp_session_octets, s.resp_sealed_octets, 0) AS down,
             coalesce(c.duration, 0) AS duration, s.inferred_use = 'tunnel' AS is_tunnel,
             s.inferred_use IS NULL AND coalesce(s.auth_success, true) AND c.duration >= $minutes * 60000000000 AS is_long
      FROM ssh s JOIN ssh_conn c ON c.uid = s.uid
      WHERE coalesce(s.inferred_use, 'tunnel') = 'tunnel'
    ), seen AS (
      SELECT ts, rid, source, target, client, up + down AS octets, duration, is_tunnel,
             CASE WHEN is_tunnel THEN coalesce(inferred_confidence, 0.6) ELSE 0.35 END AS sure,
             CASE WHEN is_tunnel AND forwarded_connections > 0 THEN 'it opened no terminal and forwarded ' || forwarded_connections || ' connections'
                  WHEN is_tunnel THEN 'it opened no session of its own, as with port forwarding'
                  ELSE 'both directions carried data for minutes, which fits neither typing nor a file copy' END AS why
      FROM shaped WHERE is_tunnel OR (is_long AND least(up, down) >= $octets AND least(up, down) >= $ratio * greatest(up, down))
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", user_agent, NULL, NULL, true, 0.9, 'a websocket named ' || coalesce(subprotocol, client_protocols[1]) || ' carried it'
      FROM websocket WHERE regexp_matches(lower(concat_ws(',', subprotocol, list_aggregate(client_protocols, 'string_agg', ','))), '(chisel|ssh|wstunnel)')
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, coalesce(mode(client ORDER BY client), 'unnamed software') AS client,
           sum(octets) AS octets, sum(duration) / 1e9 AS open_seconds, arg_max(why, sure) AS why, max(sure) AS confidence, 'confirmed' AS outcome,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'low' WHEN source IN ${ESTATE_OR_HYPERVISOR} OR target IN ${ESTATE_OR_HYPERVISOR} OR max(sure) >= 0.9 AND bool_or(octets IS NULL) THEN 'medium'
                ELSE 'low' END AS severity
    FROM seen GROUP BY source, target`,
  explanation: "The SSH session from {source} to {target} ({client}) looks like a tunnel: {why}.",
  falsePositives: ["Git over SSH", "Port forwarding that administrators use to reach consoles"],
  references: ["https://attack.mitre.org/techniques/T1572/"],
  blindTo: [],
  samples: [
    { capture: "ssh-uses.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
