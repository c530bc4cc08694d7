import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const cloudClient: Detection = {
  id: "BT-EX-012",
  title: "Command-line cloud client",
  phase: "exfiltration",
  attack: ["T1567.002", "T1537"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["http|sealed_store"],
  learningDays: 0,
  parameters: { learning_days: 7 },
  // By the user agent: a family of clients that the machine did not use in the time of learning, where the evidence goes on behind it. Inside TLS: an object store that a machine of the estate
  // reached with a client whose greeting (JA4) it never sent while it was learned.
  query: `
    WITH request AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(host, "id.resp_h") AS host, user_agent AS agent, coalesce(request_body_len, 0) AS sent, method, CASE
          WHEN starts_with(user_agent, 'AzCopy') THEN 'AzCopy' WHEN starts_with(user_agent, 'aws-cli') THEN 'the AWS command line' WHEN starts_with(user_agent, 'Boto') THEN 'a script with Boto' WHEN starts_with(user_agent, 'Cyberduck') OR starts_with(user_agent, 'Mountain Duck') THEN 'Cyberduck'
          WHEN starts_with(user_agent, 's5cmd') THEN 's5cmd' WHEN starts_with(user_agent, 's3cmd') OR contains(user_agent, 'S3cmd') THEN 's3cmd' WHEN contains(user_agent, 'gsutil') THEN 'gsutil' WHEN contains(user_agent, 'google-cloud-sdk') OR contains(user_agent, 'gcloud') THEN 'the Google Cloud command line'
          WHEN regexp_matches(user_agent, '(?i)^(b2/|backblaze-b2)') THEN 'the Backblaze command line' WHEN contains(user_agent, 'CloudBerry') OR contains(user_agent, 'MSP360') THEN 'CloudBerry' WHEN contains(user_agent, 'S3 Browser') THEN 'S3 Browser' WHEN contains(user_agent, 'azure-cli') OR contains(user_agent, 'AZURECLI') THEN 'the Azure command line'
          WHEN regexp_matches(user_agent, 'MinIO.* mc/') THEN 'the MinIO command line' WHEN starts_with(user_agent, 's4cmd') OR starts_with(user_agent, 'peakio') THEN 's4cmd' WHEN contains(user_agent, 'MEGAcmd') THEN 'MEGAcmd' END AS client
      FROM http WHERE user_agent IS NOT NULL
    ), start AS (
      SELECT ${HAS_HISTORY} AS is_long, ${LEARNED_UNTIL} AS learned
    )
    SELECT min(r.ts) AS ts, max(r.ts) AS ts_last, list(r.rid ORDER BY r.ts)[:100] AS records, count(*) AS count, r.source, min(r.target) AS target, r.client, r.client AS object, 'user agent ' || min(r.agent) AS agent, list(DISTINCT r.host ORDER BY r.host)[:4] AS hosts, sum(r.sent) AS sent_octets, 'confirmed' AS outcome,
           CASE WHEN min(s.is_long) THEN 'in ' || $learned || ' it was not seen there' ELSE 'the evidence is too short to say whether that is usual' END AS usual_text,
           CASE WHEN r.source IN ${ESTATE_OR_HYPERVISOR} AND min(s.is_long) THEN 'high' WHEN r.source IN ${ESTATE_OR_HYPERVISOR} THEN 'medium' ELSE 'low' END AS severity
    FROM request r, start s WHERE r.client IS NOT NULL GROUP BY r.source, r.client
    HAVING NOT min(s.is_long) OR min(r.ts) > min(s.learned)
    UNION ALL BY NAME
    SELECT min(c.ts) AS ts, max(c.ts) AS ts_last, list(c.rid ORDER BY c.ts)[:100] AS records, count(*) AS count, c."id.orig_h" AS source, min(c."id.resp_h") AS target, 'a client that cannot be named' AS client, l.ja4 AS object, 'its greeting of TLS, ' || l.ja4 AS agent, list(DISTINCT c.server_name ORDER BY c.server_name)[:4] AS hosts,
           sum(coalesce(c.upload_octets, 0)) AS sent_octets, 'observed' AS outcome, 'inference' AS basis, 0.4 AS confidence, 'in ' || $learned || ' the machine greeted nobody like that' AS usual_text, CASE WHEN sum(coalesce(c.uploads, 0)) > 0 THEN 'medium' ELSE 'low' END AS severity
    FROM sealed_store c JOIN (SELECT DISTINCT uid, ja4 FROM ssl) l ON l.uid = c.uid CROSS JOIN start s
    WHERE s.is_long AND c."id.orig_h" IN ${ESTATE_OR_HYPERVISOR} AND l.ja4 IS NOT NULL AND c.ts > s.learned
      AND NOT EXISTS (SELECT 1 FROM ssl b WHERE b."id.orig_h" = c."id.orig_h" AND b.ja4 = l.ja4 AND b.ts <= s.learned)
      AND EXISTS (SELECT 1 FROM ssl b WHERE b."id.orig_h" = c."id.orig_h" AND b.ja4 IS NOT NULL AND b.ts <= s.learned)
    GROUP BY c."id.orig_h", l.ja4`,
  explanation: "{source} used {client} ({agent}) against {hosts} and sent {sent_octets}; {usual_text}.",
  falsePositives: ["Administrators who test an object repository"],
  references: ["https://attack.mitre.org/techniques/T1567/002/"],
  blindTo: [
    {
      text: "user agents inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE established AND "id.resp_p" IN (443, 8443, 9000)`,
    },
  ],
  samples: [
    { capture: "cloud-tools.rows", findings: 1 },
    { capture: "sealed-store.rows", findings: 1 },
    { capture: "sealed-retention.rows", findings: 0 },
    { capture: "outside-nights.rows", findings: 0 },
  ],
};
