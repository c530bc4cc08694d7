/** The filter with one more condition; the one there in parentheses where `or` would bind it wrongly. */
export function withCondition(filter: string, condition: string): string {
  const before = filter.trim();
  if (before === "") return condition;
  return `${/\bor\b|\|\|/i.test(before) ? `(${before})` : before} and ${condition}`;
}

/** A value as a filter writes it. */
export function filterValue(value: string, kind: string): string {
  if (/^(?:addr|port|count|int|double|bool|time|interval)$/.test(kind)) return value;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
