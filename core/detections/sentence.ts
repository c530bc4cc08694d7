import { encodedCommand } from "./encoded-command.ts";

const LONGEST_VALUE = 240;
/** Commands are long, and several are told. */
const LONGEST_TYPED = 120;
/** What an encoded command says, which begins with the same words in many. */
const LONGEST_DECODED = 200;
const LISTED = 5;
/** Who did something, where the account was not seen: at the beginning of an explanation, and elsewhere. */
export const SOMEBODY = "Somebody";
const UNSEEN_ACCOUNT = "an account that was not seen";

/** A placeholder of an explanation, `{name}`, and the plural behind it, of one word or two ("hosts", "event logs"). */
const PLACEHOLDER = /\{([a-z_][a-z0-9_]*)\}( (?:[a-z-]+ )??[a-z-]+s\b)?/g;

/** An act by what came of it, `{created|to create}`: as done, or only as asked for. */
const ACT = /\{([^{}|]+)\|to ([^{}|]+)\}/g;

/** Names of the placeholders of a sentence. */
export function placeholders(sentence: string): string[] {
  return [...sentence.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
}

/**
 * Fills `{name}` with the row's columns and `{created|to create}` by its outcome, and capitalises the beginning. Columns called `octets` or ending in `_octets` are
 * written as sizes, those ending in `_seconds` as durations, lists as their first few entries, `typed` and those ending in `_typed` as what was typed or printed, in quotes; NULL as "unknown", a NULL
 * `user` as "somebody" at the beginning and "an account that was not seen" elsewhere. A number 1 puts the word behind it into the singular ("1 host", "once"). Values from the wire are
 * cut after 240 characters, not changed otherwise.
 * @param hosts Names of addresses, put behind them in `{source}` and `{target}` and in lists.
 */
export function fillSentence(
  sentence: string,
  values: Readonly<Record<string, unknown>>,
  hosts: ReadonlyMap<string, string>,
): string {
  const told = sentence.replace(ACT, (_, done: string, todo: string) => actText(done, todo, values));
  const filled = told.replace(PLACEHOLDER, (_, name: string, plural: string | undefined) => {
    const said = say(name, values[name], hosts);
    if (plural === undefined || said !== "1") return said + (plural ?? "");
    return plural === " times" ? "once" : `1${singular(plural)}`;
  });
  // A name from the wire is not changed, not even at the beginning.
  if (sentence.startsWith("{user}") && filled.startsWith(UNSEEN_ACCOUNT))
    return SOMEBODY + filled.slice(UNSEEN_ACCOUNT.length);
  return sentence.startsWith("{") ? filled : filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** "created" where that is known to be done, else "asked (and was refused) to create" or the like. */
function actText(done: string, todo: string, { outcome, unread }: Readonly<Record<string, unknown>>): string {
  if (outcome === "refused") return `asked (and was refused) to ${todo}`;
  if (outcome === "attempted" || outcome === "unanswered") return `asked (success was not seen) to ${todo}`;
  return unread === true ? `asked to ${todo}` : done;
}

function say(name: string, value: unknown, hosts: ReadonlyMap<string, string>): string {
  if (value === null || value === undefined || (value === "" && name === "user"))
    return name === "user" ? UNSEEN_ACCOUNT : "unknown";
  if (Array.isArray(value) && (name === "typed" || name.endsWith("_typed"))) return typedText(value.map(String));
  if (Array.isArray(value)) {
    const shown = value.slice(0, LISTED).map((entry) => hostOr(cut(String(entry)), hosts));
    return value.length > LISTED ? `${shown.join(", ")} and ${value.length - LISTED} more` : shown.join(", ");
  }
  if (typeof value === "number") {
    if (name === "octets" || name.endsWith("_octets")) return sizeText(value);
    if (name === "seconds" || name.endsWith("_seconds")) return durationText(value);
    return Number.isInteger(value) ? String(value) : value.toFixed(2);
  }
  const text = cut(typeof value === "string" ? value : JSON.stringify(value));
  if (name !== "source" && name !== "target" && !name.endsWith("_host")) return text;
  return hostOr(text, hosts);
}

/** Commands as they were typed, or what was printed, so that their own commas and spaces are told from those of the sentence; "" for none. */
function typedText(commands: readonly string[]): string {
  const shown = commands.slice(0, LISTED).map(quoted);
  const more = commands.length > LISTED ? ` and ${commands.length - LISTED} more` : "";
  return shown.join("; ") + more;
}

/** A command in quotes; one for PowerShell that is encoded with what it says in place of its base64. */
function quoted(command: string): string {
  const encoded = encodedCommand(command);
  if (encoded === null) return `\`${cut(command, LONGEST_TYPED)}\``;
  const around = cut(command.replace(encoded.base64, "…"), LONGEST_TYPED);
  return `\`${around}\` (decoded: \`${cut(encoded.text, LONGEST_DECODED)}\`)`;
}

function hostOr(text: string, hosts: ReadonlyMap<string, string>): string {
  const host = hosts.get(text);
  return host === undefined ? text : `${host} (${text})`;
}

function singular(plural: string): string {
  return plural.endsWith("ies") ? `${plural.slice(0, -3)}y` : plural.slice(0, -1);
}

function cut(text: string, longest = LONGEST_VALUE): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Octets in the largest decimal unit that keeps at least one digit before the point ("1.4 GB"). */
export function sizeText(octets: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Seconds as the two largest units ("3 h 12 min", "45 s"). */
export function durationText(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** ns since 1970-01-01 UTC as "2024-03-01 02:14:07Z". */
export function secondText(timeNs: string): string {
  return `${new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
