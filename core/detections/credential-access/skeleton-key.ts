import type { Detection } from "../detection.ts";
import { accountOfClient } from "../sql.ts";

export const skeletonKey: Detection = {
  id: "BT-CA-028",
  title: "Log-ons answered in RC4 although AES was offered and is in use",
  phase: "credential-access",
  attack: ["T1556.001", "T1550.002"],
  severity: "high",
  confidence: 0.6,
  basis: "inference",
  needs: ["kerberos"],
  learningDays: 0,
  parameters: {},
  // A controller chooses the strongest key that an account has. Skeleton Key takes AES away from a running controller, since its one password is checked in RC4 only: then even its own
  // tickets are in RC4. One account that had AES before, alone: a tool that holds its hash says that it takes AES and proves itself with RC4. [MS-KILE] 3.3.5.3
  query: `
    WITH logon AS (
      SELECT ts, rid, "id.orig_h" AS client_host, "id.resp_h" AS target, lower(client) AS account, ${accountOfClient("client")} AS written, starts_with(cipher, 'rc4') AS weak_ticket, starts_with(reply_cipher, 'rc4') AS weak_answer,
             starts_with(cipher, 'aes') AS strong_ticket, starts_with(reply_cipher, 'aes') AS strong_answer
      FROM kerberos WHERE request_type = 'AS' AND success AND client IS NOT NULL AND service ILIKE 'krbtgt/%' AND len(list_filter(etypes, lambda e: starts_with(e, 'aes'))) > 0
    ), controller AS (
      SELECT target, bool_or(strong_ticket) AS knows_aes FROM logon GROUP BY target
    ), strong AS (
      SELECT target, account, min(ts) AS ts FROM logon WHERE strong_answer GROUP BY ALL
    ), weak AS (
      SELECT l.*, knows_aes FROM logon l JOIN controller USING (target) LEFT JOIN strong s ON s.target = l.target AND s.account = l.account
      WHERE weak_ticket OR (weak_answer AND s.ts < l.ts)
    ), told AS (
      SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, target, list(DISTINCT written ORDER BY written) AS accounts, count(DISTINCT account) AS clients, count(DISTINCT client_host) AS hosts, min(client_host) AS host,
             min(written) AS account, bool_or(weak_ticket) AS weak_ticket, min(knows_aes) AS knows_aes
      FROM weak GROUP BY target, CAST(ts AS DATE)
    )
    SELECT ts, ts_last, records, count, CASE WHEN hosts = 1 THEN host END AS source, target, CASE WHEN clients = 1 THEN account END AS "user", accounts, 'confirmed' AS outcome,
           CASE WHEN weak_ticket OR clients > 1 THEN ['T1556.001'] ELSE ['T1550.002'] END AS attack,
           CASE WHEN weak_ticket AND knows_aes THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN weak_ticket AND NOT knows_aes THEN 0.4 WHEN weak_ticket THEN 0.65 ELSE 0.5 END AS confidence,
           CASE WHEN weak_ticket AND NOT knows_aes THEN 'Its tickets were in RC4 too: either the domain is as old as Windows Server 2003, or AES was taken from the controller, as Skeleton Key does'
                WHEN weak_ticket THEN 'The same controller gives AES otherwise: so it behaves while Skeleton Key lets one password open every account'
                WHEN clients > 1 THEN 'These accounts had AES answers before: so a controller behaves while Skeleton Key lets one password open every account, and so do programs that prefer RC4'
                ELSE 'The account had an AES answer before: so a tool asks that holds nothing but the hash of its password' END AS meaning
    FROM told`,
  explanation: "{target} answered {count} log-ons with RC4 although AES was offered ({accounts}). {meaning}.",
  falsePositives: [
    "Domains at the functional level of Windows Server 2003",
    "An account whose AES keys were taken away on purpose",
    "Services with a keytab in which RC4 comes first",
  ],
  references: ["https://attack.mitre.org/techniques/T1556/001/", "MS-KILE 3.3.5.3"],
  blindTo: [],
  samples: [
    { capture: "skeleton-key.rows", findings: 1 },
    { capture: "account-without-aes.rows", findings: 0 },
    { capture: "domain-logon.pcapng", findings: 0 },
  ],
};
