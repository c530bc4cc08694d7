import type { FieldName } from "../../core/contracts/window.ts";

/** One offer below the filter bar. */
export interface Completion {
  readonly text: string;
  readonly detail: string;
  /** True if it is a whole filter and not a word of one. */
  readonly whole?: boolean;
}

/** What stands at the caret of a filter. */
export type CompletionContext =
  | { readonly kind: "name"; readonly prefix: string }
  | { readonly kind: "value"; readonly field: string; readonly prefix: string };

const MOST_OFFERED = 12;
const OPERATOR = String.raw`(?:==|=|!=|<>|in|contains|startswith|endswith)`;
const VALUE = new RegExp(String.raw`(?:^|[\s(!])([\w.]+)\s*${OPERATOR}\s*(?:\[[^\]]*?,?\s*)?"?([^\s"\[\],()]*)$`, "i");
const WORDS = ["and", "or", "not", "contains", "startswith", "endswith", "matches", "in", "is set", "is not set"];

/** Whether a name or a value is being typed before `caret`, and how it begins. */
export function contextOf(text: string, caret: number): CompletionContext {
  const before = text.slice(0, caret);
  const value = VALUE.exec(before);
  if (value !== null && !/^(?:and|or|not)$/i.test(value[1]!))
    return { kind: "value", field: value[1]!, prefix: value[2]! };
  return { kind: "name", prefix: /[\w.]*$/.exec(before)![0] };
}

/** Names that begin with a text, short names first; then those that contain it; then the words of the language. */
export function nameCompletions(fields: readonly FieldName[], prefix: string): Completion[] {
  const lower = prefix.toLowerCase();
  const begins = fields.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const contains =
    lower.length < 2
      ? []
      : fields.filter(({ name }) => name.toLowerCase().includes(lower) && !begins.some((each) => each.name === name));
  const words = lower === "" ? [] : WORDS.filter((word) => word.startsWith(lower) && word !== lower);
  return [
    ...words.map((text) => ({ text, detail: "word of the filter language" })),
    ...[...begins, ...contains].map(({ name, text, kind }) => ({ text: name, detail: `${text} (${kind})` })),
  ].slice(0, MOST_OFFERED);
}

/** The text with what was begun before the caret replaced by a completion, and where the caret then is. */
export function applied(
  text: string,
  caret: number,
  prefix: string,
  completion: string,
): { text: string; caret: number } {
  let from = caret - prefix.length;
  let to = caret;
  if (completion.startsWith('"') && text[from - 1] === '"') from--;
  if (completion.startsWith('"') && text[to] === '"') to++;
  const next = `${text.slice(0, from)}${completion} `;
  return { text: next + text.slice(to).replace(/^ /, ""), caret: next.length };
}
