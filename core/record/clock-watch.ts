/** The clock was set if it moved by this much more or less than time went by. */
const STEP_MS = 500;
/** So long after the last step the clock counts as sound again. */
const CALM_MS = 600_000;

/** Two clocks, ms: one that can be set, and one that only goes on. */
export interface Clocks {
  wall(): number;
  steady(): number;
}

const SYSTEM: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

/** Notices that the clock of this machine was set: times of frames jump then. */
export class ClockWatch {
  readonly #clocks: Clocks;
  /** By how much the clock that can be set is ahead of the other, when first looked at and when last. */
  readonly #first: number;
  #ahead: number;
  #stepped = -Infinity;

  constructor(clocks: Clocks = SYSTEM) {
    this.#clocks = clocks;
    this.#first = clocks.wall() - clocks.steady();
    this.#ahead = this.#first;
  }

  /** By how many ms the clock was set since the last look; 0 if it was not. */
  look(): number {
    const ahead = this.#clocks.wall() - this.#clocks.steady();
    const stepMs = Math.round(ahead - this.#ahead);
    this.#ahead = ahead;
    if (Math.abs(stepMs) < STEP_MS) return 0;
    this.#stepped = this.#clocks.steady();
    return stepMs;
  }

  /** True if the clock was not set for a while. */
  get isCalm(): boolean {
    return this.#clocks.steady() - this.#stepped >= CALM_MS;
  }

  /** The time, ms since 1970 UTC, as if the clock had not been set since this was made: nothing becomes old or young by a step. */
  get unsteppedMs(): number {
    return this.#first + this.#clocks.steady();
  }
}
