import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import { joinFindings } from "../detections/join.ts";

/** Findings that are shown before all is known, the same act once, the most severe first. */
export function preliminary(findings: readonly Finding[]): Finding[] {
  return joinFindings(findings.toSorted(inTimeOrder)).toSorted((a, b) => severityOf(b) - severityOf(a));
}

export function severityOf({ severity }: Pick<Finding, "severity">): number {
  return SEVERITIES.indexOf(severity);
}
