import type { RecordType } from "../../records/record-type.ts";
import { allColumns } from "../../records/record-type.ts";
import type { ColumnValues, TableChunk } from "../../records/table-chunk.ts";

type Value = string | number;

/** Values by which rows of a table are told to be of interest: one that has none of them in one of these columns is not. */
export interface TellingValues {
  readonly table: string;
  /** By place among the columns of a chunk. */
  readonly columns: ReadonlyMap<number, ReadonlySet<Value>>;
}

/** A column that is compared with constants, behind a word with which a condition begins that has to hold. */
const COMPARED = String.raw`(?<!FILTER \()\b(?:WHERE|AND|ON)\s+\(?(?:\w+\.)?COLUMN\s*(?:=\s*('[^']*'|\d+\b)|IN\s*\(([^()$]*)\))(?!\s+OR\b)`;

/** Any comparison of a column. */
const ANYHOW = String.raw`(?<![\w."])(?:\w+\.)?COLUMN\s*(?:[=<>!~]|(?:NOT\s+)?(?:IN|I?LIKE|BETWEEN)\b)`;

/**
 * What a query compares the columns of its tables with, by table, each time that it names it. New rows without any of that are no reason to ask it. This is
 * read from its text, so it may be wrong where conditions are joined in an unusual way; the run over all records does not rest on it.
 * @param query With all slices put in.
 * @param named The tables that it names.
 */
export function tellingValues(query: string, named: readonly RecordType[]): ReadonlyMap<string, TellingValues> {
  const telling = new Map<string, TellingValues>();
  for (const type of named) {
    const others = named.filter((each) => each !== type);
    const elsewhere = new Set(others.flatMap((each) => allColumns(each).map(([name]) => name)));
    const columns = comparedColumns(query, type, elsewhere);
    if (columns.size > 0) telling.set(type.name, { table: type.name, columns });
  }
  return telling;
}

function comparedColumns(query: string, type: RecordType, elsewhere: ReadonlySet<string>): TellingValues["columns"] {
  const source = new RegExp(String.raw`(?:\b(?:FROM|JOIN)|,)\s+"?${type.name}\b`, "gi");
  // What is compared elsewhere may be of what was made of its rows.
  const selects = query.split(/\bSELECT\b/).flatMap((select) => {
    const from = select.search(source);
    return from < 0 ? [] : [select.slice(from)];
  });
  const columns = new Map<number, ReadonlySet<Value>>();
  for (const [place, [name, { kind }]] of allColumns(type).entries()) {
    if (!KINDS.has(kind) || elsewhere.has(name)) continue;
    const values = selects.map((select) => comparedIn(select, `"?${name}"?`, select.match(source)?.length ?? 0));
    if (values.length > 0 && values.every((each) => each.length > 0)) columns.set(place, new Set(values.flat()));
  }
  return columns;
}

/** Constants that a column is compared with in a part of a query that names its table so often; none where it need not be one of them. */
function comparedIn(select: string, column: string, named: number): readonly Value[] {
  const find = (pattern: string) => [...select.matchAll(new RegExp(pattern.replace("COLUMN", column), "g"))];
  const compared = find(COMPARED);
  // One that is compared in another way, too, may be so instead.
  if (compared.length < named || find(ANYHOW).length > compared.length) return [];
  const bare = select.replaceAll(/'[^']*'/g, (text) => "_".repeat(text.length));
  if (compared.some(({ index }) => isBesideOr(bare, index))) return [];
  const values = compared.map(([, one, several]) => constantsOf(one ?? several ?? ""));
  return values.some((each) => each.length === 0) ? [] : values.flat();
}

/**
 * True if a condition stands in a bracket, or in one around it, that has an OR: another may hold instead.
 * @param bare Part of a query without the octets of its texts.
 */
function isBesideOr(bare: string, at: number): boolean {
  for (let from = at; ; from--) {
    from = bracketBefore(bare, from);
    if (/\bOR\b/.test(ownWords(bare, from + 1))) return true;
    if (from < 0) return false;
  }
}

/** Where the bracket begins that a place stands in; -1 for none. */
function bracketBefore(text: string, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (text[i] === ")") depth++;
    else if (text[i] === "(" && depth-- === 0) return i;
  }
  return -1;
}

/** What stands in a bracket that begins before a place, without what stands in brackets inside it. */
function ownWords(text: string, from: number): string {
  let own = "";
  let depth = 0;
  for (let i = from; i < text.length && depth >= 0; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (depth === 0) own += text[i];
  }
  return own;
}

const KINDS: ReadonlySet<string> = new Set(["string", "enum", "port"]);

/** Constants of a list; none if it has anything else. */
function constantsOf(list: string): Value[] {
  const constants = list.match(/'[^']*'|\b\d+\b/g) ?? [];
  const rest = list.replaceAll(/'[^']*'|\b\d+\b|[\s,]/g, "");
  return rest === "" ? constants.map((text) => (text.startsWith("'") ? text.slice(1, -1) : Number(text))) : [];
}

/** The values that came in some chunks, gathered as they are asked for. */
export class ArrivedValues {
  readonly #chunks: readonly TableChunk[];
  readonly #known = new Map<string, ReadonlySet<Value>>();

  constructor(chunks: readonly TableChunk[]) {
    this.#chunks = chunks;
  }

  /** True if rows came that may be of interest. */
  has({ table, columns }: TellingValues): boolean {
    return [...columns].every(([place, values]) => {
      const came = this.#of(table, place);
      return [...values].some((value) => came.has(value));
    });
  }

  #of(table: string, place: number): ReadonlySet<Value> {
    const key = `${table} ${place}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const came = new Set(
      this.#chunks.flatMap((chunk) => (chunk.table === table ? valuesOf(chunk.columns[place]!.values) : [])),
    );
    this.#known.set(key, came);
    return came;
  }
}

function valuesOf(values: ColumnValues): readonly Value[] {
  if (values.form === "text") return values.dictionary;
  return values.form === "port" ? [...new Set(values.data)] : [];
}
