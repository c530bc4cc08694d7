import type { Result } from "../core/contracts/result.ts";

/** From main to the engine's process: one call; or close the case and end. */
export type ToEngine =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly arg: unknown }
  | { readonly kind: "close" };

/** From the engine's process: how opening the case went, once; then an answer for each call. */
export type FromEngine =
  | { readonly kind: "opened"; readonly name: string; readonly notes: readonly string[] }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly result: Result<unknown> };
