import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding, OtherReason, Peak, Phase, TimeNs } from "../contracts/finding.ts";
import { groupBy } from "../contracts/grouping.ts";
import type { Incident, Step } from "../contracts/story.ts";
import {
  clockTime,
  dateOf,
  dateTime,
  leadingSentences,
  listedUpTo,
  octetsText,
  sentencesOf,
} from "../contracts/text-forms.ts";
import { secondReason, tellingOf } from "./steps.ts";
import { counted, hostText, inSentence } from "./words.ts";

type Draft = Omit<Incident, "verdict" | "open">;
type Hosts = ReadonlyMap<string, string>;

/** Characters of one finding's sentences; the first is told whole however long it is. */
const QUOTED = 700;
/** Acts that are told beside the strongest, and characters of them, before the rest is only counted. */
const FURTHER_TOLD = 3;
const FURTHER_LENGTH = 1400;
/** Hosts that the way to the one that acted names. */
const HOPS_NAMED = 4;
const SECOND_NS = 1_000_000_000n;
/** What a host did this soon before or after a large transfer is told beside it. */
const BESIDE_NS = 60n * SECOND_NS;

/**
 * Who came from where first, then what followed: the strongest act, how the host that acted had been reached, and the other acts that matter,
 * each a sentence with its time, in the order of time. What is left is counted.
 */
export function actsInTime({ steps }: Draft, findings: readonly Finding[], hosts: Hosts): string {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const acts = steps.map((step) => actOf(step, byId)).filter((act) => act !== null);
  const byWeight = [...acts].sort((a, b) => tellingOf(b.lead) - tellingOf(a.lead));
  const [strongest, ...others] = byWeight;
  if (strongest === undefined) return "Nothing was seen.";
  const way = wayTo(strongest.lead.source, strongest.lead.tsFirst, steps);
  const hop = way.at(-1);
  const reaching = others.filter(({ step }) => step === hop);
  const onWay = new Set(way);
  const notable = others.filter(({ step, lead }) => !onWay.has(step) && isNotable(lead));
  const further = thatFit([...reaching, ...notable]);
  const told = [strongest, ...further].sort((a, b) => inTimeOrder(a.lead, b.lead));
  const sentences = told.map((act, i) => toldAct(act, told.slice(0, i), told, act === strongest));
  const left = notable.filter((act) => !further.includes(act)).length;
  return [
    ...wayText(way.slice(0, -1), hop, hosts),
    ...sentences,
    ...(left > 0 ? [`${counted(left, "further step")} of weight ${left === 1 ? "is" : "are"} in the chain.`] : []),
  ].join(" ");
}

/** A step with its findings, the most telling first. */
interface Act {
  readonly step: Step;
  readonly lead: Finding;
  readonly members: readonly Finding[];
}

function actOf(step: Step, byId: ReadonlyMap<string, Finding>): Act | null {
  const members = step.findings.map((id) => byId.get(id)).filter((each) => each !== undefined);
  const [lead] = members;
  return lead === undefined ? null : { step, lead, members };
}

/** The first of some acts, as many as are told whole. */
function thatFit(acts: readonly Act[]): Act[] {
  const kept: Act[] = [];
  let length = 0;
  for (const act of acts.slice(0, FURTHER_TOLD)) {
    length += leadingSentences(act.lead.explanation, QUOTED).length;
    if (length > FURTHER_LENGTH) break;
    kept.push(act);
  }
  return kept;
}

/** How the way began that the last hop ends, where it has more than one. */
function wayText(earlier: readonly Step[], hop: Step | undefined, hosts: Hosts): string[] {
  const [first] = earlier;
  if (first === undefined || hop === undefined) return [];
  const between = [...earlier.slice(1), hop].map(({ source }) => hostText(source, hosts));
  const over = listedUpTo(HOPS_NAMED, between);
  return [
    `From ${dateTime(first.tsFirst)} UTC on, the way led from ${hostText(first.source, hosts)} over ${over} to ${hostText(hop.target, hosts)}.`,
  ];
}

/**
 * One act as it is told, with the large transfers of other acts by the same host just before and after it.
 * @param before Acts that are told before it.
 * @param all Acts that are told.
 */
function toldAct({ lead, members }: Act, before: readonly Act[], all: readonly Act[], isStrongest: boolean): string {
  const last = before.at(-1)?.lead;
  const isDuring = last !== undefined && goesOnDuring(last, lead);
  const toldAlready = new Set(before.flatMap((act) => peaksOf(act, all)).map(peakText));
  const peaks = peaksOf({ lead }, all).filter((peak) => !toldAlready.has(peakText(peak)));
  const earlier = peaks.filter(({ ts }) => BigInt(ts) < BigInt(lead.tsFirst));
  const later = peaks.filter(({ ts }) => BigInt(ts) >= BigInt(lead.tsFirst));
  const second = isStrongest ? secondReason(members) : undefined;
  const isWhole = second !== undefined && tellsWhole(lead, second);
  const opening = [
    ...(isDuring ? ["while this went on"] : []),
    ...(earlier.length > 0 ? [`${earlier.map(peakText).join("; ")}; ${timeText(lead, last)}`] : [timeText(lead, last)]),
    inSentence(leadingSentences(isWhole ? second.explanation : lead.explanation, QUOTED)),
  ].join(", ");
  const isTold = second !== undefined && !isWhole && isSevere(second) && addsSomething(second.explanation);
  return [
    capital(opening),
    ...(isTold
      ? sentencesOf(leadingSentences(second.explanation, QUOTED)).filter((text) => !opening.includes(text))
      : []),
    ...later.map((peak) => `${capital(peakText(peak))}.`),
  ].join(" ");
}

/** True if what another detection says of an act names the file that the act is about, and goes on: nothing is left to say of it. */
function tellsWhole(lead: Finding, second: Finding | OtherReason): boolean {
  const paths = lead.object?.startsWith("\\\\") ? (lead.explanation.match(/\\\\[^\s(),;]+/g) ?? []) : [];
  return (
    lead.also.some((reason) => reason === second) &&
    second.explanation.length > lead.explanation.length &&
    paths.some((path) => second.explanation.includes(path))
  );
}

/** "on 2024-03-01 at 14:46:53 UTC", "from 14:46:53 to 14:47:09": when something began, and when it ended if it lasted; the day where it is another than that of the act before. */
function timeText({ tsFirst, tsLast }: Finding, last: Finding | undefined): string {
  const isLong = BigInt(tsLast) - BigInt(tsFirst) >= SECOND_NS;
  if (isLong && dateOf(tsFirst) !== dateOf(tsLast)) return `from ${dateTime(tsFirst)} to ${dateTime(tsLast)} UTC`;
  const span = isLong ? `from ${clockTime(tsFirst)} to ${clockTime(tsLast)}` : `at ${clockTime(tsFirst)}`;
  if (last !== undefined && dateOf(last.tsFirst) === dateOf(tsFirst)) return span;
  return `on ${dateOf(tsFirst)}${isLong ? "," : ""} ${span} UTC`;
}

/** True if one act went on while another began, of a host that acts in the one or is acted on. */
function goesOnDuring(around: Finding, { source, tsFirst }: Finding): boolean {
  const [begin, end, at] = [around.tsFirst, around.tsLast, tsFirst].map(BigInt) as [bigint, bigint, bigint];
  return end - begin >= SECOND_NS && begin <= at && at < end && [around.source, around.target].includes(source);
}

/** A large transfer between two hosts. */
type Transfer = Peak & { readonly host: string };

/** The large transfers of other acts that are told with one. */
function peaksOf({ lead }: Pick<Act, "lead">, all: readonly Act[]): Transfer[] {
  return all.flatMap((other) => (other.lead === lead ? [] : peaksBeside(other.lead, lead)));
}

/** The large transfers of calls by the host that acts, close to its act. */
function peaksBeside({ peaks = [], source, target }: Finding, act: Finding): Transfer[] {
  if (target === null || source === null || source !== act.source) return [];
  const isClose = ({ ts }: Peak): boolean =>
    BigInt(ts) - BigInt(act.tsLast) <= BESIDE_NS && BigInt(act.tsFirst) - BigInt(ts) <= BESIDE_NS;
  return peaks.filter(isClose).map((peak) => ({ ...peak, host: target }));
}

function peakText({ ts, octets, way, host }: Transfer): string {
  const moved = way === "in" ? `came in from ${host}` : `went out to ${host}`;
  return `at ${clockTime(ts)}, ${octetsText(octets)} ${moved}`;
}

/** Whether a sentence says more than that something was not readable: what was read, or how much it was. */
function addsSomething(explanation: string): boolean {
  return !/\b(?:sealed|not readable)\b/.test(explanation) || /\d [kMGT]?B\b|\d bytes\b/.test(explanation);
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
  const reaching = groupBy(
    steps.filter(({ phase, source }) => source !== null && REACHING.has(phase)),
    ({ target }) => target ?? "",
  );
  for (let [at, until] = [host, BigInt(before)]; ;) {
    const step = reaching
      .get(at ?? "")
      ?.findLast(({ source, tsFirst }) => !passed.has(source) && BigInt(tsFirst) <= until);
    if (step === undefined) return way.reverse();
    way.push(step);
    passed.add(step.source);
    [at, until] = [step.source, BigInt(step.tsFirst)];
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
