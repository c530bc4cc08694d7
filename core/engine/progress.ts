import type { Finding } from "../contracts/finding.ts";
import type { EarlyFindings, Progress } from "../contracts/progress.ts";

export type OnProgress = (progress: Progress) => void;

/** Turns counts into rates; says something at most every `everyMs`. */
export class ProgressMeter {
  readonly #started = performance.now();
  readonly #report: OnProgress;
  readonly #everyMs: number;
  #last = 0;
  #early: EarlyFindings | null = null;
  #latest: Progress | null = null;

  constructor(report: OnProgress, everyMs = 250) {
    this.#report = report;
    this.#everyMs = everyMs;
  }

  reading(octetsRead: number, octetsTotal: number | null, packets: number): void {
    const now = performance.now();
    if (now - this.#last < this.#everyMs) return;
    this.#last = now;
    const seconds = Math.max(0.001, (now - this.#started) / 1000);
    const octetsPerSecond = octetsRead / seconds;
    const secondsLeft = octetsTotal === null || octetsRead === 0 ? null : (octetsTotal - octetsRead) / octetsPerSecond;
    this.#tell({ stage: "reading", octetsRead, octetsTotal, packets, octetsPerSecond, secondsLeft });
  }

  /** Findings of the records so far, the most severe first; they are told at once. */
  early(findings: readonly Finding[]): void {
    const first = findings
      .slice(0, EARLY_TOLD)
      .map(({ id, severity, tsFirst, explanation }) => ({ id, severity, tsFirst, explanation }));
    this.#early = { count: findings.length, first };
    if (this.#latest !== null) this.#tell(this.#latest);
  }

  stage(stage: Progress["stage"], octets: number, packets: number): void {
    const seconds = Math.max(0.001, (performance.now() - this.#started) / 1000);
    this.#tell({
      stage,
      octetsRead: octets,
      octetsTotal: octets,
      packets,
      octetsPerSecond: octets / seconds,
      secondsLeft: null,
    });
  }

  #tell(progress: Omit<Progress, "early">): void {
    this.#latest = { ...progress, early: this.#early };
    this.#report(this.#latest);
  }
}

/** Early findings that are told one by one. */
const EARLY_TOLD = 20;

/** Parts of an analysis that are timed. */
type TimedStage = Progress["stage"] | "report";

/** Seconds that each stage of an analysis took, in the order in which they began. */
export type StageSeconds = Readonly<Partial<Record<TimedStage, number>>>;

/** Times the stages of an analysis; each ends where the next begins. */
export class StageClock {
  readonly #ms = new Map<TimedStage, number>();
  #stage: TimedStage;
  #since = performance.now();

  constructor(first: TimedStage) {
    this.#stage = first;
  }

  enter(stage: TimedStage): void {
    if (stage === this.#stage) return;
    this.#count();
    this.#stage = stage;
  }

  /** Those until now. */
  seconds(): StageSeconds {
    this.#count();
    return Object.fromEntries([...this.#ms].map(([stage, ms]) => [stage, Math.round(ms) / 1000]));
  }

  #count(): void {
    const now = performance.now();
    this.#ms.set(this.#stage, (this.#ms.get(this.#stage) ?? 0) + now - this.#since);
    this.#since = now;
  }
}
