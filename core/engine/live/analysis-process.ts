import { join } from "node:path";
import { BacktrailError } from "../../contracts/result.ts";
import { faultText } from "../../program/fault-text.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { readScopeText, changeScope } from "../case-scope.ts";
import { setTraining } from "../training.ts";
import { openRecorded } from "../workspace.ts";
import type { AnalysisSetup, FromAnalysis, ToAnalysis } from "./analysis-messages.ts";
import { serveCalls } from "./call-server.ts";
import { LiveAnalysis } from "./live-analysis.ts";
import { PromptDetections } from "./prompt-detections.ts";
import { RecordingEnd } from "./recording-end.ts";

/** Entry of the process that analyses a recording. The recorder is another process and does not wait for it. */
const ended = new AbortController();
/** Folder of the recording, once the case is known. */
let recording: string | null = null;

/** Runs are finished so often. */
const SETTLE_MS = 300_000;
/** Memory of the database: records must have room while detections run, whose queries would fill what there is. */
const DATABASE_OCTETS = 448 * 1024 * 1024;
/** What is left of this process when it failed is taken as hung after this. */
const PATIENCE_MS = 15_000;

/** Ends the analysis when no segment will grow any more: a segment that is still written must not be taken as whole. */
function finish(): void {
  const end = recording === null ? null : new RecordingEnd(recording);
  const look = setInterval(() => {
    if (end?.isOver(performance.now()) === false) return;
    clearInterval(look);
    ended.abort();
  }, 100);
}

function send(message: FromAnalysis): void {
  if (process.connected) process.send?.(message, () => undefined);
}

async function start({
  folder,
  workers,
  intervalMs,
  shedOctets,
  leastFreeOctets,
  scope,
  trainingSeconds,
}: AnalysisSetup): Promise<number> {
  recording = join(folder, RECORDING_FILES.folder);
  // Not as other commands open a case: a story that a crash kept from being told is told with what is read again.
  const target = await openRecorded(folder, DATABASE_OCTETS);
  try {
    if (scope !== null) await changeScope(target, readScopeText(scope), scope);
    if (trainingSeconds !== null) setTraining(target, trainingSeconds, Date.now());
    const analysis = new LiveAnalysis(
      target,
      { workers, intervalMs, shedOctets, leastFreeOctets, settleMs: SETTLE_MS },
      {
        findings: (findings) => send({ kind: "findings", findings }),
        withdrawn: (findings) => send({ kind: "withdrawn", findings }),
        status: (status) => send({ kind: "status", status }),
      },
      await PromptDetections.make(target),
    );
    const calls = await serveCalls(target, () => analysis.again()).catch((error: unknown) => {
      analysis.windowProblem = `No window can open the case while it is recorded: ${error instanceof Error ? error.message : String(error)}.`;
      return null;
    });
    try {
      return (await analysis.follow(ended.signal)).findings.length;
    } finally {
      calls?.close();
    }
  } finally {
    target.close();
  }
}

/** Its owner may be gone already. */
function hangUp(): void {
  if (process.connected) process.disconnect();
}

process.on("message", (message: ToAnalysis) => {
  if (message.kind === "finish") {
    finish();
    return;
  }
  start(message.setup).then(
    (findings) => {
      send({ kind: "finished", findings });
      hangUp();
    },
    (error: unknown) => {
      const code = error instanceof BacktrailError ? error.code : "analysis-failed";
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof BacktrailError) && error instanceof Error) process.stderr.write(`${faultText(error)}\n`);
      send({ kind: "refused", code, message: message.split("\n", 1)[0] ?? "" });
      process.exitCode = 3;
      hangUp();
      setTimeout(() => process.exit(), PATIENCE_MS).unref();
    },
  );
});
// Without its owner nobody hears what it finds: it ends with what is there, and the case is whole.
process.on("disconnect", finish);
process.on("SIGINT", () => undefined);
process.on("SIGTERM", finish);
