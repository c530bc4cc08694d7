import { FIXED_CHALLENGES } from "../records/fixed-challenges.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows } from "../records/record-database.ts";

/**
 * Where names of machines come from, with the trust in each. A server's own word in NTLM is best, unless its challenge shows that it is made up; names that a client gives for itself
 * are claims; DNS answers tell what others call it.
 */
const NAME_SOURCES: readonly { readonly table: string; readonly trust: number; readonly query: string }[] = [
  {
    table: "ntlm",
    trust: 5,
    query: `SELECT "id.resp_h" AS address, server_nb_computer_name AS name FROM ntlm WHERE "id.resp_h" NOT IN (SELECT host FROM ${FIXED_CHALLENGES})`,
  },
  {
    // What a machine accepts is a ticket of its own; the domain names the machine's account.
    table: "kerberos",
    trust: 4,
    query: `SELECT "id.resp_h" AS address, split_part(service, '/', 2) AS name FROM kerberos WHERE request_type = 'AP' AND success
      UNION ALL SELECT "id.orig_h", regexp_extract(service, '^([^/$]+)\\$', 1) FROM kerberos WHERE request_type = 'TGS' AND for_user IS NOT NULL
      UNION ALL SELECT "id.orig_h", regexp_extract(client, '^([^/$]+)\\$', 1) FROM kerberos WHERE request_type = 'AS' AND success`,
  },
  {
    table: "dns",
    trust: 3,
    query: `SELECT unnest(answers) AS address, query AS name FROM dns WHERE qtype_name IN ('A', 'AAAA') AND query IS NOT NULL`,
  },
  {
    table: "smb_mapping",
    trust: 3,
    query: `SELECT "id.resp_h" AS address, regexp_extract(path, '^\\\\\\\\([^\\\\]+)\\\\', 1) AS name FROM smb_mapping`,
  },
  {
    table: "ssl",
    trust: 2,
    query: `SELECT "id.resp_h" AS address, server_name AS name FROM ssl WHERE server_name IS NOT NULL`,
  },
  {
    // What looks for a domain controller gives its own name. MS-ADTS 6.3.3
    table: "ldap_search",
    trust: 1,
    query: `SELECT "id.orig_h" AS address, regexp_extract(filter, '\\(Host=([^()]+)\\)', 1) AS name FROM ldap_search WHERE contains(filter, '(NtVer=')`,
  },
  {
    table: "smb_sessions",
    trust: 1,
    query: `SELECT "id.orig_h" AS address, workstation AS name FROM smb_sessions WHERE workstation IS NOT NULL`,
  },
  {
    table: "ntlm",
    trust: 1,
    query: `SELECT "id.orig_h" AS address, hostname AS name FROM ntlm WHERE hostname IS NOT NULL`,
  },
];

const NAMES_KEPT = 100_000;

/**
 * The best name of each address: the most trusted source, then the name seen most often. Inside names lose their domain and are in
 * capitals, so that NetBIOS and DNS agree; names outside are kept in full. The GUID by which domain controllers replicate is no name.
 */
export async function hostNames(database: RecordDatabase): Promise<Map<string, string>> {
  const present = new Set(
    (await database.rows("SELECT table_name FROM information_schema.tables")).map((row) => String(row["table_name"])),
  );
  const parts = NAME_SOURCES.filter(({ table }) => present.has(table)).map(
    ({ query, trust }) => `SELECT address, name, count(*) AS seen, ${trust} AS trust FROM (${query}) GROUP BY ALL`,
  );
  if (parts.length === 0) return new Map();
  const rows = await jsonRows(
    database,
    `WITH candidate AS (
       SELECT c.address, CASE WHEN a.internal THEN upper(split_part(c.name, '.', 1)) ELSE lower(rtrim(c.name, '.')) END AS name, c.seen, c.trust
       FROM (${parts.join(" UNION ALL ")}) c JOIN assets a ON a.address = c.address
       WHERE length(c.name) BETWEEN 1 AND 253 AND NOT regexp_matches(c.name, '(?i)^[0-9.]+$|:|^\\*|[\\x00-\\x1f]|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\\.|$)')
     ), judged AS (
       SELECT address, name, max(trust) AS trust, sum(seen) AS seen FROM candidate WHERE name <> '' GROUP BY ALL
     )
     SELECT address, name FROM judged QUALIFY row_number() OVER (PARTITION BY address ORDER BY trust DESC, seen DESC, name) = 1 ORDER BY address`,
    { limit: NAMES_KEPT },
  );
  return new Map(rows.map((row) => [String(row["address"]), String(row["name"])]));
}
