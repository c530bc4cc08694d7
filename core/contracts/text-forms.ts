import type { TimeNs } from "./finding.ts";

/** How times, octets and wire strings are written wherever a person reads them. */

const NS_PER_SECOND = 1_000_000_000n;

/**
 * UTC date and time of a time in ns, with `digits` (0 to 9) digits of the second, cut, not rounded.
 * @example dateTime("1709259247123456789", 3) === "2024-03-01 02:14:07.123"
 */
export function dateTime(ns: TimeNs | bigint, digits = 0): string {
  const [seconds, fraction] = splitNs(BigInt(ns));
  const text = new Date(seconds * 1000).toISOString();
  const base = `${text.slice(0, -14)} ${text.slice(-13, -5)}`;
  return digits === 0 ? base : `${base}.${fraction.slice(0, digits)}`;
}

/** RFC 3339 with all nine digits: "2024-03-01T02:14:07.123456789Z". */
export function isoTime(ns: TimeNs | bigint): string {
  return `${dateTime(ns, 9).replace(" ", "T")}Z`;
}

/** "02:14:07" of `dateTime`. */
export function clockTime(ns: TimeNs | bigint, digits = 0): string {
  return dateTime(ns, digits).split(" ")[1]!;
}

/** "2024-03-01" of `dateTime`. */
export function dateOf(ns: TimeNs | bigint): string {
  return dateTime(ns).split(" ")[0]!;
}

/** A span of time in the two largest units that matter: "3 d 4 h", "2 min 5 s", "1.204 s", "18 ms". */
export function timeSpan(ns: bigint | number): string {
  const total = Number(ns) / 1e9;
  if (total < 1) return `${Math.round(total * 1000)} ms`;
  if (total < 60) return `${Number(total.toFixed(total < 10 ? 1 : 0))} s`;
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  let rest = Math.round(total);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return parts
    .slice(0, 2)
    .filter((part) => !part.startsWith("0 "))
    .join(" ");
}

/** "until 14:47:09 (16 s)" of what took a second or more; null of what did not. */
export function untilText(first: TimeNs, last: TimeNs): string | null {
  const lasted = BigInt(last) - BigInt(first);
  if (lasted < NS_PER_SECOND) return null;
  return `until ${dateOf(first) === dateOf(last) ? clockTime(last) : dateTime(last)} (${timeSpan(lasted)})`;
}

/** Octets in powers of ten: "812 B", "3.1 MB", "12.4 GB". */
export function octetsText(octets: number): string {
  if (octets < 1000) return `${octets} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = octets;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]!}`;
}

/** The first sentences of a text that fit, whole: at least the first, however long it is. */
export function leadingSentences(text: string, most: number): string {
  if (text.length <= most) return text;
  let told = "";
  for (const sentence of sentencesOf(text)) {
    if (told !== "" && told.length + 1 + sentence.length > most) break;
    told = told === "" ? sentence : `${told} ${sentence}`;
  }
  return told;
}

/** The sentences of a text; what stands between quotation marks is not broken. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let open = "";
  for (const part of text.split(/(?<=[.!?]) (?=[A-Z"`\\\d])/)) {
    open = open === "" ? part : `${open} ${part}`;
    const isQuoting = ["`", '"'].some((mark) => open.split(mark).length % 2 === 0);
    if (isQuoting) continue;
    sentences.push(open);
    open = "";
  }
  return open === "" ? sentences : [...sentences, open];
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

/**
 * The first of some items, and how many there are besides: "a, b and 3 more".
 * @param rest How those are told.
 */
export function listedUpTo(most: number, items: readonly string[], rest = (count: number) => `${count} more`): string {
  return items.length > most ? listed([...items.slice(0, most), rest(items.length - most)]) : listed(items);
}

const WHOLE_NUMBER = new Intl.NumberFormat("en-US");

/** A whole number with thousands separated by commas. */
export function countText(count: number): string {
  return WHOLE_NUMBER.format(Math.trunc(count));
}

/** "1 packet", "2 packets": the number and its noun. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}

/** A share of 0 to 1 as per cent, never rounded to 0 or 100 when it is neither. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.01) return "under 1 %";
  if (share < 1 && share > 0.99) return "over 99 %";
  return `${Math.round(share * 100)} %`;
}

/** The word for a confidence. */
export function confidenceWord(confidence: number): string {
  if (confidence >= 0.9) return "very likely";
  if (confidence >= 0.7) return "likely";
  if (confidence >= 0.5) return "plausible";
  return "indication";
}

/**
 * Text from the wire made harmless for a terminal or a log line: control characters, bidirectional controls and
 * lone surrogates are shown as escapes.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/**
 * Body of a character class: characters beside the C0 controls that steer a terminal, change the direction of text or
 * cannot be seen (DEL and C1, soft hyphen, bidirectional marks, zero width, line separators, annotation). Every output
 * takes its escapes from here, so that none lets through what another holds back.
 */
export const HIDDEN_CHARACTERS =
  "\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb";

/** Half of a surrogate pair without the other: body of an alternative. */
export const LONE_SURROGATES = "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]";

const INVISIBLE = new RegExp(`[\\u0000-\\u001f${HIDDEN_CHARACTERS}]|${LONE_SURROGATES}`, "g");
const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, "g");

/** JSON text with hidden characters as `\uXXXX`: the same document, harmless in a terminal. */
export function terminalSafe(json: string): string {
  return json.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function splitNs(ns: bigint): [seconds: number, fraction: string] {
  let seconds = ns / NS_PER_SECOND;
  let fraction = ns % NS_PER_SECOND;
  if (fraction < 0n) {
    seconds -= 1n;
    fraction += NS_PER_SECOND;
  }
  const bounded =
    seconds > 8_639_999_999_999n ? 8_639_999_999_999n : seconds < -8_639_999_999_999n ? -8_639_999_999_999n : seconds;
  return [Number(bounded), fraction.toString().padStart(9, "0")];
}
