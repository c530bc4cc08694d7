import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const forgedTicket: Detection = {
  id: "BT-CA-025",
  title: "Forged, moved or crafted Kerberos ticket",
  phase: "credential-access",
  attack: ["T1558.001", "T1550.003", "T1558"],
  severity: "medium",
  confidence: 0.6,
  basis: "inference",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: {},
  // A ticket-granting ticket that the KDC could open but whose account it does not know or no longer accepts (errors 6 and 20 to a TGS request); a ticket presented
  // by another machine than the one it was given to; a TGS request that presents no ticket at all. RFC 4120 3.3, 7.5.9; [MS-KILE] 3.3.5.7
  query: `
    WITH refused AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, service,
             CASE WHEN for_user IS NOT NULL THEN 'in the name of ' || ${accountOfClient("for_user")} || ', whom the domain does not know: it looks as if somebody had logged on there with a made-up ticket'
                  WHEN error_code = 20 THEN 'with a ticket whose account the domain no longer accepts' ELSE 'with a ticket of an account that the domain does not know' END AS sign,
             for_user IS NOT NULL AS is_service
      FROM kerberos k WHERE request_type = 'TGS' AND error_code IN (6, 20) AND auth_ticket_sha256 IS NOT NULL
        -- Where the log-on itself was captured, it is told as one (BT-LM-015).
        AND NOT (for_user IS NOT NULL AND EXISTS (
          SELECT 1 FROM (SELECT ts, "id.resp_h" AS host FROM http WHERE auth_scheme IN ('kerberos', 'negotiate') UNION ALL SELECT ts, "id.resp_h" FROM smb_sessions WHERE mechanism = 'kerberos'
            UNION ALL SELECT ts, "id.resp_h" FROM kerberos WHERE request_type = 'AP') l
          WHERE l.host = k."id.orig_h" AND l.ts BETWEEN k.ts - to_seconds(5) AND k.ts + to_seconds(1)))
    ), given AS (
      SELECT new_ticket_sha256 AS ticket, min(ts) AS ts, arg_min(rid, ts) AS rid, arg_min("id.orig_h", ts) AS owner, arg_min(client, ts) AS client, count(DISTINCT "id.orig_h") AS owners
      FROM kerberos WHERE new_ticket_sha256 IS NOT NULL AND success AND NOT list_has_any(coalesce(kdc_options, []), ['forwarded', 'proxy']) AND delegation IS NULL GROUP BY 1
    ), moved AS (
      SELECT u.ts, u.rid, g.rid AS given_rid, u."id.orig_h" AS source, u."id.resp_h" AS target, u.service, g.owner, g.client
      FROM kerberos u JOIN given g ON g.ticket = u.auth_ticket_sha256 AND g.owners = 1 AND u."id.orig_h" <> g.owner AND u.ts > g.ts AND u."id.orig_h" IN (SELECT address FROM assets WHERE internal)
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, source, target, CAST(NULL AS VARCHAR) AS "user", min(service) AS object, CASE WHEN bool_and(is_service) THEN 'a ticket to itself' ELSE 'a ticket of ' || coalesce(min(service), 'an unnamed service') END AS wanted, sign AS what, 'refused' AS outcome, CASE WHEN bool_and(is_service) THEN 'low' ELSE 'medium' END AS severity
    FROM refused GROUP BY source, target, sign
    UNION ALL
    SELECT min(ts), max(ts), list_concat(list(DISTINCT given_rid ORDER BY given_rid)[:20], list(rid ORDER BY ts)[:80]), count(*), source, min(target), ${accountOfClient("min(client)")}, min(service), 'a ticket of ' || coalesce(min(service), 'an unnamed service') || ' (or used one)', 'with a ticket that was given to ' || owner, 'confirmed', 'medium'
    FROM moved WHERE NOT (contains(source, ':') <> contains(owner, ':')) GROUP BY source, owner
    UNION ALL
    SELECT min(ts), max(ts), list(rid ORDER BY ts)[:100], count(*), "id.orig_h", "id.resp_h", NULL, min(service), 'a ticket of ' || min(service), 'with no ticket to show, which no ordinary client does', CASE WHEN bool_or(success) THEN 'confirmed' WHEN bool_or(error_code IS NOT NULL) THEN 'refused' ELSE 'attempted' END, 'low'
    FROM kerberos WHERE request_type = 'TGS' AND auth_ticket_sha256 IS NULL AND service IS NOT NULL AND len(list_filter(coalesce(padata, []), lambda p: contains(p, 'TGS') OR contains(p, 'FX') OR contains(p, 'AP'))) = 0
    GROUP BY "id.orig_h", "id.resp_h"`,
  explanation: "{source} asked {target} {count} times for {wanted} {what}.",
  falsePositives: ["Accounts deleted while their users are logged on", "Machines with two addresses"],
  references: [
    "https://attack.mitre.org/techniques/T1558/001/",
    "https://attack.mitre.org/techniques/T1550/003/",
    "RFC 4120 3.3",
  ],
  blindTo: [],
  samples: [
    { capture: "forged-ticket.rows", findings: 2 },
    { capture: "domain-logon.pcapng", findings: 0 },
    { capture: "kerberos-mit.pcapng", findings: 0 },
  ],
};
