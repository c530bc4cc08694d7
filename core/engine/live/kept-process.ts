import type { ChildProcess } from "node:child_process";

/** A process that ended by itself is started again after this, twice as long each time, up to the most. */
const RESTART_MS = 1000;
const MOST_RESTART_MS = 60_000;
/** After this long without an end it counts as sound again. */
const SOUND_MS = 60_000;

/** How a process ended that did what it was to do. */
export const ENDED_IN_ORDER = "code 0";

/** What becomes of a process that is kept running. */
export interface KeptEvents<From> {
  message(message: From): void;
  /** It ended, or could not be started; `how` is a clause. True: start it again after a while. */
  ended(how: string): boolean;
}

/** A process that is kept running: where it ends by itself or cannot be started it is started again. */
export class KeptProcess<To extends object, From> {
  readonly #make: () => ChildProcess;
  readonly #first: () => To;
  readonly #events: KeptEvents<From>;
  readonly #restartMs: number;
  #child: ChildProcess | null = null;
  #restarts = 0;
  #startedMs = 0;
  #heardMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isEnding = false;
  #gone: (() => void) | null = null;

  /** @param first The message that each begins with. */
  constructor(make: () => ChildProcess, first: () => To, events: KeptEvents<From>, restartMs = RESTART_MS) {
    this.#make = make;
    this.#first = first;
    this.#events = events;
    this.#restartMs = restartMs;
  }

  start(): void {
    const child = this.#make();
    this.#child = child;
    this.#startedMs = performance.now();
    this.#heardMs = null;
    child.on("message", (message) => {
      this.#heardMs = performance.now();
      this.#events.message(message as From);
    });
    // One that cannot be started never says that it ended.
    child.on("error", (error) => {
      if (child.pid === undefined) this.#ended(child, error.message);
    });
    child.on("exit", (code, signal) => this.#ended(child, signal ?? `code ${code ?? -1}`));
    this.post(this.#first());
  }

  post(message: To): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  /** Starts it no more by itself. */
  hold(): void {
    this.#isEnding = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Asks it to end and waits until it has. */
  async end(message: To): Promise<void> {
    this.hold();
    if (this.#child === null) return;
    await new Promise<void>((resolve) => {
      this.#gone = resolve;
      this.post(message);
    });
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** For how long nothing was heard of it since it said something, ms; 0 where none runs or it has said nothing yet. */
  get silentMs(): number {
    return this.#child === null || this.#heardMs === null ? 0 : performance.now() - this.#heardMs;
  }

  /** For how long it runs without having said anything, ms; 0 where none runs or it has. */
  get startingMs(): number {
    return this.#child === null || this.#heardMs !== null ? 0 : performance.now() - this.#startedMs;
  }

  /** Number of the process that runs; undefined where none does. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    const isWanted = this.#events.ended(how);
    this.#gone?.();
    if (this.#isEnding || !isWanted) return;
    if (performance.now() - this.#startedMs > SOUND_MS) this.#restarts = 0;
    const wait = Math.min(MOST_RESTART_MS, this.#restartMs * 2 ** this.#restarts++);
    this.#timer = setTimeout(() => this.start(), wait);
  }
}
