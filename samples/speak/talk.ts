import type { Witness } from "../wire/frame-sink.ts";
import type { Random } from "../wire/random.ts";
import type { Turn } from "../wire/tcp-conversation.ts";

/** Collects what two sides say to each other, with the time each needs to think. */
export class Talk {
  readonly random: Random;
  /** Takes note of every turn added while it is set. */
  shows: Witness | undefined;
  #turns: Turn[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /** The client speaks; `fillerOctets` of opaque data follow. */
  client(bytes: Uint8Array, waitNs = this.random.between(90_000, 900_000), fillerOctets = 0): void {
    this.#turns.push({ fromClient: true, bytes, waitNs, filler: fillerOctets, shows: this.shows });
  }

  server(bytes: Uint8Array, waitNs = this.random.between(60_000, 600_000), fillerOctets = 0): void {
    this.#turns.push({ fromClient: false, bytes, waitNs, filler: fillerOctets, shows: this.shows });
  }

  /** Gives what was said since the last time, so that a long conversation need not be held as a whole. */
  taken(): readonly Turn[] {
    const turns = this.#turns;
    this.#turns = [];
    return turns;
  }
}
