import { Charge, ENTRY, textWeight, type HeldBudget } from "../bytes/held-budget.ts";
import type { Pair } from "../protocols/pair.ts";

/** A stream goes on, and a pair of hosts is kept, if what it forgot leaves no more than this share. */
export const WORTH_FORGETTING = 3 / 4;

/** What connections of the same two hosts share; forgets its oldest value when it is full. */
export class SharedValues extends Map<string, unknown> implements Pair {
  readonly budget: HeldBudget;
  carried = 0;
  forgettable: Set<Charge> | null = null;
  readonly #limit: number;
  readonly #forgot: () => void;
  readonly #end: () => void;
  readonly #charge = new Charge(null, this);

  /**
   * @param forgot Told when a value is forgotten to make room.
   * @param end Forgets all of it.
   */
  constructor(budget: HeldBudget, limit: number, forgot: () => void, end: () => void) {
    super();
    this.budget = budget;
    this.#limit = limit;
    this.#forgot = forgot;
    this.#end = end;
  }

  override set(key: string, value: unknown): this {
    const before = this.get(key);
    if (before === undefined && this.size >= this.#limit) {
      this.delete(this.keys().next().value!);
      this.#forgot();
    }
    this.#charge.add(weightOf(key, value) - (before === undefined ? 0 : weightOf(key, before)));
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    const value = this.get(key);
    if (value === undefined) return false;
    this.#charge.add(-weightOf(key, value));
    return super.delete(key);
  }

  giveUp(): void {
    const before = this.carried;
    if (this.forgettable !== null) for (const each of [...this.forgettable]) each.forget();
    if (this.carried > before * WORTH_FORGETTING) this.#end();
  }
}

/** What a value is made of beside its texts charges itself. */
function weightOf(key: string, value: unknown): number {
  return ENTRY + textWeight(key) + (typeof value === "string" ? textWeight(value) : 0);
}
