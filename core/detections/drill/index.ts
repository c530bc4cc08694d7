import type { Detection } from "../detection.ts";
import { drillIncomplete } from "./drill-incomplete.ts";
import { drillLeaks } from "./drill-leaks.ts";
import { drillObserved } from "./drill-observed.ts";
import { drillOverdue } from "./drill-overdue.ts";
import { healthCheck } from "./health-check.ts";
import { restoreUnplanned } from "./restore-unplanned.ts";
import { unreadableData } from "./unreadable-data.ts";
import { verificationRun } from "./verification-run.ts";

/** Detections about restores and their tests. A new one is a file here and two lines below. */
export const DRILL: readonly Detection[] = [
  drillObserved,
  drillOverdue,
  restoreUnplanned,
  drillIncomplete,
  verificationRun,
  healthCheck,
  unreadableData,
  drillLeaks,
];
