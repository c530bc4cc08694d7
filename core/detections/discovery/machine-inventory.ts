import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE_OR_HYPERVISOR, NOT_GRANTED_HTTP } from "../sql.ts";

export const machineInventory: Detection = {
  id: "BT-DI-014",
  title: "Virtual-infrastructure inventory by an unusual client",
  phase: "discovery",
  attack: ["T1673", "T1018"],
  severity: "medium",
  confidence: 0.6,
  basis: "fact",
  needs: ["hypervisor_api"],
  learningDays: 0,
  parameters: { octets: 2000000, calls: 3 },
  // RetrieveProperties, container views and lists of machines, by a host that is no part of the backup software or of the hypervisors.
  query: `
    WITH call AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "user", operation, user_agent, status_code, coalesce(response_octets, 0) AS octets FROM hypervisor_api
      WHERE regexp_matches(operation, '(?i)^(RetrieveProperties|RetrievePropertiesEx|ContinueRetrievePropertiesEx|CreateContainerView|FindAllByDnsName|FindByInventoryPath|QueryVmfs|GET .*/(vcenter/(vm|host|datastore|cluster)|rest/vcenter|cluster/resources|nodes($|/[^/]+/(qemu|lxc|storage)$)|admin/datastore))')
        AND "id.orig_h" NOT IN ${ESTATE_OR_HYPERVISOR} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED_HTTP}, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS count, source, target, min("user") AS "user", sum(octets) AS octets,
           list(DISTINCT operation ORDER BY operation) AS operations, min(user_agent) AS object, CASE WHEN sum(octets) >= $octets THEN 'medium' ELSE 'low' END AS severity,
           CASE WHEN bool_or(status_code < 300) THEN 'confirmed' WHEN bool_and(status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome
    FROM call GROUP BY source, target, CAST(ts AS DATE) HAVING count(*) >= $calls OR sum(octets) >= $octets`,
  explanation: "{user} on {source} {read|to read} the inventory of {target} in {count} calls ({operations}; {octets}).",
  falsePositives: ["New monitoring product"],
  references: ["https://attack.mitre.org/techniques/T1673/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "machine-inventory.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
