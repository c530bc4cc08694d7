import { liveQuery } from "dexie";
import { shell, shellCall } from "./client.ts";
import { store } from "./store.ts";

/** Cases that the desktop program's menu offers at most. */
const MOST_RECENT = 10;

/** Keeps the desktop program's menu of recent cases as the store has them. */
export function tellRecentCases(): void {
  if (shell === null) return;
  liveQuery(() => store.cases.orderBy("openedAt").reverse().limit(MOST_RECENT).toArray()).subscribe({
    next: (kept) => {
      const cases = kept.map(({ folder, name }) => ({ folder, name: name.slice(0, 1000) }));
      void shellCall("shell.recent", { cases });
    },
    error: () => undefined, // a store that cannot be read has no recent cases
  });
}
