import type { Detection } from "../detection.ts";
import { GROUP_OUTCOME, LEARNED_UNTIL, NOT_GRANTED } from "../sql.ts";

export const foreignDatastore: Detection = {
  id: "BT-LM-021",
  title: "Instant recovery or NFS mount from an unexpected server",
  phase: "lateral-movement",
  attack: ["T1564.006", "T1021", "T1570"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["iscsi|mount|nfs"],
  learningDays: 7,
  parameters: {},
  // A hypervisor attaches storage: MOUNT MNT, the first operation of NFS, or an iSCSI log-in. A machine that runs backups attaches it for instant recovery.
  query: `
    WITH attached AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, path AS what, 'NFS export' AS kind, outcome FROM mount WHERE operation = 'MNT'
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", coalesce(export, path), 'NFS export', outcome FROM nfs
      UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", target, 'iSCSI target', CASE WHEN success THEN 'confirmed' WHEN success = false THEN 'refused' ELSE 'attempted' END FROM iscsi WHERE session_type IS DISTINCT FROM 'Discovery'
    ), by_hypervisor AS (
      SELECT a.*, r.confidence AS sure FROM attached a JOIN asset_roles r ON r.address = a.source AND r.role = 'hypervisor' AND r.confidence >= 0.6
    )
    SELECT min(ts) AS ts, ${NOT_GRANTED}, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, source, target, min(kind) AS kind, min(what) AS object, coalesce(min(what), 'name not seen') AS what,
           ${GROUP_OUTCOME} AS outcome, min(sure) AS role_confidence,
           CASE WHEN target IN (SELECT address FROM assets WHERE in_estate) THEN 'medium' ELSE 'high' END AS severity
    FROM by_hypervisor GROUP BY source, target HAVING min(ts) > ${LEARNED_UNTIL}`,
  explanation:
    "Hypervisor {source} {attached|to attach} storage of {target} ({kind} {what}), which it had not used in {learned}.",
  falsePositives: ["New restore infrastructure", "New storage"],
  references: ["https://attack.mitre.org/techniques/T1564/006/"],
  blindTo: [],
  samples: [
    { capture: "datastore-of-stranger.rows", findings: 1 },
    { capture: "datastore-nights.rows", findings: 0 },
  ],
};
