import type { RowStory } from "../row-story.ts";

/** Stories of looking around. */
export const DISCOVERY: readonly RowStory[] = [];
