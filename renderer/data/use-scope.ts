import { useState } from "react";
import type { Api } from "../../core/contracts/api.ts";
import { call } from "./client.ts";

type Machine = Api["scope.machine"][0];

/** Changes of the scope from the window: each finds estate and findings anew, and can be taken back. */
export interface ScopeChange {
  readonly isRunning: boolean;
  readonly problem: string | null;
  /** Says what a machine is; true if the case took it. */
  readonly setMachine: (machine: Machine) => Promise<boolean>;
  /** Takes the last change of this window back; null if there is none. */
  readonly undo: (() => void) | null;
}

/** @param onChanged Called when estate and findings are found anew. */
export function useScope(onChanged: (said: string) => void): ScopeChange {
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [past, setPast] = useState<readonly (string | null)[]>([]);
  const change = async (
    asked: Promise<{ ok: true; value: { before: string | null } } | { ok: false; error: { message: string } }>,
    said: string,
  ): Promise<{ before: string | null } | null> => {
    setRunning(true);
    const result = await asked;
    setRunning(false);
    setProblem(result.ok ? null : result.error.message);
    if (!result.ok) return null;
    onChanged(said);
    return result.value;
  };
  const last = past.at(-1);
  return {
    isRunning,
    problem,
    setMachine: async (machine) => {
      const done = await change(
        call("scope.machine", machine),
        "The scope is changed; estate and findings were found anew",
      );
      if (done !== null) setPast((before) => [...before, done.before]);
      return done !== null;
    },
    undo:
      last === undefined || isRunning
        ? null
        : () =>
            void change(call("scope.set", { text: last }), "The scope is as it was before").then(
              (done) => done !== null && setPast((before) => before.slice(0, -1)),
            ),
  };
}
