import { backupAccount } from "./backup-account.ts";
import { incident } from "./incident.ts";
import { jobWindow } from "./job-window.ts";
import { quiet } from "./quiet.ts";
import type { Scenario } from "./scenario.ts";
import { slow } from "./slow.ts";

/** Every story; a new one is a file here and a line below. */
export const SCENARIOS = [incident, quiet, jobWindow, backupAccount, slow] as const satisfies readonly Scenario[];
