import { ADMIN_ACCESS } from "./admin-access/index.ts";
import { COLLECTION } from "./collection/index.ts";
import { COMMAND_AND_CONTROL } from "./command-and-control/index.ts";
import { CREDENTIAL_ACCESS } from "./credential-access/index.ts";
import { DISCOVERY } from "./discovery/index.ts";
import { EXFILTRATION } from "./exfiltration/index.ts";
import { INITIAL_ACCESS } from "./initial-access/index.ts";
import { LATERAL_MOVEMENT } from "./lateral-movement/index.ts";
import { TAMPERING } from "./tampering/index.ts";
import type { Technique } from "./technique.ts";

/** Every small capture; `make.js --techniques` writes them all. */
export const TECHNIQUES = [
  ...ADMIN_ACCESS,
  ...COLLECTION,
  ...COMMAND_AND_CONTROL,
  ...CREDENTIAL_ACCESS,
  ...DISCOVERY,
  ...EXFILTRATION,
  ...INITIAL_ACCESS,
  ...LATERAL_MOVEMENT,
  ...TAMPERING,
] as const satisfies readonly Technique[];
