import { useLiveQuery } from "dexie-react-hooks";
import { kept } from "./store.ts";

/** Rows of the window's store, anew whenever they change, in this window or another one; `first` until they are read. */
export function useStored<T>(read: () => PromiseLike<T>, first: T, depends: readonly unknown[] = []): T {
  return useLiveQuery(() => kept(read), [...depends], first) ?? first;
}
