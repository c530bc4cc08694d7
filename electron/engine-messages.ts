import type { DeskState } from "../core/contracts/desk.ts";
import type { Result } from "../core/contracts/result.ts";
import type { Subject } from "../core/contracts/window.ts";

/** From main to an engine's process. */
export type ToEngine =
  /** A call of the page. */
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly arg: unknown }
  | { readonly kind: "own"; readonly id: number; readonly order: EngineOrder }
  | { readonly kind: "close" };

/** What main itself asks of an engine; pages have no way to it, because it names files. */
export type EngineOrder =
  | { readonly kind: "open"; readonly folder: string }
  | { readonly kind: "offer"; readonly paths: readonly string[] }
  /** Carves packets; to a place of the engine's own if `path` is null. */
  | { readonly kind: "carve"; readonly subject: Subject; readonly whole: boolean; readonly path: string | null };

/** What a carve order answers with. */
export interface Carved {
  readonly path: string;
  readonly frames: number;
}

/** From the engine's process: an answer to each call and order, and its state whenever that changes. */
export type FromEngine =
  | { readonly kind: "answer"; readonly id: number; readonly result: Result<unknown> }
  | { readonly kind: "state"; readonly state: DeskState };
