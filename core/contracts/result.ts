/** A value, or the reason why there is none. */
export type Result<T, C extends string = string> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Problem<C> };

/** What went wrong, for a person and for a program. */
export interface Problem<C extends string = string> {
  readonly code: C;
  /** One sentence: what, where (file, offset, packet), what to do. */
  readonly message: string;
}

/**
 * Thrown where input or surroundings prevent the work; becomes a Problem once, at the edge. `usage` errors end the
 * command with exit code 2 (wrong usage or input), the others with 3 (failed while working).
 */
export class BacktrailError extends Error {
  readonly code: string;
  readonly kind: "usage" | "work";

  constructor(code: string, message: string, options: { kind?: "usage" | "work"; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "BacktrailError";
    this.code = code;
    this.kind = options.kind ?? "usage";
  }
}

/** True for a problem with this code. */
export function isProblem(error: unknown, code: string): error is BacktrailError {
  return error instanceof BacktrailError && error.code === code;
}
