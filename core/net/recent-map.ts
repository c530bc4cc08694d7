interface Kept<V> {
  readonly value: V;
  readonly atNs: number;
}

/**
 * Forgets the oldest sixteenth of a map that is full: V8 walks over all that was deleted each time it looks for the first entry.
 * @param most Entries of a full map.
 */
export function forgetOldest<K, V>(map: Map<K, V>, most: number, forgotten?: (value: V) => void): void {
  let left = Math.ceil(most / 16);
  for (const [key, value] of map) {
    map.delete(key);
    forgotten?.(value);
    if (--left === 0) return;
  }
}

/** Values that matter for a while after they were last seen. Of too many those not seen for longest are forgotten. */
export class RecentMap<K, V> {
  readonly #kept = new Map<K, Kept<V>>();
  readonly #most: number;
  readonly #mattersNs: number;
  readonly #onLost: () => void;

  /** @param onLost Called for each value that is forgotten while it still matters. */
  constructor(most: number, mattersNs: number, onLost: () => void) {
    this.#most = most;
    this.#mattersNs = mattersNs;
    this.#onLost = onLost;
  }

  /** The value, unless it was last seen too long ago. */
  get(key: K, nowNs: number): V | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && Math.abs(nowNs - kept.atNs) <= this.#mattersNs ? kept.value : undefined;
  }

  /** Keeps a value, as seen now. */
  see(key: K, value: V, nowNs: number): void {
    this.#kept.delete(key);
    if (this.#kept.size >= this.#most) {
      forgetOldest(this.#kept, this.#most, ({ atNs }) => {
        if (nowNs - atNs <= this.#mattersNs) this.#onLost();
      });
    }
    this.#kept.set(key, { value, atNs: nowNs });
  }
}
