/** Scenario times, nanoseconds since its midnight 0 (a Monday). */
export const SECOND = 1e9;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Time of a day, 0 the first: `at(1, "22:30")`. */
export function at(day: number, clock: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(":").map(Number);
  return day * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND;
}

/** 1 for Monday to 7 for Sunday. */
export function weekday(day: number): number {
  return (day % 7) + 1;
}
