import { useCallback, useState } from "react";
import type { Narrowing } from "../../core/contracts/window.ts";

/** Narrowings that can be gone back to; older ones are forgotten. */
const MOST_KEPT = 100;

interface History {
  readonly past: readonly Narrowing[];
  readonly future: readonly Narrowing[];
}

/** Filter and time range with undo and redo. The narrowing itself is kept in the address; only the steps are kept here. */
export function useNarrowingHistory(now: Narrowing, set: (next: Narrowing) => void) {
  const [{ past, future }, setHistory] = useState<History>({ past: [], future: [] });
  const narrow = useCallback(
    (change: Partial<Narrowing>) => {
      const next = { filter: now.filter, from: now.from, to: now.to, ...change };
      if (next.filter === now.filter && next.from === now.from && next.to === now.to) return;
      setHistory({ past: [...past, plain(now)].slice(-MOST_KEPT), future: [] });
      set(next);
    },
    [now, past, set],
  );
  const undo = past.at(-1);
  const redo = future.at(-1);
  return {
    narrow,
    undo:
      undo === undefined
        ? null
        : () => {
            setHistory({ past: past.slice(0, -1), future: [...future, plain(now)] });
            set(undo);
          },
    redo:
      redo === undefined
        ? null
        : () => {
            setHistory({ past: [...past, plain(now)], future: future.slice(0, -1) });
            set(redo);
          },
  };
}

function plain({ filter, from, to }: Narrowing): Narrowing {
  return { filter, from, to };
}
