import { contactsWith } from "../contacts.ts";
import type { Detection } from "../detection.ts";
import { TUNNEL_SERVICES } from "../service-names.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const tunnelService: Detection = {
  id: "BT-C2-006",
  title: "Tunnel service or proxy tool",
  phase: "command-and-control",
  attack: ["T1572", "T1090"],
  severity: "high",
  confidence: 0.85,
  basis: "fact",
  needs: ["dns|http|quic|socks|ssl|websocket"],
  learningDays: 0,
  ofConnections: true,
  parameters: {},
  query: `
    WITH ${contactsWith(TUNNEL_SERVICES)}, proxied AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.version, coalesce(s.status, '') AS status, coalesce(s."request.host", s."request.name") || ':' || s.request_p AS wanted
      FROM socks s
    )
    SELECT ts, ts_last, records, count, source, target, service AS object, service || ' (' || array_to_string(names, ', ') || ')' AS tunnel, CASE WHEN is_connected THEN 'opened a tunnel through' ELSE 'looked up the servers of' END AS act,
           CASE WHEN is_connected THEN 'confirmed' ELSE 'attempted' END AS outcome, CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' WHEN is_connected THEN 'medium' ELSE 'low' END AS severity
    FROM contact
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), "id.orig_h", "id.resp_h", 'chisel', 'chisel (a WebSocket that speaks ' || min(coalesce(subprotocol, client_protocols[1])) || ')', 'opened a tunnel through', 'confirmed', 'high'
    FROM websocket WHERE coalesce(subprotocol, '') ILIKE 'chisel-v%' OR len(list_filter(coalesce(client_protocols, []), lambda p: p ILIKE 'chisel-v%')) > 0
    GROUP BY "id.orig_h", "id.resp_h"
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), source, target, 'SOCKS', 'the SOCKS proxy ' || target || ' to ' || array_to_string(list(DISTINCT wanted ORDER BY wanted)[:5], ', '), 'went through',
           CASE WHEN bool_or(status = 'succeeded' OR starts_with(status, 'request granted')) THEN 'confirmed' ELSE 'attempted' END, CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} OR target IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'low' END
    FROM proxied GROUP BY source, target`,
  explanation: "{source} {act} {tunnel}.",
  falsePositives: ["Developers' machines", "A proxy that the organisation runs"],
  references: ["https://attack.mitre.org/techniques/T1572/", "https://attack.mitre.org/techniques/T1090/"],
  blindTo: [],
  samples: [
    { capture: "tools-by-name.rows", findings: 1 },
    { capture: "socks.pcapng", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
