import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { DeskState } from "../../core/contracts/desk.ts";
import { call, isChangingCase, shell } from "../data/client.ts";
import { shownFolder } from "../data/screens.ts";
import type { Sending } from "./send-file.ts";
import { sendFiles } from "./send-file.ts";

/** How often the engine is asked how far an analysis is. */
const ASK_MS = 400;

export interface Intake {
  readonly desk: DeskState | null;
  /** Files of the browser that a person has yet to decide on. */
  readonly files: readonly File[];
  readonly sending: Sending | null;
  readonly problem: string | null;
  readonly take: (files: readonly File[]) => void;
  readonly start: (into: "new" | "open", name: string) => void;
  readonly cancelSending: () => void;
  /** Lets what waits go. */
  readonly dismiss: () => void;
  readonly stop: () => void;
}

/** Captures that come in by drop, dialog or another program, and the analysis of them. */
export function useIntake(): Intake {
  const [desk, setDesk] = useState<DeskState | null>(null);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [sending, setSending] = useState<Sending | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const abort = useRef<AbortController | null>(null);
  const take = useEffectEvent((next: DeskState) => {
    const wasRunning = isRunning(desk);
    setDesk(next);
    const folder = next.case?.folder ?? null;
    const { analysis } = next;
    const isNew = wasRunning && !isRunning(next) && (analysis?.state !== "failed" || analysis.into === "open");
    const isOther = desk !== null && folder !== shownFolder() && folder !== null && !isChangingCase();
    if (isNew || isOther) show(folder !== shownFolder());
  });
  const ask = useCallback(async () => {
    const result = await call("desk.state", {});
    if (result.ok) take(result.value);
  }, []);
  useEffect(() => {
    void ask();
    const again = () => void ask();
    window.addEventListener("focus", again);
    const end = shell?.on(({ kind }) => kind === "desk" && again());
    return () => {
      window.removeEventListener("focus", again);
      end?.();
    };
  }, [ask]);
  const runs = isRunning(desk);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => void ask(), ASK_MS);
    return () => clearInterval(timer);
  }, [runs, ask]);
  const waiting = desk?.offers.filter(({ state }) => state === "ready").map(({ id }) => id) ?? [];
  const start = async (into: "new" | "open", name: string) => {
    const stop = new AbortController();
    abort.current = stop;
    const sent = await sendFiles(files, stop.signal, setSending);
    setSending(null);
    setFiles([]);
    if (!sent.ok) {
      setProblem(stop.signal.aborted ? null : sent.error.message);
      return void ask();
    }
    const result = await call("analysis.start", { offers: [...waiting, ...sent.value], into, name });
    if (result.ok) take(result.value);
    else setProblem(result.error.message);
  };
  return {
    desk,
    files,
    sending,
    problem,
    take: (given) => {
      setProblem(null);
      if (shell === null) setFiles(given);
      else void shell.drop(given).then((result) => !result.ok && setProblem(result.error.message));
    },
    start: (into, name) => void start(into, name),
    cancelSending: () => abort.current?.abort(),
    dismiss: () => {
      setFiles([]);
      setProblem(null);
      if (desk?.analysis !== null) void call("analysis.dismiss", {}).then(ask);
      if (waiting.length > 0) void call("offer.remove", { offers: waiting }).then(ask);
    },
    stop: () => void call("analysis.stop", {}).then(ask),
  };
}

/** Loads the page again on what the engine has open now; the place in the address is kept if it is the same case. */
function show(isOtherCase: boolean): void {
  if (isOtherCase) window.location.hash = "";
  window.location.reload();
}

export function isRunning(desk: DeskState | null): boolean {
  return desk?.analysis?.state === "running" || desk?.analysis?.state === "stopping";
}
