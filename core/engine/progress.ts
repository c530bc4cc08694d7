/** How far a long piece of work is. */
export interface Progress {
  readonly stage: "reading" | "estate" | "detections" | "story";
  readonly octetsRead: number;
  /** Null while the end is not known (standard input). */
  readonly octetsTotal: number | null;
  readonly packets: number;
  readonly octetsPerSecond: number;
  /** Null until it can be told. */
  readonly secondsLeft: number | null;
}

export type OnProgress = (progress: Progress) => void;

/** Turns counts into rates; says something at most every `everyMs`. */
export class ProgressMeter {
  readonly #started = performance.now();
  readonly #report: OnProgress;
  readonly #everyMs: number;
  #last = 0;

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
    this.#report({ stage: "reading", octetsRead, octetsTotal, packets, octetsPerSecond, secondsLeft });
  }

  stage(stage: Progress["stage"], octets: number, packets: number): void {
    const seconds = Math.max(0.001, (performance.now() - this.#started) / 1000);
    this.#report({
      stage,
      octetsRead: octets,
      octetsTotal: octets,
      packets,
      octetsPerSecond: octets / seconds,
      secondsLeft: null,
    });
  }
}
