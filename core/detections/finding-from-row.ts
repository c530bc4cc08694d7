import { createHash } from "node:crypto";
import { firstFrom } from "../contracts/ascending.ts";
import type { Finding, Severity } from "../contracts/finding.ts";
import { isAnsweredUnread, RECORDS_KEPT, SEVERITIES } from "../contracts/finding.ts";
import { greatest } from "../contracts/greatest.ts";
import { groupBy } from "../contracts/grouping.ts";
import { techniquesOfCommand } from "./command-techniques.ts";
import type { Detection } from "./detection.ts";
import { fillSentence, secondText } from "./sentence.ts";

/** One row of a detection's query, read by the rules of `Detection`. */
export interface Hit {
  readonly finding: Finding;
  /** Why it is expected, if the query says so. */
  readonly explained: string | null;
  /** Confidence of the least sure role it rests on; null if it rests on none. */
  readonly roleConfidence: number | null;
}

/** Events of the same kind further apart than this are separate findings. */
export const MERGE_GAP_NS = 12n * 3_600_000_000_000n;

const OUTCOMES: readonly Finding["outcome"][] = ["observed", "refused", "attempted", "confirmed"];

/**
 * Turns a row into a finding.
 * @param hosts Names of addresses for the sentence.
 * @throws Error if the row lacks `ts` or `records`: the detection is wrong.
 */
export function hitFromRow(
  detection: Detection,
  parameters: Readonly<Record<string, string | number>>,
  row: Readonly<Record<string, unknown>>,
  hosts: ReadonlyMap<string, string>,
): Hit {
  const tsFirst = text(row["ts"]);
  const records = row["records"];
  if (tsFirst === null || !Array.isArray(records)) throw new Error(`${detection.id}: a row without ts or records`);
  const ids = [...new Set(records.map(String))];
  const severity = text(row["severity"]);
  // Records say "unanswered" where no response was seen: the act was asked for, more is not known.
  const outcome = row["outcome"] === "unanswered" ? "attempted" : text(row["outcome"]);
  const basis = text(row["basis"]);
  const note = text(row["note"]);
  const sentence =
    fillSentence(detection.explanation, { ...parameters, ...row }, hosts) +
    notGranted(row) +
    notReadable(row, detection);
  const explanation = withShortPaths(
    sentence + notSaid(sentence, outcome),
    [text(row["source"]), text(row["target"])],
    hosts,
  );
  const finding: Finding = {
    id: "",
    detection: detection.id,
    title: text(row["title"]) ?? detection.title,
    phase: detection.phase,
    attack: techniques(detection, row),
    severity: SEVERITIES.find((name) => name === severity) ?? detection.severity,
    confidence: number(row["confidence"]) ?? detection.confidence,
    basis: basis === "fact" || basis === "inference" ? basis : detection.basis,
    outcome: OUTCOMES.find((name) => name === outcome) ?? "observed",
    tsFirst,
    tsLast: text(row["ts_last"]) ?? tsFirst,
    source: text(row["source"]),
    target: text(row["target"]),
    user: text(row["user"]),
    object: text(row["object"]),
    count: number(row["count"]) ?? 1,
    explanation,
    records: ids.slice(0, RECORDS_KEPT),
    recordCount: Math.max(number(row["record_count"]) ?? 0, ids.length),
    ...((row["unread"] ?? saysUnread(explanation, row)) === true ? { isUnread: true } : {}),
    ...(Array.isArray(row["harmless"]) ? { harmless: texts(row["harmless"]) } : {}),
    parameters,
    adjustments: note === null ? [] : [note],
    also: [],
  };
  return { finding, explained: text(row["explained"]), roleConfidence: number(row["role_confidence"]) };
}

/**
 * A sentence with the short name of its hosts in paths of shares that were written with the long one, if no other host has that name:
 * "\\FS01\c$" for "\\fs01.corp.example\c$". Records and the finding's object keep what was written.
 */
function withShortPaths(
  sentence: string,
  addresses: readonly (string | null)[],
  hosts: ReadonlyMap<string, string>,
): string {
  return addresses.reduce<string>((told, address) => {
    const name = address === null ? undefined : hosts.get(address);
    if (name === undefined || name.includes(".")) return told;
    const long = new RegExp(`\\\\\\\\${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\.[\\w.-]+(?=\\\\)`, "giu");
    if (!long.test(told) || sharedNames(hosts).has(name)) return told;
    return told.replace(long, () => `\\\\${name}`);
  }, sentence);
}

/** Names that several hosts have, looked for once: the rows of a run name the same hosts. */
const shared = new WeakMap<ReadonlyMap<string, string>, ReadonlySet<string>>();

function sharedNames(hosts: ReadonlyMap<string, string>): ReadonlySet<string> {
  const known = shared.get(hosts);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const several = new Set<string>();
  for (const name of hosts.values()) (seen.has(name) ? several : seen).add(name);
  shared.set(hosts, several);
  return several;
}

/** True if a sentence says in its own words, and not in what it quotes, that something could not be read. */
function saysUnread(explanation: string, row: Readonly<Record<string, unknown>>): boolean {
  const quoted = [...texts(row["object"]), ...texts(row["ran"])];
  const own = quoted.reduce((rest, value) => rest.replaceAll(value, ""), explanation);
  return /\b(?:sealed|not readable)\b/.test(own);
}

/** Says of many calls told as one act, some of which were done, how many were not. */
function notGranted(row: Readonly<Record<string, unknown>>): string {
  if (row["outcome"] !== "confirmed") return "";
  const refused = number(row["refused_count"]) ?? 0;
  const unanswered = number(row["unanswered_count"]) ?? 0;
  const was = (count: number): string => `${count} ${count === 1 ? "was" : "were"}`;
  const parts = [
    ...(refused > 0 ? [`${was(refused)} refused`] : []),
    ...(unanswered > 0 ? [`${was(unanswered)} not seen to succeed`] : []),
  ];
  return parts.length === 0 ? "" : ` Of these, ${parts.join(" and ")}.`;
}

/** Says of what was refused or not answered that it was, where the sentence itself does not. */
function notSaid(sentence: string, outcome: string | null): string {
  if (outcome === "refused" && !/refus|reject|fail|denied|not accept|wrong/i.test(sentence)) return " It was refused.";
  const saysSo = /refus|no answer|not seen|not in the evidence|asked|tried|attempt|whether|may |looks|seems|fits/i;
  return outcome === "attempted" && !saysSo.test(sentence) ? " Whether that succeeded is not seen." : "";
}

/** Says of what was answered in a way that nobody can read that the answer does not tell what came of it. */
function notReadable(row: Readonly<Record<string, unknown>>, { phase }: Pick<Detection, "phase">): string {
  if (row["unread"] !== true) return "";
  return ` What was answered is sealed${phase === "discovery" ? "" : ", and so does not say whether it was done"}.`;
}

/**
 * Joins repeats: hits of one detection with the same source, target, account, object and outcome, each at most 12 hours after
 * the one before. Repetition adds count and time, never severity; the strongest severity stays. What was refused, not answered or not readably, and what was
 * done to the same, are two findings that speak of each other.
 * @param hits In time order.
 */
export function mergeRepeats(hits: readonly Hit[]): Hit[] {
  const groups: Hit[][] = [];
  const open = new Map<string, Hit[]>();
  for (const hit of hits) {
    const key = JSON.stringify([actOf(hit), hit.finding.outcome, isAnsweredUnread(hit.finding)]);
    const group = open.get(key);
    const last = group?.at(-1)?.finding;
    if (
      group !== undefined &&
      last !== undefined &&
      BigInt(hit.finding.tsFirst) - BigInt(last.tsLast) <= MERGE_GAP_NS
    ) {
      group.push(hit);
    } else {
      const fresh = [hit];
      open.set(key, fresh);
      groups.push(fresh);
    }
  }
  return withOutcomesTold(groups.map(joinGroup));
}

/** What was done by whom to what, whatever came of it. */
function actOf({ finding: { source, target, user, object, title }, explained }: Hit): string {
  return JSON.stringify([source, target, user, object, title, explained]);
}

/** Says of what was tried that it was done later, and of what was done that it had been tried before. */
function withOutcomesTold(hits: readonly Hit[]): Hit[] {
  const byAct = groupBy(hits, actOf);
  const told = new Map([...byAct.values()].flatMap(relationsIn));
  return hits.map((hit) => {
    const said = told.get(hit);
    if (said === undefined) return hit;
    return { ...hit, finding: { ...hit.finding, explanation: `${hit.finding.explanation} ${said}` } };
  });
}

/** What is to be said of each of an act's findings. Of those of which the same came, the first and the next tell all there is to tell. */
function relationsIn(act: readonly Hit[]): (readonly [Hit, string])[] {
  const cameOf = groupBy(act.keys(), (at) =>
    JSON.stringify([act[at]!.finding.outcome, withoutSuccess(act[at]!.finding)]),
  );
  const alike = [...cameOf.values()].map((places) => ({
    places,
    times: places.map((at) => BigInt(act[at]!.finding.tsFirst)),
  }));
  return act.flatMap((hit) => {
    const from = BigInt(hit.finding.tsFirst);
    const others = alike.flatMap(({ places, times }) => [places[0]!, places[firstFrom(times, from)] ?? places[0]!]);
    const relations = others.sort((a, b) => a - b).map((at) => relation(hit.finding, act[at]!.finding));
    const first = relations.find((each) => each !== null);
    return first === undefined ? [] : [[hit, first] as const];
  });
}

/** Titles that say that something was done. */
const DEED =
  /\b(?:created|started|restarted|stopped|cleared|removed|deleted|renamed|truncated|written|read|changed|copied|exported|saved?|destroyed|suspended|erased|disabled|installed|moved|weakened|reconfigured|re-encrypted|queried|execution|deletion)\b/i;
const ASKED = /\b(?:asked for|attempt|refused|like|seems?)\b/i;

/** A finding whose title says no more than that something was asked for, where it is not known to have been done. */
export function withHonestTitle(finding: Finding): Finding {
  const { title } = finding;
  if (withoutSuccess(finding) === null || !DEED.test(title) || ASKED.test(title)) return finding;
  return { ...finding, title: `${title} (asked for)` };
}

/** Outcomes of an act that is not known to have worked, in words that follow "it was". */
const FAILED: Partial<Readonly<Record<Finding["outcome"], string>>> = {
  refused: "refused",
  attempted: "asked for without an answer",
};
const ANSWERED_UNREAD = "asked for, and what was answered is not readable";

function relation(finding: Finding, other: Finding): string | null {
  const [mine, theirs] = [finding, other].map(withoutSuccess);
  const isBefore = BigInt(other.tsFirst) < BigInt(finding.tsFirst);
  const at = secondText(other.tsFirst);
  if (mine === theirs) return null;
  if (typeof mine === "string" && other.outcome === "confirmed" && !isBefore)
    return `Later, at ${at}, it was ${theirs ?? "done"}.`;
  if (typeof theirs === "string" && finding.outcome === "confirmed" && isBefore)
    return `Before, at ${at}, it was ${theirs}.`;
  return null;
}

/** What came of an act that is not known to have worked, in words that follow "it was"; null if it worked. */
function withoutSuccess(finding: Finding): string | null {
  return isAnsweredUnread(finding) ? ANSWERED_UNREAD : (FAILED[finding.outcome] ?? null);
}

function joinGroup(group: readonly Hit[]): Hit {
  const first = group[0]!;
  const findings = group.map((hit) => hit.finding);
  const lead = findings.reduce((best, each) => (isMoreSevere(each, best) ? each : best));
  const records = [...new Set(findings.flatMap((finding) => finding.records))];
  const tsLast = findings.map((finding) => finding.tsLast).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b));
  const again = group.length > 1 ? ` Seen ${group.length} times until ${secondText(tsLast)}.` : "";
  // Repeats may rest on the same records in part.
  const isWhole = findings.every((finding) => finding.recordCount === finding.records.length);
  const joined: Finding = {
    ...lead,
    tsFirst: first.finding.tsFirst,
    severity: strongest(findings.map((finding) => finding.severity)),
    confidence: greatest(findings.map((finding) => finding.confidence)),
    tsLast,
    count: findings.reduce((sum, finding) => sum + finding.count, 0),
    explanation: lead.explanation + again,
    records: records.slice(0, RECORDS_KEPT),
    recordCount: isWhole
      ? records.length
      : Math.max(
          records.length,
          findings.reduce((sum, finding) => sum + finding.recordCount, 0),
        ),
    adjustments: [...new Set(findings.flatMap((finding) => finding.adjustments))],
    attack: [...new Set(findings.flatMap((finding) => finding.attack))],
  };
  const roleConfidence = group.map((hit) => hit.roleConfidence).filter((value) => value !== null);
  return {
    finding: { ...joined, id: findingId(joined) },
    explained: first.explained,
    roleConfidence: roleConfidence.length === 0 ? null : Math.min(...roleConfidence),
  };
}

function isMoreSevere(a: Finding, b: Finding): boolean {
  return SEVERITIES.indexOf(a.severity) > SEVERITIES.indexOf(b.severity);
}

/** The same for the same evidence in every run: hash of detection, source, target, object and first record. */
export function findingId(finding: Pick<Finding, "detection" | "source" | "target" | "object" | "records">): string {
  const parts = [finding.detection, finding.source, finding.target, finding.object, finding.records[0] ?? null];
  return `F-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12)}`;
}

/** The detection's techniques, or those of them that the row shows, those that it adds, and those of the commands that it saw run. */
function techniques(detection: Detection, row: Readonly<Record<string, unknown>>): string[] {
  const own = Array.isArray(row["techniques"]) ? texts(row["techniques"]) : detection.attack;
  return [...new Set([...own, ...texts(row["attack"]), ...texts(row["ran"]).flatMap(techniquesOfCommand)])];
}

function texts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map(text).filter((entry) => entry !== null);
}

function strongest(severities: readonly Severity[]): Severity {
  return SEVERITIES[greatest(severities.map((severity) => SEVERITIES.indexOf(severity)))] ?? "info";
}

function text(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
