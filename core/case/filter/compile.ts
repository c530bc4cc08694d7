import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import type { RecordType } from "../../records/record-type.ts";
import { isListKind } from "../../records/record-type.ts";
import { itemKind } from "../../records/table-chunk.ts";
import type { AddressLookup } from "./addresses.ts";
import { addressLookup } from "./addresses.ts";
import type { ConditionTree } from "./condition-tree.ts";
import { treeSql } from "./condition-tree.ts";
import type { FieldColumn } from "./fields.ts";
import { columnsOf, similarFields } from "./fields.ts";
import type { FilterNode, Literal, Range, TestOperator } from "./parser.ts";
import { parseFilter } from "./parser.ts";
import type { FilterProblem } from "./problem.ts";
import { FilterError, misfit, problemOf } from "./problem.ts";
import { checkedExpression } from "./expression.ts";
import type { FilterTimes } from "./values.ts";
import { readBool, readDuration, readNumber, readTime, readWeekday } from "./values.ts";

/** A filter for one table. */
export interface TableFilter {
  readonly table: string;
  /** What it asks of small tables. Answered beforehand (`Known`), a scan of millions of records is several times as quick. */
  readonly lookups: readonly AddressLookup[];
  /** SQL condition for the `WHERE` of a query over the table under the name `r`: false or NULL where the filter does not fit. */
  readonly where: string;
  /** The same condition, taken apart into what it asks of each column. */
  readonly tree: ConditionTree;
  /** Values of its `$name`. All text: nothing from the filter's text is in `where` but numbers. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What is known of a case before a filter is translated. */
export interface Known {
  /** The addresses that a lookup finds; null if that is not known, or they are too many to be listed. */
  readonly addresses: (lookup: AddressLookup) => readonly string[] | null;
  /** All cells of a column that join several values; null if they are not known. */
  readonly joined: (table: string, column: string) => readonly string[] | null;
}

const NOTHING_KNOWN: Known = { addresses: () => null, joined: () => null };

export type CompiledFilter =
  { readonly ok: true; readonly value: readonly TableFilter[] } | { readonly ok: false; readonly error: FilterProblem };

/**
 * Translates a filter for each table that has the fields it needs. Never throws on any text.
 * @param types Tables to search.
 * @param known What does not have to be asked of the database again.
 */
export function compileFilter(
  text: string,
  types: readonly RecordType[],
  times: FilterTimes,
  known: Known = NOTHING_KNOWN,
): CompiledFilter {
  try {
    const node = parseFilter(text);
    const tables: TableFilter[] = [];
    const compilers = types.map((type) => new TableCompiler(type, times, known));
    for (const compiler of compilers) {
      const tree = compiler.condition(node);
      if (tree !== null) {
        const { type, parameters, lookups } = compiler;
        tables.push({ table: type.name, where: treeSql(tree), tree, parameters, lookups });
      }
    }
    if (tables.length === 0) throw reasonForNone(node, types, compilers);
    return { ok: true, value: tables };
  } catch (error) {
    if (error instanceof FilterError) return { ok: false, error: problemOf(error, text) };
    throw error;
  }
}

/** Why no table can be searched: a field that no table has, a value that does not fit, or fields that never meet. */
function reasonForNone(
  node: FilterNode,
  types: readonly RecordType[],
  compilers: readonly TableCompiler[],
): FilterError {
  for (const field of fieldsOf(node)) {
    if (types.some((type) => columnsOf(field.value, type).length > 0)) continue;
    const similar = similarFields(field.value, types);
    const hint =
      similar.length > 0
        ? `did you mean ${similar.join(" or ")}?`
        : "the reference page of the fields (docs/fields.md) lists what there is";
    return new FilterError(field.position, field.length, "no table has a field of this name", hint);
  }
  const misfit = compilers.flatMap((compiler) => compiler.misfits)[0];
  if (misfit !== undefined) return misfit;
  const first = fieldsOf(node)[0];
  return new FilterError(
    first?.position ?? 0,
    first?.length ?? 0,
    "no table has all of the fields that this needs together",
    'use "or" between them, or one filter for each table',
  );
}

function fieldsOf(node: FilterNode): Literal[] {
  switch (node.kind) {
    case "or":
    case "and":
      return node.items.flatMap(fieldsOf);
    case "not":
      return fieldsOf(node.item);
    case "test":
    case "has":
      return [node.field];
    case "anywhere":
      return [];
    default:
      return node satisfies never;
  }
}

/** Writes the conditions of one table. A condition is null where the table lacks the field: it is then neither true nor false. */
class TableCompiler {
  readonly type: RecordType;
  readonly parameters: Record<string, string> = {};
  readonly lookups: AddressLookup[] = [];
  /** Values that did not fit their column. */
  readonly misfits: FilterError[] = [];
  readonly #times: FilterTimes;
  readonly #known: Known;

  constructor(type: RecordType, times: FilterTimes, known: Known) {
    this.type = type;
    this.#times = times;
    this.#known = known;
  }

  condition(node: FilterNode): ConditionTree | null {
    switch (node.kind) {
      case "and": {
        const parts = node.items.map((item) => this.condition(item)).filter((part) => part !== null);
        return parts.length < node.items.length ? null : { kind: "and", items: parts };
      }
      case "or":
        return anyOf(node.items.map((item) => this.condition(item)));
      case "not": {
        const item = this.condition(node.item);
        return item === null ? null : { kind: "not", item };
      }
      case "has":
        return anyOf(columnsOf(node.field.value, this.type).map((column) => leaf(column, has(column))));
      case "anywhere":
        return this.#anywhere(node.text);
      case "test":
        return this.#test(node.field, node.operator, node.values);
      default:
        return node satisfies never;
    }
  }

  #test(field: Literal, operator: TestOperator, values: readonly Range[]): ConditionTree | null {
    const columns = columnsOf(field.value, this.type);
    const holds = (test: Exclude<TestOperator, "!=">) =>
      anyOf(columns.map((column) => leaf(column, this.#holds(column, test, values))));
    if (operator !== "!=") return holds(operator);
    // Set, and none of its values (a list's items, either address of "host") is the one given.
    const equal = holds("==");
    const isSet = anyOf(columns.map((column) => leaf(column, has(column))));
    return equal === null || isSet === null ? null : { kind: "and", items: [isSet, { kind: "not", item: equal }] };
  }

  /** Condition on one column; of a list: on any of its items. */
  #holds(column: FieldColumn, operator: Exclude<TestOperator, "!=">, values: readonly Range[]): string | null {
    const cell = `r.${quoteIdentifier(column.name)}`;
    const isListed = column.kind !== "hour" && column.kind !== "weekday" && isListKind(column.kind);
    const kind = isListed ? itemKind(column.kind) : column.kind;
    const isJoined = column.joined === true && (operator === "==" || operator === "in");
    const test = (target: string): string => {
      const parts = values.map((value) => this.#compare(target, kind, operator, value));
      return parts.length === 1 ? parts[0]! : `(${parts.join(" OR ")})`;
    };
    try {
      if (isListed) return `EXISTS (SELECT 1 FROM (SELECT unnest(${cell}) AS item) AS i WHERE ${test("i.item")})`;
      if (isJoined) return this.#joined(column.name, values, test);
      return test(cell);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.misfits.push(error);
      return null;
    }
  }

  /** A cell that joins several values fits when one of them does. Few do: only those are taken apart, or compared as they are known. */
  #joined(name: string, values: readonly Range[], test: (target: string) => string): string {
    const cell = `r.${quoteIdentifier(name)}`;
    const known = values.every(({ to }) => to === null) ? this.#known.joined(this.type.name, name) : null;
    if (known === null)
      return `(${test(cell)} OR (contains(${cell}, ',') AND len(list_filter(string_split(${cell}, ','), lambda item: ${test("item")})) > 0))`;
    const wanted = new Set(values.map(({ from }) => from.value));
    const fitting = known.filter((joined) => joined.split(",").some((item) => wanted.has(item)));
    return `(${[test(cell), ...fitting.map((text) => `${cell} = ${this.#text(text)}`)].join(" OR ")})`;
  }

  #compare(target: string, kind: FieldColumn["kind"], operator: Exclude<TestOperator, "!=">, range: Range): string {
    if (operator === "contains" || operator === "startswith" || operator === "endswith" || operator === "matches") {
      return this.#compareText(target, kind, operator, range.from);
    }
    if (range.to !== null) {
      const low = this.#compare(target, kind, ">=", { from: range.from, to: null });
      const high = this.#compare(target, kind, "<=", { from: range.to, to: null });
      return `(${low} AND ${high})`;
    }
    const { from: literal } = range;
    const test = operator === "in" ? "==" : operator;
    switch (kind) {
      case "addr":
        return this.#compareAddress(target, operator, literal);
      case "string":
      case "enum":
        return `${target} ${SQL_OPERATORS[test]} ${this.#text(literal.value)}`;
      case "time":
        return this.#compareTime(target, test, literal);
      case "interval":
        return `${target} ${SQL_OPERATORS[test]} ${need(readDuration(literal.value), literal, "this is no duration", "write for example 90s, 1.5h or 200ms")}`;
      case "bool": {
        const value = need(readBool(literal.value), literal, "this is neither true nor false", "write true or false");
        if (test !== "==") throw misfit(literal, "true and false have no order", "write == true or == false");
        return value ? target : `NOT ${target}`;
      }
      case "hour":
        return `hour(${target}) ${SQL_OPERATORS[test]} ${need(hourOf(literal.value), literal, "this is no hour", "write a number from 0 to 23")}`;
      case "weekday":
        return `isodow(${target}) ${SQL_OPERATORS[test]} ${need(readWeekday(literal.value), literal, "this is no day of the week", "write mon, tue, wed, thu, fri, sat or sun")}`;
      case "count":
      case "int":
      case "port":
      case "double":
        return `${target} ${SQL_OPERATORS[test]} ${need(readNumber(literal.value), literal, "this is no number", "write for example 445, 0x1bd or 10MB")}`;
      default:
        throw misfit(literal, "this field cannot be compared", null);
    }
  }

  #compareText(
    target: string,
    kind: FieldColumn["kind"],
    operator: "contains" | "startswith" | "endswith" | "matches",
    literal: Literal,
  ): string {
    if (kind !== "string" && kind !== "enum" && kind !== "addr")
      throw misfit(literal, `this field is no text, so "${operator}" does not apply`, "write ==, <, > or in");
    if (operator === "matches") return `regexp_matches(${target}, ${this.#text(checkedExpression(literal))})`;
    const fold = `lower(${target})`;
    const text = `lower(${this.#text(literal.value)})`;
    if (operator === "contains") return `contains(${fold}, ${text})`;
    return operator === "startswith" ? `starts_with(${fold}, ${text})` : `ends_with(${fold}, ${text})`;
  }

  /** An address, a range of addresses, a group of the estate, a role, or a machine's name. */
  #compareAddress(target: string, operator: TestOperator, literal: Literal): string {
    if (operator !== "==" && operator !== "in")
      throw misfit(literal, "addresses have no order here", "write == or in, as in src in 10.20.0.0/16");
    const lookup = addressLookup(literal);
    const addresses = this.#known.addresses(lookup);
    if (addresses === null) {
      this.lookups.push(lookup);
      const bound = lookup.values.map((value) => this.#text(value));
      return `${target} IN (${lookup.sql.replace(/\$(\d)/g, (_, at: string) => bound[Number(at)]!)})`;
    }
    if (addresses.length === 1) return `${target} = ${this.#text(addresses[0]!)}`;
    // The database works this out once for each address of a block and not for each record, as it does with a list that stands there.
    return `list_contains(CAST(${this.#text(JSON.stringify(addresses))}::JSON AS VARCHAR[]), ${target})`;
  }

  #compareTime(target: string, operator: Exclude<TestOperator, "!=" | "in">, literal: Literal): string {
    const span = need(
      readTime(literal.value, this.#times),
      literal,
      "this is no time (or the case has no evidence for it yet)",
      "write for example 2026-11-01, 2026-11-01T02:14:07Z, start+1h or end-30m",
    );
    const at = (ns: bigint) => `make_timestamp_ns(${ns})`;
    switch (operator) {
      case "==":
        return `(${target} >= ${at(span.from)} AND ${target} < ${at(span.to)})`;
      case "<":
        return `${target} < ${at(span.from)}`;
      case ">=":
        return `${target} >= ${at(span.from)}`;
      case "<=":
        return `${target} < ${at(span.to)}`;
      case ">":
        return `${target} >= ${at(span.to)}`;
      default:
        throw misfit(literal, "times are compared with ==, <, <=, >, >= or in", null);
    }
  }

  /** Any text or address column of the table contains it. */
  #anywhere(literal: Literal): ConditionTree | null {
    const range: Range = { from: literal, to: null };
    return anyOf(this.#textColumns().map((column) => leaf(column, this.#holds(column, "contains", [range]))));
  }

  #textColumns(): FieldColumn[] {
    const texts: readonly string[] = ["string", "enum", "addr"];
    return Object.entries({ ...this.type.columns })
      .filter(([, { kind }]) => texts.includes(isListKind(kind) ? itemKind(kind) : kind))
      .map(([name, { kind }]): FieldColumn => ({ name, kind }))
      .concat(["uid", "id.orig_h", "id.resp_h"].map((name): FieldColumn => ({ name, kind: "string" })));
  }

  /** Binds a text and returns its parameter. */
  #text(value: string): string {
    const name = `p${Object.keys(this.parameters).length}`;
    this.parameters[name] = value;
    return `CAST($${name} AS VARCHAR)`;
  }
}

const SQL_OPERATORS = { "==": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const;

/** Null if there is nothing that could hold. */
function anyOf(parts: readonly (ConditionTree | null)[]): ConditionTree | null {
  const items = parts.filter((part) => part !== null);
  return items.length === 0 ? null : { kind: "or", items };
}

function leaf({ name }: FieldColumn, where: string | null): ConditionTree | null {
  return where === null ? null : { kind: "leaf", column: name, where };
}

/** The field is set: a bool is true, a list has items, a text is not empty. */
function has({ name, kind }: FieldColumn): string {
  const cell = `r.${quoteIdentifier(name)}`;
  if (kind === "bool") return cell;
  if (kind === "string" || kind === "enum" || kind === "addr") return `(${cell} <> '')`;
  if (kind !== "hour" && kind !== "weekday" && isListKind(kind)) return `(len(${cell}) > 0)`;
  return `(${cell} IS NOT NULL)`;
}

function hourOf(text: string): number | null {
  return /^\d{1,2}$/.test(text) && Number(text) < 24 ? Number(text) : null;
}

function need<T>(value: T | null, literal: Literal, reason: string, instead: string): T {
  if (value === null) throw misfit(literal, reason, instead);
  return value;
}
