import { useCallback, useSyncExternalStore } from "react";
import { kept, store } from "./store.ts";

type Setting = string | number | boolean;

/** The settings as they are now: read once before the window is drawn, so that nothing jumps. */
const settings = new Map<string, Setting>();
const listeners = new Set<() => void>();

/** Reads the settings; to be awaited before anything is drawn. */
export async function loadSettings(): Promise<void> {
  const rows = (await kept(() => store.settings.toArray())) ?? [];
  for (const { name, value } of rows) settings.set(name, value);
}

/** A small setting that the window keeps; losing it loses nothing of a case. */
export function useKept<T extends Setting>(name: string, first: T): [T, (value: T) => void] {
  const known = useSyncExternalStore(listen, () => settings.get(name));
  const keep = useCallback(
    (next: T) => {
      settings.set(name, next);
      for (const changed of listeners) changed();
      void kept(() => store.settings.put({ name, value: next }));
    },
    [name],
  );
  return [typeof known === typeof first ? (known as T) : first, keep];
}

function listen(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}
