import { ENTRY } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ProposedContext, ContextResult } from "./pdu.ts";
import { FEATURE_NEGOTIATION, NDR64 } from "./uuid.ts";

/** Most presentation contexts of one association. */
const MOST_CONTEXTS = 1024;

/** A presentation context: what a context id of a request means. */
export interface Context {
  readonly uuid: string;
  readonly version: string;
  /** True if calls are marshalled as NDR64. */
  is64: boolean;
  /** Reason of the refusal; null while accepted or not answered yet. */
  refusal: number | null;
}

/** Contexts of one association, from its binds and their answers. */
export class Contexts {
  readonly #byId = new HeldMap<number, Context>();
  /** Proposals that wait for their answer, by call id. */
  readonly #proposals = new HeldMap<number, readonly ProposedContext[]>(
    (proposed) => ENTRY * proposed.reduce((sum, { transferSyntaxes }) => sum + 1 + transferSyntaxes.length, 1),
  );

  /** A bind or alter_context. The contexts hold from now on: an answer that is never seen must not hide the calls. */
  propose(callId: number, proposed: readonly ProposedContext[]): void {
    for (const { id, uuid, major, minor, transferSyntaxes } of proposed) {
      if (transferSyntaxes.some((syntax) => syntax.startsWith(FEATURE_NEGOTIATION))) continue;
      if (this.#byId.size >= MOST_CONTEXTS && !this.#byId.has(id)) continue;
      const is64 = transferSyntaxes.length > 0 && transferSyntaxes.every((syntax) => syntax === NDR64);
      this.#byId.set(id, { uuid, version: `${major}.${minor}`, is64, refusal: null });
    }
    if (this.#proposals.size >= 16) this.#proposals.clear();
    this.#proposals.set(callId, proposed);
  }

  /**
   * A bind_ack or alter_context_resp.
   * @returns the contexts of interfaces that were refused as a whole.
   */
  answer(callId: number, results: readonly ContextResult[]): Context[] {
    const proposed = this.#proposals.get(callId);
    if (proposed === undefined) return [];
    this.#proposals.delete(callId);
    const accepted = new Set<string>();
    const refused = new Map<string, Context>();
    for (let i = 0; i < results.length && i < proposed.length; i++) {
      const { result, reason, transferSyntax } = results[i]!;
      const { id, uuid } = proposed[i]!;
      const context = this.#byId.get(id);
      if (context === undefined || context.uuid !== uuid) continue;
      if (result === 0) {
        context.is64 = transferSyntax === NDR64;
        accepted.add(uuid);
      } else if (result === 1 || result === 2) {
        context.refusal = reason;
        refused.set(uuid, context);
      }
    }
    return [...refused.values()].filter((context) => !accepted.has(context.uuid));
  }

  /** A bind_nak: the interface that was asked for first, if the bind was seen. */
  refuse(callId: number): ProposedContext | null {
    const proposed = this.#proposals.get(callId);
    this.#proposals.delete(callId);
    return proposed?.[0] ?? null;
  }

  get(id: number): Context | undefined {
    return this.#byId.get(id);
  }
}
