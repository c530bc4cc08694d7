import { closeSync, openSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { alarmAlert } from "../../alert/alert.ts";
import type { Destination } from "../../alert/alert-config.ts";
import { alertFolder, sendAtOnce } from "../../alert/alert-desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { TOOL } from "../version.ts";

/** A service is started again and again: the same reason is told so often. */
const AGAIN_MS = 3_600_000;

/**
 * Tells every destination that a recording cannot be begun, or nobody would hear of it: without any queue, as the disk may be full.
 * @param folder Of the case.
 */
export async function tellRefusal(
  folder: string,
  destinations: readonly Destination[],
  error: unknown,
  nowMs = Date.now(),
): Promise<void> {
  const reason = error instanceof BacktrailError ? error.code : "recorder-failed";
  // That another records is no loss.
  if (destinations.length === 0 || reason === "recorder-running") return;
  const marker = join(alertFolder(join(folder, RECORDING_FILES.folder)), `refused-${reason}`);
  if (wasToldLately(marker, nowMs)) return;
  const message = `Nothing is recorded, as recording cannot be begun: ${error instanceof Error ? error.message : String(error)}`;
  const alarm = { at: new Date(nowMs).toISOString(), code: "recording-refused", message };
  const sent = await sendAtOnce(destinations, alarmAlert(alarm, false, folder), TOOL.version);
  if (sent.some(({ problem }) => problem === null)) noteTold(marker, nowMs);
}

function wasToldLately(marker: string, nowMs: number): boolean {
  const told = statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  return Math.abs(nowMs - told) < AGAIN_MS;
}

function noteTold(marker: string, nowMs: number): void {
  try {
    closeSync(openSync(marker, "a", 0o600));
    utimesSync(marker, nowMs / 1000, nowMs / 1000);
  } catch {
    // A disk that takes no file: it is told at each start.
  }
}
