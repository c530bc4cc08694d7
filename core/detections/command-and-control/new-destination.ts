import type { Detection } from "../detection.ts";
import { ESTATE, LEARNED_UNTIL } from "../sql.ts";

export const newDestination: Detection = {
  id: "BT-C2-010",
  title: "New external destination of a backup host",
  phase: "command-and-control",
  attack: ["T1071", "T1102"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { octets: 2000 },
  // A machine of the estate opens a connection to an address outside that no machine of the estate talked to while it was learned.
  query: `
    WITH opened AS (
      SELECT rid, ts, uid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(service, '') AS service,
             coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received
      FROM estate_conn
      WHERE "id.orig_h" IN ${ESTATE} AND "id.resp_h" IN (SELECT address FROM assets WHERE NOT internal)
        AND "id.resp_p" NOT IN (53, 123) AND orig_bytes > 0 AND resp_bytes > 0
    ), known AS (
      SELECT DISTINCT target FROM opened WHERE ts <= ${LEARNED_UNTIL}
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target,
           list(DISTINCT port ORDER BY port) AS ports, coalesce(nullif(max(service), ''), 'a protocol that was not recognised') AS service,
           sum(sent) AS sent_octets, sum(received) AS received_octets, 'confirmed' AS outcome
    FROM opened WHERE target NOT IN (SELECT target FROM known)
    GROUP BY source, target HAVING min(ts) > ${LEARNED_UNTIL} AND sum(sent + received) >= $octets`,
  explanation:
    "{source}, part of the backup estate, opened {count} connections to {target} outside (port {ports}, {service}; {sent_octets} out, {received_octets} in); in {learned} no machine of the estate did.",
  falsePositives: ["Update servers behind changing addresses", "A cloud tier that was just set up"],
  references: ["https://attack.mitre.org/techniques/T1071/"],
  blindTo: [],
  samples: [
    { capture: "incident.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
