import type { Finding } from "../contracts/finding.ts";
import type { Incident, Step } from "../contracts/story.ts";
import { dateTime, timeSpan } from "../contracts/text-forms.ts";
import type { Surroundings } from "./incident.ts";
import { isAgainstBackups } from "./operations.ts";
import { unreadQuestions } from "./unread-questions.ts";
import { counted, hostText, minuteText } from "./words.ts";

type Draft = Omit<Incident, "verdict" | "open">;

/** Questions that the evidence of an incident leaves open, each a sentence. */
export function openQuestions(
  incident: Draft,
  findings: readonly Finding[],
  { coverage, estate, hosts }: Surroundings,
): string[] {
  const questions: string[] = [];
  const origin = findings.filter(({ phase }) => phase === "initial-access");
  if (incident.foothold !== null && origin.length === 0)
    questions.push(`What led to the acts from ${hostText(incident.foothold.source, hosts)} is not in the evidence.`);
  else if (incident.foothold !== null && origin.every(({ basis }) => basis === "inference"))
    questions.push(
      `What led to the acts from ${hostText(incident.foothold.source, hosts)} is concluded from times and sizes only: look at that machine for what it fetched.`,
    );
  const nameless = incident.steps.filter(
    (step) => step.user === null && (NEEDS_ACCOUNT.has(step.phase) || step.sentence.startsWith("Somebody ")),
  );
  if (nameless.length > 0) questions.push(namelessText(nameless, hosts));
  const guessed = findings.find(
    (finding) => finding.user === null && finding.outcome === "confirmed" && isGuessing(finding),
  );
  if (guessed !== undefined) {
    questions.push(
      `Whose password ${hostText(guessed.source, hosts)} guessed on ${hostText(guessed.target, hosts)} from ${minuteText(guessed.tsFirst)} on is not seen: the log-on is sealed. The log of that machine names the account.`,
    );
  }
  const holders = new Set(
    incident.steps.filter(({ byTicket }) => byTicket).map(({ user, source }) => JSON.stringify([user, source])),
  );
  for (const holder of holders) {
    const [user, source] = JSON.parse(holder) as [string, string | null];
    questions.push(
      `Who on ${hostText(source, hosts)} held the ticket in the name of ${user} is not seen, and how the key was got that such a ticket is made with, if it was forged, is not in the evidence.`,
    );
  }
  questions.push(...unreadQuestions(findings, hosts));
  const unanswered = findings.filter(({ outcome, phase }) => outcome === "attempted" && phase !== "discovery");
  if (unanswered.length > 0) {
    const attempts = counted(
      unanswered.reduce((sum, { count }) => sum + count, 0),
      "attempt",
    );
    questions.push(`Whether ${attempts} succeeded is not seen: the evidence holds no answer that shows it.`);
  }
  if (incident.arrival === null && estate.assets.some(({ inEstate }) => inEstate))
    questions.push("Whether the backup estate was touched in ways that no detection covers is not known.");
  if (incident.wayOut.length > 0)
    questions.push("What the data that went out contained is not readable; sizes and times are all that is known.");
  else if (incident.steps.some(({ phase }) => phase === "collection"))
    questions.push("Where the backups that were read went is not seen.");
  if (incident.tampering.some(({ outcome, operation }) => outcome === "confirmed" && isAgainstBackups(operation))) {
    questions.push(
      "Whether copies of the affected backups exist elsewhere (tape, cloud, copy jobs) is not in the evidence.",
    );
  }
  const [begin, end] = [BigInt(incident.tsFirst), BigInt(incident.tsLast)];
  const gap = coverage.gaps.find(({ from, to }) => BigInt(from) <= end && BigInt(to) >= begin);
  if (gap !== undefined)
    questions.push(
      `Nothing was captured between ${minuteText(gap.from)} and ${minuteText(gap.to)}, during the incident.`,
    );
  if (
    coverage.notKnown === undefined &&
    coverage.tsLast !== null &&
    BigInt(coverage.tsLast) - end < 3_600_000_000_000n &&
    BigInt(coverage.tsLast) > begin
  ) {
    const left = BigInt(coverage.tsLast) - end;
    const when = left < 1_000_000n ? "with the last step" : `${timeSpan(left)} after the last step`;
    questions.push(`The evidence ends ${when}: what came after is not known.`);
  }
  return questions;
}

/** T1110 and what is under it: passwords tried. */
function isGuessing({ attack }: Finding): boolean {
  return attack.some((id) => id.startsWith("T1110"));
}

const NEEDS_ACCOUNT = new Set<Step["phase"]>(["lateral-movement", "admin-access", "collection", "tampering"]);

function namelessText(steps: readonly Step[], hosts: ReadonlyMap<string, string>): string {
  const [first] = steps;
  const { source, target, tsFirst } = first!;
  const to = target === null ? "" : ` to ${hostText(target, hosts)}`;
  const where = `from ${hostText(source, hosts)}${to} at ${dateTime(tsFirst)} UTC`;
  return steps.length === 1
    ? `Which account was used ${where} is not seen.`
    : `Which account was used is not seen for ${counted(steps.length, "step")}, the first ${where}.`;
}
