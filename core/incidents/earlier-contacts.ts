import type { Estate } from "../contracts/estate.ts";
import { groupBy } from "../contracts/grouping.ts";
import type { EarlierContact, Incident } from "../contracts/story.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { filledTables, jsonRows } from "../records/record-database.ts";
import { accountName } from "./account.ts";
import { isTaken } from "./roles.ts";

/** Hosts of an incident that are looked at: those of its first steps. */
const HOSTS_LOOKED_AT = 3;
/** Seconds before the first step that are looked at. */
const SECONDS_BEFORE = 86_400;
/** Kinds of contact of an incident that are looked at, and contacts that are kept, the first of them. */
const LOOKED_AT = 100;
const KEPT = 12;
const TIMES_KEPT = 3;
/** Names that a call asks about are told up to this length. */
const NAME_LETTERS = 64;
const RECORDS_KEPT = 20;
/** What begins this close to the first step belongs to it. */
const SECONDS_APART = 2;
/** What two hosts did within this time is told as one contact. */
const TOGETHER_NS = 2_000_000_000n;

/**
 * Adds to each incident what its first hosts did among each other in the day before its first step, and what they asked domain controllers:
 * remote calls, shares, sessions and attempts at them. Name service, log-ons and the look-up of end points are left out.
 */
export async function withEarlierContacts(
  database: RecordDatabase,
  incidents: readonly Incident[],
  estate: Estate,
): Promise<Incident[]> {
  if (incidents.length === 0) return [];
  const tables = await filledTables(database, new Set(["conn", "dce_rpc", "smb_mapping"]));
  const sources = SOURCES.filter(({ table }) => tables.has(table));
  if (sources.length === 0) return [...incidents];
  const asked = incidents.map(({ id, hosts, steps }) => ({
    id,
    hosts: hosts.slice(0, HOSTS_LOOKED_AT),
    until: steps[0]?.tsFirst ?? "0",
  }));
  const controllers = estate.assets
    .filter((asset) => isTaken(asset, "domain-controller"))
    .map(({ address }) => address);
  const rows = await jsonRows(database, contactsSql(sources.map(({ query }) => query)), {
    parameters: {
      asked: JSON.stringify(asked),
      controllers: JSON.stringify(controllers),
      seconds: SECONDS_BEFORE,
      name_letters: NAME_LETTERS,
    },
    limit: LOOKED_AT * incidents.length,
  });
  const byIncident = groupBy(rows, (row) => String(row["id"]));
  return incidents.map((incident) => {
    const own = (byIncident.get(incident.id) ?? []).map((row) => visitOf(row, incident.accounts));
    const before = together(own).slice(0, KEPT);
    return before.length === 0 ? incident : { ...incident, before };
  });
}

/** Contacts of incidents that are told anew without some of their findings: what came before the whole came before what is left of it. */
export function keptContacts(told: readonly Incident[], before: readonly Incident[]): Incident[] {
  const places = new Map<string, number>();
  for (const [place, incident] of before.entries())
    for (const id of findingsOf(incident)) if (!places.has(id)) places.set(id, place);
  return told.map((incident) => {
    const first = findingsOf(incident).reduce((least, id) => Math.min(least, places.get(id) ?? Infinity), Infinity);
    const kept = (before[first]?.before ?? []).filter(({ source }) => incident.hosts.includes(source));
    return kept.length === 0 ? incident : { ...incident, before: kept };
  });
}

function findingsOf({ steps }: Incident): string[] {
  return steps.flatMap((step) => step.findings);
}

/** What counts as a contact: `ts`, hosts, account, what was done as a clause, and whether it is told towards a domain controller too. */
const SOURCES: readonly { readonly table: string; readonly query: string }[] = [
  {
    table: "dce_rpc",
    query: `
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user", 'calls of ' || endpoint AS what,
             operation || CASE WHEN target_name IS NULL OR length(target_name) > $name_letters THEN '' ELSE ' of ' || target_name END AS operation, true AS of_controller
      FROM dce_rpc d WHERE endpoint IS NOT NULL AND d.operation IS NOT NULL AND endpoint NOT IN ('epmapper', 'netlogon', 'mgmt') AND outcome IS DISTINCT FROM 'refused'
        AND NOT regexp_matches(d.operation, '(?i)close|unbind|^unknown')`,
  },
  {
    table: "smb_mapping",
    query: `
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, "user",
             CASE WHEN regexp_matches(path, '(?i)\\\\([a-z]|admin)\\$$') THEN 'share ' || upper(regexp_extract(path, '([^\\\\]+)$', 1)) || ' opened' ELSE 'a file share opened' END AS what, CAST(NULL AS VARCHAR) AS operation, false AS of_controller
      FROM smb_mapping WHERE outcome = 'confirmed' AND NOT regexp_matches(path, '(?i)\\\\(ipc\\$|sysvol|netlogon|print\\$)$')`,
  },
  {
    table: "conn",
    query: `
      SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, CAST(NULL AS VARCHAR) AS "user",
             CASE WHEN conn_state = 'S0' THEN 'an attempt on port ' || "id.resp_p" || ' that was not answered' WHEN conn_state = 'REJ' THEN 'an attempt on port ' || "id.resp_p" || ' that was refused'
                  WHEN contains(coalesce(service, ''), 'ssh') THEN 'an SSH connection' WHEN contains(coalesce(service, ''), 'rdp') THEN 'a remote desktop connection'
                  ELSE 'requests to the port of WinRM' END AS what, CAST(NULL AS VARCHAR) AS operation, false AS of_controller
      FROM conn WHERE proto = 'tcp' AND CASE WHEN conn_state IN ('S0', 'REJ') THEN "id.resp_p" IN (22, 135, 445, 3389, 5985, 5986)
        ELSE orig_bytes > 0 AND resp_bytes > 0 AND (contains(coalesce(service, ''), 'ssh') OR contains(coalesce(service, ''), 'rdp') OR "id.resp_p" IN (5985, 5986)) END
        -- A first segment that is answered late is recorded as an attempt, and its connection follows.
        AND NOT (conn_state IN ('S0', 'REJ') AND EXISTS (
          SELECT 1 FROM conn late WHERE late.proto = 'tcp' AND late.conn_state NOT IN ('S0', 'REJ') AND late."id.orig_h" = conn."id.orig_h" AND late."id.orig_p" = conn."id.orig_p"
             AND late."id.resp_h" = conn."id.resp_h" AND late."id.resp_p" = conn."id.resp_p" AND late.ts BETWEEN conn.ts AND conn.ts + to_minutes(1) AND late."id.orig_h" IN (SELECT host FROM asked)))`,
  },
];

const contactsSql = (queries: readonly string[]): string => `
  WITH asked AS (
    SELECT id, hosts, until, unnest(hosts) AS host
    FROM (SELECT one->>'id' AS id, CAST(one->'hosts' AS VARCHAR[]) AS hosts, CAST(one->>'until' AS BIGINT) AS until FROM (SELECT unnest(CAST(CAST($asked AS JSON) AS JSON[])) AS one))
  ), contact AS (
    SELECT * FROM (${queries.join(" UNION ALL ")}) WHERE source IN (SELECT host FROM asked)
  ), visit AS (
    SELECT a.id, c.source, c.target, c."user", c.what, c.uid, min(c.ts) AS ts, list(DISTINCT c.operation ORDER BY NOT contains(c.operation, ' of '), c.operation) FILTER (c.operation IS NOT NULL) AS operations,
           list(c.rid ORDER BY c.ts, c.rid)[:${RECORDS_KEPT}] AS rids
    FROM contact c
    JOIN asked a ON c.source = a.host AND epoch_ns(c.ts) < a.until - ${SECONDS_APART}000000000 AND epoch_ns(c.ts) >= a.until - CAST($seconds AS BIGINT) * 1000000000 AND c.source <> c.target
     AND (list_contains(a.hosts, c.target) OR c.of_controller AND c.target IN (SELECT unnest(CAST(CAST($controllers AS JSON) AS VARCHAR[]))))
    GROUP BY ALL
  )
  SELECT id, source, target, "user", what, operations, [CAST(t AS VARCHAR) for t in list(epoch_ns(ts) ORDER BY ts)[:${TIMES_KEPT}]] AS times, count(*) AS count,
         flatten(list(rids ORDER BY ts))[:${RECORDS_KEPT}] AS records
  FROM visit GROUP BY id, source, target, "user", what, operations 
  QUALIFY row_number() OVER (PARTITION BY id ORDER BY min(ts), source, target, what, operations) <= ${LOOKED_AT}
  ORDER BY id, min(ts), source, target, what, operations`;

/** Operations of one interface that are named. */
const OPERATIONS_NAMED = 4;

/** A contact before it is told: each kind of thing that was done with its operations. */
type Visit = Omit<EarlierContact, "what"> & { readonly kinds: ReadonlyMap<string, readonly string[]> };

/** @param accounts As the incident tells them: an account is told under one name. */
function visitOf(row: Readonly<Record<string, unknown>>, accounts: readonly string[]): Visit {
  const user = typeof row["user"] === "string" ? row["user"] : null;
  return {
    source: String(row["source"]),
    target: String(row["target"]),
    user: accounts.find((account) => accountName(account) === accountName(user)) ?? user,
    kinds: new Map([[String(row["what"]), texts(row["operations"])]]),
    times: texts(row["times"]),
    count: Number(row["count"]),
    records: texts(row["records"]),
  };
}

/** What one host did to another at the same time, as one contact. */
function together(visits: readonly Visit[]): EarlierContact[] {
  const joined: Visit[] = [];
  for (const visit of visits) {
    const at = joined.findIndex((known) => isTogether(known, visit));
    const known = joined[at];
    if (known === undefined) joined.push(visit);
    else joined[at] = joinedVisit(known, visit);
  }
  return joined.map(({ kinds, ...contact }) => ({ ...contact, what: [...kinds].map(kindText) }));
}

function joinedVisit(known: Visit, visit: Visit): Visit {
  const kinds = new Map(known.kinds);
  for (const [kind, operations] of visit.kinds)
    kinds.set(kind, [...new Set([...(kinds.get(kind) ?? []), ...operations])]);
  return {
    ...known,
    user: known.user ?? visit.user,
    kinds,
    records: [...known.records, ...visit.records].slice(0, RECORDS_KEPT),
  };
}

function kindText([kind, operations]: readonly [string, readonly string[]]): string {
  const more = operations.length - OPERATIONS_NAMED;
  const named = [...operations.slice(0, OPERATIONS_NAMED), ...(more > 0 ? [`${more} more`] : [])];
  return operations.length === 0 ? kind : `${kind} (${named.join(", ")})`;
}

function isTogether(a: Visit, b: Visit): boolean {
  const apart = BigInt(b.times[0] ?? "0") - BigInt(a.times[0] ?? "0");
  const isAtOnce = apart < TOGETHER_NS && apart > -TOGETHER_NS;
  const isSameAccount = a.user === null || b.user === null || a.user === b.user;
  return a.source === b.source && a.target === b.target && a.count === b.count && isAtOnce && isSameAccount;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
