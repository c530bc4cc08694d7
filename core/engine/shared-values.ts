import { Charge, ENTRY, textWeight, type HeldBudget } from "../bytes/held-budget.ts";
import { releaseValue, type Pair } from "../protocols/pair.ts";

/** A stream goes on, and a pair of hosts is kept, if what it forgot leaves no more than this share. */
export const WORTH_FORGETTING = 3 / 4;

/** Who is told what becomes of shared values. */
export interface SharedValuesEvents {
  /** A value was forgotten to make room. */
  forgot(): void;
  /** It takes too much, or cannot be held any longer: nothing is kept under the names of these hosts. */
  ended(name: string): void;
  /** A value could not be forgotten. */
  failed(error: unknown): void;
}

/** What connections of the same two hosts share; forgets its oldest value when it is full. */
export class SharedValues extends Map<string, unknown> implements Pair {
  readonly budget: HeldBudget;
  carried = 0;
  forgettable: Set<Charge> | null = null;
  /** Pairs are judged one by one. */
  readonly owner = "";
  restsSince: number | null;
  /** Connections under way that use it. */
  #users = 0;
  readonly #limit: number;
  readonly #events: SharedValuesEvents;
  /** Whose they are, for `SharedValuesEvents.ended`. */
  readonly #name: string;
  /** Null before the first value. */
  #charge: Charge | null = null;

  constructor(budget: HeldBudget, limit: number, events: SharedValuesEvents, name: string) {
    super();
    this.budget = budget;
    this.restsSince = budget.rest();
    this.#limit = limit;
    this.#events = events;
    this.#name = name;
  }

  /** A connection uses it from now on. */
  join(): void {
    this.#users++;
    this.restsSince = null;
  }

  /** A connection that used it is over. */
  leave(): void {
    if (--this.#users === 0) this.restsSince = this.budget.rest();
  }

  override set(key: string, value: unknown): this {
    const before = this.get(key);
    if (before === undefined && this.size >= this.#limit) {
      const [oldest, dropped] = this.entries().next().value!;
      this.delete(oldest);
      this.#release(dropped);
      this.#events.forgot();
    }
    this.#charge ??= new Charge(null, this);
    this.#charge.add(weightOf(key, value) - (before === undefined ? 0 : weightOf(key, before)));
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    const value = this.get(key);
    if (value === undefined) return false;
    this.#charge!.add(-weightOf(key, value));
    return super.delete(key);
  }

  /** All of it where no connection uses it; else what can be forgotten, where that is much of it. */
  giveUp(): void {
    const before = this.carried;
    if (this.restsSince === null && this.forgettable !== null) {
      try {
        for (const each of [...this.forgettable]) each.forget();
      } catch (error) {
        this.#events.failed(error);
        this.end();
        return;
      }
    }
    if (this.carried > before * WORTH_FORGETTING) this.end();
  }

  /** Forgets all of it. */
  end(): void {
    this.#events.ended(this.#name);
    // Who goes on with a value from here on holds it for itself.
    this.budget.end(this);
    for (const value of [...this.values()]) this.#release(value);
    this.clear();
  }

  #release(value: unknown): void {
    try {
      releaseValue(value);
    } catch (error) {
      this.#events.failed(error);
    }
  }
}

/** What a value is made of beside its texts charges itself. */
function weightOf(key: string, value: unknown): number {
  return ENTRY + textWeight(key) + (typeof value === "string" ? textWeight(value) : 0);
}
