import type { Finding } from "../contracts/finding.ts";
import { addTo } from "../contracts/grouping.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { hasTables, jsonRows } from "../records/record-database.ts";

/** An account as a protocol writes it: "DOMAIN\user", "user@realm" or "user". */
interface Written {
  /** Lower case. */
  readonly name: string;
  /** Lower case; null where none is written. */
  readonly domain: string | null;
}

/** Accounts that every machine has: without a domain they say nothing of whose they are. */
const ON_EVERY_MACHINE =
  /^(administrat\w+|admin|root|guest|gast|user|test|defaultaccount|wdagutilityaccount|system|nobody|anonymous)$/;
/** Characters of an account that the cookie of a remote desktop has room for. */
const COOKIE_LENGTH = 9;
const NETBIOS_LENGTH = 15;

/**
 * Tells one account under one name, however its protocols write it: "CORP\user", "corp.example\user" and "user@corp.example" are one where the short
 * and the long name of the domain are; "user" alone is one with the only account of that name at the same host. How the records write it stays
 * with the finding. Accounts of different domains, and those that every machine has for itself, are never taken for one.
 */
export async function tellAccountsOnce(database: RecordDatabase, findings: readonly Finding[]): Promise<Finding[]> {
  const written = new Set(findings.map(({ user }) => user).filter((user) => user !== null));
  if (written.size < 2) return [...findings];
  return oneNameEach(findings, await domainNames(database));
}

/**
 * As `tellAccountsOnce`.
 * @param domains Pairs of a domain's short and long name, as servers gave them, lower case.
 */
export function oneNameEach(findings: readonly Finding[], domains: readonly (readonly [string, string])[]): Finding[] {
  const users = [...new Set(findings.map(({ user }) => user).filter((user) => user !== null))];
  const domainKey = domainKeys(users, domains);
  const groups = new Map<string, string[]>();
  for (const user of users) {
    const { name, domain } = written(user);
    if (domain === null) continue;
    const key = `${name}@${domainKey(domain)}`;
    addTo(groups, key, user);
  }
  const chosen = new Map<string, string>();
  for (const spellings of groups.values()) {
    const name = usual(spellings);
    for (const user of spellings) chosen.set(user, name);
  }
  const told = findings.map((finding) => renamed(finding, chosen.get(finding.user ?? "") ?? finding.user));
  const owners = ownersIn(told);
  return told.map((finding) => (isBare(finding.user) ? renamed(finding, ownerOf(finding, owners)) : finding));
}

function isBare(user: string | null): user is string {
  return user !== null && written(user).domain === null && !ON_EVERY_MACHINE.test(written(user).name);
}

/** Accounts of domains. */
interface Owners {
  /** By their name without the domain, and by as much of it as a cookie holds. */
  readonly byName: ReadonlyMap<string, ReadonlySet<string>>;
  /** Hosts that each acted from or on. */
  readonly hosts: ReadonlyMap<string, ReadonlySet<string | null>>;
}

function ownersIn(told: readonly Finding[]): Owners {
  const byName = new Map<string, Set<string>>();
  const hosts = new Map<string, Set<string | null>>();
  for (const { user, source, target } of told) {
    if (user === null) continue;
    const { name, domain } = written(user);
    if (domain === null) continue;
    for (const key of new Set([name, name.slice(0, COOKIE_LENGTH)])) addToSet(byName, key, user);
    addToSet(hosts, user, source);
    addToSet(hosts, user, target);
  }
  return { byName, hosts };
}

function addToSet<V>(sets: Map<string, Set<V>>, key: string, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

/** The only account of a domain with the name of `finding`'s, if it acted from or on one of its hosts; else the name as it is. */
function ownerOf({ user, source, target }: Finding, { byName, hosts }: Owners): string | null {
  const owners = byName.get(written(user ?? "").name) ?? new Set<string>();
  const [owner] = owners;
  if (owner === undefined || owners.size > 1) return user;
  const meets = [source, target].some((host) => host !== null && hosts.get(owner)?.has(host));
  return meets ? owner : user;
}

/** The finding under another name of its account, in its sentence too. */
function renamed(finding: Finding, user: string | null): Finding {
  if (user === null || finding.user === null || user === finding.user) return finding;
  return {
    ...finding,
    user,
    explanation: respelled(finding.explanation, finding.user, user),
    spelled: finding.spelled ?? finding.user,
  };
}

/** The sentence with a whole name in place of another. A name without a domain is only taken for an account where the sentence begins with it. */
function respelled(sentence: string, from: string, to: string): string {
  if (written(from).domain === null)
    return sentence.startsWith(`${from} `) ? to + sentence.slice(from.length) : sentence;
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return sentence.replaceAll(new RegExp(`(?<![\\w\\\\.@-])${escaped}(?![\\w\\\\@-])`, "g"), () => to);
}

/** The name with the short form of the domain, as people write it; else the first. */
function usual(spellings: readonly string[]): string {
  const sorted = [...spellings].sort();
  return sorted.find((user) => user.includes("\\") && !written(user).domain!.includes(".")) ?? sorted[0]!;
}

/** The same key for the short and the long name of one domain. */
function domainKeys(
  users: readonly string[],
  domains: readonly (readonly [string, string])[],
): (domain: string) => string {
  const seen = new Set(users.map((user) => written(user).domain).filter((domain) => domain !== null));
  const long = new Map<string, Set<string>>();
  for (const name of [...domains.map(([, name]) => name), ...seen].filter((domain) => domain.includes(".")))
    addToSet(long, name.split(".")[0]!.slice(0, NETBIOS_LENGTH), name);
  const given = new Map<string, Set<string>>();
  for (const [short, name] of domains) addToSet(given, short, name);
  return (domain) => {
    if (domain.includes(".")) return domain;
    const [name, ...others] = given.get(domain) ?? long.get(domain) ?? [];
    return name !== undefined && others.length === 0 ? name : domain;
  };
}

function written(user: string): Written {
  const slash = user.lastIndexOf("\\");
  if (slash >= 0)
    return { name: user.slice(slash + 1).toLowerCase(), domain: user.slice(0, slash).toLowerCase() || null };
  const [name = "", domain = ""] = user.split(/[@/]/);
  return { name: name.toLowerCase(), domain: domain.toLowerCase() || null };
}

/** Short and long names of domains that servers gave in one message. */
async function domainNames(database: RecordDatabase): Promise<[string, string][]> {
  if (!(await hasTables(database, ["ntlm"]))) return [];
  const rows = await jsonRows(
    database,
    `SELECT DISTINCT lower(server_nb_domain_name) AS short, lower(server_dns_domain_name) AS long FROM ntlm
     WHERE coalesce(server_nb_domain_name, '') <> '' AND contains(coalesce(server_dns_domain_name, ''), '.') ORDER BY ALL`,
    { limit: 1000 },
  );
  return rows.map((row) => [String(row["short"]), String(row["long"])]);
}
