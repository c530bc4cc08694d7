import { HIDDEN_CHARACTERS, terminalSafe } from "../contracts/text-forms.ts";

/**
 * A cell as the log writers take it: times and intervals in ns (bigint or whole number), lists as arrays, `null` unset.
 */
export type LogCell = null | boolean | number | bigint | string | readonly (boolean | number | bigint | string)[];

/** ns as decimal seconds with `digits` (1 to 9) decimals, rounded half away from zero. */
export function secondsText(ns: bigint | number, digits: number): string {
  const whole = typeof ns === "bigint" ? ns : BigInt(Math.round(ns));
  const step = 10n ** BigInt(9 - digits);
  const size = whole < 0n ? -whole : whole;
  const units = (size + step / 2n) / step;
  const scale = 10n ** BigInt(digits);
  const fraction = String(units % scale).padStart(digits, "0");
  return `${whole < 0n && units > 0n ? "-" : ""}${units / scale}.${fraction}`;
}

/** ns since 1970-01-01 UTC as ISO 8601 text with nine decimals, "2024-03-01T02:14:07.123456789Z". */
export function isoText(ns: bigint | number): string {
  const whole = typeof ns === "bigint" ? ns : BigInt(Math.round(ns));
  const fraction = ((whole % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = (whole - fraction) / 1_000_000_000n;
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, date.indexOf("."))}.${String(fraction).padStart(9, "0")}Z`;
}

/** Number in Zeek's way: up to six decimals, without zeros at the end but for ".0". */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value).toLowerCase();
  const fixed = value.toFixed(6).replace(/(?<!0)0+$/, "");
  return fixed.endsWith(".") ? `${fixed}0` : fixed;
}

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`);

/** True if text has a character that is better not sent to a terminal (C0 controls aside). */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** JSON on one line with such characters as `\uXXXX`. */
export function terminalSafeJson(value: unknown): string {
  return terminalSafe(JSON.stringify(value));
}
