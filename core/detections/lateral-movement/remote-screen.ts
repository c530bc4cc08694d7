import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL, SEALED } from "../sql.ts";

/** Names in certificates and requests by which programs of remote control are known. */
const REMOTE_CONTROL = `CASE
  WHEN regexp_matches(name, '(?i)anydesk|anynet relay') THEN 'AnyDesk' WHEN regexp_matches(name, '(?i)teamviewer') THEN 'TeamViewer'
  WHEN regexp_matches(name, '(?i)rustdesk') THEN 'RustDesk' WHEN regexp_matches(name, '(?i)screenconnect|connectwise') THEN 'ScreenConnect'
  WHEN regexp_matches(name, '(?i)splashtop') THEN 'Splashtop' WHEN regexp_matches(name, '(?i)meshcentral|meshagent') THEN 'MeshCentral'
  WHEN regexp_matches(name, '(?i)(remoteutilities|remote utilities)') THEN 'Remote Utilities' WHEN regexp_matches(name, '(?i)supremo') THEN 'Supremo'
  WHEN regexp_matches(name, '(?i)dameware') THEN 'DameWare' WHEN regexp_matches(name, '(?i)nomachine') THEN 'NoMachine' END`;

export const remoteScreen: Detection = {
  id: "BT-LM-017",
  title: "VNC, session shadowing or another remote desktop",
  phase: "lateral-movement",
  attack: ["T1021.005", "T1219.002"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { learning_days: 7 },
  // VNC by its first words; shadowing of an RDP session by the call SessEnvPublicRpc 0 ([MS-TSTS] 3.11); remote control between hosts of the site by
  // certificate or by ports that only one product uses. Pairs that were there in the time of learning are usual.
  query: `
    WITH control AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, 'VNC' AS tool, 'fact' AS basis, desktop_name AS what, NULL AS "user",
             CASE WHEN auth THEN 'confirmed' WHEN auth = false THEN 'refused' ELSE 'attempted' END AS outcome
      FROM rfb WHERE client_major_version IS NOT NULL
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", 'shadowing of a remote desktop session', 'fact', target_name, "user", CASE WHEN outcome = 'confirmed' AND ${SEALED} THEN 'attempted' ELSE outcome END FROM dce_rpc
      WHERE (endpoint = 'SessEnvPublicRpc' OR interface_uuid = '1257b580-ce2f-4109-82d6-a9459d0bf6bc') AND opnum = 0
      UNION ALL
      SELECT ts, rid, source, target, tool, 'fact', name, NULL, 'attempted' FROM (
        SELECT s.ts, s.rid, s."id.orig_h" AS source, s."id.resp_h" AS target, s.name, ${REMOTE_CONTROL} AS tool
        FROM (SELECT *, CASE WHEN subject = issuer THEN subject ELSE concat_ws(', issued by ', subject, issuer) END AS name FROM ssl WHERE subject IS NOT NULL) s
      ) WHERE tool IS NOT NULL AND target IN (SELECT address FROM assets WHERE internal)
      UNION ALL
      SELECT ts, rid, "id.orig_h", "id.resp_h", CASE WHEN "id.resp_p" BETWEEN 21115 AND 21119 THEN 'RustDesk' WHEN "id.resp_p" = 5938 THEN 'TeamViewer' WHEN "id.resp_p" = 7070 THEN 'AnyDesk'
             WHEN "id.resp_p" = 6129 THEN 'DameWare' WHEN "id.resp_p" = 5650 THEN 'Remote Utilities' ELSE 'NoMachine' END, 'inference', 'port ' || "id.resp_p", NULL, 'confirmed'
      FROM estate_conn WHERE proto = 'tcp' AND "id.resp_p" IN (4000, 5650, 5938, 6129, 7070, 21115, 21116, 21117, 21118, 21119) AND orig_bytes > 500 AND resp_bytes > 500
        AND "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} AND "id.orig_h" IN (SELECT address FROM assets WHERE internal) AND coalesce(service, '') IN ('', 'ssl')
    ), pair AS (
      SELECT source, target, tool, min(ts) AS first_ts FROM control GROUP BY ALL
    )
    SELECT min(c.ts) AS ts, max(c.ts) AS ts_last, list(c.rid ORDER BY c.ts)[:50] AS records, count(*) AS count, c.source, c.target, c.tool, min(c."user") AS "user",
           min(c.what) AS object, coalesce(' (' || min(c.what) || ')', '') AS what_text, min(c.basis) AS basis,
           CASE WHEN bool_or(c.outcome = 'confirmed') THEN 'confirmed' WHEN bool_and(c.outcome = 'refused') THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN bool_and(c.outcome = 'refused') THEN 'asked (and was refused) to control' WHEN bool_or(c.outcome = 'confirmed') THEN 'controlled' ELSE 'opened a connection that serves to control' END AS did,
           CASE WHEN min(c.basis) = 'inference' THEN 0.45 ELSE 0.7 END AS confidence,
           CASE WHEN c.source IN ${ADMIN_HOSTS} OR (${HAS_HISTORY} AND min(p.first_ts) <= ${LEARNED_UNTIL}) THEN 'info'
                WHEN c.target IN ${ESTATE_OR_HYPERVISOR} AND bool_or(c.outcome <> 'refused') THEN 'high'
                WHEN c.tool LIKE 'shadowing%' THEN 'medium' ELSE 'low' END AS severity
    FROM control c JOIN pair p ON p.source = c.source AND p.target = c.target AND p.tool = c.tool
    GROUP BY c.source, c.target, c.tool, coalesce(c.outcome = 'refused', false)`,
  explanation: "{source} {did} the screen of {target} with {tool}{what_text} ({count} times).",
  falsePositives: ["KVM appliances", "Help desks that use remote control"],
  references: [
    "https://attack.mitre.org/techniques/T1021/005/",
    "https://attack.mitre.org/techniques/T1219/002/",
    "RFC 6143",
  ],
  blindTo: [],
  samples: [
    { capture: "vnc.pcapng", findings: 2 },
    { capture: "screen-shadow.rows", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
