import { useState } from "react";

/** A small setting that the browser keeps; losing it loses nothing of a case. */
export function useKept<T extends string | number | boolean>(name: string, first: T): [T, (value: T) => void] {
  const key = `backtrail.${name}`;
  const [value, setValue] = useState<T>(() => readKept(key, first));
  const keep = (next: T) => {
    setValue(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Storage that is full or forbidden: the setting holds until the window is closed.
    }
  };
  return [value, keep];
}

function readKept<T>(key: string, first: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return typeof value === typeof first ? (value as T) : first;
  } catch {
    return first; // storage is forbidden, or holds something else
  }
}
