import type { ApiMethod } from "../../core/contracts/api.ts";
import { kept, store } from "./store.ts";

/** Calls whose answers are whole views: the last one is shown, marked as old, until the engine has answered again. */
const SHOWN: ReadonlySet<ApiMethod> = new Set<ApiMethod>([
  "case.view",
  "case.overview",
  "timeline.sessions",
  "exfiltration.view",
  "estate.view",
]);
const MOST_KEPT = 60;
/** Another build may have other answers; the bundle's name has its hash. */
const BUILD = new URL(import.meta.url).pathname;

let folder: string | null = null;

/** Says which case the answers from now on are of. */
export function screensOf(next: string | null): void {
  folder = next;
}

/** Folder of the case that the page shows; null for none. */
export function shownFolder(): string | null {
  return folder;
}

/** The last answer to a call about the open case; null if there is none or it is none to keep. */
export async function lastScreen(method: ApiMethod, key: string): Promise<unknown> {
  if (folder === null || !SHOWN.has(method)) return null;
  const found = await kept(() => store.screens.get(keyOf(folder!, key)));
  return found?.answer ?? null;
}

/** Keeps an answer; the oldest make room. */
export async function keepScreen(method: ApiMethod, key: string, answer: unknown): Promise<void> {
  if (folder === null || !SHOWN.has(method)) return;
  const of = folder;
  await kept(async () => {
    await store.screens.put({ key: keyOf(of, key), folder: of, answer, at: Date.now() });
    const old = await store.screens.orderBy("at").reverse().offset(MOST_KEPT).primaryKeys();
    await store.screens.bulkDelete(old);
  });
}

function keyOf(of: string, key: string): string {
  return `${BUILD} ${of} ${key}`;
}
