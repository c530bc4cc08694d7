import { useEffect, useMemo, useState } from "react";
import type { Api, ApiMethod } from "../../core/contracts/api.ts";
import { call } from "./client.ts";
import { keepScreen, lastScreen } from "./screens.ts";

/** State of one call: not answered yet, refused with a sentence, or its value. */
export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly code: string; readonly message: string }
  /** `isOld`: of the argument before, while the new one's answer is awaited. */
  | { readonly state: "ready"; readonly value: T; readonly isOld: boolean };

/**
 * Makes a call whenever its argument changes; the last argument's answer wins, and until it is there the one before stays.
 * @param arg Null for no call yet.
 * @param state Of the case: another one asks anew with the same argument.
 */
export function useCall<M extends ApiMethod>(method: M, arg: Api[M][0] | null, state = ""): Loaded<Api[M][1]> {
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly answer: Loaded<Api[M][1]> } | null>(null);
  const key = `${method} ${JSON.stringify(arg)} ${state}`;
  useEffect(() => {
    if (arg === null) return;
    let current = true;
    let isAnswered = false;
    const waiting = new AbortController();
    void call(method, arg, waiting.signal).then((result) => {
      if (!current) return;
      isAnswered = true;
      const answer: Loaded<Api[M][1]> = result.ok
        ? { state: "ready", value: result.value, isOld: false }
        : { state: "failed", ...result.error };
      setLoaded({ key, answer });
      if (result.ok) whenIdle(() => void keepScreen(method, JSON.stringify([method, arg]), result.value));
    });
    void lastScreen(method, JSON.stringify([method, arg])).then((last) => {
      if (!current || isAnswered || last === null) return;
      const value = last as Api[M][1];
      setLoaded((before) => before ?? { key, answer: { state: "ready", value, isOld: true } });
    });
    return () => {
      current = false;
      waiting.abort();
    };
    // `key` stands for method and argument, which are new objects at each drawing.
  }, [key]);
  const isAsked = arg !== null;
  return useMemo(() => {
    if (loaded === null || !isAsked) return LOADING;
    if (loaded.key === key) return loaded.answer;
    return loaded.answer.state === "ready" && loaded.key.startsWith(`${method} `)
      ? { ...loaded.answer, isOld: true }
      : LOADING;
  }, [loaded, isAsked, key, method]);
}

/** After what is to be shown at once. Not every browser tells when it is idle. */
function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work, { timeout: 5000 });
  else setTimeout(work);
}

const LOADING = { state: "loading" } as const;
