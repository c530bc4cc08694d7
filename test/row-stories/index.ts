import { ADMIN_ACCESS } from "./admin-access/index.ts";
import { COLLECTION } from "./collection/index.ts";
import { COMMAND_AND_CONTROL } from "./command-and-control/index.ts";
import { CREDENTIAL_ACCESS } from "./credential-access/index.ts";
import { DISCOVERY } from "./discovery/index.ts";
import { EXFILTRATION } from "./exfiltration/index.ts";
import { INITIAL_ACCESS } from "./initial-access/index.ts";
import { INTEGRITY } from "./integrity/index.ts";
import { LATERAL_MOVEMENT } from "./lateral-movement/index.ts";
import { NORMAL } from "./normal/index.ts";
import type { RowStory } from "./row-story.ts";
import { TAMPERING } from "./tampering/index.ts";

/** All stories told in records, by phase. */
export const ROW_STORIES: readonly RowStory[] = [
  ...ADMIN_ACCESS,
  ...COLLECTION,
  ...COMMAND_AND_CONTROL,
  ...CREDENTIAL_ACCESS,
  ...DISCOVERY,
  ...EXFILTRATION,
  ...INITIAL_ACCESS,
  ...INTEGRITY,
  ...LATERAL_MOVEMENT,
  ...NORMAL,
  ...TAMPERING,
];
