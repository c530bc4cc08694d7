import type { Finding } from "../../contracts/finding.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import { MERGE_GAP_NS } from "../../detections/finding-from-row.ts";

/** An event as it was proposed. */
interface ProposedEvent {
  readonly severity: number;
  readonly lastNs: bigint;
}

/** What is known of one detection's proposals. */
interface Proposed {
  /** By what each event is of; what was proposed last stands last. */
  readonly events: Map<string, ProposedEvent>;
  /** True if there is an event, or a state of one, that all records were not asked about. */
  isOpen: boolean;
  /** Times in a row that all records had nothing new. */
  denied: number;
  /** Not asked before this, ms. */
  notBefore: number;
}

/** A detection that was denied is not asked for so many times what it took, times the denials in a row up to a few. */
const REST_OF_DENIED = 10;
const MOST_DENIALS = 4;
/** Events that are known of one detection, those that were proposed last. */
const MOST_EVENTS = 2000;

/**
 * What detections proposed over the latest records, so that all records are asked only about what is new. A detection that proposes what all
 * records then deny rests: they are asked about it for a small part of the time only, however many events it proposes.
 */
export class Proposals {
  readonly #known = new Map<string, Proposed>();

  /** Takes what a detection finds in the latest records and was not told yet. */
  propose(detection: string, findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    const known: Proposed = this.#known.get(detection) ?? { events: new Map(), isOpen: false, denied: 0, notBefore: 0 };
    this.#known.set(detection, known);
    for (const finding of findings) {
      const event = eventOf(finding);
      const before = known.events.get(event);
      known.isOpen ||= isNews(finding, before);
      known.events.delete(event);
      known.events.set(event, together(finding, before));
    }
    for (const [event] of known.events) {
      if (known.events.size <= MOST_EVENTS) break;
      known.events.delete(event);
    }
  }

  /** Forgets what detections proposed: what was told of it does not stand any more, so that it is news when it is proposed again. */
  forget(detections: Iterable<string>): void {
    for (const id of detections) this.#known.get(id)?.events.clear();
  }

  /** True if there is one to ask over all records now. */
  isOpen(nowMs: number): boolean {
    return [...this.#known.values()].some(({ isOpen, notBefore }) => isOpen && notBefore <= nowMs);
  }

  /** Detections that are to be asked over all records now, those that waited longest first. */
  take(most: number, nowMs: number): ReadonlySet<string> {
    const open = [...this.#known]
      .filter(([, { isOpen, notBefore }]) => isOpen && notBefore <= nowMs)
      .sort(([, a], [, b]) => a.notBefore - b.notBefore);
    const taken = open.slice(0, most);
    for (const [, proposed] of taken) proposed.isOpen = false;
    return new Set(taken.map(([detection]) => detection));
  }

  /**
   * @param news Those of `detections` of which all records had something new.
   * @param costMs What it took to ask each.
   */
  judged(detections: ReadonlySet<string>, news: ReadonlySet<string>, nowMs: number, costMs: number): void {
    for (const detection of detections) {
      const proposed = this.#known.get(detection);
      if (proposed === undefined) continue;
      proposed.denied = news.has(detection) ? 0 : proposed.denied + 1;
      proposed.notBefore = nowMs + REST_OF_DENIED * costMs * Math.min(MOST_DENIALS, proposed.denied);
    }
  }
}

/** True if all records may tell a finding by itself: its event is new or more severe, or so long ago that this is no repeat of it. */
function isNews({ severity, tsFirst }: Finding, before: ProposedEvent | undefined): boolean {
  if (before === undefined || SEVERITIES.indexOf(severity) > before.severity) return true;
  return BigInt(tsFirst) - before.lastNs > MERGE_GAP_NS;
}

function together({ severity, tsLast }: Finding, before: ProposedEvent | undefined): ProposedEvent {
  const now = { severity: SEVERITIES.indexOf(severity), lastNs: BigInt(tsLast) };
  if (before === undefined) return now;
  return {
    severity: Math.max(now.severity, before.severity),
    lastNs: now.lastNs > before.lastNs ? now.lastNs : before.lastNs,
  };
}

/** What an event is of, and what came of it. */
function eventOf({ source, target, user, object, title, outcome }: Finding): string {
  return JSON.stringify([source, target, user, object, title, outcome]);
}
