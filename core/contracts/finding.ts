import type { Review } from "./annotations.ts";

/** Phases of an intrusion, in the order of the story. */
export const PHASES = [
  "initial-access",
  "discovery",
  "credential-access",
  "lateral-movement",
  "admin-access",
  "collection",
  "tampering",
  "exfiltration",
  "command-and-control",
  "integrity",
  "drill",
] as const;
export type Phase = (typeof PHASES)[number];

/** From least to most severe. */
export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A time in ns since 1970-01-01 UTC as decimal text, because JSON numbers cannot hold it. */
export type TimeNs = string;

/** What one detection found: the unit of evidence in story and report. */
export interface Finding {
  /** "F-" and 12 hex digits, the same for the same evidence in every run. */
  readonly id: string;
  /** Id of the detection ("BT-LM-001"). */
  readonly detection: string;
  readonly title: string;
  readonly phase: Phase;
  /** ATT&CK technique ids ("T1021.002"). */
  readonly attack: readonly string[];
  readonly severity: Severity;
  /** 0.05 to 0.99. */
  readonly confidence: number;
  /** Seen in clear, or concluded from sizes, times and names. */
  readonly basis: "fact" | "inference";
  /** Whether the wire shows that the target did it ("confirmed"), refused it, or only that it was asked. */
  readonly outcome: "confirmed" | "attempted" | "refused" | "observed";
  readonly tsFirst: TimeNs;
  readonly tsLast: TimeNs;
  /** Address of the acting host, and of the host acted on; null where the finding has none. */
  readonly source: string | null;
  readonly target: string | null;
  /** Account, "DOMAIN\user" where both are known. */
  readonly user: string | null;
  /** How the records behind it write the account, where others write it as `user` does; absent where they agree. */
  readonly spelled?: string;
  /** True if the account is a name in a ticket that was probably forged: who used it is not known. */
  readonly byTicket?: true;
  /** What was touched or run: service and binary, task and command, archive path. Null if none. */
  readonly object: string | null;
  /** How many events it joins. */
  readonly count: number;
  /** The sentence, filled in. */
  readonly explanation: string;
  /** Ids (`rid`) of the records behind it, in time order; the first `RECORDS_KEPT` of them. */
  readonly records: readonly string[];
  /** How many records are behind it in all. */
  readonly recordCount: number;
  /** The largest answer and the largest request of calls that went on, where they stand out of the others. */
  readonly peaks?: readonly Peak[];
  /** True if what was asked or answered could not be read, and the sentence says so. */
  readonly isUnread?: true;
  /** What this one may be instead of an attack, each a phrase, where not all that its detection can be mistaken for fits it; absent where all does. */
  readonly harmless?: readonly string[];
  /** Detection parameters that applied, by name. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Why the confidence or severity differs from the detection's default; empty if it does not. */
  readonly adjustments: readonly string[];
  /** Other detections that saw the same act; empty if none did. */
  readonly also: readonly OtherReason[];
  /** What an investigator decided about it, taken from the journal whenever the story is read; absent if nothing. */
  readonly review?: Review;
}

/** True if an investigator decided that it does not count. */
export function isDismissed({ review }: Finding): boolean {
  return review?.verdict === "dismissed";
}

/** True if it was answered and what was asked or answered could not be read, so that whether it was done cannot be said. */
export function isAnsweredUnread({ outcome, isUnread }: Pick<Finding, "outcome" | "isUnread">): boolean {
  return outcome === "confirmed" && isUnread === true;
}

/** A transfer that stands out of the others of a finding. */
export interface Peak {
  readonly ts: TimeNs;
  /** Octets. */
  readonly octets: number;
  /** "in" for an answer to the host that acts, "out" for what it sent. */
  readonly way: "in" | "out";
}

/** What another detection says of the act that a finding is about. */
export interface OtherReason {
  readonly detection: string;
  readonly title: string;
  readonly attack: readonly string[];
  readonly severity: Severity;
  readonly confidence: number;
  readonly basis: "fact" | "inference";
  readonly explanation: string;
  /** As of a finding. */
  readonly harmless?: readonly string[];
}

/** Most record ids that a finding lists. */
export const RECORDS_KEPT = 200;

/** A finding that is explained and so does not count, with the reason. */
export interface SetAside {
  readonly finding: Finding;
  readonly reason: string;
  /** Who explains it: the scope's allow-list, or the backup software's own work. */
  readonly by: "allow-list" | "backup-software";
}

/** T1558.001: a ticket that no domain controller made. */
const GOLDEN_TICKET = "T1558.001";

/** Whether somebody logged on to another machine with a ticket that was probably forged, and was not refused. */
export function isForgedLogOn({ phase, attack, outcome }: Pick<Finding, "phase" | "attack" | "outcome">): boolean {
  return phase === "lateral-movement" && outcome !== "refused" && attack.includes(GOLDEN_TICKET);
}
