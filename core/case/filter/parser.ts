import { FilterError } from "./problem.ts";
import type { Operator, Token } from "./tokens.ts";
import { tokensOf } from "./tokens.ts";

/** Deepest nesting of parentheses and "not". */
const DEEPEST = 200;

export type TextOperator = "contains" | "startswith" | "endswith" | "matches";
export type TestOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | TextOperator;

/** A value as written. */
export interface Literal {
  /** A word may be a number, address, time, name; a text is a text. */
  readonly kind: "word" | "text" | "regex";
  readonly value: string;
  readonly position: number;
  readonly length: number;
}

/** A value, or the values from one to another, both included. */
export interface Range {
  readonly from: Literal;
  /** Null if it is a single value. */
  readonly to: Literal | null;
}

export type FilterNode =
  | { readonly kind: "or" | "and"; readonly items: readonly FilterNode[] }
  | { readonly kind: "not"; readonly item: FilterNode }
  | {
      readonly kind: "test";
      readonly field: Literal;
      readonly operator: TestOperator;
      readonly values: readonly Range[];
    }
  /** The field is set (of a bool: is true). */
  | { readonly kind: "has"; readonly field: Literal }
  /** Any text column contains it. */
  | { readonly kind: "anywhere"; readonly text: Literal };

const TEXT_OPERATORS: readonly string[] = ["contains", "startswith", "endswith", "matches"];

/** @throws FilterError */
export function parseFilter(text: string): FilterNode {
  const parser = new Parser(tokensOf(text));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): FilterNode {
    if (this.#peek().kind === "end")
      throw new FilterError(0, 0, "it is empty", "write for example: dst in backup and port == 445");
    const node = this.#or();
    const rest = this.#peek();
    if (rest.kind === ")")
      throw new FilterError(rest.position, rest.length, "this parenthesis closes none", "leave it out");
    if (rest.kind !== "end") {
      throw new FilterError(
        rest.position,
        rest.length,
        "a condition is complete before this",
        'join conditions with "and" or "or"',
      );
    }
    return node;
  }

  #or(): FilterNode {
    return this.#joined("or", () => this.#joined("and", () => this.#not()));
  }

  #joined(kind: "or" | "and", part: () => FilterNode): FilterNode {
    const items = [part()];
    while (this.#peek().kind === kind) {
      this.#at++;
      items.push(part());
    }
    return items.length === 1 ? items[0]! : { kind, items };
  }

  #not(): FilterNode {
    const token = this.#peek();
    if (++this.#depth > DEEPEST)
      throw new FilterError(token.position, token.length, `it is nested deeper than ${DEEPEST} levels`);
    try {
      if (token.kind !== "not") return this.#primary();
      this.#at++;
      return { kind: "not", item: this.#not() };
    } finally {
      this.#depth--;
    }
  }

  #primary(): FilterNode {
    const token = this.#peek();
    switch (token.kind) {
      case "(": {
        this.#at++;
        const node = this.#or();
        const close = this.#peek();
        if (close.kind !== ")")
          throw new FilterError(token.position, token.length, "this parenthesis is not closed", "add a )");
        this.#at++;
        return node;
      }
      case "text":
        this.#at++;
        return { kind: "anywhere", text: literal(token) };
      case "word":
        this.#at++;
        return this.#condition(literal(token));
      case "end":
        throw new FilterError(token.position, 0, "a condition is missing", "write for example: port == 445");
      default:
        throw new FilterError(
          token.position,
          token.length,
          "a condition is due here",
          "write a field, an operator and a value, as in port == 445",
        );
    }
  }

  #condition(field: Literal): FilterNode {
    const token = this.#peek();
    if (token.kind === "operator") {
      this.#at++;
      const operator = token.value as Operator;
      if (operator === "matches" || operator === "not-matches") {
        const test: FilterNode = {
          kind: "test",
          field,
          operator: "matches",
          values: [{ from: this.#value(token), to: null }],
        };
        return operator === "matches" ? test : { kind: "not", item: test };
      }
      return { kind: "test", field, operator, values: [{ from: this.#value(token), to: null }] };
    }
    const isNegated = token.kind === "not" && this.#wordAt(this.#at + 1) !== null;
    const keyword = this.#wordAt(isNegated ? this.#at + 1 : this.#at);
    if (keyword === null || (keyword !== "in" && keyword !== "is" && !TEXT_OPERATORS.includes(keyword))) {
      if (token.kind === "word" || token.kind === "text") {
        throw new FilterError(
          token.position,
          token.length,
          "an operator is due between a field and its value",
          "write ==, !=, <, >, in, contains, startswith, endswith or matches before it",
        );
      }
      return { kind: "has", field };
    }
    this.#at += isNegated ? 2 : 1;
    const after = this.#tokens[this.#at - 1]!;
    let node: FilterNode;
    if (keyword === "is") node = this.#isSet(field, after);
    else if (keyword === "in") node = { kind: "test", field, operator: "in", values: this.#values(after) };
    else
      node = {
        kind: "test",
        field,
        operator: keyword as TextOperator,
        values: [{ from: this.#value(after), to: null }],
      };
    return isNegated ? { kind: "not", item: node } : node;
  }

  /** "is set", "is not set", "is unset". */
  #isSet(field: Literal, after: Token): FilterNode {
    const isNegated = this.#peek().kind === "not";
    if (isNegated) this.#at++;
    const word = this.#wordAt(this.#at);
    if (word !== "set" && (word !== "unset" || isNegated)) {
      throw new FilterError(
        after.position,
        after.length,
        '"is" goes with "set" or "not set"',
        `write ${field.value} is set, or ${field.value} == a value`,
      );
    }
    this.#at++;
    const node: FilterNode = { kind: "has", field };
    return isNegated || word === "unset" ? { kind: "not", item: node } : node;
  }

  /** A list in brackets, or one value or range. */
  #values(before: Token): Range[] {
    const open = this.#peek();
    if (open.kind !== "[" && open.kind !== "(") return [this.#range(before)];
    this.#at++;
    const close = open.kind === "[" ? "]" : ")";
    const values = [this.#range(open)];
    for (;;) {
      const token = this.#peek();
      this.#at++;
      if (token.kind === close) return values;
      if (token.kind !== ",")
        throw new FilterError(
          open.position,
          open.length,
          "this list is not closed",
          `separate its values by commas and end it with ${close}`,
        );
      values.push(this.#range(token));
    }
  }

  #range(before: Token): Range {
    const from = this.#value(before);
    if (this.#peek().kind !== "..") return { from, to: null };
    const dots = this.#peek();
    this.#at++;
    return { from, to: this.#value(dots) };
  }

  #value(before: Token): Literal {
    const token = this.#peek();
    if (token.kind === "word" || token.kind === "text" || token.kind === "regex") {
      this.#at++;
      return literal(token);
    }
    throw new FilterError(
      before.position,
      before.length,
      "a value is missing after this",
      "write a number, an address, a time, a word or a text in quotes",
    );
  }

  /** Lower-case word at a place, null if there is something else. */
  #wordAt(at: number): string | null {
    const token = this.#tokens[at];
    return token?.kind === "word" ? token.value.toLowerCase() : null;
  }

  /** The last token is "end" and is never passed. */
  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }
}

function literal(token: Token): Literal {
  return {
    kind: token.kind === "word" || token.kind === "regex" ? token.kind : "text",
    value: token.value,
    position: token.position,
    length: token.length,
  };
}
