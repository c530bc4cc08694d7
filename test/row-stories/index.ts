import { ADMIN_ACCESS } from "./admin-access/index.ts";
import { LATERAL_MOVEMENT } from "./lateral-movement/index.ts";
import type { RowStory } from "./row-story.ts";
import { TAMPERING } from "./tampering/index.ts";

/** All stories told in records, by phase. */
export const ROW_STORIES: readonly RowStory[] = [...ADMIN_ACCESS, ...LATERAL_MOVEMENT, ...TAMPERING];
