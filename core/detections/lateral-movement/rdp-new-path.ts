import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, ADMIN_PROTOCOL, ESTATE, ESTATE_OR_HYPERVISOR, HAS_HISTORY, LEARNED_UNTIL } from "../sql.ts";

export const rdpNewPath: Detection = {
  id: "BT-LM-010",
  title: "RDP along a new path",
  phase: "lateral-movement",
  attack: ["T1021.001", "T1078"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["conn"],
  learningDays: 0,
  ofConnections: true,
  parameters: { learning_days: 7, octets: 5000, quiet_octets: 30_000 },
  // The account is that of the cookie or of the Client Info message, where they are in clear. Without a time of learning nothing is known to be new: a
  // session between hosts of the site is told low, if the desktop itself went over (tens of kilobytes from the server).
  query: `
    WITH session AS NOT MATERIALIZED (
      SELECT rid, uid, ts, "id.orig_h" AS source, "id.resp_h" AS target, coalesce(duration, 0) AS duration, coalesce(resp_bytes, 0) AS resp_bytes, coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS octets,
             "id.resp_h" IN ${ESTATE_OR_HYPERVISOR} OR "id.orig_h" IN ${ESTATE} AS touches_estate
      FROM conn WHERE proto = 'tcp' AND resp_bytes >= $octets AND ${ADMIN_PROTOCOL} = 'RDP'
    ), wanted AS (
      SELECT source, target FROM session GROUP BY ALL
      HAVING CASE WHEN ${HAS_HISTORY} THEN bool_or(touches_estate) AND min(ts) > ${LEARNED_UNTIL} ELSE max(resp_bytes) >= $quiet_octets END
    ), hint AS (
      SELECT uid, min(ts) AS ts, arg_min(rid, ts) AS rid, min(coalesce(nullif(concat_ws('\\', nullif(domain, ''), nullif("user", '')), ''), nullif(cookie, ''))) AS "user", min(nullif(cookie, '')) AS cookie,
             min(nullif("user", '')) IS NULL AND min(nullif(cookie, '')) IS NOT NULL AS by_cookie, min(client_name) AS client_name, bool_or(restricted_admin) AS restricted_admin FROM rdp GROUP BY uid
    ), joined AS (
      SELECT s.*, h.rid AS rdp_rid, h."user", h.cookie, h.by_cookie, h.client_name, h.restricted_admin FROM session s SEMI JOIN wanted w ON w.source = s.source AND w.target = s.target LEFT JOIN hint h ON h.uid = s.uid
    ), pair AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list_concat(list(rid ORDER BY ts)[:50], list(rdp_rid ORDER BY ts) FILTER (rdp_rid IS NOT NULL)[:50]) AS records, count(*) AS count, source, target, mode("user" ORDER BY "user") AS "user", mode(cookie ORDER BY cookie) AS cookie, coalesce(bool_and(by_cookie) FILTER ("user" IS NOT NULL), false) AS by_cookie,
             min(client_name) AS client_name, coalesce(bool_or(restricted_admin), false) AS restricted, sum(duration) / 1e9 AS open_seconds, sum(octets) AS octets, max(resp_bytes) AS largest, bool_or(touches_estate) AS touches_estate,
             min(ts) > ${LEARNED_UNTIL} AS is_new, ${HAS_HISTORY} AS has_history
      FROM joined GROUP BY source, target
    )
    SELECT ts, ts_last, records, count, source, target, "user", open_seconds, octets, 'confirmed' AS outcome,
           CASE WHEN restricted THEN ['T1550.002'] ELSE [] END AS attack, CASE WHEN is_new AND has_history THEN 0.6 ELSE 0.4 END AS confidence,
           CASE WHEN client_name IS NULL THEN '' ELSE ', client ' || client_name END || CASE WHEN restricted THEN ', asking for restricted administration, for which a password hash is enough' ELSE '' END || CASE WHEN by_cookie THEN '; of the account the RDP cookie names only ' || cookie || ', which the client chooses' ELSE '' END AS client_text,
           CASE WHEN is_new AND has_history THEN 'a pair not seen in ' || $learned ELSE 'whether that is usual for the two is not in the evidence' END AS new_text,
           CASE WHEN is_new AND has_history THEN NULL ELSE 'RDP path first seen in this evidence' END AS title,
           CASE WHEN source IN ${ADMIN_HOSTS} THEN 'info' WHEN is_new AND has_history THEN 'medium' WHEN restricted THEN 'medium' ELSE 'low' END AS severity
    FROM pair
    WHERE (touches_estate AND is_new AND has_history)
       OR (NOT has_history AND largest >= $quiet_octets AND target IN (SELECT address FROM assets WHERE internal) AND source IN (SELECT address FROM assets WHERE internal))`,
  explanation:
    "{user} on {source} connected by remote desktop to {target} ({count} connections, {open_seconds} in all{client_text}); {new_text}.",
  falsePositives: ["New administrator workstation", "Everyday administration in evidence of a few hours"],
  references: ["https://attack.mitre.org/techniques/T1021/001/"],
  blindTo: [],
  samples: [
    { capture: "new-admin-protocol.pcapng", findings: 1 },
    { capture: "quiet.pcapng", findings: 0 },
    { capture: "rdp-one-hour.rows", findings: 1 },
  ],
};
