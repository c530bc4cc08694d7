import type { Api, ApiMethod } from "../../contracts/api.ts";
import { ARGS } from "../../contracts/api.ts";
import type { Result } from "../../contracts/result.ts";
import { BacktrailError } from "../../contracts/result.ts";

/** A call whose name exists and whose argument fits. */
export interface CheckedCall {
  readonly method: ApiMethod;
  readonly arg: Api[ApiMethod][0];
}

/** Checks what came over a process edge, where types stop. Codes: `unknown-method`, `bad-argument`. */
export function checkedCall(method: unknown, arg: unknown): Result<CheckedCall> {
  if (typeof method !== "string" || !Object.hasOwn(ARGS, method)) {
    const name = typeof method === "string" ? ` named ${method.slice(0, 100)}` : " of that kind";
    return { ok: false, error: { code: "unknown-method", message: `There is no call${name}.` } };
  }
  const known = method as ApiMethod;
  const parsed = ARGS[known].safeParse(arg);
  if (parsed.success) return { ok: true, value: { method: known, arg: parsed.data } };
  const reason = parsed.error.issues[0]?.message ?? "unknown reason";
  return {
    ok: false,
    error: { code: "bad-argument", message: `The argument of ${known} does not fit: ${reason}.` },
  };
}

/** What `work` gives, or what it throws as a Problem. Never rejects. */
export async function resultOf<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof BacktrailError) return { ok: false, error: { code: error.code, message: error.message } };
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, error: { code: "fault", message: `A fault in Backtrail itself: ${reason}.` } };
  }
}
