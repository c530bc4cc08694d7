import { useEffect, useState } from "react";
import type { LiveView } from "../../../core/contracts/api.ts";
import { call } from "../../data/client.ts";

/** The recorder says how it is once a second; one that has ended may be started again. */
const RUNNING_MS = 1000;
const ENDED_MS = 5000;

export type Live =
  | { readonly state: "loading" }
  | { readonly state: "none" }
  | { readonly state: "failed"; readonly message: string; readonly last: LiveView | null }
  | { readonly state: "ready"; readonly value: LiveView };

/** The recording of the case, asked for as long as the view is open and seen. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ state: "loading" });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      let wait = ENDED_MS;
      if (document.visibilityState === "visible") {
        const result = await call("live.view", {});
        if (isOver) return;
        if (result.ok && result.value?.isRunning !== false) wait = RUNNING_MS;
        setLive((before) => next(before, result));
      }
      timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return live;
}

function next(before: Live, result: Awaited<ReturnType<typeof call<"live.view">>>): Live {
  if (!result.ok) {
    const last = before.state === "ready" ? before.value : before.state === "failed" ? before.last : null;
    return { state: "failed", message: result.error.message, last };
  }
  return result.value === null ? { state: "none" } : { state: "ready", value: result.value };
}
