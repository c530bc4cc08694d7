/** Who holds octets of what is under way: the stream whose analyzer does, or two hosts whose connections share it. */
export interface Holder {
  readonly budget: HeldBudget;
  /** Octets that it holds now, -1 once it is over. */
  carried: number;
  /** What of that can be forgotten while the rest goes on; null while there is nothing. */
  forgettable: Set<Charge> | null;
  /** Whose it is: what all of one owner hold decides who is given up, so that many small ones gain nothing. "" if that says nothing. */
  readonly owner: string;
  /** When it fell out of use, in the order of `HeldBudget.rest`; null while it is in use. */
  readonly restsSince: number | null;
  /** Forgets what can be forgotten or, where that is little of it, ends: then it holds nothing. */
  giveUp(): void;
}

/** What all streams of a shard hold: messages that are not complete, calls without answer, handles, names. */
export class HeldBudget {
  octets = 0;
  readonly #most: number;
  /** In the order in which they began to hold. */
  readonly #holders = new Set<Holder>();
  #rests = 0;

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
    holder.forgettable = null;
  }

  /** @returns a number for `Holder.restsSince`. */
  rest(): number {
    return ++this.#rests;
  }

  /**
   * Gives up those that nobody uses, which rested longest first, then those whose owners hold the most, so that others go on; an eighth is
   * made free, so that it is not done for each octet.
   */
  relieve(): void {
    if (this.octets <= this.#most) return;
    for (const holder of this.#inOrder()) {
      if (this.octets <= this.#most * (7 / 8)) return;
      // A stream ends with the one that it is in.
      if (holder.carried > 0) holder.giveUp();
    }
  }

  #inOrder(): Holder[] {
    const ofOwner = new Map<string, number>();
    for (const { owner, carried } of this.#holders) ofOwner.set(owner, (ofOwner.get(owner) ?? 0) + carried);
    const ranked = [...this.#holders].map((holder) => ({
      holder,
      rests: holder.restsSince ?? Infinity,
      together: ofOwner.get(holder.owner)!,
      own: holder.carried,
    }));
    ranked.sort((a, b) => {
      if (a.rests !== b.rests) return a.rests - b.rests;
      return a.together === b.together ? b.own - a.own : b.together - a.together;
    });
    return ranked.map(({ holder }) => holder);
  }
}

let current: Holder | null = null;

/** From here on what is held anew is `holder`'s. @returns whose it was, to be set again. */
export function holdFor(holder: Holder | null): Holder | null {
  const before = current;
  current = holder;
  return before;
}

/** A change of fewer octets is told with the next: what is small and short-lived costs nothing. */
export const GRAIN = 1024;
/** Octets of memory of a buffer beside its content, about. */
export const BUFFER = 256;
/** Octets of memory of an object of some ten fields with its place in a map, about. */
export const ENTRY = 256;

/** Octets of memory of a text, about: it may be of two octets a character. */
export function textWeight(text: string | null | undefined): number {
  return text === null || text === undefined ? 0 : 16 + 2 * text.length;
}

/** Octets of memory of a row that waits to be written, about. */
export function rowWeight(row: object): number {
  let octets = 2 * ENTRY;
  for (const value of Object.values(row)) {
    if (typeof value === "string") octets += textWeight(value);
    else if (Array.isArray(value))
      for (const each of value) octets += 8 + textWeight(typeof each === "string" ? each : "");
  }
  return octets;
}

/** What one buffer, list or map takes, as it grows and shrinks: charged to the stream in which it began to grow. */
export class Charge {
  #holder: Holder | null = null;
  #octets = 0;
  #told = 0;
  readonly #forget: (() => void) | null;

  /**
   * @param forget Forgets a good part of it; null if nothing can be forgotten while the rest goes on.
   * @param holder Whose it is, where that is not the stream in which it begins to grow.
   */
  constructor(forget: (() => void) | null = null, holder: Holder | null = null) {
    this.#forget = forget;
    this.#holder = holder;
  }

  add(octets: number): void {
    this.set(this.#octets + octets);
  }

  set(octets: number): void {
    this.#octets = octets;
    const untold = octets - this.#told;
    if (untold > -GRAIN && untold < GRAIN && (octets > 0 || untold === 0)) return;
    // What outlives its holder is charged to the stream that goes on with it.
    if (this.#holder === null || this.#holder.carried < 0) {
      this.#holder = current;
      this.#told = 0;
    }
    const holder = this.#holder;
    if (holder === null) return;
    holder.budget.change(holder, octets - this.#told);
    this.#told = octets;
    if (this.#forget === null || holder.carried < 0) return;
    if (octets > 0) (holder.forgettable ??= new Set()).add(this);
    else holder.forgettable?.delete(this);
  }

  /** Forgets what can be forgotten. */
  forget(): void {
    this.#forget?.();
  }
}
