import { Worker } from "node:worker_threads";

/**
 * Ends the process, saying what was at hand, if something takes more than `seconds` of CPU time: a loop without end in this thread
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
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
  let what = null, since = 0;
  parentPort.on("message", (next) => { what = next; since = used(); });
  setInterval(() => {
    if (what === null || used() - since < seconds) return;
    require("node:fs").writeSync(2, "still at " + what + " after " + seconds + " s\\n");
    process.kill(process.pid, "SIGKILL");
  }, 500);`;
