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
  /** Since when there is an event, or a state of one, that all records were not asked about, ms; null if there is none. */
  openSince: number | null;
  /** Times in a row that all records had nothing new. */
  denied: number;
  /** Not asked before this, ms. */
  notBefore: number;
  /** How long it takes to ask all records, about, ms. */
  costMs: number;
}

/** What asking all records is thought to take before it was tried, ms. */
const FIRST_COST_MS = 50;
/** The weight of the last time in what it is thought to take. */
const COST_WEIGHT = 0.5;
/** All are taken to have waited so much longer, ms: what just came and takes little goes before what takes long. */
const HEAD_START_MS = 100;

/** A detection that had something new is not asked for so many times what it took, */
const REST_OF_NEWS = 2;
/** and one that was denied for so many times that, times the denials in a row up to a few. */
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
  propose(detection: string, findings: readonly Finding[], nowMs: number): void {
    if (findings.length === 0) return;
    const known = this.#known.get(detection) ?? nothingProposed();
    this.#known.set(detection, known);
    for (const finding of findings) {
      const event = eventOf(finding);
      const before = known.events.get(event);
      if (isNews(finding, before)) known.openSince ??= nowMs;
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
    return [...this.#known.values()].some((proposed) => mayBeAsked(proposed, nowMs));
  }

  /**
   * The detection that is to be asked over all records next; null if none is. Of those that wait it is the one that waits longest for what it
   * takes: many records of one kind do not keep back what is answered at once, and that does not keep back the others for ever.
   */
  take(nowMs: number): string | null {
    let next: { readonly detection: string; readonly proposed: Proposed; readonly urgency: number } | null = null;
    for (const [detection, proposed] of this.#known) {
      if (!mayBeAsked(proposed, nowMs)) continue;
      const urgency = (nowMs - proposed.openSince! + HEAD_START_MS) / proposed.costMs;
      if (next === null || urgency > next.urgency) next = { detection, proposed, urgency };
    }
    if (next === null) return null;
    next.proposed.openSince = null;
    return next.detection;
  }

  /**
   * @param isNews All records had something new of it.
   * @param tookMs How long it took to ask them.
   */
  judged(detection: string, isNews: boolean, nowMs: number, tookMs: number): void {
    const proposed = this.#known.get(detection);
    if (proposed === undefined) return;
    proposed.denied = isNews ? 0 : proposed.denied + 1;
    proposed.costMs += COST_WEIGHT * (Math.max(1, tookMs) - proposed.costMs);
    const rest = isNews ? REST_OF_NEWS : REST_OF_DENIED * Math.min(MOST_DENIALS, proposed.denied);
    proposed.notBefore = nowMs + rest * tookMs;
  }
}

function nothingProposed(): Proposed {
  return { events: new Map(), openSince: null, denied: 0, notBefore: 0, costMs: FIRST_COST_MS };
}

function mayBeAsked({ openSince, notBefore }: Proposed, nowMs: number): boolean {
  return openSince !== null && notBefore <= nowMs;
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
export function eventOf({ source, target, user, object, title, outcome }: Finding): string {
  return JSON.stringify([source, target, user, object, title, outcome]);
}
