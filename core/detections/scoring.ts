import { firstFrom } from "../contracts/ascending.ts";
import type { ChangeWindow } from "../contracts/estate.ts";
import type { Finding, Phase, Severity } from "../contracts/finding.ts";
import { PHASES, SEVERITIES } from "../contracts/finding.ts";
import { groupBy } from "../contracts/grouping.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows } from "../records/record-database.ts";
import type { Detection } from "./detection.ts";
import type { Hit } from "./finding-from-row.ts";

/** Connections looked at for each finding when its capture quality is judged. */
const CONNECTIONS_JUDGED = 50;
const FOLLOWS_WITHIN_NS = 24n * 3_600_000_000_000n;

/** How well the connections of some findings were captured and when they ended, by uid. */
type Quality = ReadonlyMap<
  string,
  { missedOctets: number; octets: number; bothWays: boolean; /** ns since 1970. */ end: bigint }
>;

/**
 * Confidence by how well the connections behind it were captured, and by how sure the roles are. A finding of whole connections lasts until the
 * last of them ended.
 */
export async function adjustConfidence(
  database: RecordDatabase,
  hits: readonly Hit[],
  { ofConnections }: Pick<Detection, "ofConnections">,
): Promise<Finding[]> {
  const uids = new Set(hits.flatMap((hit) => connectionsOf(hit.finding)));
  const quality = await captureQuality(database, [...uids]);
  return hits.map((hit) => {
    const reasons = [...hit.finding.adjustments];
    let confidence = hit.finding.confidence;
    const change = judgeCapture(connectionsOf(hit.finding), quality);
    if (change !== null) {
      confidence += change.by;
      reasons.push(`Confidence ${signed(change.by)}: ${change.why}`);
    }
    if (hit.roleConfidence !== null && hit.roleConfidence < 0.6) {
      confidence -= 0.3;
      reasons.push(`Confidence -0.3: a role it rests on is inferred with ${hit.roleConfidence.toFixed(2)} only`);
    }
    const tsLast = ofConnections === true ? lastEnd(hit.finding, quality) : hit.finding.tsLast;
    return { ...hit.finding, tsLast, confidence: bounded(confidence), adjustments: reasons };
  });
}

/** When the last connection of a finding ended. */
function lastEnd(finding: Finding, quality: Quality): string {
  const ends = connectionsOf(finding).map((uid) => quality.get(uid)?.end ?? 0n);
  return ends.reduce((last, end) => (end > last ? end : last), BigInt(finding.tsLast)).toString();
}

/**
 * The most severe that an act can be which was refused, by phase: it did nothing, but somebody asked for it. In the other phases the asking is
 * what is found.
 */
const REFUSED_AT_MOST: Partial<Readonly<Record<Phase, Severity>>> = {
  "lateral-movement": "medium",
  "admin-access": "medium",
  collection: "medium",
  tampering: "high",
  exfiltration: "medium",
};

/** What was only asked for, and refused, is less severe than the same act done. */
export function lowerRefused(finding: Finding): Finding {
  const most = REFUSED_AT_MOST[finding.phase];
  if (finding.outcome !== "refused" || most === undefined || rank(finding.severity) <= rank(most)) return finding;
  const reason = `Severity ${most} instead of ${finding.severity}: it was refused`;
  return { ...finding, severity: most, adjustments: [...finding.adjustments, reason] };
}

/** From where and by whom administration is usual, as the scope says. */
export interface UsualAdministration {
  readonly hosts: ReadonlySet<string>;
  /** With or without domain; if any are listed, only they make an act usual (or an account that is not known). */
  readonly accounts: readonly string[];
  /** When changes are expected. */
  readonly windows: readonly ChangeWindow[];
}

/**
 * Severity by what surrounds a finding: one step up when a severe finding of a later phase follows from the same source or account within 24
 * hours; one step down when the scope names host and account as those of administrators, or the time as one of changes, and the phase is one that their work looks like.
 */
export function adjustSeverity(findings: readonly Finding[], usual: UsualAdministration): Finding[] {
  const accounts = new Set(usual.accounts.map(bareAccount));
  const severe = findings.filter((finding) => rank(finding.severity) >= rank("high"));
  const bySource = seriesBy(severe, ({ source }) => source);
  const byUser = seriesBy(severe, ({ user }) => user);
  return findings.map((finding) => {
    const reasons = [...finding.adjustments];
    let severity = finding.severity;
    const later =
      followerOf(finding, bySource.get(finding.source ?? "")) ?? followerOf(finding, byUser.get(finding.user ?? ""));
    if (later !== undefined && severity !== "critical" && severity !== "info") {
      severity = step(severity, 1);
      reasons.push(
        `Severity one step up: ${later.title} (${later.id}) followed within 24 hours from the same host or account`,
      );
    }
    if (
      finding.source !== null &&
      usual.hosts.has(finding.source) &&
      ADMINISTRATION.has(finding.phase) &&
      isUsualAccount(finding.user, accounts)
    ) {
      severity = step(severity, -1);
      reasons.push(`Severity one step down: the scope names ${finding.source} as an administration host`);
    }
    const window = ADMINISTRATION.has(finding.phase)
      ? usual.windows.find((each) => liesIn(each, finding.tsFirst) && liesIn(each, finding.tsLast))
      : undefined;
    if (window !== undefined) {
      severity = step(severity, -1);
      reasons.push(`Severity one step down: it lies in the change window ${window.name} of the scope`);
    }
    return { ...finding, severity, adjustments: reasons };
  });
}

/** Findings of one detection, in time order. */
interface Series {
  readonly findings: readonly Finding[];
  readonly times: readonly bigint[];
}

/** Findings by host or account, those of each detection together. */
function seriesBy(findings: readonly Finding[], keyOf: (finding: Finding) => string | null): Map<string, Series[]> {
  const groups = [...groupBy(findings, keyOf)].map(([key, group]) => [key, seriesOf(group)] as const);
  return new Map(groups);
}

function seriesOf(findings: readonly Finding[]): Series[] {
  const all = [...groupBy(findings, ({ detection }) => detection).values()].map((list) =>
    list
      .map((finding) => ({ finding, ts: BigInt(finding.tsFirst) }))
      .sort((a, b) => (a.ts < b.ts ? -1 : Number(a.ts > b.ts))),
  );
  return all.map((list) => ({ findings: list.map(({ finding }) => finding), times: list.map(({ ts }) => ts) }));
}

/** The finding of a later phase that followed, of the first detection that has one. */
function followerOf(finding: Finding, all: readonly Series[] = []): Finding | undefined {
  const from = BigInt(finding.tsFirst);
  return all
    .map(({ findings, times }) => findings[firstFrom(times, from)])
    .find((next) => next !== undefined && follows(next, finding));
}

/** True if a time (ns since 1970 UTC) lies in the window, which may reach over midnight. */
function liesIn({ days, startMinute, endMinute, zone }: ChangeWindow, ts: string): boolean {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(Number(BigInt(ts) / 1_000_000n));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  const day = 1 + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(part("weekday"));
  const minute = Number(part("hour")) * 60 + Number(part("minute"));
  if (startMinute <= endMinute) return days.includes(day) && minute >= startMinute && minute <= endMinute;
  const before = day === 1 ? 7 : day - 1;
  return (days.includes(day) && minute >= startMinute) || (days.includes(before) && minute <= endMinute);
}

function isUsualAccount(user: string | null, accounts: ReadonlySet<string>): boolean {
  return user === null || accounts.size === 0 || accounts.has(bareAccount(user));
}

/** An account without its domain, in lower case. */
export function bareAccount(user: string): string {
  return (user.slice(user.lastIndexOf("\\") + 1).split("@")[0] ?? "").toLowerCase();
}

const ADMINISTRATION = new Set<Finding["phase"]>(["discovery", "lateral-movement", "admin-access"]);

function judgeCapture(uids: readonly string[], quality: Quality): { by: number; why: string } | null {
  const known = uids.map((uid) => quality.get(uid)).filter((entry) => entry !== undefined);
  if (known.length === 0) return null;
  if (known.every((entry) => !entry.bothWays)) return { by: -0.2, why: "only one direction was captured" };
  const missed = known.reduce((sum, entry) => sum + entry.missedOctets, 0);
  const octets = known.reduce((sum, entry) => sum + entry.octets, 0);
  if (missed > 0.1 * octets) return { by: -0.2, why: "more than 10 % of the octets behind it were not captured" };
  if (missed > 0 || known.some((entry) => !entry.bothWays)) return null;
  return { by: 0.1, why: "both directions were captured without loss" };
}

async function captureQuality(database: RecordDatabase, uids: readonly string[]): Promise<Quality> {
  const quality = new Map<string, { missedOctets: number; octets: number; bothWays: boolean; end: bigint }>();
  for (let at = 0; at < uids.length; at += 10_000) {
    const rows = await jsonRows(
      database,
      `SELECT uid, CAST(coalesce(missed_bytes, 0) AS DOUBLE) AS missed,
              CAST(coalesce(orig_bytes, 0) + coalesce(resp_bytes, 0) AS DOUBLE) AS octets,
              coalesce(orig_pkts, 0) > 0 AND coalesce(resp_pkts, 0) > 0 AS both_ways, CAST(epoch_ns(ts) + coalesce(duration, 0) AS VARCHAR) AS ends
       FROM conn WHERE uid IN (SELECT unnest(from_json($uids, '["VARCHAR"]')))`,
      { parameters: { uids: JSON.stringify(uids.slice(at, at + 10_000)) } },
    );
    for (const row of rows) {
      quality.set(String(row["uid"]), {
        missedOctets: Number(row["missed"]),
        octets: Number(row["octets"]),
        bothWays: row["both_ways"] === true,
        end: BigInt(String(row["ends"])),
      });
    }
  }
  return quality;
}

function connectionsOf(finding: Finding): string[] {
  const uids = new Set<string>();
  for (const rid of finding.records) {
    uids.add(rid.slice(0, rid.lastIndexOf(".")));
    if (uids.size >= CONNECTIONS_JUDGED) break;
  }
  return [...uids];
}

function follows(later: Finding, earlier: Finding): boolean {
  if (later.detection === earlier.detection) return false;
  if (PHASES.indexOf(later.phase) <= PHASES.indexOf(earlier.phase)) return false;
  const distance = BigInt(later.tsFirst) - BigInt(earlier.tsFirst);
  return distance >= 0n && distance <= FOLLOWS_WITHIN_NS;
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function step(severity: Severity, by: 1 | -1): Severity {
  return SEVERITIES[Math.min(SEVERITIES.length - 1, Math.max(0, rank(severity) + by))] ?? severity;
}

function bounded(confidence: number): number {
  return Math.round(Math.min(0.99, Math.max(0.05, confidence)) * 100) / 100;
}

function signed(by: number): string {
  return by > 0 ? `+${by}` : String(by);
}
