import type { RowStory } from "../row-story.ts";
import { MANIFESTS } from "./manifests.ts";
import { INTEGRITY_STATE } from "./state.ts";

/** Stories of the state of the data and of the evidence. */
export const INTEGRITY: readonly RowStory[] = [...INTEGRITY_STATE, ...MANIFESTS];
