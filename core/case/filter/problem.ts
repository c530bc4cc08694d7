import type { Problem } from "../../contracts/result.ts";
import type { Literal } from "./parser.ts";

/** Why a filter cannot be used, and where. */
export interface FilterProblem extends Problem<"filter"> {
  /** UTF-16 offset in the filter's text, and how many units the mark covers (0: at the end). */
  readonly position: number;
  readonly length: number;
  /** What to write instead, as an example or a hint; null if there is nothing better to say. */
  readonly instead: string | null;
}

/** Thrown inside the filter code only; `compileFilter` turns it into a value. */
export class FilterError extends Error {
  readonly position: number;
  readonly length: number;
  readonly instead: string | null;

  constructor(position: number, length: number, reason: string, instead: string | null = null) {
    super(reason);
    this.position = position;
    this.length = length;
    this.instead = instead;
  }
}

/** The problem with a sentence that shows the place in the text. */
export function problemOf(error: FilterError, text: string): FilterProblem {
  const { position, length, instead } = error;
  const place =
    length === 0
      ? "at its end"
      : `at character ${position + 1} ("${text.slice(position, position + length).slice(0, 40)}")`;
  const hint = instead === null ? "" : `; ${instead}`;
  return {
    code: "filter",
    message: `The filter cannot be read ${place}: ${error.message}${hint}.`,
    position,
    length,
    instead,
  };
}

/** A value that does not fit its field. */
export function misfit(literal: Literal, reason: string, instead: string | null): FilterError {
  return new FilterError(literal.position, literal.length, reason, instead);
}
