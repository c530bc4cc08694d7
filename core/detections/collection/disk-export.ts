import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";

/** Hypervisors and what manages them. */
const VIRTUALISATION = `(SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6)`;

export const diskExport: Detection = {
  id: "BT-CO-003",
  title: "Virtual disks exported through the hypervisor",
  phase: "collection",
  attack: ["T1005", "T1006"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  parameters: { octets: 1000000000, usual_days: 4 },
  // By the calls where they can be read (a disk's name alone says so at a hypervisor only: anybody may offer images); else a large download from the ports of a hypervisor to a machine that moves no backups.
  query: `
    WITH call AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", coalesce(object, operation) AS object, status_code, fault, 0 AS octets FROM hypervisor_api
      WHERE regexp_matches(operation, '(?i)^(ExportVm|ExportSnapshot|ExportVApp|HttpNfcLease(Progress|Complete|GetManifest))') OR regexp_matches(operation, '(?i)^(GET|POST) .*/(vzdump|export)')
      UNION ALL
      SELECT ts, rid, uid, "id.orig_h", "id.resp_h", coalesce(auth_user, username), split_part(uri, '?', 1), status_code, NULL, coalesce(response_body_len, 0) FROM http
      WHERE method = 'GET' AND (starts_with(uri, '/nfc/') OR regexp_matches(split_part(uri, '?', 1), '(?i)^/folder/.*\\.(vmdk|vmsn|vmem|ova|ovf|nvram)$') OR ("id.resp_h" IN ${VIRTUALISATION} AND regexp_matches(split_part(uri, '?', 1), '(?i)\\.(vmdk|vhdx?|qcow2|ova)$')))
    ), flow AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, "id.resp_p" AS port, coalesce(resp_bytes, 0) AS octets, coalesce(orig_bytes, 0) AS sent FROM estate_conn
      WHERE proto = 'tcp' AND "id.resp_p" IN (443, 902) AND resp_bytes >= 0.05 * $octets AND resp_bytes > 10 * coalesce(orig_bytes, 0)
        AND "id.resp_h" IN ${VIRTUALISATION} AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter', 'repository') AND confidence >= 0.6)
    ), used AS (
      SELECT source, target, count(DISTINCT CAST(ts AS DATE)) AS days FROM flow GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, min("user") AS "user", arg_max(object, octets) AS object, 'asked for the export of ' || count(DISTINCT object) || ' objects (' || array_to_string(list(DISTINCT object ORDER BY object)[:3], ', ') || ')' AS act, sum(octets) AS octets,
           CASE WHEN bool_or(fault IS NOT NULL OR status_code >= 400) AND NOT bool_or(status_code BETWEEN 200 AND 299 AND fault IS NULL) THEN 'refused' WHEN bool_or(status_code BETWEEN 200 AND 299) THEN 'confirmed' ELSE 'attempted' END AS outcome, 'fact' AS basis, CASE WHEN source IN ${BACKUP_ACTORS} THEN 'it is a backup server or proxy, which reads disks for its jobs' END AS explained,
           CASE WHEN sum(octets) >= $octets OR target IN ${VIRTUALISATION} THEN 'high' ELSE 'medium' END AS severity, CAST(0.85 AS DOUBLE) AS confidence
    FROM call GROUP BY source, target, coalesce(fault IS NOT NULL OR status_code >= 400, false)
    UNION ALL
    SELECT min(f.ts), max(f.ts), list(f.rid ORDER BY f.octets DESC)[:50], count(*), f.source, f.target, NULL, 'port ' || min(f.port), 'seems to have downloaded disks', sum(f.octets), 'confirmed', 'inference', NULL, 'high', CAST(0.6 AS DOUBLE)
    FROM flow f JOIN used u ON u.source = f.source AND u.target = f.target WHERE u.days < $usual_days GROUP BY f.source, f.target, CAST(f.ts AS DATE) HAVING sum(f.octets) >= $octets`,
  explanation: "{source} {act} from {target}; {octets} came back.",
  falsePositives: ["An administrator who exports a template"],
  references: ["https://attack.mitre.org/techniques/T1005/"],
  blindTo: [
    {
      text: "calls inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE established AND "id.resp_h" IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter'))`,
    },
  ],
  samples: [
    { capture: "disk-export.rows", findings: 2 },
    { capture: "repository-days.rows", findings: 0 },
  ],
};
