import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS, ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const newProtocol: Detection = {
  id: "BT-BL-001",
  title: "New protocol or port on a backup host",
  phase: "command-and-control",
  attack: ["T1571", "T1021"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 14,
  ofConnections: true,
  parameters: { s: 1.3, octets: 2000 },
  // A key is (host, direction, protocol, port); ports that systems hand out are one. The surprise is that of a first event after `fresh` new keys in `days` days.
  query: `
    WITH used AS (
      SELECT rid, ts, "id.orig_h" AS host, 'opened' AS side, "id.resp_h" AS peer, "id.resp_p" AS port, service, orig_bytes + resp_bytes AS octets FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0 AND "id.orig_h" IN ${ESTATE}
      UNION ALL
      SELECT rid, ts, "id.resp_h", 'answered', "id.orig_h", "id.resp_p", service, orig_bytes + resp_bytes FROM estate_conn
      WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0 AND "id.resp_h" IN ${ESTATE}
    ), named AS (
      SELECT *, coalesce(nullif(split_part(service, ',', -1), ''), 'a protocol that was not recognised') AS protocol,
             CASE WHEN service IS NULL AND (port BETWEEN 2500 AND 3300 OR port >= 32768) THEN 0 WHEN service IS NOT NULL AND (port >= 32768 OR contains(service, 'dce_rpc')) THEN 0 ELSE port END AS port_class
      FROM used
    ), first_use AS (
      SELECT host, side, protocol, port_class, min(ts) AS ts, max(ts) AS ts_last, arg_min(rid, ts, 20) AS records, count(*) AS count, arg_min(peer, ts) AS peer,
             count(DISTINCT peer) AS peers, min(port) AS port, sum(octets) AS octets
      FROM named GROUP BY ALL
    ), pace AS (
      SELECT host, count(*) FILTER (ts > began + INTERVAL 1 DAY) AS fresh, greatest(1, date_diff('day', began, min(${LEARNED_UNTIL}))) AS days
      FROM (SELECT *, min(ts) OVER (PARTITION BY host) AS began FROM first_use) WHERE ts <= ${LEARNED_UNTIL} GROUP BY host, began
    ), other AS (
      SELECT f.*, 1 - exp(-(p.fresh + 0.5) / (p.days + 1)) AS chance, -log10(1 - exp(-(p.fresh + 0.5) / (p.days + 1))) AS surprise, a.internal, p.fresh, p.days, count(*) OVER (PARTITION BY CAST(f.ts AS DATE)) AS tests
      FROM first_use f JOIN pace p ON p.host = f.host LEFT JOIN assets a ON a.address = f.peer
      WHERE f.ts > ${LEARNED_UNTIL} AND f.octets >= $octets
    )
    SELECT ts, ts_last, records, count, CASE side WHEN 'opened' THEN host ELSE peer END AS source, CASE side WHEN 'opened' THEN peer ELSE host END AS target,
           host AS own_host, side, protocol, port, octets, fresh, days, protocol || ' on port ' || port AS object, 'confirmed' AS outcome,
           CASE WHEN side = 'opened' AND internal = false THEN 'medium' ELSE 'low' END AS severity, round(surprise, 2) AS surprise, chance, tests,
           CASE WHEN port IN (SELECT "id.resp_p" FROM backup_product WHERE on_usual_port) AND peer IN ${BACKUP_ACTORS} THEN 'A port of the backup product, used with a backup server or proxy' END AS explained
    FROM other WHERE surprise >= $s
    UNION ALL
    SELECT min(b.ts), max(b.ts), list(b.rid ORDER BY b.ts)[:20], count(*), b."id.orig_h", b."id.resp_h", min(CASE WHEN b."id.resp_h" IN ${ESTATE} THEN b."id.resp_h" ELSE b."id.orig_h" END),
           'spoke', b.product, min(b."id.resp_p"), NULL, 0, 0, b.product, 'confirmed', 'medium', NULL, NULL, NULL, NULL
    FROM backup_product b
    WHERE (b."id.orig_h" IN ${ESTATE} OR b."id.resp_h" IN ${ESTATE}) AND b.confidence >= 0.8 AND (SELECT count(*) FROM site_products) > 0
      AND lower(b.product) NOT IN (SELECT lower(product) FROM site_products)
    GROUP BY b."id.orig_h", b."id.resp_h", b.product`,
  explanation:
    "{own_host} {side} {protocol} on port {port} for the first time ({source} to {target}, {count} connections, {octets}); in {learned} it did not.",
  falsePositives: ["Upgrades", "New agents", "A product that the scope forgot"],
  references: ["https://attack.mitre.org/techniques/T1571/"],
  blindTo: [],
  samples: [
    { capture: "new-port.rows", findings: 1 },
    { capture: "estate-weeks.rows", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
