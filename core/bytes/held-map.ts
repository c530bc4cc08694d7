import { Charge, ENTRY, type Holder } from "./held-budget.ts";

/** A map that lives as long as a connection, or longer: what it takes is charged to its stream. */
export class HeldMap<K, V> extends Map<K, V> {
  readonly #weigh: ((value: V, key: K) => number) | null;
  /** What entries weighed when they were set that weigh more or less than most; null before the first. */
  #weights: Map<K, number> | null = null;
  readonly #forgotten: ((value: V, key: K) => void) | null;
  readonly #holder: Holder | null;
  readonly #spares: ((value: V, key: K) => boolean) | null;
  /** Null before the first entry: most maps of most connections stay empty. */
  #charge: Charge | null = null;

  /**
   * @param weigh Octets of memory of an entry, about, as it is set; null if it has no text or other part of any length.
   * @param forgotten Takes each entry that is forgotten, the oldest first, where all streams together hold too much. Without it the stream ends then.
   * @param holder Whose it is, where that is not the stream in which it begins to grow.
   * @param spares True for an entry that is not forgotten, however old.
   */
  constructor(
    weigh: ((value: V, key: K) => number) | null = null,
    forgotten: ((value: V, key: K) => void) | null = null,
    holder: Holder | null = null,
    spares: ((value: V, key: K) => boolean) | null = null,
  ) {
    super();
    this.#weigh = weigh;
    this.#forgotten = forgotten;
    this.#holder = holder;
    this.#spares = spares;
  }

  override set(key: K, value: V): this {
    const isNew = !this.has(key);
    super.set(key, value);
    this.#charge ??= new Charge(this.#forgotten === null ? null : () => this.#forgetHalf(), this.#holder);
    const weight = this.#weigh === null ? ENTRY : this.#weigh(value, key);
    this.#charge.add(isNew ? weight : weight - (this.#weights?.get(key) ?? ENTRY));
    if (weight !== ENTRY) (this.#weights ??= new Map<K, number>()).set(key, weight);
    else if (!isNew) this.#weights?.delete(key);
    return this;
  }

  override delete(key: K): boolean {
    if (!super.delete(key)) return false;
    this.#charge!.add(-(this.#weights?.get(key) ?? ENTRY));
    this.#weights?.delete(key);
    return true;
  }

  override clear(): void {
    super.clear();
    this.#weights?.clear();
    this.#charge?.set(0);
  }

  /** Nobody needs it any more: it holds nothing, and tells nobody. */
  release(): void {
    this.clear();
  }

  #forgetHalf(): void {
    let left = Math.ceil(this.size / 2);
    for (const [key, value] of this) {
      if (left === 0) return;
      if (this.#spares?.(value, key) === true) continue;
      left--;
      this.delete(key);
      this.#forgotten?.(value, key);
    }
  }
}
