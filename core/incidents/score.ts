import type { Finding, Phase, Severity } from "../contracts/finding.ts";

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

/**
 * Confidence that findings which belong together are an incident: one minus the chance that all of them are wrong (at most the best
 * finding for each detection and pair of hosts), with a bonus for every phase after the second. 0.05 to 0.99.
 */
export function incidentConfidence(findings: readonly Finding[]): number {
  const best = new Map<string, number>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.detection, finding.source, finding.target]);
    best.set(key, Math.max(best.get(key) ?? 0, weightOf(finding)));
  }
  const doubt = [...best.values()].reduce((product, weight) => product * (1 - weight), 1);
  const phases = new Set(findings.map(({ phase }) => phase)).size;
  const bonus = Math.min(0.3, Math.max(0, phases - 2) * 0.1);
  return Math.round(Math.min(0.99, Math.max(0.05, 1 - doubt + bonus)) * 100) / 100;
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
