import { SEALED_SMB_FILES } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { BACKUP_ACTORS } from "../sql.ts";

/** Files that hold credentials, by the names that they usually have. */
const NAMED =
  "(?i)((^|\\\\)lsass[^\\\\]*\\.(dmp|zip|bin)|mimidrv|mimikatz|mimilsa|\\.kirbi$|\\.ccache$|\\.kdbx$|(^|\\\\)sqldmpr|(^|\\\\)(krb5\\.keytab|id_rsa|id_ed25519)$)";
/** Those of them that are programs which take credentials. */
const TOOL = "(?i)(mimidrv|mimikatz|mimilsa)";

const LSASS_DUMP = "(?i)(^|\\\\)lsass[^\\\\]*\\.(dmp|zip|bin)";
const PREFERENCES = "(?i)\\\\policies\\\\.*\\\\preferences\\\\";

/** The technique that one file shows. */
const TECHNIQUE = `CASE WHEN regexp_matches(name, '${TOOL}') THEN 'T1570' WHEN regexp_matches(name, '${LSASS_DUMP}') THEN 'T1003.001' WHEN is_dump THEN 'T1003'
  WHEN is_hive THEN 'T1003.002' WHEN regexp_matches(name, '${PREFERENCES}') THEN 'T1552.006' ELSE 'T1552.001' END`;

export const credentialFiles: Detection = {
  id: "BT-CA-005",
  title: "Credential-bearing files over SMB",
  phase: "credential-access",
  attack: ["T1003.001", "T1003.002", "T1552.001", "T1552.006", "T1570"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["smb_operations"],
  learningDays: 0,
  parameters: { dump_octets: 1_000_000, hive_octets: 16_384 },
  // By name, and by the first octets whatever the name: a minidump (MDMP) of a process, a registry hive (regf) that is no user's profile. Preferences of group policies may hold passwords; machines
  // read them as themselves, people and tools as users; those meant for users are read by their own log-on too.
  query: `
    WITH moved AS (
      SELECT * REPLACE (coalesce(name, '(name not seen)') AS name), coalesce(path || '\\', '') AS place, coalesce(bytes_read, 0) + coalesce(bytes_written, 0) AS octets, coalesce(starts_with(magic, '4d444d50'), false) AS is_dump,
             coalesce(starts_with(magic, '72656766'), false) AND NOT regexp_matches(coalesce(name, ''), '(?i)(ntuser|usrclass|userdiff|amcache|\\.man$|bcd$)') AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AS is_hive
      FROM smb_operations WHERE action = 'transfer'
    ), picked AS (
      SELECT * FROM moved
      WHERE octets > 0 AND (is_dump AND octets >= $dump_octets OR is_hive AND octets >= $hive_octets OR regexp_matches(name, '${NAMED}')
        OR (regexp_matches(name, '(?i)\\\\policies\\\\.*\\\\preferences\\\\.*(groups|services|scheduledtasks|datasources|printers|drives)\\.xml$') AND bytes_read > 0 AND coalesce("user", '') NOT LIKE '%$'))
    ), file AS (
      -- What is read again counts once: no more than the file is long.
      SELECT *, row_number() OVER same_file = 1 AS is_first,
             CASE WHEN max(size) OVER same_file > 0 THEN least(sum(octets) OVER same_file, greatest(max(size) OVER same_file, max(octets) OVER same_file)) ELSE sum(octets) OVER same_file END AS file_octets
      FROM picked WINDOW same_file AS (PARTITION BY uid, "user", place, name)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, "user",
           arg_min(place || name, ts) AS object, list(DISTINCT place || name ORDER BY place || name) AS files, CASE WHEN bool_and(regexp_matches(name, '${TOOL}')) THEN 'Credential theft tool over SMB' END AS title,
           CASE WHEN bool_and(regexp_matches(name, '${TOOL}')) THEN ['Security tests that were agreed'] END AS harmless,
           sum(file_octets) FILTER (is_first) AS octets, CASE WHEN bool_or(is_dump) THEN ', by its first octets the memory of a process' WHEN bool_or(is_hive) THEN ', by its first octets a registry hive' ELSE '' END AS kind_text,
           CASE WHEN sum(coalesce(bytes_written, 0)) > sum(coalesce(bytes_read, 0)) THEN 'to' ELSE 'from' END AS direction, 'confirmed' AS outcome, list_sort(list_distinct(list(${TECHNIQUE}))) AS techniques,
           CASE WHEN bool_and(regexp_matches(name, '(?i)\\\\policies\\\\[^\\\\]+\\\\user\\\\preferences\\\\')) THEN 'low' WHEN bool_and(regexp_matches(name, '(?i)\\\\preferences\\\\|\\.kdbx$')) OR NOT bool_or(regexp_matches(name, '${NAMED}')) THEN 'medium' ELSE 'high' END AS severity
    FROM file GROUP BY "id.orig_h", "id.resp_h", "user", uid`,
  explanation: "{user} on {source} transferred {files} ({octets}{kind_text}) {direction} {target}.",
  falsePositives: ["Support staff collecting dumps"],
  references: ["https://attack.mitre.org/techniques/T1003/001/"],
  blindTo: [SEALED_SMB_FILES],
  samples: [
    { capture: "credential-files.pcapng", findings: 1 },
    { capture: "process-dump.rows", findings: 2 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
