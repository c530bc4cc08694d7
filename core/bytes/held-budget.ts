/** Who holds octets of messages that are not complete: the stream whose analyzer does. */
export interface Holder {
  readonly budget: HeldBudget;
  /** Octets that it holds now, -1 once it is over. */
  carried: number;
  /** Ends it, so that it holds nothing. */
  giveUp(): void;
}

/** What all streams of a shard hold of messages that are not complete. */
export class HeldBudget {
  octets = 0;
  readonly #most: number;
  /** In the order in which they began to hold. */
  readonly #holders = new Set<Holder>();

  constructor(most: number) {
    this.#most = most;
  }

  change(holder: Holder, octets: number): void {
    if (holder.carried < 0 || octets === 0) return;
    if (holder.carried === 0) this.#holders.add(holder);
    holder.carried += octets;
    this.octets += octets;
    if (holder.carried === 0) this.#holders.delete(holder);
  }

  /** Nothing of `holder` counts any more. */
  end(holder: Holder): void {
    if (holder.carried > 0) this.change(holder, -holder.carried);
    holder.carried = -1;
  }

  /** Gives up those that hold the most, so that others go on; an eighth is made free, so that it is not done for each octet. */
  relieve(): void {
    if (this.octets <= this.#most) return;
    for (const holder of [...this.#holders].sort((a, b) => b.carried - a.carried)) {
      if (this.octets <= this.#most * (7 / 8)) return;
      // A stream ends with the one that it is in.
      if (holder.carried > 0) holder.giveUp();
    }
  }
}

let current: Holder | null = null;

/** From here on what is held anew is `holder`'s. @returns whose it was, to be set again. */
export function holdFor(holder: Holder | null): Holder | null {
  const before = current;
  current = holder;
  return before;
}

/** A buffer of up to so many octets does not count: they are few in each stream. */
export const SMALL = 4096;

/**
 * Counts a buffer that grew or shrank.
 * @param holder Whose it is; null if it did not count yet.
 * @returns whose it is.
 */
export function recount(holder: Holder | null, before: number, after: number): Holder | null {
  const owner = holder ?? (after > before ? current : null);
  owner?.budget.change(owner, (after > SMALL ? after : 0) - (before > SMALL ? before : 0));
  return owner;
}
