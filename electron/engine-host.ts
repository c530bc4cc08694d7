import type { UtilityProcess } from "electron";
import { utilityProcess } from "electron";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { DeskState } from "../core/contracts/desk.ts";
import type { Result } from "../core/contracts/result.ts";
import { programEntry } from "../core/program/program-files.ts";
import type { EngineOrder, FromEngine, ToEngine } from "./engine-messages.ts";

/** What is told of an engine. */
export interface EngineListener {
  onState(state: DeskState): void;
  /** It ended without being asked to. */
  onLost(code: number): void;
}

/** The engine of one window, in a process of its own. */
export class EngineHost {
  readonly #process: UtilityProcess;
  readonly #waiting = new Map<number, (result: Result<unknown>) => void>();
  #next = 1;
  #state: "running" | "closing" | "ended" = "running";

  /** @param casesFolder Where new cases are made. */
  constructor(casesFolder: string, listener: EngineListener) {
    this.#process = utilityProcess.fork(programEntry("electron/engine-process"), [casesFolder], {
      serviceName: "Backtrail engine",
      stdio: "inherit",
    });
    this.#process.on("message", (message: FromEngine) => {
      if (message.kind === "state") return listener.onState(message.state);
      this.#waiting.get(message.id)?.(message.result);
      this.#waiting.delete(message.id);
    });
    this.#process.on("exit", (code) => {
      const isLost = this.#state === "running";
      this.#state = "ended";
      for (const answer of this.#waiting.values()) answer(ENDED);
      this.#waiting.clear();
      if (isLost) listener.onLost(code);
    });
  }

  call(method: ApiMethod, arg: Api[ApiMethod][0]): Promise<Result<unknown>> {
    return this.#ask((id) => ({ kind: "call", id, method, arg }));
  }

  /** Something that main itself wants done. */
  order<T>(order: EngineOrder): Promise<Result<T>> {
    return this.#ask((id) => ({ kind: "own", id, order })) as Promise<Result<T>>;
  }

  /** Lets the engine end what it does, close the case and go. */
  close(): void {
    if (this.#state !== "running") return;
    this.#state = "closing";
    this.#process.postMessage({ kind: "close" } satisfies ToEngine);
  }

  #ask(message: (id: number) => ToEngine): Promise<Result<unknown>> {
    if (this.#state !== "running") return Promise.resolve(ENDED);
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.postMessage(message(id));
    });
  }
}

const ENDED = {
  ok: false,
  error: { code: "engine-ended", message: "The engine of this window ended: it is started again." },
} as const;
