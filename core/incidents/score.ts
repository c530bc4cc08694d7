import type { Finding, Phase, Severity } from "../contracts/finding.ts";
import type { ConfidencePart, ConfidenceSum } from "../contracts/story.ts";
import { listedUpTo } from "../contracts/text-forms.ts";
import { counted, lowerFirst } from "./words.ts";

const SEVERITY_WEIGHT: Readonly<Record<Severity, number>> = {
  info: 0.02,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  critical: 0.9,
};

const PHASE_WEIGHT: Readonly<Record<Phase, number>> = {
  "initial-access": 0.8,
  discovery: 0.5,
  "credential-access": 0.9,
  "lateral-movement": 0.8,
  "admin-access": 0.7,
  collection: 0.8,
  tampering: 1,
  exfiltration: 1,
  "command-and-control": 0.7,
  integrity: 0.7,
  drill: 0,
};

const LEAST = 0.05;
const MOST = 0.99;
/** Detections of what has no harmless use. */
const ONLY_HOSTILE: ReadonlySet<string> = new Set(["BT-CA-022"]);
/** Kinds of finding that the sentence names before the rest is only counted. */
const KINDS_TOLD = 3;
/** Parts of the sum that are kept. */
const PARTS_KEPT = 50;

/**
 * Confidence that findings which belong together are an incident: one minus the chance that all of them are wrong (at most the best
 * finding for each detection and pair of hosts), with a bonus for every phase after the second. 0.05 to 0.99.
 */
export function incidentConfidence(findings: readonly Finding[]): number {
  const doubt = heaviest(findings).reduce((product, finding) => product * (1 - shareOf(finding)), 1);
  return hundredth(Math.min(MOST, Math.max(LEAST, 1 - doubt + bonusOf(findings))));
}

/** What that confidence means and what it rests on, sentences. */
export function confidenceText(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { title } of heaviest(findings)) counts.set(title, (counts.get(title) ?? 0) + 1);
  const kinds = [...counts].map(
    ([title, count]) =>
      `${lowerFirst(title)}${count > 1 ? ` (counted ${count} times, once for each pair of hosts and way)` : ""}`,
  );
  const told = listedUpTo(KINDS_TOLD, kinds, (rest) => counted(rest, "lighter kind"));
  return `${incidentConfidence(findings).toFixed(2)} of 1 that it is an intrusion, by weights that are set, not by measured frequencies; the number of a step says only how sure it is that the step happened. It rests on: ${told}.`;
}

/** How that confidence comes from its parts. */
export function confidenceSum(findings: readonly Finding[]): ConfidenceSum {
  const parts = heaviest(findings);
  const bonus = bonusOf(findings);
  const rule = [
    "A share is the confidence of the finding times the weight of its severity times the weight of its phase; what has no harmless use counts in full.",
    "The weights are set, the same for every case; one kind of finding is more or less severe by what was seen of it.",
    ...(parts.length > 1 ? ["Shares are not added: each takes its part of the doubt that the others leave."] : []),
    ...(findings.length > parts.length || isAlike(parts)
      ? ["What one host did to another counts once for each kind; another pair of hosts or the other way counts again."]
      : []),
    ...(parts.length > PARTS_KEPT ? [`The ${PARTS_KEPT} heaviest of ${parts.length} are listed.`] : []),
    ...(bonus > 0 ? [`${bonus.toFixed(2)} is added as they are of ${phasesOf(findings)} phases.`] : []),
    ...(incidentConfidence(findings) === MOST ? [`${MOST} is the most.`] : []),
  ].join(" ");
  return { parts: parts.slice(0, PARTS_KEPT).map(partOf), bonus, rule };
}

function partOf(finding: Finding): ConfidencePart {
  const { id, title, confidence, severity, phase } = finding;
  const weights = isOnlyHostile(finding) ? null : { severity: SEVERITY_WEIGHT[severity], phase: PHASE_WEIGHT[phase] };
  return { finding: id, title, confidence, severity, phase, weights, share: hundredth(shareOf(finding)) };
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The heaviest finding for each detection and pair of hosts, the heaviest first. */
function heaviest(findings: readonly Finding[]): Finding[] {
  const best = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.detection, finding.source, finding.target]);
    const known = best.get(key);
    if (known === undefined || shareOf(finding) > shareOf(known)) best.set(key, finding);
  }
  return [...best.values()].sort((a, b) => shareOf(b) - shareOf(a));
}

/** True if two of them are of one kind. */
function isAlike(findings: readonly Finding[]): boolean {
  return new Set(findings.map(({ detection }) => detection)).size < findings.length;
}

/** What one finding adds to the confidence of an incident. */
function shareOf(finding: Finding): number {
  return isOnlyHostile(finding) ? finding.confidence : weightOf(finding);
}

/**
 * True if the only question is whether it happened, not whether it was an attack, so that severity and phase take nothing from its confidence. Not so
 * where a use is known that is allowed: machines that replicate a directory ask as DCSync does.
 */
export function isOnlyHostile(finding: Finding): boolean {
  const { detection, severity, outcome } = finding;
  const isSevere = severity === "high" || severity === "critical";
  return isSevere && outcome !== "refused" && ONLY_HOSTILE.has(detection);
}

function phasesOf(findings: readonly Finding[]): number {
  return new Set(findings.map(({ phase }) => phase)).size;
}

function bonusOf(findings: readonly Finding[]): number {
  return Math.min(0.3, Math.max(0, phasesOf(findings) - 2) * 0.1);
}

/** What one finding contributes: its confidence by severity and phase. */
export function weightOf({ confidence, severity, phase }: Finding): number {
  return confidence * SEVERITY_WEIGHT[severity] * PHASE_WEIGHT[phase];
}

/** An incident needs one severe finding, or three findings of at least two phases. */
export function isIncident(findings: readonly Finding[]): boolean {
  if (findings.some(({ severity }) => severity === "high" || severity === "critical")) return true;
  const notable = findings.filter(({ severity }) => severity === "medium");
  return notable.length >= 3 && new Set(notable.map(({ phase }) => phase)).size >= 2;
}
