import { useEffect, useState } from "react";

const KEY = "backtrail.filters";
const MOST_KEPT = 40;
const NONE: readonly string[] = [];

/** Filters that were applied, the latest first; read when `isWanted`. */
export function useFilterHistory(isWanted: boolean): readonly string[] {
  const [history, setHistory] = useState<readonly string[]>([]);
  useEffect(() => {
    if (isWanted) setHistory(read());
  }, [isWanted]);
  return isWanted ? history : NONE;
}

/** Keeps a filter for later; an empty one is nothing to keep. */
export function keepFilter(filter: string): void {
  if (filter === "") return;
  const next = [filter, ...read().filter((each) => each !== filter)].slice(0, MOST_KEPT);
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage that is full or forbidden: there is no history then.
  }
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string").slice(0, MOST_KEPT) : [];
  } catch {
    return []; // storage is forbidden, or holds something else
  }
}
