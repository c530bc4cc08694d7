import type { Technique } from "../technique.ts";
import { accountEnumeration } from "./account-enumeration.ts";
import { backupSoftwareSearch } from "./backup-software-search.ts";
import { endpointDump } from "./endpoint-dump.ts";
import { portScan } from "./port-scan.ts";
import { portSweep } from "./port-sweep.ts";
import { sessionEnumeration } from "./session-enumeration.ts";
import { shareEnumeration } from "./share-enumeration.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const DISCOVERY = [
  accountEnumeration,
  backupSoftwareSearch,
  endpointDump,
  portScan,
  portSweep,
  sessionEnumeration,
  shareEnumeration,
] as const satisfies readonly Technique[];
