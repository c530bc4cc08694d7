import { Worker } from "node:worker_threads";

/**
 * Ends the process, saying what was at hand, if something takes longer than `seconds`: a loop without end in this thread
 * would otherwise stop the whole run without a word.
 */
export class Watchdog {
  readonly #worker: Worker;

  constructor(seconds: number) {
    this.#worker = new Worker(CODE, { eval: true, workerData: { seconds } });
  }

  /** Something new begins. */
  begin(what: string): void {
    this.#worker.postMessage(what);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const CODE = `
  const { parentPort, workerData: { seconds } } = require("node:worker_threads");
  let what = null, since = 0;
  parentPort.on("message", (next) => { what = next; since = Date.now(); });
  setInterval(() => {
    if (what === null || Date.now() - since < seconds * 1000) return;
    require("node:fs").writeSync(2, "still at " + what + " after " + seconds + " s\\n");
    process.kill(process.pid, "SIGKILL");
  }, 500);`;
