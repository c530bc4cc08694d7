import type { Holder } from "../bytes/held-budget.ts";

/** Values shared by all connections of the same two hosts, by name. What they hold is charged to it. */
export interface Pair extends Map<string, unknown>, Holder {}
