import type { Detection } from "../detection.ts";

export const credentialFiles: Detection = {
  id: "BT-CA-005",
  title: "Credential-bearing files over SMB",
  phase: "credential-access",
  attack: ["T1003.001", "T1552.001", "T1552.006"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: {},
  // Preferences of group policies may hold passwords; machines read them as themselves, people and tools as users.
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(coalesce(path || '\\', '') || name, ts) AS object, list(DISTINCT name ORDER BY name) AS files,
           sum(coalesce(bytes_read, 0) + coalesce(bytes_written, 0)) AS octets,
           CASE WHEN sum(coalesce(bytes_written, 0)) > sum(coalesce(bytes_read, 0)) THEN 'to' ELSE 'from' END AS direction, 'confirmed' AS outcome,
           CASE WHEN bool_and(regexp_matches(name, '(?i)\\\\preferences\\\\|\\.kdbx$')) THEN 'medium' ELSE 'high' END AS severity
    FROM smb_operations
    WHERE action = 'transfer' AND coalesce(bytes_read, 0) + coalesce(bytes_written, 0) > 0
      AND (regexp_matches(name, '(?i)((^|\\\\)lsass[^\\\\]*\\.(dmp|zip|bin)|mimidrv|mimikatz|mimilsa|\\.kirbi$|\\.ccache$|\\.kdbx$|(^|\\\\)sqldmpr|(^|\\\\)(krb5\\.keytab|id_rsa|id_ed25519)$)')
        OR (regexp_matches(name, '(?i)\\\\policies\\\\.*\\\\preferences\\\\.*(groups|services|scheduledtasks|datasources|printers|drives)\\.xml$') AND coalesce("user", '') NOT LIKE '%$'))
    GROUP BY "id.orig_h", "id.resp_h", "user", uid`,
  explanation: "{user} on {source} transferred {files} ({octets}) {direction} {target}.",
  falsePositives: ["Support staff collecting dumps"],
  references: ["https://attack.mitre.org/techniques/T1003/001/"],
  blindTo: [
    { text: "files inside SMB3 encryption", query: "SELECT count(*) AS n FROM smb_operations WHERE action = 'sealed'" },
  ],
  samples: [
    { capture: "credential-files.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
