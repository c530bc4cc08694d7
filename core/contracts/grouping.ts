/** Adds a value to the list that is kept under a key, and begins the list where there is none. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The values that share a key, keys in the order in which they came; values without a key are left out. */
export function groupBy<K, V>(values: Iterable<V>, keyOf: (value: V) => K | null): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const key = keyOf(value);
    if (key !== null) addTo(groups, key, value);
  }
  return groups;
}
