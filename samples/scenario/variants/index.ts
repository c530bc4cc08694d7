import { backupAccount } from "./backup-account.ts";
import { byTasks } from "./by-tasks.ts";
import { incident } from "./incident.ts";
import { jobWindow } from "./job-window.ts";
import { outThroughSsh } from "./out-through-ssh.ts";
import { quiet } from "./quiet.ts";
import type { Scenario } from "./scenario.ts";
import { slow } from "./slow.ts";
import { throughWinrm } from "./through-winrm.ts";
import { throughWmi } from "./through-wmi.ts";
import { throwAwayServices } from "./throw-away-services.ts";
import { truncation } from "./truncation.ts";

/** Every story; a new one is a file here and a line below. */
export const SCENARIOS = [
  incident,
  quiet,
  jobWindow,
  backupAccount,
  slow,
  throughWmi,
  throughWinrm,
  byTasks,
  throwAwayServices,
  outThroughSsh,
  truncation,
] as const satisfies readonly Scenario[];
