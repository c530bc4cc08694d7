import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding, OtherReason } from "../contracts/finding.ts";
import { isAnsweredUnread, SEVERITIES } from "../contracts/finding.ts";
import { greatest } from "../contracts/greatest.ts";
import type { Step, StepOutcome } from "../contracts/story.ts";
import { sameActText } from "../contracts/story.ts";
import { clockTime } from "../contracts/text-forms.ts";
import { weightOf } from "./score.ts";
import type { StepGroup } from "./step-place.ts";
import { StepPlace } from "./step-place.ts";
import { inSentence, lowerFirst } from "./words.ts";

/** Other observations that a step's sentence names. */
const ALSO_NAMED = 4;

/**
 * Joins findings into steps: what one host did to another in one phase, under one account as far as it is known, without a
 * long pause. The same act seen by three detections is one step with three reasons.
 * @param findings In time order.
 */
export function stepsOf(findings: readonly Finding[]): Step[] {
  const groups: StepGroup[] = [];
  const places = new Map<string, StepPlace>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.phase, finding.source, finding.target]);
    let place = places.get(key);
    if (place === undefined) places.set(key, (place = new StepPlace()));
    const group = place.groupOf(finding);
    if (group.members.length === 1) groups.push(group);
  }
  return groups.map(({ members }) => stepOf(members));
}

function stepOf(group: readonly Finding[]): Step {
  const ranked = [...group].sort((a, b) => tellingOf(b) - tellingOf(a) || inTimeOrder(a, b));
  const first = group[0]!;
  const user = ranked.find((finding) => finding.user !== null)?.user ?? null;
  const outcome = commonOutcome(ranked);
  return {
    phase: first.phase,
    tsFirst: first.tsFirst,
    tsLast: group.map(({ tsLast }) => tsLast).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b)),
    source: first.source,
    target: first.target,
    user,
    ...(ranked.some((finding) => finding.byTicket && finding.user === user) ? { byTicket: true } : {}),
    sentence: sentenceOf(ranked),
    confidence: greatest(group.map(({ confidence }) => confidence)),
    basis: group.every(({ basis }) => basis === "inference") ? "inference" : "fact",
    ...(outcome === null ? {} : { outcome }),
    findings: ranked.map(({ id }) => id),
  };
}

/** What came of a finding as far as the evidence shows; null where the doing itself is what was seen, or nothing was read that would tell. */
function outcomeOf(finding: Finding): StepOutcome | null {
  const { outcome, basis } = finding;
  // A refusal that is concluded only is told as that in the sentence.
  if (outcome === "refused") return basis === "fact" ? "refused" : null;
  if (outcome === "attempted") return "unanswered";
  if (outcome === "observed") return null;
  if (isAnsweredUnread(finding)) return "unread";
  return basis === "fact" ? "confirmed" : null;
}

/** What came of all that a step tells in sentences; null where that differs, and each sentence says it of its own act. @param ranked The most telling first. */
function commonOutcome(ranked: readonly Finding[]): StepOutcome | null {
  const outcomes = new Set(toldOf(ranked).map(outcomeOf));
  return outcomes.size === 1 ? [...outcomes][0]! : null;
}

/** The findings whose sentences a step's sentence holds. @param ranked The most telling first. */
function toldOf(ranked: readonly Finding[]): Finding[] {
  const [strongest, ...rest] = ranked;
  const alike = rest.filter(({ title }) => title === strongest!.title);
  const second = secondReason(ranked);
  return [strongest!, ...alike, ...rest.filter((finding) => finding === second)];
}

/** How much a finding's sentence tells: its weight, and whether it names what was run or touched. */
export function tellingOf(finding: Finding): number {
  return weightOf(finding) + (finding.object === null ? 0 : 0.2);
}

/** What was seen of a step beside its strongest finding, under other titles. */
function reasonsBeside([strongest, ...rest]: readonly Finding[]): (Finding | OtherReason)[] {
  return [...(strongest?.also ?? []), ...rest.flatMap((finding) => [finding, ...finding.also])].filter(
    ({ title }) => title !== strongest?.title,
  );
}

/** The most severe thing about a step that its strongest finding does not tell. @param ranked The most telling first. */
export function secondReason(ranked: readonly Finding[]): Finding | OtherReason | undefined {
  return reasonsBeside(ranked)
    .filter(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf("medium"))
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.confidence - a.confidence)[0];
}

/** What else was seen, as told behind the strongest: with its time where it began before. */
function inOrder({ tsFirst }: Finding, second: Finding | OtherReason): string {
  const { explanation } = second;
  if (!("tsFirst" in second) || BigInt(second.tsFirst) >= BigInt(tsFirst)) return explanation;
  return `Before that, at ${clockTime(second.tsFirst)}, ${inSentence(explanation)}`;
}

/** The strongest finding's sentence, that of the next that is about something else, and the titles of the others. */
function sentenceOf(ranked: readonly Finding[]): string {
  const [strongest] = ranked;
  const [alike, ...same] = ranked.slice(1).filter(({ title }) => title === strongest!.title);
  const reasons = reasonsBeside(ranked);
  const second = secondReason(ranked);
  const others = [...new Set(reasons.map(({ title }) => title))].filter((title) => title !== second?.title);
  const parts = [strongest!.explanation];
  if (alike !== undefined) parts.push(same.length === 0 ? alike.explanation : `${same.length + 1} more of this kind.`);
  // What another detection says of the same act is not a second one.
  const isSameAct = strongest!.also.some((reason) => reason === second);
  if (second !== undefined)
    parts.push(isSameAct ? sameActText(second.title) + second.explanation : inOrder(strongest!, second));
  if (others.length > 0) {
    const more = others.length > ALSO_NAMED ? ` and ${others.length - ALSO_NAMED} more` : "";
    parts.push(`Also: ${others.slice(0, ALSO_NAMED).map(lowerFirst).join("; ")}${more}.`);
  }
  return parts.join(" ");
}
