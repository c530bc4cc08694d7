/** The greatest of numbers, `least` if none is greater. Takes lists of any length; `Math.max(...)` fails with some 120,000. */
export function greatest(numbers: Iterable<number>, least = -Infinity): number {
  let most = least;
  for (const number of numbers) if (number > most) most = number;
  return most;
}
