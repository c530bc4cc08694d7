import { SEALED_SMB_CALLS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { inOrder, SEALED } from "../sql.ts";

/** Calls, and fetched files, of one log-on that the records of a finding hold. */
const NAMED = 100;

export const hiveSave: Detection = {
  id: "BT-CA-002",
  title: "Remote hive save (SAM, SECURITY, SYSTEM)",
  phase: "credential-access",
  attack: ["T1003.002", "T1003.004"],
  severity: "high",
  confidence: 0.95,
  basis: "fact",
  needs: ["dce_rpc"],
  learningDays: 0,
  parameters: { minutes: 10 },
  // [MS-RRP] 3.1.5: BaseRegSaveKey 20 and BaseRegSaveKeyEx 31; the file is then fetched from ADMIN$\\Temp or ADMIN$\\System32.
  query: `
    WITH saved AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, "user", uid, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:${NAMED}] AS rids,
             count(*) AS count, bool_or(outcome = 'confirmed') AS answered, bool_or(outcome = 'confirmed' AND NOT ${SEALED}) AS done, bool_and(outcome = 'refused') AS refused,
             list(DISTINCT coalesce(command, target_name) ORDER BY coalesce(command, target_name))
               FILTER (coalesce(command, target_name) IS NOT NULL) AS names
      FROM dce_rpc WHERE endpoint = 'winreg' AND opnum IN (20, 31) GROUP BY "id.orig_h", "id.resp_h", "user", uid, coalesce(outcome = 'refused', false)
    ), fetched AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, path || '\\' || name AS file, row_number() OVER (PARTITION BY "id.orig_h", "id.resp_h" ORDER BY ts, rid) AS nr
      FROM smb_operations
      WHERE action = 'transfer' AND bytes_read > 0 AND regexp_matches(path, '(?i)\\\\(admin|c)\\$$')
        AND (regexp_matches(name, '(?i)\\.(tmp|hiv|save|sav|dat|log)$') OR NOT contains(name, '.'))
    ), joined AS (
      SELECT * FROM (
        SELECT id, source, target, min(file) OVER within AS file, count(DISTINCT file) OVER within AS files,
               max(CASE WHEN nr IS NOT NULL THEN ts END) OVER within AS fetched_at, min(nr) OVER within AS nr_from, max(nr) OVER within AS nr_to
        FROM (SELECT *, 0 AS span FROM fetched
          UNION ALL BY NAME SELECT rids[1] AS id, source, target, ts, epoch_ns(ts_last) - epoch_ns(ts) + 60000000000 * CAST($minutes AS BIGINT) AS span FROM saved WHERE NOT coalesce(refused, false))
        WINDOW within AS (PARTITION BY source, target ORDER BY epoch_ns(ts) RANGE BETWEEN CURRENT ROW AND span FOLLOWING)
      ) WHERE id IS NOT NULL AND nr_from IS NOT NULL
    ), brought AS (
      SELECT j.id, ${inOrder("{ nr: f.nr, rid: f.rid }")} AS fetches
      FROM (SELECT id, source, target, unnest(range(nr_from, least(nr_to, nr_from + ${NAMED - 1}) + 1)) AS nr FROM joined) j JOIN fetched f USING (source, target, nr) GROUP BY j.id
    )
    SELECT s.ts, coalesce(j.fetched_at, s.ts_last) AS ts_last, list_concat(s.rids, coalesce(b.fetches, [])) AS records, s.count + coalesce(j.nr_to - j.nr_from + 1, 0) AS record_count,
           s.source, s.target, s."user", s.count, coalesce(j.file, s.names[1]) AS object, coalesce(s.names, ['names sealed']) AS hives,
           CASE WHEN coalesce(j.files, 0) = 0 THEN 'no fetch of the files was seen'
                ELSE 'then read ' || j.file || CASE WHEN j.files > 1 THEN ' and ' || (j.files - 1) || ' more' ELSE '' END END AS fetch_text,
           CASE WHEN s.done OR j.files > 0 THEN 'saved' WHEN s.refused THEN 'asked (and was refused) to save' WHEN s.answered THEN 'asked to save' ELSE 'asked (success was not seen) to save' END AS did,
           s.answered AND NOT s.done AND coalesce(j.files, 0) = 0 AS unread,
           CASE WHEN j.files > 0 THEN 'critical' ELSE 'high' END AS severity, CASE WHEN j.files > 0 THEN 'Severity critical: files were fetched right after, as the hives are' END AS note,
           CASE WHEN s.answered OR j.files > 0 THEN 'confirmed' WHEN s.refused THEN 'refused' ELSE 'attempted' END AS outcome
    FROM saved s LEFT JOIN joined j ON j.id = s.rids[1] LEFT JOIN brought b ON b.id = s.rids[1]`,
  explanation: "{user} on {source} {did} {count} registry hives of {target} ({hives}) and {fetch_text}.",
  falsePositives: ["Backup agents save hives locally, not over the network"],
  references: ["https://attack.mitre.org/techniques/T1003/002/", "MS-RRP 3.1.5"],
  blindTo: [SEALED_SMB_CALLS],
  samples: [
    { capture: "hive-save.pcapng", findings: 1 },
    { capture: "smb-file-copy.pcapng", findings: 0 },
  ],
};
