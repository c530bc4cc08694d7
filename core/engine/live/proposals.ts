import type { Hit } from "../../detections/finding-from-row.ts";

/** What is known of one detection's proposals. */
interface Proposed {
  /** State of each event that it proposed last, by what it is of. */
  events: ReadonlyMap<string, string>;
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

/**
 * What detections proposed over the latest records, so that all records are asked only about what is new. A detection that proposes what all
 * records then deny rests: they are asked about it for a small part of the time only, however many events it proposes.
 */
export class Proposals {
  readonly #known = new Map<string, Proposed>();

  /** Takes what a detection finds in the latest records. */
  propose(detection: string, hits: readonly Hit[]): void {
    const known = this.#known.get(detection);
    const events = new Map(hits.filter(({ explained }) => explained === null).map(({ finding }) => eventOf(finding)));
    const isNew = [...events].some(([event, state]) => known?.events.get(event) !== state);
    if (known === undefined) {
      if (isNew) this.#known.set(detection, { events, isOpen: true, denied: 0, notBefore: 0 });
      return;
    }
    known.events = events;
    known.isOpen ||= isNew;
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

/** What an event is of, and what would make it another finding. */
function eventOf({ source, target, user, object, title, severity, outcome }: Hit["finding"]): [string, string] {
  return [JSON.stringify([source, target, user, object, title]), `${severity} ${outcome}`];
}
