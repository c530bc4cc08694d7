/** State of a connection whose analysis was ended early. */
export const ENDED_EARLY = Symbol("ended early");

/** What the bound needs to know of a connection's stream. */
export interface BoundedStream {
  /** Set with every octet; the bound takes it back. */
  isRecent: boolean;
  /** Ends its analysis: what is pending is recorded. */
  endEarly(): void;
}

/**
 * The connections whose payload is being analysed, at most `limit`: what an analyzer holds is many times what the
 * tracker holds of a connection. Beyond it, one that said nothing since it was last looked at is ended early (second chance
 * in the order of opening), so that a flood of idle connections takes nothing from those that go on.
 */
export class OpenStreams {
  readonly #limit: number;
  readonly #streams = new Set<BoundedStream>();
  /** Connections that went on after their analysis was ended: what they lost nobody analysed. */
  wentOn = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(stream: BoundedStream): void {
    if (this.#streams.size >= this.#limit) this.#makeRoom();
    this.#streams.add(stream);
  }

  remove(stream: BoundedStream): void {
    this.#streams.delete(stream);
  }

  #makeRoom(): void {
    for (const stream of this.#streams) {
      this.#streams.delete(stream);
      if (stream.isRecent) {
        stream.isRecent = false;
        this.#streams.add(stream); // comes by again at the end
        continue;
      }
      stream.endEarly();
      return;
    }
  }
}
