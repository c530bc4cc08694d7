import type { AskedDetection } from "./asked-detections.ts";
import { isFollowed, readsRoles, severityOf, takeTurn } from "./asked-detections.ts";
import type { ArrivedRows } from "./telling-rows.ts";

/** One of which nothing is expected gives way to those that came so much later, ms. */
const PATIENCE_MS = 2000;
/** One that what seldom comes tells goes before those that came so much earlier, ms; not for ever, as such may come all the time to some. */
const RARE_AHEAD_MS = 10_000;
/** One to whose tables rows come all the time is not asked for so many times what it took, up to the most, ms. */
const REST_OF_ASKED = 200;
const MOST_REST_MS = 3000;
/** One that showed something new so lately, ms, or that what seldom comes tells, rests for this part of it. */
const NEWS_MS = 60_000;
const REST_WHERE_EXPECTED = 0.2;
/** There is no rest from asking while something waits for so long that may be asked, ms. */
const MOST_WAIT_MS = 1000;
/** One that failed is not asked for so long, ms. */
const REST_OF_FAILURE_MS = 60_000;
/** The weight of its last time in what a detection is thought to take. */
const COST_WEIGHT = 0.3;

/** Which detections are to be asked over the latest records, as rows came that may change their answers, and in which order. */
export class DueDetections {
  readonly all: readonly AskedDetection[];
  /** When the first of those rows came, ms. */
  readonly #since = new Map<AskedDetection, number>();
  /** Detections that failed, until when they are not asked, ms. */
  readonly #leftOut = new Map<AskedDetection, number>();

  constructor(all: readonly AskedDetection[]) {
    this.all = all;
  }

  /** Takes what came in a turn. */
  came(arrived: ArrivedRows, now: number): void {
    for (const asked of this.all) if (takeTurn(asked, arrived)) this.#add(asked, now);
  }

  /** Hosts of connections that are open have other roles: what is told of such hosts alone may be told now, and nothing else may come that has it asked. */
  rolesChanged(now: number): void {
    for (const asked of this.all) if (readsRoles(asked)) this.#add(asked, now);
  }

  #add(asked: AskedDetection, now: number): void {
    if (!this.#since.has(asked)) this.#since.set(asked, now);
  }

  /**
   * Those first that rows tell which seldom come, unless others wait for much longer: traffic as always brings such to these all the time, so they rest in between. Then those that
   * wait longest, where those that follow such rows or showed something new of late count as waiting for longer.
   */
  inOrder(now: number): readonly AskedDetection[] {
    const turnOf = ([asked, since]: [AskedDetection, number]) =>
      since + (asked.isRare ? -RARE_AHEAD_MS : isExpected(asked, now) ? 0 : PATIENCE_MS);
    return [...this.#since]
      .filter(([asked]) => this.#mayBeAsked(asked, now))
      .map((due) => ({ due, turn: turnOf(due) }))
      .sort((a, b) => a.turn - b.turn || a.due[1] - b.due[1] || severityOf(b.due[0]) - severityOf(a.due[0]))
      .map(({ due: [asked] }) => asked);
  }

  /** True if there is one to ask that may have something new, or that waits for long. */
  isUrgent(now: number): boolean {
    return [...this.#since].some(
      ([asked, since]) => this.#mayBeAsked(asked, now) && (asked.isRare || now - since > MOST_WAIT_MS),
    );
  }

  #mayBeAsked(asked: AskedDetection, now: number): boolean {
    return isReady(asked, now) && (this.#leftOut.get(asked) ?? 0) <= now;
  }

  /** One is asked now. */
  begin(asked: AskedDetection): void {
    this.#since.delete(asked);
    asked.isRare = false;
  }

  /** It was asked. */
  end(asked: AskedDetection, tookMs: number, now: number): void {
    asked.costMs += COST_WEIGHT * (tookMs - asked.costMs);
    asked.askedAt = now;
    asked.restMs = Math.min(MOST_REST_MS, REST_OF_ASKED * asked.costMs);
  }

  /** Leaves one out that failed, for a time. @returns true the first time. */
  leaveOut(asked: AskedDetection, now: number): boolean {
    const isFirst = !this.#leftOut.has(asked);
    this.#leftOut.set(asked, now + REST_OF_FAILURE_MS);
    return isFirst;
  }
}

/** True if it may be asked: it is rare or has rested. */
function isReady(asked: AskedDetection, now: number): boolean {
  return asked.isRare || restedAt(asked, now) <= now;
}

/** When it has rested. */
function restedAt(asked: AskedDetection, now: number): number {
  return asked.askedAt + asked.restMs * (isExpected(asked, now) ? REST_WHERE_EXPECTED : 1);
}

/** True if it showed something new of late, or what seldom comes is followed. */
function isExpected(asked: AskedDetection, now: number): boolean {
  return now - asked.newsAt < NEWS_MS || isFollowed(asked);
}
