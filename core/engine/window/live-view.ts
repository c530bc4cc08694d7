import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CaseLock } from "../../case/lock.ts";
import type { LiveView } from "../../contracts/api.ts";
import type { RecordingReport } from "../../contracts/recording.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";

/** What the recording of a case last said of itself; null if there is none. */
export function liveView(caseFolder: string): LiveView | null {
  const folder = join(caseFolder, RECORDING_FILES.folder);
  const path = join(folder, RECORDING_FILES.status);
  if (!existsSync(path)) return null;
  const report = JSON.parse(readFileSync(path, "utf8")) as Partial<RecordingReport>;
  // A recording of an earlier version said less.
  if (report.history === undefined) return null;
  return { isRunning: isRecorded(caseFolder), report: report as RecordingReport };
}

/** True while a recorder has the case. */
export function isRecorded(caseFolder: string): boolean {
  return CaseLock.holder(join(caseFolder, RECORDING_FILES.folder, RECORDING_FILES.lock)) !== null;
}
