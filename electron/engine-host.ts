import { fileURLToPath } from "node:url";
import type { UtilityProcess } from "electron";
import { utilityProcess } from "electron";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { Result } from "../core/contracts/result.ts";
import { BacktrailError } from "../core/contracts/result.ts";
import type { FromEngine, ToEngine } from "./engine-messages.ts";
import type { CallTarget } from "./ipc.ts";

/** The engine of one case, in a process of its own. */
export class EngineHost implements CallTarget {
  readonly #process: UtilityProcess;
  readonly #waiting = new Map<number, (result: Result<unknown>) => void>();
  #next = 1;
  #hasEnded = false;

  private constructor(process: UtilityProcess) {
    this.#process = process;
    process.on("message", (message: FromEngine) => {
      if (message.kind !== "answer") return;
      this.#waiting.get(message.id)?.(message.result);
      this.#waiting.delete(message.id);
    });
    process.on("exit", () => {
      this.#hasEnded = true;
      for (const answer of this.#waiting.values()) answer(ENDED);
      this.#waiting.clear();
    });
  }

  /**
   * Starts the engine on a case folder.
   * @throws BacktrailError `case-open` with the engine's sentence.
   */
  static async open(folder: string): Promise<EngineHost> {
    const entry = fileURLToPath(new URL("./engine-process.js", import.meta.url));
    const process = utilityProcess.fork(entry, [folder], { serviceName: "Backtrail engine", stdio: "inherit" });
    await new Promise<void>((resolve, reject) => {
      process.once("message", (message: FromEngine) => {
        if (message.kind === "opened") resolve();
        else reject(new BacktrailError("case-open", message.kind === "failed" ? message.message : "No answer."));
      });
      process.once("exit", (code) =>
        reject(new BacktrailError("case-open", `The engine ended with ${code} before ${folder} was open.`)),
      );
    }).catch((error: unknown) => {
      process.kill();
      throw error;
    });
    return new EngineHost(process);
  }

  call(method: ApiMethod, arg: Api[ApiMethod][0]): Promise<Result<unknown>> {
    if (this.#hasEnded) return Promise.resolve(ENDED);
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ kind: "call", id, method, arg });
    });
  }

  /** Lets the engine close the case and end. */
  close(): void {
    if (!this.#hasEnded) this.#send({ kind: "close" });
  }

  #send(message: ToEngine): void {
    this.#process.postMessage(message);
  }
}

const ENDED: Result<unknown> = {
  ok: false,
  error: { code: "engine-ended", message: "The engine of this case has ended: open the case again (File, Open case)." },
};
