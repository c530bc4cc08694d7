import type { Finding } from "../../contracts/finding.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import { addTo } from "../../contracts/grouping.ts";
import { MERGE_GAP_NS } from "../../detections/finding-from-row.ts";
import { bareAccount } from "../../detections/scoring.ts";

/** A finding as far as another one may be the same event again. */
interface Told {
  /** Null where none is known; without its domain, as protocols write that in several ways. */
  readonly account: string | null;
  readonly severity: number;
  readonly lastNs: bigint;
}

/** What was found of all records, to know at once what the latest show of it again: all records need not be asked about that. */
export class ToldEvents {
  readonly #byDetection = new Map<string, ReadonlyMap<string, readonly Told[]>>();

  /** Takes what some detections find now, in place of what they found before. */
  replace(detections: Iterable<string>, findings: readonly Finding[]): void {
    const found = new Map<string, Map<string, Told[]>>();
    for (const id of detections) found.set(id, new Map());
    for (const finding of findings) {
      const { detection, user, severity, tsLast } = finding;
      const told = { account: accountOf(user), severity: SEVERITIES.indexOf(severity), lastNs: BigInt(tsLast) };
      const events = found.get(detection);
      if (events !== undefined) addTo(events, keyOf(finding), told);
    }
    for (const [id, events] of found) this.#byDetection.set(id, events);
  }

  /** True if a finding tells nothing that was not told: it would be told again with the one that is there, as a repeat of it. */
  has(finding: Finding): boolean {
    const account = accountOf(finding.user);
    const severity = SEVERITIES.indexOf(finding.severity);
    const firstNs = BigInt(finding.tsFirst);
    const alike = this.#byDetection.get(finding.detection)?.get(keyOf(finding)) ?? [];
    return alike.some(
      (told) =>
        (account === null || told.account === account) &&
        told.severity >= severity &&
        firstNs - told.lastNs <= MERGE_GAP_NS,
    );
  }
}

function keyOf({ source, target, object, title, outcome, isUnread }: Finding): string {
  return JSON.stringify([source, target, object, title, outcome, isUnread === true]);
}

function accountOf(user: string | null): string | null {
  return user === null ? null : bareAccount(user);
}
