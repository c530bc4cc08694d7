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

const MOST_WHOLE = 5;

/** Filters that were saved or used before and have what was typed in them, their names included; all of them for nothing typed. */
export function wholeCompletions(
  saved: readonly { readonly name: string; readonly filter: string }[],
  used: readonly { readonly filter: string }[],
  typed: string,
): Completion[] {
  const named = saved.map(({ name, filter }) => ({ text: filter, detail: name, whole: true }));
  const others = used.filter(({ filter }) => !saved.some((each) => each.filter === filter));
  const all = [...named, ...others.map(({ filter }) => ({ text: filter, detail: "used before", whole: true }))];
  const sought = typed.trim().toLowerCase();
  if (sought === "") return all;
  return all
    .filter(({ text, detail }) => text !== typed.trim() && `${text} ${detail}`.toLowerCase().includes(sought))
    .slice(0, MOST_WHOLE);
}

/** Names that begin with a text, short names first; then those that contain it; then the words of the language. */
export function nameCompletions(fields: readonly FieldName[], prefix: string): Completion[] {
  const lower = prefix.toLowerCase();
  const dot = lower.indexOf(".");
  const ofTable = dot < 0 ? [] : tableFields(fields, prefix.slice(0, dot), lower.slice(dot + 1));
  const begins = fields.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const contains =
    lower.length < 2
      ? []
      : fields.filter(({ name }) => name.toLowerCase().includes(lower) && !begins.some((each) => each.name === name));
  const words = lower === "" ? [] : WORDS.filter((word) => word.startsWith(lower) && word !== lower);
  return [
    ...words.map((text) => ({ text, detail: "word of the filter language" })),
    ...[...begins, ...ofTable, ...contains].map(({ name, text, kind }) => ({
      text: name,
      detail: `${text} (${kind})`,
    })),
    ...(dot < 0 && lower.length > 1 ? tables(fields, lower) : []),
  ].slice(0, MOST_OFFERED);
}

/** Fields of a table or of a family of them: "smb.path" is that of smb_files and all other tables of SMB. */
function tableFields(fields: readonly FieldName[], table: string, begin: string): FieldName[] {
  const lower = table.toLowerCase();
  const isMeant = (name: string) => name === lower || name.startsWith(`${lower}_`);
  return fields
    .filter(({ name, tables: own }) => name.toLowerCase().startsWith(begin) && own.some(isMeant))
    .map((field) => ({ ...field, name: `${table}.${field.name}` }));
}

/** Tables, and families of several, whose names begin so. */
function tables(fields: readonly FieldName[], begin: string): Completion[] {
  const all = new Set(fields.flatMap(({ tables: own }) => own));
  const families = new Map<string, number>();
  for (const name of all) {
    const family = name.split("_", 1)[0]!;
    if (family !== name) families.set(family, (families.get(family) ?? 0) + 1);
  }
  const found = [...families].filter(([name, count]) => count > 1 && !all.has(name)).map(([name]) => name);
  return [...found, ...all]
    .filter((name) => name.startsWith(begin))
    .map((name) => ({
      text: `${name}.`,
      detail: all.has(name) ? "fields of these records" : "fields of all records of this kind",
    }));
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
  const next = `${text.slice(0, from)}${completion}${completion.endsWith(".") ? "" : " "}`;
  return { text: next + text.slice(to).replace(/^ /, ""), caret: next.length };
}
