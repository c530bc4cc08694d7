import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding, Phase, TimeNs } from "../contracts/finding.ts";
import type { Incident, Step, TamperEntry } from "../contracts/story.ts";
import { ESTATE_UNKNOWN, NOT_TOUCHED } from "../contracts/story.ts";
import { clockTime, dateOf, dateTime } from "../contracts/text-forms.ts";
import { accountName } from "./account.ts";
import { isAgainstBackups } from "./operations.ts";
import { secondReason, tellingOf } from "./steps.ts";
import { counted, hostText, listed, minuteText } from "./words.ts";

type Draft = Omit<Incident, "verdict" | "open">;
type Hosts = ReadonlyMap<string, string>;

/** Hosts and accounts that the way into the estate names before the rest is only counted. */
const NAMED = 4;
/** Characters of one finding's sentence that a verdict quotes. */
const QUOTED = 420;
/** Steps beside the strongest that a verdict without backups tells before the rest is only counted. */
const FURTHER_TOLD = 2;
const SECOND_NS = 1_000_000_000n;

/**
 * What was seen in one or two sentences: the way from the first host to the backups and with whose accounts, what was done to
 * the backups, what went out. Where the backups were not reached: the strongest thing that was seen, the way to it and the way on.
 * @param hasEstate A machine of the backup estate is known.
 */
export function incidentVerdict(
  incident: Draft,
  findings: readonly Finding[],
  hosts: Hosts,
  hasEstate: boolean,
): string {
  const untouched = hasEstate ? NOT_TOUCHED : ESTATE_UNKNOWN;
  const acts = [...tamperActs(incident.tampering, findings, hosts), ...exitActs(incident, hosts)];
  if (acts.length === 0 && incident.arrival === null) return `${strongestAct(incident, findings, hosts)} ${untouched}`;
  const [from, to] = [minuteText(incident.tsFirst), minuteText(incident.tsLast)];
  const when = from === to ? `On ${to}` : `From ${from.replace(" UTC", "")} to ${to}`;
  const way = wayIn(incident, hosts);
  const done = acts.length === 0 ? "no change to backups and no upload was seen" : listed(acts);
  const isApart =
    incident.arrival === null &&
    incident.wayOut.length === 0 &&
    !incident.tampering.some(({ operation }) => isAgainstBackups(operation));
  return `${when}, ${way}: ${done}.${isApart ? ` ${untouched}` : ""}`;
}

/** "WS107 (10.10.0.107) got over FS01 and JUMP01 into the backup estate at BKP01 (10.30.0.10), with the accounts A and B". */
function wayIn(incident: Draft, hosts: Hosts): string {
  const first = incident.foothold?.source ?? null;
  const start = hostText(first, hosts);
  const accounts = distinctAccounts(incident.accounts);
  const as =
    accounts.length === 0 ? "" : ` with the ${accounts.length === 1 ? "account" : "accounts"} ${some(accounts)}`;
  const { arrival } = incident;
  if (arrival === null) return `starting at ${start}${as}`;
  if (arrival === incident.foothold) return `${start} acted inside the backup estate${as}`;
  const hops = hopsBefore(incident, arrival.target);
  const over = hops.length === 0 ? "" : ` over ${some(hops.map((hop) => hosts.get(hop) ?? hop))}`;
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
  const isCut = (name: string): boolean =>
    name.length === COOKIE_LENGTH && names.some((other) => other !== name && other.startsWith(name));
  return names.filter((name) => !isCut(name)).map((name) => byName.get(name)!);
}

/** Hosts that were reached first and acted later, up to the one that reached the estate. */
function hopsBefore({ steps, foothold, arrival }: Draft, entry: string | null): string[] {
  const reached = new Set<string>();
  const hops: string[] = [];
  for (const { source, target, tsFirst } of steps) {
    if (arrival !== null && BigInt(tsFirst) > BigInt(arrival.tsFirst)) break;
    if (
      source !== null &&
      reached.has(source) &&
      source !== foothold?.source &&
      source !== entry &&
      !hops.includes(source)
    )
      hops.push(source);
    if (target !== null) reached.add(target);
  }
  return hops;
}

function some(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : listed(names);
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

function tamperActs(entries: readonly TamperEntry[], findings: readonly Finding[], hosts: Hosts): string[] {
  const groups = new Map<
    string,
    { readonly entry: TamperEntry; readonly isDone: boolean; readonly thing: string; count: number }
  >();
  for (const entry of entries) {
    const isDone = entry.outcome === "confirmed" || entry.outcome === "observed";
    const finding = findings.find(({ id }) => id === entry.finding);
    const thing = THINGS[finding?.detection ?? ""] ?? "backup file";
    const key = JSON.stringify([entry.operation, entry.target, isDone, thing]);
    const count = finding?.count ?? 1;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { entry, isDone, thing, count });
    else group.count += count;
  }
  return [...groups.values()].map(({ entry, isDone, thing, count }) => {
    const on = ` on ${hostText(entry.target, hosts)}`;
    const act = FILE_ACTS[entry.operation];
    if (act === undefined) {
      return `${OTHER_ACTS[entry.operation] ?? entry.operation}${on}${isDone ? "" : " (asked for, not seen to succeed)"}`;
    }
    const files = counted(count, thing);
    return isDone ? `${files} ${count === 1 ? "was" : "were"} ${act.done}${on}` : `someone ${act.tried} ${files}${on}`;
  });
}

function exitActs({ wayOut }: Draft, hosts: Hosts): string[] {
  const pairs = new Map(wayOut.map(({ source, target }) => [JSON.stringify([source, target]), { source, target }]));
  return [...pairs.values()].map(({ source, target }) => {
    const to = target === null ? "" : ` to ${hostText(target, hosts)}`;
    return `data was sent from ${hostText(source, hosts)}${to}`;
  });
}

/**
 * The strongest step, at its time, with the other severe thing that was seen of it; how the host that acted had been reached before; and the
 * other steps that matter, before and after it.
 */
function strongestAct({ steps, hosts: addresses }: Draft, findings: readonly Finding[], hosts: Hosts): string {
  const acts = steps.map((step) => actOf(step, findings)).filter((act) => act !== null);
  const [strongest, ...others] = [...acts].sort((a, b) => tellingOf(b.lead) - tellingOf(a.lead));
  if (strongest === undefined) return "Nothing was seen.";
  const told = [`On ${minuteText(strongest.lead.tsFirst)}, ${inSentence(strongest.lead.explanation)}`];
  const second = secondReason(strongest.members);
  if (second !== undefined && isSevere(second)) told.push(quoted(second.explanation));
  const way = wayTo(strongest.lead.source, strongest.lead.tsFirst, steps);
  if (way.length > 1) {
    const over = some(way.slice(1).map(({ source }) => hostText(source, hosts)));
    told.push(`The way there led from ${hostText(way[0]!.source, hosts)} over ${over}.`);
  }
  const reached = way.length === 1 ? others.find(({ step }) => step === way[0]) : undefined;
  const notable = others.filter((act) => act !== reached && !way.includes(act.step) && isNotable(act.lead));
  const further = [...(reached === undefined ? [] : [reached]), ...notable.slice(0, FURTHER_TOLD)];
  for (const { lead } of toldInTime(further, strongest.lead))
    told.push(`${whenBeside(lead, strongest.lead)}, ${inSentence(lead.explanation)}`);
  const left = notable.length - FURTHER_TOLD;
  if (left > 0) told.push(`${counted(left, "further step")} of weight ${left === 1 ? "is" : "are"} in the chain.`);
  return namedOnce(told.join(" "), addresses, hosts);
}

/** The text with the address of a host behind its name only where the host is first named. */
function namedOnce(text: string, addresses: readonly string[], hosts: Hosts): string {
  return addresses.reduce((shorter, address) => {
    const full = hostText(address, hosts);
    const at = shorter.indexOf(full);
    if (at < 0 || full === address) return shorter;
    const rest = at + full.length;
    return shorter.slice(0, rest) + shorter.slice(rest).replaceAll(full, hosts.get(address)!);
  }, text);
}

/** A step with its findings, the most telling first. */
interface Act {
  readonly step: Step;
  readonly lead: Finding;
  readonly members: readonly Finding[];
}

function actOf(step: Step, findings: readonly Finding[]): Act | null {
  const members = step.findings
    .map((id) => findings.find((each) => each.id === id))
    .filter((each) => each !== undefined);
  const [lead] = members;
  return lead === undefined ? null : { step, lead, members };
}

/** What began before another act, the earliest last, as each is told as "before that"; then what began after it, the earliest first. */
function toldInTime(acts: readonly Act[], { tsFirst }: Finding): Act[] {
  const sorted = [...acts].sort((a, b) => inTimeOrder(a.lead, b.lead));
  const isEarlier = ({ lead }: Act): boolean => BigInt(lead.tsFirst) < BigInt(tsFirst);
  return [...sorted.filter(isEarlier).reverse(), ...sorted.filter((act) => !isEarlier(act))];
}

/** "Later, at 21:01:15", "Before that, at 14:46:53", "From 06:09:20 on, until 06:10:47" for what went on beyond: one finding's time beside another's. */
function whenBeside(finding: Finding, other: Finding): string {
  const apart = BigInt(finding.tsFirst) - BigInt(other.tsFirst);
  if (apart <= -SECOND_NS && BigInt(finding.tsLast) > BigInt(other.tsFirst)) {
    const isOneDay = new Set([finding.tsFirst, finding.tsLast, other.tsFirst].map(dateOf)).size === 1;
    const timeOf = isOneDay ? clockTime : dateTime;
    return `From ${timeOf(finding.tsFirst)} on, until ${timeOf(finding.tsLast)}`;
  }
  if (apart < SECOND_NS && apart > -SECOND_NS) return "At the same time";
  const isSameDay = dateOf(finding.tsFirst) === dateOf(other.tsFirst);
  const at = isSameDay ? `at ${clockTime(finding.tsFirst)}` : `on ${dateTime(finding.tsFirst)}`;
  return `${apart > 0n ? "Later" : "Before that"}, ${at}`;
}

function isNotable({ severity }: Pick<Finding, "severity">): boolean {
  return severity !== "low" && severity !== "info";
}

function isSevere({ severity }: Pick<Finding, "severity">): boolean {
  return severity === "high" || severity === "critical";
}

/** Phases in which one host gets another under its control. */
const REACHING: ReadonlySet<Phase> = new Set(["initial-access", "lateral-movement", "admin-access"]);

/** The steps that led to a host before a time, in their order, from the first host that is seen. */
function wayTo(host: string | null, before: TimeNs, steps: readonly Step[]): Step[] {
  const way: Step[] = [];
  const passed = new Set([host]);
  for (let [at, until] = [host, BigInt(before)]; ;) {
    const step = steps.findLast(
      ({ phase, source, target, tsFirst }) =>
        target === at && source !== null && !passed.has(source) && REACHING.has(phase) && BigInt(tsFirst) <= until,
    );
    if (step === undefined) return way;
    way.unshift(step);
    passed.add(step.source);
    [at, until] = [step.source, BigInt(step.tsFirst)];
  }
}

/** A finding's sentence as it goes on from other words. */
function inSentence(explanation: string): string {
  return quoted(explanation).replace(
    /^(An?|The|By|Connections|Files|From|In|On|Port|Since|Somebody|While|Writes) /,
    (word) => word.toLowerCase(),
  );
}

/** A sentence cut between two of its parts, or two words, if it is long. */
function quoted(sentence: string): string {
  if (sentence.length <= QUOTED) return sentence;
  const clause = Math.max(...[". ", "; ", ", "].map((mark) => sentence.lastIndexOf(mark, QUOTED)));
  const cut = clause > QUOTED / 2 ? clause : sentence.lastIndexOf(" ", QUOTED);
  return `${sentence.slice(0, cut > 0 ? cut : QUOTED)} …`;
}
