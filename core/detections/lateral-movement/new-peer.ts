import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_PROTOCOL, ESTATE, ESTATE_OR_HYPERVISOR, LEARNED_UNTIL } from "../sql.ts";

export const newPeer: Detection = {
  id: "BT-BL-002",
  title: "New internal peer of a backup host",
  phase: "lateral-movement",
  attack: ["T1021", "T1018"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 7,
  parameters: { r: 0.02 },
  // SSH, RDP and WinRM have detections of their own.
  query: `
    WITH opened AS NOT MATERIALIZED (
      SELECT rid, ts, uid, "id.orig_h" AS source, "id.resp_h" AS target, ${ADMIN_PROTOCOL} AS protocol
      FROM estate_conn WHERE proto = 'tcp' AND resp_bytes > 0 AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} AND ${ADMIN_PROTOCOL} IS NOT NULL
    ), contact AS (
      SELECT source, target, protocol, min(ts) AS ts, max(ts) AS ts_last, count(*) AS count
      FROM opened WHERE protocol IN ('SMB', 'RPC', 'VNC', 'Telnet') AND source NOT IN ${ESTATE} GROUP BY source, target, protocol
    ), account AS (
      SELECT uid, min("user") AS "user" FROM smb_sessions WHERE outcome = 'confirmed' AND "user" IS NOT NULL GROUP BY uid
      UNION ALL SELECT uid, min("user") FROM dce_rpc WHERE "user" IS NOT NULL AND uid NOT IN (SELECT uid FROM smb_sessions) GROUP BY uid
    ), fresh AS (
      SELECT c.*, l.records, l.uids
      FROM contact c JOIN (
        SELECT o.source, o.target, o.protocol, list(o.rid ORDER BY o.ts)[:50] AS records, list(o.uid ORDER BY o.ts)[:50] AS uids
        FROM opened o SEMI JOIN (SELECT * FROM contact WHERE ts > ${LEARNED_UNTIL}) c USING (source, target, protocol) GROUP BY ALL
      ) l USING (source, target, protocol) WHERE c.ts > ${LEARNED_UNTIL}
    ), named AS (
      SELECT f.source, f.target, f.protocol, min(a."user") AS "user"
      FROM (SELECT source, target, protocol, unnest(uids) AS uid FROM fresh) f JOIN account a ON a.uid = f.uid GROUP BY ALL
    ), learned AS (
      SELECT target, protocol, count(DISTINCT source) AS hosts FROM contact WHERE ts <= ${LEARNED_UNTIL} GROUP BY ALL
    ), inside AS (
      SELECT count(*) AS hosts FROM assets WHERE internal AND NOT in_estate
    )
    SELECT f.ts, f.ts_last, f.records, f.count, f.source, f.target, f.protocol, n."user", 'confirmed' AS outcome,
           coalesce(l.hosts, 0) || ' of ' || i.hosts AS share,
           CASE WHEN f.source IN ${ADMIN_HOSTS} THEN 'info' WHEN coalesce(l.hosts, 0) > $r * i.hosts AND l.hosts >= 5 THEN 'low' ELSE 'medium' END AS severity
    FROM fresh f CROSS JOIN inside i LEFT JOIN learned l ON l.target = f.target AND l.protocol = f.protocol LEFT JOIN named n ON n.source = f.source AND n.target = f.target AND n.protocol = f.protocol`,
  explanation:
    "{user} on {source} used {protocol} to {target} {count} times, a pair not seen in {learned}; then {share} hosts inside did.",
  falsePositives: ["New machines and accounts", "File servers that are also backup targets"],
  references: ["https://attack.mitre.org/techniques/T1021/"],
  blindTo: [],
  samples: [
    { capture: "incident.pcapng", findings: 4 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
