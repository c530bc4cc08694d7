/** Failures within this time are one story, ms. */
const WINDOW_MS = 60_000;
/** Failures in that time after which going on by itself would go round in circles. */
const MOST_FAILURES = 3;

/** What to do after a page or an engine was lost: begin again where one was, or ask first. */
export class Recovery {
  #failures: readonly number[] = [];

  /** @param now ms of any clock that goes forward. */
  after(now: number): "again" | "ask" {
    this.#failures = [...this.#failures.filter((at) => now - at < WINDOW_MS), now];
    return this.#failures.length > MOST_FAILURES ? "ask" : "again";
  }

  /** A person decided to go on. */
  forget(): void {
    this.#failures = [];
  }
}
