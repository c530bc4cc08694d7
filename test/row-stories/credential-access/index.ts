import type { RowStory } from "../row-story.ts";

/** Stories of taking secrets. */
export const CREDENTIAL_ACCESS: readonly RowStory[] = [];
