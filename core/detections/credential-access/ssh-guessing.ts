import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const sshGuessing: Detection = {
  id: "BT-CA-015",
  title: "SSH password guessing on repository, NAS or ESXi",
  phase: "credential-access",
  attack: ["T1110.001"],
  severity: "high",
  confidence: 0.8,
  basis: "inference",
  needs: ["ssh"],
  learningDays: 0,
  parameters: { failures: 30, minutes: 30, burst: 5, burst_seconds: 60 },
  // Zeek's threshold for guesses: 30 in 30 minutes; a connection with several attempts counts for each. Programs that guess in parallel are seen earlier:
  // a few failures within a minute by a client that is a library. What worked before them is nobody's guess.
  query: `
    WITH tried AS (
      SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.client, s.auth_success,
             CASE WHEN s.auth_success THEN 0 ELSE greatest(1, CAST(coalesce(s.auth_attempts, 1) AS BIGINT)) END AS failures
      FROM ssh s JOIN ssh_conn c ON c.uid = s.uid
      WHERE s.auth_success = false OR (s.auth_success IS NULL AND c.orig_bytes BETWEEN 500 AND 6000 AND c.duration < 30000000000) OR s.auth_success
    ), counted AS (
      SELECT *, sum(failures) OVER (PARTITION BY source, target ORDER BY ts RANGE BETWEEN to_minutes($minutes) PRECEDING AND CURRENT ROW) AS recent,
             CASE WHEN regexp_matches(coalesce(client, ''), '(?i)(libssh|paramiko|SSH-2\\.0-Go|asyncssh|jsch|ncrack|medusa|hydra)')
                  THEN sum(failures) OVER (PARTITION BY source, target ORDER BY ts RANGE BETWEEN to_seconds($burst_seconds) PRECEDING AND CURRENT ROW) ELSE 0 END AS burst
      FROM tried
    ), paced AS (
      SELECT *, ts - lag(ts) OVER (PARTITION BY source, target ORDER BY ts) > to_minutes($minutes) AS apart FROM counted
    ), run AS (
      SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY source, target ORDER BY ts) AS number FROM paced
    )
    SELECT *, CASE WHEN target NOT IN ${ESTATE_OR_HYPERVISOR} THEN 'SSH password guessing' END AS title, CASE WHEN worked THEN '; a log-on then seems to have worked' ELSE '' END AS success_text, CASE WHEN worked THEN 'confirmed' ELSE 'refused' END AS outcome, CASE WHEN worked THEN 'critical' ELSE 'high' END AS severity
    FROM (SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, source, target, sum(failures) AS count,
           (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 1e9 AS span_seconds, coalesce(mode(client ORDER BY client), 'unknown software') AS client,
           coalesce(max(ts) FILTER (auth_success) >= min(ts) FILTER (recent >= $failures OR burst >= $burst), false) AS worked
    FROM run GROUP BY source, target, number HAVING max(recent) >= $failures OR max(burst) >= $burst)`,
  explanation:
    "By the lengths of encrypted messages, {source} failed {count} SSH log-ons on {target}, begun within {span_seconds}, using {client}{success_text}.",
  falsePositives: ["Monitoring probes", "Broken scripts with one user"],
  references: ["https://attack.mitre.org/techniques/T1110/001/"],
  blindTo: [],
  samples: [
    { capture: "ssh-guessing.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
