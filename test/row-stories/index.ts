import { ADMIN_ACCESS } from "./admin-access/index.ts";
import { CREDENTIAL_ACCESS } from "./credential-access/index.ts";
import { DISCOVERY } from "./discovery/index.ts";
import { INITIAL_ACCESS } from "./initial-access/index.ts";
import { LATERAL_MOVEMENT } from "./lateral-movement/index.ts";
import type { RowStory } from "./row-story.ts";
import { TAMPERING } from "./tampering/index.ts";

/** All stories told in records, by phase. */
export const ROW_STORIES: readonly RowStory[] = [
  ...ADMIN_ACCESS,
  ...CREDENTIAL_ACCESS,
  ...DISCOVERY,
  ...INITIAL_ACCESS,
  ...LATERAL_MOVEMENT,
  ...TAMPERING,
];
