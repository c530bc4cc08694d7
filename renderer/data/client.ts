import { useSyncExternalStore } from "react";
import type { Api, ApiMethod, Reply } from "../../core/contracts/api.ts";
import type { Result } from "../../core/contracts/result.ts";
import type { ShellApi, ShellEvent, ShellMethod } from "../../core/contracts/shell.ts";

/** What the Electron preload puts into the page; absent in a browser. */
interface Bridge {
  call(method: string, arg: unknown): Promise<Result<unknown>>;
  /** Offers dropped files by their paths, which the page does not learn. */
  drop(files: readonly File[]): Promise<Result<unknown>>;
  /** @returns what ends the listening. */
  on(listener: (event: ShellEvent) => void): () => void;
}

declare global {
  interface Window {
    readonly backtrail?: Bridge;
  }
}

/** The desktop program around the page; null in a browser. */
export const shell: Bridge | null = window.backtrail ?? null;

let isAway = false;
const awayListeners = new Set<() => void>();

function setAway(next: boolean): void {
  if (next === isAway) return;
  isAway = next;
  for (const changed of awayListeners) changed();
}

/** True while the engine did not answer the last call; in Electron it is started again instead. */
export function useAway(): boolean {
  return useSyncExternalStore(
    (changed) => {
      awayListeners.add(changed);
      return () => awayListeners.delete(changed);
    },
    () => isAway,
  );
}

/** Calls of this page that are under way and after which another case may be open. */
let casesChanging = 0;

/** True while this page itself asks for another case. */
export function isChangingCase(): boolean {
  return casesChanging > 0;
}

/** Calls the engine: over the preload's bridge in Electron, else over loopback HTTP. The only caller of either. */
export const call = async <M extends ApiMethod>(
  method: M,
  arg: Api[M][0],
  /** Of the one who waits; in Electron the engine answers all the same. */
  signal?: AbortSignal,
): Reply<M> => {
  const changes = method === "case.open" || method === "case.close";
  if (changes) casesChanging++;
  try {
    const answer = shell === null ? overHttp(method, arg, signal) : shell.call(method, arg);
    return (await answer) as Result<Api[M][1]>;
  } finally {
    if (changes) casesChanging--;
  }
};

/** Calls the desktop program; only where `shell` is not null. */
export async function shellCall<M extends ShellMethod>(
  method: M,
  arg: ShellApi[M][0],
): Promise<Result<ShellApi[M][1]>> {
  if (shell === null) throw new Error(`${method} needs the desktop program`);
  return (await shell.call(method, arg)) as Result<ShellApi[M][1]>;
}

async function overHttp(method: string, arg: unknown, signal: AbortSignal | undefined): Promise<Result<unknown>> {
  try {
    const response = await fetch(`api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(arg),
      ...(signal !== undefined && { signal }),
    });
    const result = (await response.json()) as Result<unknown>;
    setAway(false);
    return result;
  } catch (cause) {
    if (signal?.aborted !== true) setAway(true);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The engine does not answer (${reason}): look whether "backtrail serve" still runs, then reload the page.`;
    return { ok: false, error: { code: "unreachable", message } };
  }
}
