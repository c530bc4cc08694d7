import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Estate } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";
import { isAnsweredUnread } from "../contracts/finding.ts";
import type { Coverage, Incident, Step, TamperEntry } from "../contracts/story.ts";
import { connectedFindings } from "./components.ts";
import { openQuestions } from "./open-questions.ts";
import { operationOf } from "./operations.ts";
import { otherReadings } from "./other-readings.ts";
import { isTaken } from "./roles.ts";
import { confidenceSum, confidenceText, incidentConfidence, isIncident } from "./score.ts";
import { stepsOf } from "./steps.ts";
import { incidentVerdict } from "./verdict.ts";

/** What incidents are built from. */
export interface Surroundings {
  readonly estate: Estate;
  readonly coverage: Coverage;
  /** Names of addresses. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** Joins findings into incidents, in the order of their first step. Findings of severity "info" never join any. */
export function buildIncidents(findings: readonly Finding[], surroundings: Surroundings): Incident[] {
  const sorted = findings.filter(({ severity, phase }) => severity !== "info" && phase !== "drill").sort(inTimeOrder);
  const controllers = new Set(
    surroundings.estate.assets.filter((asset) => isTaken(asset, "domain-controller")).map(({ address }) => address),
  );
  return connectedFindings(sorted, controllers)
    .filter(isIncident)
    .sort((a, b) => inTimeOrder(a[0]!, b[0]!))
    .map((members, index) => describeIncident(`I-${index + 1}`, members, surroundings));
}

function describeIncident(id: string, findings: readonly Finding[], surroundings: Surroundings): Incident {
  const acts = findings.filter((finding) => !isRemark(finding));
  const steps = stepsOf(acts);
  const estate = new Set(surroundings.estate.assets.filter(({ inEstate }) => inEstate).map(({ address }) => address));
  const tampering = findings
    .filter(({ phase, severity }) => phase === "tampering" && severity !== "low")
    .map(tamperEntry);
  const foothold = steps.find(({ source }) => source !== null) ?? null;
  const draft = {
    id,
    confidence: incidentConfidence(acts),
    confidenceText: confidenceText(acts),
    confidenceSum: confidenceSum(acts),
    tsFirst: findings[0]!.tsFirst,
    tsLast: findings.map(({ tsLast }) => tsLast).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b)),
    foothold,
    steps,
    arrival: arrivalOf(steps, findings, estate),
    tampering,
    wayOut: steps.filter(({ phase }) => phase === "exfiltration"),
    hosts: unique(steps.flatMap(({ source, target }) => [source, target])),
    accounts: unique(steps.map(({ user }) => user)),
  };
  const verdict = incidentVerdict(draft, findings, surroundings.hosts, surroundings.estate);
  const open = openQuestions(draft, findings, surroundings);
  return { ...draft, verdict, open, orElse: otherReadings(acts, surroundings.hosts) };
}

const WEAK_ARRIVALS: ReadonlySet<string> = new Set([
  "BT-BL-002",
  "BT-LM-022",
  // Paths over a host between: the hop from that host is the arrival.
  "BT-LM-011",
  "BT-LM-023",
  "BT-LM-025",
]);

/** True for what is worth knowing of a machine and nobody's act, such as a clock that differs: it stands apart from the steps. */
function isRemark({ phase, source, severity }: Finding): boolean {
  return phase === "integrity" && source === null && severity === "low";
}

/**
 * The first step into the estate from outside of it; else the first that touches it at all. A pair of hosts or accounts that is merely new is weak, and
 * so is a path over a host between: they count only if nothing better is there.
 */
function arrivalOf(steps: readonly Step[], findings: readonly Finding[], estate: ReadonlySet<string>): Step | null {
  const isIn = (address: string | null): boolean => address !== null && estate.has(address);
  const weak = new Set(findings.filter(({ detection }) => WEAK_ARRIVALS.has(detection)).map(({ id }) => id));
  const entries = steps.filter(({ source, target, phase }) => isIn(target) && !isIn(source) && phase !== "discovery");
  const certain = entries.find((step) => !step.findings.every((id) => weak.has(id)));
  return certain ?? entries[0] ?? steps.find(({ source, target }) => isIn(target) || isIn(source)) ?? null;
}

function tamperEntry(finding: Finding): TamperEntry {
  const object = finding.object ?? finding.target ?? "unknown";
  return {
    ts: finding.tsFirst,
    object: finding.count > 1 && finding.object !== null ? `${object} and ${finding.count - 1} more` : object,
    operation: operationOf(finding),
    outcome: isAnsweredUnread(finding) ? "attempted" : finding.outcome,
    source: finding.source,
    target: finding.target,
    user: finding.user,
    ...(finding.byTicket ? { byTicket: true } : {}),
    finding: finding.id,
  };
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values)].filter((value) => value !== null);
}
