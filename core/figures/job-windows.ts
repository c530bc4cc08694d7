import type { JobWindow } from "../contracts/estate.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Windows shaded; over a longer span the stripes would be a grey field. */
const MOST_DAYS = 60;

/**
 * When job windows are open within a span, in ms since 1970; each in its own zone, through changes of its clocks.
 * @returns None for spans that are too long to be shaded.
 */
export function windowSpans(windows: readonly JobWindow[], from: number, to: number): [from: number, to: number][] {
  if (to - from > MOST_DAYS * DAY_MS) return [];
  const spans: [number, number][] = [];
  // A zone is at most 14 hours from UTC, and a window began at most a day before.
  for (let day = Math.floor(from / DAY_MS) - 2; day <= Math.floor(to / DAY_MS) + 1; day++) {
    const weekday = ((((day + 3) % 7) + 7) % 7) + 1; // 1970-01-01 was a Thursday; 1 is Monday
    for (const { days, startMinute, endMinute, zone } of windows) {
      if (!days.includes(weekday)) continue;
      const endsNextDay = endMinute <= startMinute;
      const begin = utcOf(day * DAY_MS + startMinute * MINUTE_MS, zone);
      const end = utcOf((day + (endsNextDay ? 1 : 0)) * DAY_MS + endMinute * MINUTE_MS, zone);
      if (end > from && begin < to) spans.push([begin, end]);
    }
  }
  return spans;
}

/** The time at which clocks of a zone show a local time, itself written as ms since 1970. */
function utcOf(local: number, zone: string): number {
  const guess = local - offsetMs(local, zone);
  return local - offsetMs(guess, zone);
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** How far clocks of a zone are before UTC; an unknown zone is taken as UTC. */
function offsetMs(at: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = formatOf(zone);
    formats.set(zone, format);
  }
  if (format === null) return 0;
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at / 1000) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  if (zone === "UTC") return null;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return null; // a zone that this browser does not know
  }
}
