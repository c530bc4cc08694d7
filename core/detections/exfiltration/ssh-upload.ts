import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const sshUpload: Detection = {
  id: "BT-EX-003",
  title: "File-transfer client to an outside server over SSH",
  phase: "exfiltration",
  attack: ["T1048.002", "T1048"],
  severity: "high",
  confidence: 0.85,
  basis: "inference",
  needs: ["ssh"],
  learningDays: 0,
  ofConnections: true,
  parameters: { octets: 20000000, least_octets: 1000000, learning_days: 7 },
  // Pairs with bulk uploads on earlier days (off-site backup) do not count. Without earlier days nobody knows whether the pair is new.
  query: `
    WITH session AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.client, c.orig_bytes AS sent, coalesce(c.resp_bytes, 0) AS received, CAST(s.ts AS DATE) AS day
      FROM ssh s JOIN ssh_conn c ON c.uid = s.uid
      WHERE s."id.orig_h" IN (SELECT address FROM assets WHERE internal) AND s."id.resp_h" IN (SELECT address FROM assets WHERE NOT internal)
    ), pair_day AS (
      SELECT source, target, day, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, sum(sent) AS sent, sum(received) AS received,
             coalesce(arg_max(client, sent), 'unknown software') AS client
      FROM session GROUP BY ALL
    ), first_day AS (
      SELECT source, target, min(day) AS day FROM pair_day WHERE sent >= $least_octets GROUP BY ALL
    ), judged AS (
      SELECT p.*, p.ts > ${LEARNED_UNTIL} AS learned FROM pair_day p JOIN first_day f ON f.source = p.source AND f.target = p.target AND f.day = p.day
    )
    SELECT p.ts, p.ts_last, p.records, p.count, p.source, p.target, p.client, p.sent AS sent_octets, 'confirmed' AS outcome,
           CASE WHEN p.source IN ${ESTATE_OR_HYPERVISOR} OR p.learned THEN 'high' ELSE 'medium' END AS severity
    FROM judged p
    WHERE p.sent >= CASE WHEN p.learned THEN $least_octets ELSE $octets END
      AND p.sent > p.received AND (p.learned OR regexp_matches(p.client, '(?i)(winscp|filezilla|putty|libssh|paramiko|SSH-2\\.0-Go|rclone|cyberduck|asyncssh)'))`,
  explanation: "{source} used {client} to send {sent_octets} to {target} over SSH.",
  falsePositives: ["Off-site backup over SSH that was just set up"],
  references: ["https://attack.mitre.org/techniques/T1048/002/"],
  blindTo: [],
  samples: [
    { capture: "ssh-upload.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
