import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { PROTOCOLS } from "../protocols/index.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import { ShardAnalysis } from "./shard-analysis.ts";
import type { FromWorker, ShardCounters, ToWorker, WorkerSetup } from "./worker-messages.ts";

/** Entry of a worker thread: one shard's analysis, fed with batches. */
const setup = workerData as WorkerSetup;
const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);
const { secrets, files, untaken } = setup;

/** Chunks that may wait to be taken: a flood of connections that end together would else lie in memory twice. */
const MOST_UNTAKEN = 4;

function write(chunk: TableChunk): void {
  for (let waiting = Atomics.load(untaken, 0); waiting >= MOST_UNTAKEN; waiting = Atomics.load(untaken, 0))
    Atomics.wait(untaken, 0, waiting);
  Atomics.add(untaken, 0, 1);
  send({ kind: "rows", chunk });
}

const analysis = new ShardAnalysis(PROTOCOLS, setup.shard, setup.shards, setup.options, write, secrets, files);

/** Connections open at one time above which memory goes before speed: ordinary traffic does not get there. */
const MANY_CONNECTIONS = 50_000;
let isFrugal = false;

/** V8 lets garbage grow to several times what is alive, which does not matter until a flood keeps much alive. */
function mindMemory(): void {
  if (isFrugal || analysis.tracker.open * setup.shards < MANY_CONNECTIONS) return;
  isFrugal = true;
  setFlagsFromString("--heap-growing-percent=15");
}

function counters(): ShardCounters {
  const { connections, duplicates } = analysis.tracker.counters;
  return { connections, open: analysis.tracker.open, duplicates, limits: analysis.limits };
}

port.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "batch": {
      const extra = analysis.process(message.batch, message.sessions);
      mindMemory();
      send({ kind: "done", batch: message.batch.frames.id, extra, counters: counters() });
      break;
    }
    case "secrets":
      analysis.found(message.secrets);
      break;
    case "advance":
      analysis.advance(message.clockNs);
      break;
    case "flush":
      analysis.flush();
      if (message.openAtNs !== null) analysis.showOpen(message.openAtNs, (chunk) => send({ kind: "open", chunk }));
      send({ kind: "flushed", counters: counters() });
      break;
    case "finish":
      analysis.finish();
      send({ kind: "finished", counters: counters(), failures: analysis.failures });
      port.close();
      break;
  }
});
