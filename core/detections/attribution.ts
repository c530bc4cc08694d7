import type { Finding } from "../contracts/finding.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { hasTables, jsonRows } from "../records/record-database.ts";
import { SOMEBODY } from "./sentence.ts";

/** A ticket serves for ten hours by default; an SMB session seldom longer. */
const HOURS = 10;

/**
 * Names the account of findings that have none, from what the same host did at that time: a log-on to the same target (SMB, NTLM, LDAP) before it or as it begins, else
 * the account for which the target asked a ticket right after (S4U2self), else the cookie of a remote desktop session, else a Kerberos ticket
 * for the target, else any Kerberos log-on of the host. Only one candidate makes an account; several are
 * told, none is chosen. Machine accounts never stand for a person.
 */
export async function attributeAccounts(database: RecordDatabase, findings: readonly Finding[]): Promise<Finding[]> {
  const nameless = findings.flatMap((finding, index) =>
    finding.user === null && finding.source !== null && NEEDS_ACCOUNT.has(finding.phase)
      ? [{ index, source: finding.source, target: finding.target ?? "", ts: finding.tsFirst }]
      : [],
  );
  if (nameless.length === 0 || !(await hasTables(database, TABLES))) return [...findings];
  const rows = await jsonRows(database, QUERY, { parameters: { asked: JSON.stringify(nameless), hours: HOURS } });
  const byIndex = new Map<number, { rank: number; accounts: Map<string, string> }>();
  for (const row of rows) {
    const index = Number(row["index"]);
    const rank = Number(row["rank"]);
    const known = byIndex.get(index);
    if (known !== undefined && known.rank < rank) continue;
    const accounts = known?.rank === rank ? known.accounts : new Map<string, string>();
    // The same account goes by its domain's short and long name.
    const account = String(row["account"]);
    const bare = (account.slice(account.lastIndexOf("\\") + 1).split("@")[0] ?? "").toLowerCase();
    if (!accounts.has(bare)) accounts.set(bare, account);
    byIndex.set(index, { rank, accounts });
  }
  return findings.map((finding, index) => {
    const found = byIndex.get(index);
    if (found === undefined) return finding;
    const accounts = [...found.accounts.values()].sort();
    const how = HOW[found.rank - 1] ?? "";
    if (accounts.length > 1) {
      return {
        ...finding,
        adjustments: [
          ...finding.adjustments,
          `The account is not seen; candidates by ${how}: ${accounts.slice(0, 5).join(", ")}`,
        ],
      };
    }
    const user = accounts[0] ?? null;
    return {
      ...finding,
      user,
      explanation: named(finding.explanation, user, how),
      adjustments: [...finding.adjustments, `The account is concluded from ${how}`],
    };
  });
}

const NEEDS_ACCOUNT = new Set<Finding["phase"]>([
  "discovery",
  "credential-access",
  "lateral-movement",
  "admin-access",
  "collection",
  "tampering",
]);

const HOW = [
  "a log-on between the same two hosts",
  "the ticket that the target asked for in that account's name right after (S4U2self)",
  "the name in the cookie of a remote desktop session between the two hosts, which the client chooses, and of which it sends nine characters",
  "a Kerberos ticket that the host was given for the target",
  "the Kerberos log-ons of the host",
] as const;

/** Candidates that are looked at for one finding: a few are told, and one that goes by two names counts once. */
const MOST_CANDIDATES = 50;

/** Candidates by finding, the strongest kind of evidence with the lowest rank. */
const QUERY = `
  WITH asked AS (
    SELECT row.index AS index, row.source AS source, row.target AS target, make_timestamp_ns(CAST(row.ts AS BIGINT)) AS ts FROM (
      SELECT unnest(from_json($asked, '[{"index":"BIGINT","source":"VARCHAR","target":"VARCHAR","ts":"VARCHAR"}]')) AS row)
  ), session AS (
    SELECT a.index, 1 AS rank, s."user" AS account
    FROM asked a JOIN smb_sessions s ON s."id.orig_h" = a.source AND s."id.resp_h" = a.target
    WHERE s.outcome = 'confirmed' AND s."user" IS NOT NULL AND s."user" <> '' AND s.ts BETWEEN a.ts - to_hours($hours) AND a.ts + to_seconds(30)
    UNION ALL
    SELECT a.index, 1, concat_ws('\\', nullif(n.domainname, ''), n.username)
    FROM asked a JOIN ntlm n ON n."id.orig_h" = a.source AND n."id.resp_h" = a.target
    WHERE coalesce(n.accepted, n.success) AND n.username <> '' AND n.ts BETWEEN a.ts - to_hours($hours) AND a.ts + to_seconds(30)
    UNION ALL
    SELECT a.index, 1, l."user" FROM asked a JOIN ldap l ON l."id.orig_h" = a.source AND l."id.resp_h" = a.target
    WHERE l."user" IS NOT NULL AND l."user" <> '' AND l.ts BETWEEN a.ts - to_hours($hours) AND a.ts + to_seconds(30)
    UNION ALL
    SELECT a.index, 2, split_part(k.for_user, '/', 2) || '\\' || split_part(k.for_user, '/', 1) FROM asked a JOIN kerberos k ON k."id.orig_h" = a.target
    WHERE k.delegation = 'S4U2self' AND k.for_user IS NOT NULL AND k.ts BETWEEN a.ts - to_seconds(2) AND a.ts + to_seconds(5)
    UNION ALL
    SELECT a.index, 3, r.cookie FROM asked a JOIN rdp r ON r."id.orig_h" = a.source AND r."id.resp_h" = a.target
    WHERE r.cookie <> '' AND r.ts BETWEEN a.ts - to_minutes(60) AND a.ts + to_minutes(5)
  ), ticket AS (
    SELECT k."id.orig_h" AS source, k.ts, k.service, split_part(k.client, '/', 1) AS name, split_part(k.client, '/', 2) AS realm
    FROM kerberos k WHERE k.success AND k.client IS NOT NULL AND k.request_type IN ('AS', 'TGS') AND k."id.orig_h" IN (SELECT source FROM asked)
  ), logged AS (
    SELECT a.index, t.source, t.service, CASE WHEN t.realm = '' THEN t.name ELSE t.realm || '\\' || t.name END AS account,
           coalesce(h.name, '') <> '' AND contains(lower(t.service), lower(h.name)) AS for_target
    FROM asked a JOIN ticket t ON t.source = a.source AND t.ts BETWEEN a.ts - to_hours($hours) AND a.ts + to_minutes(5)
    LEFT JOIN assets h ON h.address = a.target
    WHERE NOT regexp_matches(t.name, '\\$$') AND t.name <> ''
  )
  SELECT DISTINCT index, rank, account FROM (
    SELECT index, rank, account FROM session WHERE account <> '' AND NOT regexp_matches(account, '\\$(@|$)')
    UNION ALL SELECT index, 4, account FROM logged WHERE for_target
    UNION ALL SELECT index, 5, account FROM logged
  ) QUALIFY dense_rank() OVER (PARTITION BY index ORDER BY rank, account) <= ${MOST_CANDIDATES} ORDER BY index, rank, account`;

const TABLES = ["kerberos", "smb_sessions", "ntlm", "ldap", "rdp", "assets"] as const;

/** A sentence with the account in place of somebody, and what it is concluded from. */
function named(explanation: string, user: string | null, how: string): string {
  return user !== null && explanation.startsWith(`${SOMEBODY} `)
    ? `${user}${explanation.slice(SOMEBODY.length)} The account is concluded from ${how}.`
    : explanation;
}
