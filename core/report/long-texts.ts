import { countText } from "../contracts/text-forms.ts";

/** A person's note or reason has at most as many characters (`TEXT` of contracts/api.ts): what is longer came from the wire. */
const LONGEST = 10_000;
/** Characters that are kept of what is longer. */
const KEPT = 1000;

/**
 * Plain data whose texts are short enough for a page: a longer one ends with how long it is. A name of a megabyte would fill
 * hundreds of pages; the records have it whole.
 */
export function withShortTexts<T>(value: T): T {
  return shortened(value) as T;
}

function shortened(value: unknown): unknown {
  if (typeof value === "string") return value.length > LONGEST ? cut(value) : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [shortened(key), shortened(each)]));
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shortened(each)]));
}

function cut(text: string): string {
  // A pair of surrogates is not parted.
  const kept = text.slice(0, KEPT).replace(/[\ud800-\udbff]$/, "");
  return `${kept}… (${countText(text.length)} characters, whole in the records)`;
}
