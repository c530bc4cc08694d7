import type { Detection } from "../detection.ts";
import { accountEnumeration } from "./account-enumeration.ts";
import { backupSoftwareSearch } from "./backup-software-search.ts";
import { endpointDump } from "./endpoint-dump.ts";
import { portScan } from "./port-scan.ts";
import { portSweep } from "./port-sweep.ts";
import { sessionEnumeration } from "./session-enumeration.ts";
import { shareEnumeration } from "./share-enumeration.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const DISCOVERY: readonly Detection[] = [
  portSweep,
  portScan,
  endpointDump,
  shareEnumeration,
  sessionEnumeration,
  accountEnumeration,
  backupSoftwareSearch,
];
