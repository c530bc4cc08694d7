import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Result } from "../../contracts/result.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { readLines } from "./call-socket.ts";

/** A connection to the analysis of a recording, which has the case open. */
export class CallClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (result: Result<unknown> | null) => void>();
  #next = 1;
  #isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      this.#isOpen = false;
      for (const resolve of this.#waiting.values()) resolve(null);
      this.#waiting.clear();
    });
    readLines(socket, (line) => {
      const { id, result } = JSON.parse(line) as { readonly id: number; readonly result: Result<unknown> };
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  /** Null where nobody answers. */
  static connect(caseFolder: string): Promise<CallClient | null> {
    const socket = connect(join(caseFolder, RECORDING_FILES.folder, RECORDING_FILES.calls));
    return new Promise((resolve) => {
      socket.once("error", () => resolve(null));
      socket.once("connect", () => resolve(new CallClient(socket)));
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Null if the connection ended before the answer. */
  call(method: string, arg: unknown): Promise<Result<unknown> | null> {
    if (!this.#isOpen) return Promise.resolve(null);
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ id, method, arg })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
