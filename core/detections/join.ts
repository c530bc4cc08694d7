import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding, OtherReason } from "../contracts/finding.ts";
import { PHASES, RECORDS_KEPT, SEVERITIES } from "../contracts/finding.ts";

/** Groups of one connection that a finding is compared with, and findings that become one. */
const KEPT = 200;
/** Earlier findings that a finding is compared with over all its connections. */
const COMPARED = 1000;
/** Findings of one connection further apart than this are different acts. */
const SAME_ACT_NS = 300_000_000_000n;
const SURER_FOR_EACH = 0.05;
const SUREST = 0.99;

/**
 * Phases whose acts leave several marks in one connection: a service is created, a program is written, a tool shows its pipe. In the others, what
 * happens in one connection may be many acts (files deleted, then files renamed).
 */
const ONE_ACT_A_CONNECTION = new Set<Finding["phase"]>([
  "discovery",
  "credential-access",
  "lateral-movement",
  "command-and-control",
  "exfiltration",
]);

/** Phases that one and the same act may belong to at once: running `whoami` on another host is a movement and a look around. */
const ONE_ACT_IN_SEVERAL = new Set<Finding["phase"]>(["initial-access", ...ONE_ACT_A_CONNECTION]);

/**
 * The same act seen by several detections becomes one finding, the most telling, that names the others as further reasons. Two findings show
 * the same act if they speak of the same hosts, of one account as far as it is known, of the same phase (a deviation from the baseline goes with
 * any) and outcome, and rest on the same record; or on the same connection and technique within five minutes; or if all that one rests on is
 * part of what the other rests on. Where one connection is behind hundreds, those before the last ones are left alone.
 * @param findings In time order.
 * @returns In time order.
 */
export function joinFindings(findings: readonly Finding[]): Finding[] {
  const groups: JoinGroup[] = [];
  /** Groups by the pair of hosts and a record or connection. */
  const known = new Map<string, Set<JoinGroup>>();
  const ofHosts = countBy(findings, hostsOf);
  for (const finding of findings) {
    // Most stand alone between their hosts, and each rests on up to hundreds of connections.
    const marks = ofHosts.get(hostsOf(finding)) === 1 ? [] : marksOf(finding);
    let group = candidatesOf(marks, known).find((each) => each.takes(finding));
    if (group === undefined) groups.push((group = new JoinGroup()));
    group.add(finding);
    for (const mark of marks) keepLast(known, mark, group);
  }
  return groups.map(({ members }) => joined(members)).sort(inTimeOrder);
}

/** Groups of any of the marks that take more, in the order of the marks. */
function candidatesOf(marks: readonly string[], known: ReadonlyMap<string, ReadonlySet<JoinGroup>>): JoinGroup[] {
  const candidates = new Set<JoinGroup>();
  let compared = 0;
  for (const mark of marks) {
    for (const group of known.get(mark) ?? []) {
      if (group.members.length >= KEPT || candidates.has(group)) continue;
      candidates.add(group);
      compared += group.members.length;
      if (compared >= COMPARED) return [...candidates];
    }
  }
  return [...candidates];
}

function keepLast(known: Map<string, Set<JoinGroup>>, mark: string, group: JoinGroup): void {
  const place = known.get(mark);
  if (place === undefined) {
    known.set(mark, new Set([group]));
    return;
  }
  place.add(group);
  if (place.size > KEPT) place.delete(place.values().next().value!);
}

/** Findings that become one. */
class JoinGroup {
  readonly members: Finding[] = [];
  readonly #detections = new Set<string>();
  /** Other than "observed". */
  readonly #outcomes = new Set<Finding["outcome"]>();
  #user: string | null = null;

  add(finding: Finding): void {
    this.members.push(finding);
    this.#detections.add(finding.detection);
    if (finding.outcome !== "observed") this.#outcomes.add(finding.outcome);
    this.#user ??= finding.user;
  }

  takes(finding: Finding): boolean {
    if (finding.user !== null && this.#user !== null && finding.user !== this.#user) return false;
    if (this.#isCompatible(finding) && this.members.some((member) => isSameAct(member, finding))) return true;
    return this.members.some((member) => isPartOf(member, finding) || isPartOf(finding, member));
  }

  /** Nothing that is known of any member speaks against the other. */
  #isCompatible({ detection, outcome }: Finding): boolean {
    if (this.#detections.has(detection)) return false;
    return outcome === "observed" || [...this.#outcomes].every((other) => other === outcome);
  }
}

/** Keys under which a finding of the same act would be found: its connections, with the hosts. */
function marksOf(finding: Finding): string[] {
  const hosts = hostsOf(finding);
  const uids = new Set(finding.records.map(connectionOf));
  return [...uids].map((uid) => `${hosts} ${uid}`);
}

function hostsOf({ source, target }: Finding): string {
  return JSON.stringify([source, target]);
}

function countBy<V>(values: readonly V[], keyOf: (value: V) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    const key = keyOf(value);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function connectionOf(rid: string): string {
  const dot = rid.lastIndexOf(".");
  return dot < 0 ? rid : rid.slice(0, dot);
}

/** True if a finding rests on nothing but what another detection's finding rests on too, and reads it as no less and no more than asked or done. */
function isPartOf(part: Finding, whole: Finding): boolean {
  if (part.detection === whole.detection || part.records.length === 0) return false;
  if (part.recordCount > part.records.length || (part.outcome === "refused") !== (whole.outcome === "refused"))
    return false;
  const isOnePhase =
    part.phase === whole.phase || (ONE_ACT_IN_SEVERAL.has(part.phase) && ONE_ACT_IN_SEVERAL.has(whole.phase));
  if (!isOnePhase) return false;
  const records = new Set(whole.records);
  return part.records.every((rid) => records.has(rid));
}

function isSameAct(a: Finding, b: Finding): boolean {
  if (a.phase !== b.phase && !isDeviation(a) && !isDeviation(b)) return false;
  const records = new Set(a.records);
  if (b.records.some((rid) => records.has(rid))) return true;
  if (a.phase !== b.phase || !ONE_ACT_A_CONNECTION.has(a.phase)) return false;
  return a.attack.some((id) => b.attack.includes(id)) && apart(a, b) <= SAME_ACT_NS;
}

/** Baseline deviations say that something is new, not what it is. */
function isDeviation({ detection }: Finding): boolean {
  return detection.startsWith("BT-BL-");
}

function apart(a: Finding, b: Finding): bigint {
  const gap =
    BigInt(a.tsFirst) > BigInt(b.tsLast) ? BigInt(a.tsFirst) - BigInt(b.tsLast) : BigInt(b.tsFirst) - BigInt(a.tsLast);
  return gap > 0n ? gap : 0n;
}

function joined(group: readonly Finding[]): Finding {
  const [first, ...others] = [...group].sort((a, b) => telling(b) - telling(a) || (a.detection < b.detection ? -1 : 1));
  if (first === undefined || others.length === 0) return group[0]!;
  const reasons = others.filter(
    ({ detection }, at) => others.findIndex((other) => other.detection === detection) === at,
  );
  const records = [...new Set([first, ...others].flatMap((finding) => finding.records))];
  const confidence = Math.min(SUREST, first.confidence + SURER_FOR_EACH * reasons.length);
  const spelled = first.spelled ?? others.find((other) => other.spelled !== undefined)?.spelled;
  return {
    ...first,
    ...(spelled === undefined ? {} : { spelled }),
    ...(group.some(({ byTicket }) => byTicket) ? { byTicket: true } : {}),
    attack: [...new Set([first, ...others].flatMap(({ attack }) => attack))],
    confidence: Math.max(first.confidence, Math.round(confidence * 100) / 100),
    tsFirst: earliest(group.map(({ tsFirst }) => tsFirst)),
    tsLast: latest(group.map(({ tsLast }) => tsLast)),
    user: first.user ?? others.find(({ user }) => user !== null)?.user ?? null,
    object: first.object ?? others.find(({ object }) => object !== null)?.object ?? null,
    records: records.slice(0, RECORDS_KEPT),
    recordCount: Math.max(records.length, ...group.map(({ recordCount }) => recordCount)),
    adjustments: [
      ...first.adjustments,
      `Confidence +${(SURER_FOR_EACH * reasons.length).toFixed(2)}: ${reasons.map(({ detection }) => detection).join(", ")} saw the same act`,
    ],
    also: reasons.map(otherReason),
  };
}

function otherReason(finding: Finding): OtherReason {
  const { detection, title, attack, severity, confidence, basis, explanation, harmless } = finding;
  const reason = { detection, title, attack, severity, confidence, basis, explanation };
  return harmless === undefined ? reason : { ...reason, harmless };
}

/** A severe finding tells more than a sure one, a later phase more than an earlier; a deviation from the baseline only speaks where nothing else does. */
function telling(finding: Finding): number {
  return (
    SEVERITIES.indexOf(finding.severity) * 10 +
    PHASES.indexOf(finding.phase) * 0.5 +
    (finding.outcome === "confirmed" ? 0.3 : 0) +
    finding.confidence +
    (finding.object === null ? 0 : 0.2) -
    (isDeviation(finding) ? 1000 : 0)
  );
}

function earliest(times: readonly string[]): string {
  return times.reduce((a, b) => (BigInt(a) <= BigInt(b) ? a : b));
}

function latest(times: readonly string[]): string {
  return times.reduce((a, b) => (BigInt(a) >= BigInt(b) ? a : b));
}
