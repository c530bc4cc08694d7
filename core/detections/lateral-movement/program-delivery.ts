import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ADMIN_SHARE_PATTERN, BACKUP_ACTORS, BACKUP_COMPONENT_PATTERN, ESTATE, PROGRAM_PATTERN } from "../sql.ts";

export const programDelivery: Detection = {
  id: "BT-LM-014",
  title: "Executable or script written to an admin share or a backup host",
  phase: "lateral-movement",
  attack: ["T1570", "T1105"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations|files"],
  learningDays: 0,
  parameters: { habit_hours: 18 },
  // The file's own first octets decide where they were seen (MZ, ELF), else its suffix.
  query: `
    WITH written AS (
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", path, name, bytes_written, outcome,
             regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}') AS is_admin_share,
             CASE WHEN starts_with(magic, '4d5a') THEN 'a Windows program' WHEN starts_with(magic, '7f454c46') THEN 'a Linux program'
                  WHEN regexp_matches(name, '${PROGRAM_PATTERN}') AND (magic IS NULL OR NOT regexp_matches(name, '(?i)\\.(exe|dll|sys|scr|cpl|com)$')) THEN 'a program or script by its name' END AS kind
      FROM smb_operations WHERE action = 'transfer' AND bytes_written > 0 AND name IS NOT NULL
        AND coalesce(share_type, 'DISK') = 'DISK'
    ), habit AS (
      SELECT source, lower(name) AS name FROM written GROUP BY 1, 2 HAVING max(ts) - min(ts) >= to_hours($habit_hours)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, source, target, "user",
           CASE WHEN bool_or(is_admin_share) THEN ['T1021.002'] END AS attack, 'wrote' AS did, 'to' AS way, coalesce(path || '\\', '') || name AS object, min(kind) AS kind, max(bytes_written) AS octets, 'confirmed' AS outcome,
           CASE WHEN bool_or(is_admin_share) AND regexp_matches(name, '(?i)(^|\\\\)[^\\\\]+\\.(exe|dll|sys|scr)$') OR target IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN source IN ${BACKUP_ACTORS} AND (regexp_matches(name, '${BACKUP_COMPONENT_PATTERN}') OR (source, lower(name)) IN (SELECT (source, name) FROM habit))
                THEN 'A backup server or proxy copies the components of its own software to the machines it protects' END AS explained
    FROM written WHERE kind IS NOT NULL AND (is_admin_share OR target IN ${ESTATE})
    GROUP BY source, target, "user", path, name
    UNION ALL
    -- Programs that come the other way: read from an administrator's share.
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], "id.orig_h", "id.resp_h", "user", ['T1021.002'], 'fetched', 'from', path || '\\' || name, 'a Windows program', max(bytes_read), 'confirmed',
           CASE WHEN regexp_matches(name, '(?i)(^|\\\\)(te?mp|perflogs|programdata|users|recycler?|\\$recycle.bin|tasks|debug|public)\\\\') THEN 'medium' ELSE 'low' END,
           CASE WHEN "id.orig_h" IN ${BACKUP_ACTORS} THEN 'A backup server or proxy reads what it backs up' END
    FROM smb_operations
    WHERE action = 'transfer' AND bytes_read >= 4096 AND coalesce(bytes_written, 0) = 0 AND starts_with(magic, '4d5a') AND name IS NOT NULL AND regexp_matches(coalesce(path, ''), '${ADMIN_SHARE_PATTERN}')
    GROUP BY "id.orig_h", "id.resp_h", "user", path, name
    UNION ALL
    -- Programs that HTTP, FTP or TFTP carried to the estate.
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], sender, receiver, NULL, CAST([] AS VARCHAR[]), 'delivered', 'over ' || source || ' to', coalesce(filename, 'a program without a name'), min(kind), max(seen_bytes), 'confirmed', 'high', NULL
    FROM (
      SELECT *, CASE WHEN is_orig THEN "id.orig_h" ELSE "id.resp_h" END AS sender, CASE WHEN is_orig THEN "id.resp_h" ELSE "id.orig_h" END AS receiver,
             CASE WHEN mime_type LIKE '%dosexec%' THEN 'a Windows program' WHEN mime_type LIKE '%executable%' OR mime_type LIKE '%elf%' THEN 'a Linux program' ELSE 'a script' END AS kind
      FROM files WHERE source IN ('HTTP', 'FTP_DATA', 'FTP', 'TFTP') AND regexp_matches(mime_type, '(?i)(dosexec|x-executable|x-elf|x-shellscript|powershell|x-msdownload|x-python)')
    ) WHERE receiver IN ${ESTATE} AND sender NOT IN ${ESTATE} AND sender IN (SELECT address FROM assets WHERE internal)
    GROUP BY sender, receiver, source, filename`,
  explanation: "{user} on {source} {did} {object} ({octets}, {kind}) {way} {target}.",
  falsePositives: ["Software deployment and updates"],
  references: ["https://attack.mitre.org/techniques/T1570/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "admin-share-write.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
    { capture: "netbackup-at-work.rows", findings: 0 },
    { capture: "program-fetched.rows", findings: 1 },
  ],
};
