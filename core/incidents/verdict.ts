import type { Estate } from "../contracts/estate.ts";
import type { Finding, TimeNs } from "../contracts/finding.ts";
import type { Incident, TamperEntry } from "../contracts/story.ts";
import { ESTATE_UNKNOWN, NOT_TOUCHED } from "../contracts/story.ts";
import { listedUpTo } from "../contracts/text-forms.ts";
import { accountName } from "./account.ts";
import { actsInTime } from "./acts-in-time.ts";
import { isAgainstBackups } from "./operations.ts";
import { namedOnce } from "./roles.ts";
import { counted, hostText, minuteText } from "./words.ts";

type Draft = Omit<Incident, "verdict" | "open">;
type Hosts = ReadonlyMap<string, string>;

/** Hosts and accounts that the way into the estate names before the rest is only counted. */
const NAMED = 4;
/** Things done that the verdict names before the rest is only counted. */
const ACTS_NAMED = 40;

/**
 * What was seen: the way from the first host to the backups and with whose accounts, what was done to the backups and what went out, in the
 * order of time. Where the backups were not reached: the acts that matter, in the same order.
 */
export function incidentVerdict(incident: Draft, findings: readonly Finding[], hosts: Hosts, estate: Estate): string {
  return namedOnce(verdictText(incident, findings, hosts, estate), estate, incident.hosts, hosts);
}

function verdictText(incident: Draft, findings: readonly Finding[], hosts: Hosts, { assets }: Estate): string {
  const untouched = assets.some(({ inEstate }) => inEstate) ? NOT_TOUCHED : ESTATE_UNKNOWN;
  const acts = [...tamperActs(incident.tampering, findings, hosts), ...exitActs(incident, hosts)]
    .sort((a, b) => Number(BigInt(a.ts) - BigInt(b.ts)))
    .map(({ text }) => text);
  if (acts.length === 0 && incident.arrival === null) return `${actsInTime(incident, findings, hosts)} ${untouched}`;
  const [from, to] = [minuteText(incident.tsFirst), minuteText(incident.tsLast)];
  const when = from === to ? `On ${to}` : `From ${from.replace(" UTC", "")} to ${to}`;
  const way = wayIn(incident, hosts);
  const done = acts.length === 0 ? "no change to backups and no upload was seen" : actsText(acts);
  const isApart =
    incident.arrival === null &&
    incident.wayOut.length === 0 &&
    !incident.tampering.some(({ operation }) => isAgainstBackups(operation));
  return `${when}, ${way}: ${done}.${isApart ? ` ${untouched}` : ""}`;
}

function actsText(acts: readonly string[]): string {
  return listedUpTo(ACTS_NAMED, acts, (rest) => counted(rest, "further thing"));
}

/** "WS107 (10.10.0.107) got over FS01 and JUMP01 into the backup estate at BKP01 (10.30.0.10), with the accounts A and B". */
function wayIn(incident: Draft, hosts: Hosts): string {
  const first = incident.foothold?.source ?? null;
  const start = hostText(first, hosts);
  const accounts = distinctAccounts(incident.accounts);
  const noun = accounts.length === 1 ? "account" : "accounts";
  const as = accounts.length === 0 ? "" : ` with the ${noun} ${listedUpTo(NAMED, accounts)}`;
  const { arrival } = incident;
  if (arrival === null) return `from ${start}${as}`;
  if (arrival === incident.foothold) return `${start} acted inside the backup estate${as}`;
  const hops = hopsBefore(incident, arrival.target).map((hop) => hosts.get(hop) ?? hop);
  const over = hops.length === 0 ? "" : ` over ${listedUpTo(NAMED, hops)}`;
  return `the way led from ${start}${over} into the backup estate at ${hostText(arrival.target, hosts)}${as}`;
}

/** Characters of an account that the cookie of a remote desktop has room for. */
const COOKIE_LENGTH = 9;

/**
 * Accounts of people and services, each once: the first form in which its name was seen. Machine accounts are left out, and names that a cookie
 * cut short where the whole name is there.
 */
function distinctAccounts(accounts: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const account of accounts) {
    const name = accountName(account);
    if (name !== null && !name.endsWith("$") && !byName.has(name)) byName.set(name, account);
  }
  const names = [...byName.keys()];
  const beginnings = new Set(
    names.filter((name) => name.length > COOKIE_LENGTH).map((name) => name.slice(0, COOKIE_LENGTH)),
  );
  return names.filter((name) => !beginnings.has(name)).map((name) => byName.get(name)!);
}

/** Hosts that were reached first and acted later, up to the one that reached the estate. */
function hopsBefore({ steps, foothold, arrival }: Draft, entry: string | null): string[] {
  const reached = new Set<string>();
  const hops = new Set<string>();
  for (const { source, target, tsFirst } of steps) {
    if (arrival !== null && BigInt(tsFirst) > BigInt(arrival.tsFirst)) break;
    if (source !== null && reached.has(source) && source !== foothold?.source && source !== entry) hops.add(source);
    if (target !== null) reached.add(target);
  }
  return [...hops];
}

/** Operations of the tamper ledger on backup files: done, and tried. */
const FILE_ACTS: Readonly<Record<string, { readonly done: string; readonly tried: string }>> = {
  delete: { done: "deleted", tried: "tried to delete" },
  rename: { done: "renamed", tried: "tried to rename" },
  truncate: { done: "cut short", tried: "tried to cut short" },
  overwrite: { done: "overwritten", tried: "tried to overwrite" },
};

/** What those operations were done to, by detection; else backup files. */
const THINGS: Readonly<Record<string, string>> = {
  "BT-TI-012": "backup object",
  "BT-TI-022": "repository file",
  "BT-TI-035": "restore point",
};

/** The other operations of the tamper ledger, as what was done. */
const OTHER_ACTS: Readonly<Record<string, string>> = {
  "zero or trim": "backup data was zeroed",
  "change rights": "rights on backup storage were changed",
  "delete versions": "versions of backup objects were deleted",
  "suspend versioning": "versioning was suspended",
  "let expire": "backup objects were set to expire",
  "weaken retention": "the retention of backups was weakened",
  "change bucket settings": "settings of a bucket were changed",
  "encrypt with own key": "backup objects were encrypted with another key",
  "delete or unprotect": "backup objects were deleted or their protection was taken away",
  remove: "backups were removed",
  "synchronise with deletion": "a copy was synchronised, deletions included",
  "erase tape": "tapes were erased",
  "destroy blocks": "blocks of backup storage were destroyed",
  "remove snapshots": "snapshots were removed",
  "destroy machines or disks": "machines or disks were destroyed",
  "power off": "machines were powered off",
  "change share": "a share was changed",
  "delete in bulk": "files were deleted in bulk",
  "remove shadow copies": "shadow copies were removed",
  "clear event logs": "event logs were cleared",
  "stop services": "services were stopped",
  "shut down": "a shutdown was started",
  "leave a ransom note or suffix": "a ransom note or suffix was left",
  "encrypt in place": "backup data was written over with what looks like ciphertext",
  "move media": "media were moved or exported",
  "change backup settings": "settings of the backup software were changed",
  "change the time": "the time was changed",
  "lock out accounts": "backup accounts were disabled, locked or deleted",
  "silence logs": "log forwarding fell silent",
  "fill storage": "storage was filled or writes failed",
  "destroy configuration": "a destructive statement was sent to the configuration database",
  "crash event log service": "the event log service was crashed",
};

/** Something that was done, as a clause, and when it began. */
interface Clause {
  readonly ts: TimeNs;
  readonly text: string;
}

function tamperActs(entries: readonly TamperEntry[], findings: readonly Finding[], hosts: Hosts): Clause[] {
  const groups = new Map<
    string,
    {
      readonly entry: TamperEntry;
      readonly isDone: boolean;
      readonly isConcluded: boolean;
      readonly thing: string;
      count: number;
    }
  >();
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  for (const entry of entries) {
    const isDone = entry.outcome === "confirmed" || entry.outcome === "observed";
    const finding = byId.get(entry.finding);
    const thing = THINGS[finding?.detection ?? ""] ?? "backup file";
    const isConcluded = finding?.basis === "inference";
    const key = JSON.stringify([entry.operation, entry.target, isDone, isConcluded, thing]);
    const count = finding?.count ?? 1;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { entry, isDone, isConcluded, thing, count });
    else group.count += count;
  }
  return [...groups.values()].map(({ entry, isDone, isConcluded, thing, count }) => {
    const on = ` on ${hostText(entry.target, hosts)}${isDone && isConcluded ? " (concluded, not read)" : ""}`;
    const { ts } = entry;
    const act = FILE_ACTS[entry.operation];
    if (act === undefined) {
      const open = isDone ? "" : " (asked for, not seen to succeed)";
      return { ts, text: `${OTHER_ACTS[entry.operation] ?? entry.operation}${on}${open}` };
    }
    const files = counted(count, thing);
    const done = `${files} ${count === 1 ? "was" : "were"} ${act.done}${on}`;
    return { ts, text: isDone ? done : `someone ${act.tried} ${files}${on}` };
  });
}

function exitActs({ wayOut }: Draft, hosts: Hosts): Clause[] {
  const pairs = new Map<string, Clause>();
  for (const { source, target, tsFirst } of wayOut) {
    const key = JSON.stringify([source, target]);
    const to = target === null ? "" : ` to ${hostText(target, hosts)}`;
    if (!pairs.has(key)) pairs.set(key, { ts: tsFirst, text: `data was sent from ${hostText(source, hosts)}${to}` });
  }
  return [...pairs.values()];
}
