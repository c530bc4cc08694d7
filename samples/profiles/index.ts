import { bulk } from "./bulk.ts";
import { mixed } from "./mixed.ts";
import type { Profile } from "./profile.ts";

export const PROFILES = [mixed, bulk] as const satisfies readonly Profile[];
