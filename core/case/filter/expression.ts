import type { Literal } from "./parser.ts";
import { misfit } from "./problem.ts";

/** An expression of RE2 (https://github.com/google/re2/wiki/Syntax), which has no look-around and no back-references. */
export function checkedExpression(literal: Literal): string {
  const { value } = literal;
  if (/\(\?(?:[=!]|<[=!])/.test(value))
    throw misfit(
      literal,
      "look-around is not supported in regular expressions",
      'join two conditions with "and" or "and not"',
    );
  if (/(?:^|[^\\])(?:\\\\)*\\[1-9]/.test(value))
    throw misfit(literal, "back-references are not supported in regular expressions", null);
  const wrong = syntaxError(value);
  if (wrong !== null) {
    throw misfit(
      literal,
      `this regular expression is not complete (${wrong})`,
      "check its brackets and parentheses; put a \\ before a character that is meant literally",
    );
  }
  return value;
}

/** What is wrong with an expression, as far as JavaScript's lenient syntax tells; null if nothing. */
function syntaxError(value: string): string | null {
  try {
    new RegExp(value.replace(/\(\?[imsU-]+[:)]/g, "(?:)").replaceAll("(?P<", "(?<"));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error);
  }
}
