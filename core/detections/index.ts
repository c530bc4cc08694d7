import type { Detection } from "./detection.ts";
import { ADMIN_ACCESS } from "./admin-access/index.ts";
import { COLLECTION } from "./collection/index.ts";
import { COMMAND_AND_CONTROL } from "./command-and-control/index.ts";
import { CREDENTIAL_ACCESS } from "./credential-access/index.ts";
import { DISCOVERY } from "./discovery/index.ts";
import { DRILL } from "./drill/index.ts";
import { EXFILTRATION } from "./exfiltration/index.ts";
import { INITIAL_ACCESS } from "./initial-access/index.ts";
import { INTEGRITY } from "./integrity/index.ts";
import { LATERAL_MOVEMENT } from "./lateral-movement/index.ts";
import { TAMPERING } from "./tampering/index.ts";

/** All detections, in the order of the story's phases. */
export const DETECTIONS: readonly Detection[] = [
  ...INITIAL_ACCESS,
  ...DISCOVERY,
  ...CREDENTIAL_ACCESS,
  ...LATERAL_MOVEMENT,
  ...ADMIN_ACCESS,
  ...COLLECTION,
  ...TAMPERING,
  ...COMMAND_AND_CONTROL,
  ...EXFILTRATION,
  ...INTEGRITY,
  ...DRILL,
];
