import { createHash } from "node:crypto";
import { closeSync, constants, futimesSync, lstatSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alarmAlert } from "../../alert/alert.ts";
import type { Destination } from "../../alert/alert-config.ts";
import { alertFolder, sendAtOnce } from "../../alert/alert-desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { TOOL } from "../version.ts";

// Windows knows no O_NOFOLLOW.
const { O_CREAT, O_NOFOLLOW = 0, O_WRONLY } = constants;

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
  const markers = markersOf(folder, reason);
  if (markers.some((marker) => wasToldLately(marker, nowMs))) return;
  const message = `Nothing is recorded, as recording cannot be begun: ${error instanceof Error ? error.message : String(error)}`;
  const alarm = { at: new Date(nowMs).toISOString(), code: "recording-refused", message };
  const sent = await sendAtOnce(destinations, alarmAlert(alarm, false, folder), TOOL.version);
  if (sent.some(({ problem }) => problem === null)) markers.some((marker) => noteTold(marker, nowMs));
}

/** Where it is noted that a reason was told: with the alerts, or where nothing can be kept there. */
function markersOf(folder: string, reason: string): readonly string[] {
  const name = `refused-${reason}`;
  const ofCase = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  // systemd gives each start of a unit an empty folder for temporary files, and keeps this one.
  const besides = process.env["RUNTIME_DIRECTORY"]?.split(":")[0] ?? tmpdir();
  return [
    join(alertFolder(join(folder, RECORDING_FILES.folder)), name),
    join(besides, `backtrail-${process.getuid?.() ?? 0}-${ofCase}-${name}`),
  ];
}

function wasToldLately(marker: string, nowMs: number): boolean {
  try {
    const { mtimeMs, uid } = lstatSync(marker);
    // In a folder of temporary files anybody could note it.
    const isOurs = process.getuid === undefined || uid === process.getuid();
    return isOurs && Math.abs(nowMs - mtimeMs) < AGAIN_MS;
  } catch {
    return false; // Not told, or no permission to look.
  }
}

/** @returns false where the disk takes no file. */
function noteTold(marker: string, nowMs: number): boolean {
  try {
    const file = openSync(marker, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      futimesSync(file, nowMs / 1000, nowMs / 1000);
    } finally {
      closeSync(file);
    }
    return true;
  } catch {
    return false;
  }
}
