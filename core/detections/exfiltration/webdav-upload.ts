import type { Detection } from "../detection.ts";
import { ARCHIVE_PATTERN, ESTATE_OR_HYPERVISOR, INSIDE, OUTSIDE } from "../sql.ts";

export const webdavUpload: Detection = {
  id: "BT-EX-017",
  title: "Upload by HTTP or WebDAV",
  phase: "exfiltration",
  attack: ["T1048", "T1567.002"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 1000000 },
  query: `
    WITH put AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(host, "id.resp_h") AS host, method, split_part(coalesce(uri, ''), '?', 1) AS path, coalesce(request_body_len, 0) AS sent, coalesce(user_agent, '') AS agent, status_code,
             regexp_matches(coalesce(user_agent, ''), '(?i)(WebDAV|DavClnt|MiniRedir|cadaver|davfs|rclone|WinSCP|Cyberduck)') AS is_dav
      FROM http WHERE method = 'PUT' AND "id.orig_h" IN ${INSIDE} AND "id.resp_h" IN ${OUTSIDE}
    ), other AS (
      SELECT DISTINCT "id.orig_h" AS source, "id.resp_h" AS target FROM http WHERE method IN ('PROPFIND', 'MKCOL', 'LOCK', 'PROPPATCH')
    )
    SELECT min(p.ts) AS ts, max(p.ts) AS ts_last, list(p.rid ORDER BY p.ts)[:100] AS records, count(*) AS count, p.source, p.target, min(p.host) AS host, arg_max(p.path, p.sent) AS object, list(DISTINCT regexp_extract(p.path, '[^/]*$') ORDER BY regexp_extract(p.path, '[^/]*$'))[:4] AS files, sum(p.sent) AS sent_octets,
           CASE WHEN bool_or(p.is_dav) OR min(o.source) IS NOT NULL THEN 'WebDAV' ELSE 'HTTP' END AS protocol, CASE WHEN bool_or(p.status_code BETWEEN 200 AND 299) THEN 'confirmed' WHEN bool_or(p.status_code >= 400) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_or(regexp_matches(p.path, '${ARCHIVE_PATTERN}')) THEN CASE WHEN p.source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END WHEN p.source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity
    FROM put p LEFT JOIN other o ON o.source = p.source AND o.target = p.target
    WHERE p.uid NOT IN (SELECT uid FROM object_store UNION ALL SELECT uid FROM restic)
    GROUP BY p.source, p.target, coalesce(p.status_code >= 400, false) HAVING sum(p.sent) >= $octets OR bool_or(regexp_matches(p.path, '${ARCHIVE_PATTERN}'))`,
  explanation: "{source} {uploaded|to upload} {count} files ({files}; {sent_octets}) to {host} over {protocol}.",
  falsePositives: ["Network drives of Nextcloud and SharePoint"],
  references: ["https://attack.mitre.org/techniques/T1048/"],
  blindTo: [
    {
      text: "uploads inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE established AND coalesce(orig_sealed_octets, 0) > 1000000`,
    },
  ],
  samples: [
    { capture: "file-transfer-out.rows", findings: 1 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
