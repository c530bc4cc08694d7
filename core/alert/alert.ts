import { createHash } from "node:crypto";
import type { Finding, Severity } from "../contracts/finding.ts";
import type { Alarm } from "../contracts/recording.ts";

/** One message to the outside: a finding, that one was taken back, an alarm of the sensor, the result of a check, or a test. */
export interface Alert {
  /** The same for the same thing, so that it is told once. */
  readonly id: string;
  readonly kind: "finding" | "finding-withdrawn" | "alarm" | "alarm-over" | "verification" | "test";
  /** ISO 8601 UTC: when it was noticed. */
  readonly at: string;
  readonly severity: Severity;
  /** Case that it is from. */
  readonly case: string;
  /** A word for machines: the detection's id, the alarm's code. */
  readonly code: string;
  readonly title: string;
  readonly message: string;
  /** Only of findings. */
  readonly finding: Finding | null;
}

/** A finding that became more severe is told again. */
export function alertIdOf({ id, severity }: Pick<Finding, "id" | "severity">): string {
  return `${id}-${severity}`;
}

export function findingAlert(finding: Finding, caseName: string): Alert {
  const { severity, detection, title, explanation } = finding;
  return {
    id: alertIdOf(finding),
    kind: "finding",
    at: new Date().toISOString(),
    severity,
    case: caseName,
    code: detection,
    title,
    message: explanation,
    finding,
  };
}

/** What is not found any more: as severe as it was told, so that it goes wherever the finding went. */
export function withdrawalAlert(finding: Finding, caseName: string): Alert {
  const told = findingAlert(finding, caseName);
  return {
    ...told,
    id: `withdrawn-${finding.id}-${told.at}`,
    kind: "finding-withdrawn",
    title: `Withdrawn: ${finding.title}`,
    message: `With what was recorded since, or by a changed scope, this is not found any more: ${finding.explanation}`,
  };
}

/** Two interfaces can be lost in one millisecond: what tells their alarms apart is the message. */
export function alarmAlert({ at, code, message }: Alarm, isOver: boolean, caseName: string): Alert {
  const kind = isOver ? "alarm-over" : "alarm";
  return {
    id: `${kind}-${code}-${at}-${digestOf(message)}`,
    kind,
    at,
    severity: isOver ? "info" : "high",
    case: caseName,
    code,
    title: isOver ? "Sensor alarm over" : "Sensor alarm",
    message,
    finding: null,
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

export function verificationAlert(ok: boolean, message: string, caseName: string): Alert {
  const at = new Date().toISOString();
  return {
    id: `verification-${at}`,
    kind: "verification",
    at,
    severity: ok ? "info" : "critical",
    case: caseName,
    code: ok ? "verified" : "verification-failed",
    title: ok ? "Recording verified" : "Recording is not as it was written",
    message,
    finding: null,
  };
}

export function testAlert(caseName: string): Alert {
  const at = new Date().toISOString();
  return {
    id: `test-${at}`,
    kind: "test",
    at,
    severity: "info",
    case: caseName,
    code: "test",
    title: "Test alert",
    message: "This is a test of Backtrail's alerts; nothing was found.",
    finding: null,
  };
}
