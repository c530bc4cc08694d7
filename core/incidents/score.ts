import type { Finding, Phase, Severity } from "../contracts/finding.ts";
import { counted, lowerFirst, phaseText } from "./words.ts";

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
/** Findings whose weight is told before the rest is only counted. */
const WEIGHTS_TOLD = 3;

/**
 * Confidence that findings which belong together are an incident: one minus the chance that all of them are wrong (at most the best
 * finding for each detection and pair of hosts), with a bonus for every phase after the second. 0.05 to 0.99.
 */
export function incidentConfidence(findings: readonly Finding[]): number {
  const doubt = heaviest(findings).reduce((product, finding) => product * (1 - shareOf(finding)), 1);
  return Math.round(Math.min(MOST, Math.max(LEAST, 1 - doubt + bonusOf(findings))) * 100) / 100;
}

/** The same as it comes from its parts, a sentence. */
export function confidenceText(findings: readonly Finding[]): string {
  const parts = heaviest(findings);
  const told = parts.slice(0, WEIGHTS_TOLD).map((finding) => {
    const { confidence, severity, phase, title } = finding;
    if (isOnlyHostile(finding))
      return `${lowerFirst(title)} ${shareOf(finding).toFixed(2)} (its own confidence in full, as what it concludes has no harmless use)`;
    const factors = `${confidence.toFixed(2)} x ${SEVERITY_WEIGHT[severity]} as ${severity} x ${PHASE_WEIGHT[phase]} as ${phaseText(phase)}`;
    return `${lowerFirst(title)} ${weightOf(finding).toFixed(2)} (${factors})`;
  });
  const rest = parts.slice(WEIGHTS_TOLD);
  if (rest.length > 0) told.push(`${counted(rest.length, "lighter one")} of at most ${shareOf(rest[0]!).toFixed(2)}`);
  const repeats = findings.length - parts.length;
  const bonus = bonusOf(findings);
  const total = incidentConfidence(findings);
  const together = [
    ...(parts.length > 1 ? ["together they are one minus the product of what each leaves open"] : []),
    ...(repeats > 0 || isAlike(parts)
      ? ["what one host did to another counts once for each kind, another pair of hosts or the other way counts again"]
      : []),
    ...(bonus > 0 ? [`${bonus.toFixed(2)} is added as they are of ${phasesOf(findings)} phases`] : []),
    ...(total === MOST ? [`${MOST} is the most`] : []),
  ];
  const end = together.length === 0 ? "" : `; ${together.join("; ")}`;
  return `${total.toFixed(2)} that it is an intrusion (the number of a step says only how sure it is that it happened), from ${told.join(", ")}${end}.`;
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
