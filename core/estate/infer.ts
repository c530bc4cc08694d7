import type { Asset, Estate, JobWindow, Role, RoleAssignment } from "../contracts/estate.ts";
import { ESTATE_ROLES } from "../contracts/estate.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { filledTables, jsonRows, usedParameters } from "../records/record-database.ts";
import { writeDeclared } from "./declared.ts";
import type { EstateDatabase } from "./estate-database.ts";
import { NAME_HINTS, ROLE_EVIDENCE } from "./evidence.ts";
import { findJobs } from "./jobs.ts";
import type { QuietPart, Reference } from "./learning.ts";
import { quietByScope, writeLearning } from "./learning.ts";
import { hostNames } from "./names.ts";
import type { NetworkRange } from "../bytes/network-range.ts";
import { GROUP_ADDRESSES, inRangesSql, isInRanges, networkRange, PRIVATE_NETWORKS } from "../bytes/network-range.ts";
import type { Scope, ScopeAsset } from "./scope.ts";
import { writeTransfers } from "./transfers.ts";

/** A role is taken for granted from here on; below it is a question to the investigator. */
export const ROLE_CERTAIN = 0.6;
/** Roles less likely than this are not listed. */
const ROLE_LISTED = 0.3;
/** Log-odds of a role before any evidence: most machines have none. */
const PRIOR = -2;
const NAME_WEIGHT = 1;
/** Most machines with roles that are kept; more would be no estate but a mistake of the evidence. */
const ASSETS_KEPT = 20_000;

/**
 * Infers machines, roles and job windows from the records, joins the scope, and writes `assets` (every address of `hosts`),
 * `asset_roles`, `networks`, `transfers`, `jobs`, `job_runs` and `job_windows`. What the scope says goes before what is inferred.
 * @param onLimit Called with a sentence for each bound that was hit.
 * @returns the estate: machines that have a role, or that the scope names.
 */
export async function inferEstate(
  database: EstateDatabase,
  scope: Scope,
  reference: Reference | null = null,
  onLimit: (sentence: string) => void = () => undefined,
  training: QuietPart | null = null,
): Promise<Estate> {
  await database.change([
    { sql: "DELETE FROM assets" },
    { sql: `INSERT INTO assets SELECT DISTINCT ON (address) ${assetOfHost(scope)} FROM hosts WHERE key IS NOT NULL` },
  ]);
  const names = await hostNames(database);
  const scores = await scoreRoles(database, scope.timeZone);
  addNameHints(scores, names);
  await addDatabases(database, scores);
  // What is restored to in a drill is no part of the estate, whatever it receives.
  for (const { target } of scope.drills)
    for (const address of await addressesIn(database, target)) scores.delete(address);
  const members = await scopeMembers(database, scope, names);
  const assets = assembleAssets(scores, names, members, insideOf(scope));
  await writeEstate(database, { assets, networks: scope.networks }, names);
  const quiet = scope.normalUntil === null ? training : quietByScope(scope.normalUntil);
  await writeLearning(database, quiet, reference);
  await writeDeclared(database, scope);
  const limit = await writeTransfers(database);
  if (limit !== null) onLimit(limit);
  const inferred = await findJobs(database, scope.timeZone, scope.windows);
  const windows = scope.windows.length > 0 ? scope.windows : inferred;
  await writeWindows(database, windows);
  return { assets, networks: scope.networks, windows };
}

/** Roles of machines with what speaks for them. */
type Scores = Map<string, Map<Role, { logOdds: number; reasons: string[] }>>;

/** Columns of `assets` for a row of `hosts` of which nothing is known but its address. */
export function assetOfHost(scope: Scope): string {
  return `address, NULL AS name, false AS in_estate, coalesce(${inRangesSql("key", insideOf(scope))}, false) AS internal`;
}

function insideOf({ networks }: Scope): NetworkRange[] {
  const inside = networks.length > 0 ? networks.map(({ cidr }) => cidr) : PRIVATE_NETWORKS;
  return [...inside, ...GROUP_ADDRESSES].map(networkRange).filter((range) => range !== null);
}

async function scoreRoles(database: RecordDatabase, zone: string): Promise<Scores> {
  const scores: Scores = new Map();
  const tables = await filledTables(database, new Set(["conn", ...ROLE_EVIDENCE.flatMap(({ needs }) => needs)]));
  if (!tables.has("conn")) return scores;
  const span = await jsonRows(database, "SELECT (epoch_ns(max(ts)) - epoch_ns(min(ts))) / 86400e9 AS days FROM conn");
  const all = { span_days: Number(span[0]?.["days"] ?? 0), zone };
  for (const { role, needs, query } of ROLE_EVIDENCE) {
    if (!needs.every((table) => tables.has(table))) continue;
    const sql = `SELECT address, CAST(weight AS DOUBLE) AS weight, reason FROM (${query}) WHERE weight > 0 ORDER BY weight DESC, address`;
    const rows = await jsonRows(database, sql, { parameters: usedParameters(query, all), limit: ASSETS_KEPT });
    for (const row of rows)
      addEvidence(scores, String(row["address"]), role, Number(row["weight"]), wellNumbered(String(row["reason"])));
  }
  return scores;
}

/** The queries count in the plural: "1 hosts" is one host. */
function wellNumbered(reason: string): string {
  return reason.replace(/\b1 (host|day)s\b/g, "1 $1");
}

function addEvidence(scores: Scores, address: string, role: Role, weight: number, reason: string): void {
  let roles = scores.get(address);
  if (roles === undefined) scores.set(address, (roles = new Map<Role, { logOdds: number; reasons: string[] }>()));
  const score = roles.get(role);
  if (score === undefined) roles.set(role, { logOdds: PRIOR + weight, reasons: [reason] });
  else {
    score.logOdds += weight;
    score.reasons.push(reason);
  }
}

function addNameHints(scores: Scores, names: ReadonlyMap<string, string>): void {
  for (const [address, name] of names) {
    const label = name.split(".")[0] ?? name;
    for (const { role, pattern } of NAME_HINTS) {
      if (pattern.test(label)) addEvidence(scores, address, role, NAME_WEIGHT, `its name is ${name}`);
    }
  }
}

/** A database server that few hosts use, one of them a backup server, holds the configuration of the backups. */
async function addDatabases(database: RecordDatabase, scores: Scores): Promise<void> {
  const servers = [...scores]
    .filter(([, roles]) => confidence(roles.get("backup-server")?.logOdds) >= ROLE_CERTAIN)
    .map(([address]) => address);
  if (servers.length === 0) return;
  const rows = await jsonRows(
    database,
    `SELECT "id.resp_h" AS address, count(DISTINCT "id.orig_h") AS clients
     FROM conn WHERE proto = 'tcp' AND "id.resp_p" IN (1433, 5432) AND orig_bytes > 0 AND resp_bytes > 0
     GROUP BY 1 HAVING count(DISTINCT "id.orig_h") <= 3 AND bool_or("id.orig_h" IN (SELECT unnest(from_json($servers, '["VARCHAR"]')))) ORDER BY 1`,
    { parameters: { servers: JSON.stringify(servers) } },
  );
  for (const row of rows) {
    addEvidence(
      scores,
      String(row["address"]),
      "config-database",
      3,
      `answers database requests of ${String(row["clients"])} hosts, a backup server among them`,
    );
  }
}

/** What the scope says about an address that was seen. */
interface Member {
  readonly assets: readonly ScopeAsset[];
  readonly isAdmin: boolean;
}

async function scopeMembers(
  database: RecordDatabase,
  scope: Scope,
  names: ReadonlyMap<string, string>,
): Promise<Map<string, Member>> {
  const members = new Map<string, { assets: ScopeAsset[]; isAdmin: boolean }>();
  const member = (address: string) => {
    let entry = members.get(address);
    if (entry === undefined) members.set(address, (entry = { assets: [], isAdmin: false }));
    return entry;
  };
  // The most specific entry comes last and wins: networks, then names, then addresses.
  for (const asset of scope.assets) {
    if (asset.network !== null)
      for (const address of await addressesIn(database, asset.network)) member(address).assets.push(asset);
  }
  for (const asset of scope.assets) {
    if (asset.matchName === null) continue;
    for (const [address, name] of names) if (sameName(name, asset.matchName)) member(address).assets.push(asset);
  }
  for (const asset of scope.assets) if (asset.address !== null) member(asset.address).assets.push(asset);
  for (const source of scope.adminSources)
    for (const address of await addressesIn(database, source)) member(address).isAdmin = true;
  return members;
}

async function addressesIn(database: RecordDatabase, cidr: string): Promise<string[]> {
  const range = networkRange(cidr);
  if (range === null) return [];
  const rows = await database.rows(
    `SELECT DISTINCT address FROM hosts WHERE ${inRangesSql("key", [range])} ORDER BY address LIMIT ${ASSETS_KEPT}`,
  );
  const seen = rows.map((row) => String(row["address"]));
  return seen.length === 0 && !cidr.includes("/") ? [cidr] : seen;
}

function sameName(seen: string, given: string): boolean {
  const [a, b] = [seen.toLowerCase(), given.toLowerCase()];
  return a === b || a.split(".")[0] === b.split(".")[0];
}

function assembleAssets(
  scores: Scores,
  names: ReadonlyMap<string, string>,
  members: ReadonlyMap<string, Member>,
  inside: readonly NetworkRange[],
): Asset[] {
  const candidates = new Set([...members.keys(), ...scores.keys()]);
  const assets: Asset[] = [];
  for (const address of candidates) {
    const member = members.get(address);
    const roles = rolesOf(scores.get(address), member);
    if (roles.length === 0 && member === undefined) continue;
    const said = member?.assets.map(({ inEstate }) => inEstate).findLast((value) => value !== null) ?? null;
    const certain = roles.some(({ role, confidence }) => ESTATE_ROLES.includes(role) && confidence >= ROLE_CERTAIN);
    const given = member?.assets.map(({ name }) => name).findLast((name) => name !== null) ?? null;
    assets.push({
      address,
      name: given ?? names.get(address) ?? null,
      roles,
      inEstate: said ?? certain,
      // Also of a machine of the scope that was not seen yet: its first packets must not come from outside.
      internal: isInRanges(address, inside),
    });
  }
  const rank = (asset: Asset): number =>
    asset.inEstate ? 0 : asset.roles.some(({ confidence }) => confidence >= ROLE_CERTAIN) ? 1 : 2;
  return assets.sort((a, b) => rank(a) - rank(b) || (a.address < b.address ? -1 : 1)).slice(0, ASSETS_KEPT);
}

function rolesOf(
  inferred: ReadonlyMap<Role, { logOdds: number; reasons: string[] }> | undefined,
  member: Member | undefined,
): RoleAssignment[] {
  const roles = new Map<Role, RoleAssignment>();
  const stated = member?.assets.filter((asset) => asset.roles.length > 0) ?? [];
  // Roles that the scope states replace what is inferred: the investigator knows the machine.
  if (stated.length === 0) {
    for (const [role, { logOdds, reasons }] of inferred ?? []) {
      const sure = confidence(logOdds);
      if (sure >= ROLE_LISTED) roles.set(role, { role, confidence: sure, source: "inferred", reasons });
    }
  }
  for (const asset of stated) {
    for (const role of asset.roles) {
      const evidence = inferred?.get(role)?.reasons ?? [];
      roles.set(role, { role, confidence: 1, source: "scope", reasons: ["the scope says so", ...evidence] });
    }
  }
  if (member?.isAdmin === true) {
    roles.set("jump-host", {
      role: "jump-host",
      confidence: 1,
      source: "scope",
      reasons: ["the scope lists it as a source of administration"],
    });
  }
  return [...roles.values()].sort((a, b) => b.confidence - a.confidence || (a.role < b.role ? -1 : 1));
}

function confidence(logOdds: number | undefined): number {
  return logOdds === undefined ? 0 : Math.min(0.99, Math.round(100 / (1 + Math.exp(-logOdds))) / 100);
}

async function writeEstate(
  database: EstateDatabase,
  estate: Omit<Estate, "windows">,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const assets = JSON.stringify(
    estate.assets.map(({ address, name, inEstate, internal }) => ({ address, name, in_estate: inEstate, internal })),
  );
  const roles = JSON.stringify(
    estate.assets.flatMap(({ address, roles: own }) => own.map((role) => ({ address, ...role }))),
  );
  const known = JSON.stringify([...names].map(([address, name]) => ({ address, name })));
  const rowsOf = (parameter: string, shape: string): string =>
    `(SELECT unnest(from_json($${parameter}, '[${shape}]'), recursive := true))`;
  await database.change([
    {
      sql: `UPDATE assets SET name = k.name FROM ${rowsOf("known", '{"address":"VARCHAR","name":"VARCHAR"}')} k WHERE k.address = assets.address`,
      parameters: { known },
    },
    {
      sql: `DELETE FROM assets WHERE address IN (SELECT address FROM ${rowsOf("assets", '{"address":"VARCHAR"}')})`,
      parameters: { assets },
    },
    {
      sql: `INSERT INTO assets SELECT address, name, in_estate, internal FROM ${rowsOf("assets", '{"address":"VARCHAR","name":"VARCHAR","in_estate":"BOOLEAN","internal":"BOOLEAN"}')}`,
      parameters: { assets },
    },
    { sql: "DELETE FROM asset_roles" },
    {
      sql: `INSERT INTO asset_roles SELECT r.address, r.role, r.confidence, r.source, r.reasons FROM (
              SELECT unnest(from_json($roles, '[{"address":"VARCHAR","role":"VARCHAR","confidence":"DOUBLE","source":"VARCHAR","reasons":["VARCHAR"]}]')) AS r)`,
      parameters: { roles },
    },
    { sql: "DELETE FROM networks" },
    {
      sql: `INSERT INTO networks SELECT cidr, name FROM ${rowsOf("networks", '{"cidr":"VARCHAR","name":"VARCHAR"}')}`,
      parameters: { networks: JSON.stringify(estate.networks) },
    },
  ]);
}

async function writeWindows(database: EstateDatabase, windows: readonly JobWindow[]): Promise<void> {
  const rows = JSON.stringify(
    windows.map(({ name, days, startMinute, endMinute, zone, source }) => ({
      name,
      days,
      start_minute: startMinute,
      end_minute: endMinute,
      zone,
      source,
    })),
  );
  await database.change([
    { sql: "DELETE FROM job_windows" },
    {
      sql: `INSERT INTO job_windows SELECT w.name, w.days, w.start_minute, w.end_minute, w.zone, w.source FROM (
              SELECT unnest(from_json($rows, '[{"name":"VARCHAR","days":["UTINYINT"],"start_minute":"USMALLINT","end_minute":"USMALLINT","zone":"VARCHAR","source":"VARCHAR"}]')) AS w)`,
      parameters: { rows },
    },
  ]);
}
