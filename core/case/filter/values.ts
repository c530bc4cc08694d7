import { isIP } from "node:net";

/** Times that words of a filter stand for, ns since 1970-01-01 UTC. */
export interface FilterTimes {
  /** First and last packet of the evidence; null if there is none. */
  readonly start: bigint | null;
  readonly end: bigint | null;
  readonly now: bigint;
}

/** A time as precisely as it was written: from `from` up to, and without, `to`. */
export interface TimeSpan {
  readonly from: bigint;
  readonly to: bigint;
}

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
  hr: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};
const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** "445", "0x1bd", "1_000_000", "10MB", "1.5GiB" as a decimal number's text; null if it is none. */
export function readNumber(text: string): string | null {
  const hex = /^(-?)0x([0-9a-f]{1,15})$/i.exec(text);
  if (hex !== null) return `${hex[1]!}${BigInt(`0x${hex[2]!}`)}`;
  const match = /^(-?\d[\d_]*(?:\.\d+)?)([a-z]*)$/i.exec(text);
  const size = match === null ? undefined : SIZES[match[2]!.toLowerCase()];
  if (match === null || size === undefined) return null;
  const digits = match[1]!.replaceAll("_", "");
  if (digits.length > 20) return null;
  if (size === 1) return digits.replace(/^(-?)0+(?=\d)/, "$1");
  const value = Number(digits) * size;
  return Number.isSafeInteger(Math.round(value)) ? String(Math.round(value)) : null;
}

/** "1.5h", "90s", "2h30m", or seconds without a unit, in ns; null if it is none. */
export function readDuration(text: string): bigint | null {
  if (/^-?\d+(\.\d+)?$/.test(text)) return boundedNs(Number(text) * 1e9);
  const sign = text.startsWith("-") ? -1 : 1;
  const body = sign < 0 ? text.slice(1) : text;
  if (!/^(\d+(?:\.\d+)?[a-zµ]+)+$/i.test(body)) return null;
  let total = 0;
  for (const [, digits, unit] of body.matchAll(/(?<!\d)(\d+(?:\.\d+)?)([a-zµ]+)/gi)) {
    const ns = UNITS[unit!.toLowerCase()];
    if (ns === undefined) return null;
    total += Number(digits) * ns;
  }
  return boundedNs(sign * total);
}

/**
 * "2026-11-01", "2026-11-01T02:14", "2026-11-01 02:14:07.123Z", with an offset "+01:00", seconds since 1970; "start", "end", "now", "today",
 * "yesterday", each with a duration added or taken away ("end-2h"). Without an offset times are UTC. Null if it is none.
 */
export function readTime(text: string, times: FilterTimes): TimeSpan | null {
  return readRelative(text.toLowerCase(), times) ?? readCalendar(text) ?? readEpoch(text);
}

function readRelative(text: string, times: FilterTimes): TimeSpan | null {
  const match = /^(start|end|now|today|yesterday)(?:([+-])(.+))?$/.exec(text);
  if (match === null) return null;
  const today = times.now - (((times.now % DAY) + DAY) % DAY);
  const base = { start: times.start, end: times.end, now: times.now, today, yesterday: today - DAY }[match[1]!]!;
  if (base === null) return null;
  const shift = match[3] === undefined ? 0n : readDuration(match[3]);
  if (shift === null) return null;
  const from = match[2] === "-" ? base - shift : base + shift;
  const isDay = match[3] === undefined && (match[1] === "today" || match[1] === "yesterday");
  return bounded({ from, to: from + (isDay ? DAY : 1n) });
}

function readCalendar(text: string): TimeSpan | null {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      text.trim(),
    );
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const fields = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ] as const;
  const date = new Date(Date.UTC(...fields));
  const isReal =
    date.getUTCMonth() === fields[1] &&
    date.getUTCDate() === fields[2] &&
    fields[3] < 24 &&
    fields[4] < 60 &&
    fields[5] < 60;
  if (!isReal) return null;
  let from = BigInt(date.getTime()) * 1_000_000n + BigInt((fraction ?? "").padEnd(9, "0"));
  if (zone !== undefined && zone.toUpperCase() !== "Z") {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
    from -= BigInt(zone.startsWith("-") ? -minutes : minutes) * 60n * SECOND;
  }
  const step =
    hour === undefined ? DAY : second === undefined ? 60n * SECOND : 10n ** BigInt(9 - (fraction ?? "").length);
  return bounded({ from, to: from + step });
}

function readEpoch(text: string): TimeSpan | null {
  const match = /^(\d{9,11})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const fraction = match[2] ?? "";
  const from = BigInt(match[1]!) * SECOND + BigInt(fraction.padEnd(9, "0"));
  return bounded({ from, to: from + 10n ** BigInt(9 - fraction.length) });
}

/** Times that 64 bits of ns hold: years 1678 to 2261. */
function bounded(span: TimeSpan): TimeSpan | null {
  const limit = 2n ** 63n - 1n;
  return span.from > -limit && span.to < limit ? span : null;
}

function boundedNs(ns: number): bigint | null {
  return Math.abs(ns) < 2 ** 62 ? BigInt(Math.round(ns)) : null;
}

/** True for "true", "t", "yes", "1"; false for their opposites; null if it is neither. */
export function readBool(text: string): boolean | null {
  const lower = text.toLowerCase();
  if (["true", "t", "yes", "1"].includes(lower)) return true;
  return ["false", "f", "no", "0"].includes(lower) ? false : null;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** "mon" or "monday" to "sun", or 1 to 7, as 1 to 7; null if it is none. */
export function readWeekday(text: string): number | null {
  const lower = text.toLowerCase();
  if (/^[1-7]$/.test(lower)) return Number(lower);
  const at = lower.length < 3 ? -1 : DAYS.findIndex((day) => lower.startsWith(day));
  return at < 0 ? null : at + 1;
}

/** True for an address or a range of addresses. */
export function isAddress(text: string): boolean {
  const slash = text.indexOf("/");
  return isIP(slash < 0 ? text : text.slice(0, slash)) !== 0;
}
