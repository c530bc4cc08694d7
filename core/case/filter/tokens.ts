import { FilterError } from "./problem.ts";

/** Longest filter text. */
export const LONGEST_FILTER = 20_000;

export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "matches" | "not-matches";

export interface Token {
  readonly kind:
    "word" | "text" | "regex" | "operator" | "(" | ")" | "[" | "]" | "," | ".." | "and" | "or" | "not" | "end";
  /** Words as written; texts and expressions without quotes and escapes; operators by their first spelling. */
  readonly value: string;
  readonly position: number;
  readonly length: number;
}

const SYMBOLS: readonly [spelling: string, kind: Token["kind"], value: string][] = [
  ["==", "operator", "=="],
  ["!=", "operator", "!="],
  ["<>", "operator", "!="],
  ["<=", "operator", "<="],
  [">=", "operator", ">="],
  ["=~", "operator", "matches"],
  ["!~", "operator", "not-matches"],
  ["&&", "and", "and"],
  ["||", "or", "or"],
  ["..", "..", ".."],
  ["=", "operator", "=="],
  ["<", "operator", "<"],
  [">", "operator", ">"],
  ["~", "operator", "matches"],
  ["!", "not", "not"],
  ["(", "(", "("],
  [")", ")", ")"],
  ["[", "[", "["],
  ["]", "]", "]"],
  ["{", "[", "["],
  ["}", "]", "]"],
  [",", ",", ","],
];

const WORD = /[\p{L}\p{N}_.:\-+/%*@$\\]/u;

/** Cuts a filter into tokens, with an "end" token last. */
export function tokensOf(text: string): Token[] {
  if (text.length > LONGEST_FILTER) {
    throw new FilterError(
      LONGEST_FILTER,
      1,
      `it has ${text.length} characters, and ${LONGEST_FILTER} are the most`,
      "put long lists into a query",
    );
  }
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const token = quoted(text, at) ?? symbol(text, at) ?? word(text, at);
    if (token === null)
      throw new FilterError(
        at,
        1,
        "this character means nothing here",
        'put text in quotes, as in user contains "ad min"',
      );
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: "end", value: "", position: text.length, length: 0 });
  return tokens;
}

function symbol(text: string, at: number): Token | null {
  const found = SYMBOLS.find(([spelling]) => text.startsWith(spelling, at));
  return found === undefined ? null : { kind: found[1], value: found[2], position: at, length: found[0].length };
}

function word(text: string, at: number): Token | null {
  let end = at;
  while (end < text.length && !text.startsWith("..", end)) {
    const character = String.fromCodePoint(text.codePointAt(end)!);
    if (!WORD.test(character)) break;
    end += character.length;
  }
  if (end === at) return null;
  const value = text.slice(at, end);
  const lower = value.toLowerCase();
  const kind = lower === "and" || lower === "or" || lower === "not" ? lower : "word";
  return { kind, value, position: at, length: end - at };
}

function quoted(text: string, at: number): Token | null {
  switch (text[at]) {
    case '"':
      return doubleQuoted(text, at);
    case "'":
      return singleQuoted(text, at);
    case "/":
      return expression(text, at);
    default:
      return null;
  }
}

/** "..." with \" \\ \xNN \uNNNN; any other backslash stands for itself, so that "C:\temp" is a path. */
function doubleQuoted(text: string, at: number): Token {
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i]!;
    if (character === '"') return { kind: "text", value, position: at, length: i + 1 - at };
    if (character !== "\\") {
      value += character;
      continue;
    }
    const escape = /^\\(?:(["\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(text.slice(i, i + 6));
    if (escape === null) {
      value += "\\";
      continue;
    }
    const code = escape[2] ?? escape[3];
    value += escape[1] ?? String.fromCharCode(Number.parseInt(code!, 16));
    i += escape[0].length - 1;
  }
  throw new FilterError(at, text.length - at, "the text that begins here is not closed", 'add a " at its end');
}

/** '...' without escapes; '' is one quote. */
function singleQuoted(text: string, at: number): Token {
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== "'") {
      value += text[i]!;
    } else if (text[i + 1] === "'") {
      value += "'";
      i++;
    } else {
      return { kind: "text", value, position: at, length: i + 1 - at };
    }
  }
  throw new FilterError(at, text.length - at, "the text that begins here is not closed", "add a ' at its end");
}

/** /.../ with an optional i for "whatever the case". */
function expression(text: string, at: number): Token {
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i]!;
    if (character === "\\" && text[i + 1] === "/") {
      value += "/";
      i++;
    } else if (character === "/") {
      const ignoresCase = text[i + 1] === "i";
      return {
        kind: "regex",
        value: ignoresCase ? `(?i)${value}` : value,
        position: at,
        length: i + 1 - at + (ignoresCase ? 1 : 0),
      };
    } else if (character === "\\" && i + 1 < text.length) {
      value += character + text[++i]!;
    } else {
      value += character;
    }
  }
  throw new FilterError(
    at,
    text.length - at,
    "the regular expression that begins here is not closed",
    "add a / at its end",
  );
}
