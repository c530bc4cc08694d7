import { setTimeout as sleep } from "node:timers/promises";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import { checkOptions, chooseDriver } from "./choose-driver.ts";
import { Recorder } from "./recorder.ts";
import type { FromRecorder, RecorderSetup, ToRecorder } from "./recorder-messages.ts";
import { SegmentStore } from "./segment-store.ts";

/** Entry of the recorder's own process. It holds the interfaces and the segments, and knows nothing of analysis. */
const STATUS_MS = 1000;
const WRITER_MS = 15_000;
const WRITER_POLL_MS = 100;

let recorder: Recorder | null = null;
let store: SegmentStore | null = null;
let isStopping = false;

function send(message: FromRecorder, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}

function tell(): void {
  if (recorder !== null) send({ kind: "status", status: recorder.status() });
}

async function start({ folder, version, options }: RecorderSetup): Promise<void> {
  try {
    store = await openStore(folder, version);
    const chosen = await chooseDriver(options, store.folder);
    await checkOptions(chosen.driver, options);
    recorder = new Recorder(options, chosen, store, version);
    await recorder.start();
    setInterval(tell, STATUS_MS);
    tell();
  } catch (error) {
    store?.release();
    isStopping = true;
    const code = error instanceof BacktrailError ? error.code : "recorder-failed";
    const message = error instanceof Error ? error.message : String(error);
    send({ kind: "refused", code, message }, () => process.exit(2));
  }
}

/** Opens the recording, and waits for the driver of a recorder that was killed: it ends by itself. */
async function openStore(folder: string, version: string): Promise<SegmentStore> {
  for (const until = performance.now() + WRITER_MS; ;) {
    try {
      return SegmentStore.open(folder, version);
    } catch (error) {
      const isWriting = isProblem(error, "writer-running");
      if (!isWriting || performance.now() > until) throw error;
      await sleep(WRITER_POLL_MS);
    }
  }
}

async function stop(reason: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await recorder?.stop(reason);
  store?.release();
  if (recorder === null) return process.exit(0);
  send({ kind: "status", status: recorder.status() }, () => process.exit(0));
}

process.on("message", (message: ToRecorder) => {
  switch (message.kind) {
    case "start":
      void start(message.setup);
      break;
    case "verified":
      recorder?.verified(message.check);
      break;
    case "stop":
      void stop("it was asked to");
      break;
  }
});
process.on("disconnect", () => void stop("the program that started it is gone"));
// Ctrl+C reaches the whole group of processes: whoever started this one says when to stop.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void stop("SIGTERM"));
