import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const managementFromOutside: Detection = {
  id: "BT-IA-023",
  title: "Backup or hypervisor management service reached from outside",
  phase: "initial-access",
  attack: ["T1133", "T1190"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: {},
  // A port that only backup or hypervisor services use counts also on a machine that nothing else is known of.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target,
           list(DISTINCT "id.resp_p" ORDER BY "id.resp_p") AS ports, sum(orig_bytes) AS in_octets, sum(resp_bytes) AS out_octets, 'confirmed' AS outcome
    FROM conn
    WHERE proto = 'tcp' AND orig_bytes > 0 AND resp_bytes > 0
      AND "id.resp_p" IN (22, 443, 445, 902, 3389, 4443, 5000, 5001, 5985, 5986, 8000, 8007, 8014, 8080, 8403, 9000, 9392, 9398, 9401, 9419, 9877, 10000)
      AND ("id.resp_h" IN ${ESTATE_OR_HYPERVISOR}
        OR ("id.resp_p" IN (902, 9392, 9398, 9401, 9419, 9877) AND "id.resp_h" IN (SELECT address FROM assets WHERE internal))) AND "id.orig_h" IN (SELECT address FROM assets WHERE NOT internal)
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation:
    "Port {ports} of {target} was reached from {source}, outside the site's networks, {count} times ({in_octets} in, {out_octets} out).",
  falsePositives: ["Published portals and cloud gateways, which belong in the scope"],
  references: ["https://attack.mitre.org/techniques/T1133/"],
  blindTo: [],
  samples: [
    { capture: "management-from-outside.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
