import type { Api, ApiMethod } from "../../contracts/api.ts";
import { ARGS } from "../../contracts/api.ts";
import type { Result } from "../../contracts/result.ts";

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
