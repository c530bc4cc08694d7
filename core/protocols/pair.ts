import type { Holder } from "../bytes/held-budget.ts";

/** Values shared by all connections of the same two hosts, by name. What they hold is charged to it. */
export interface Pair extends Map<string, unknown>, Holder {}

/** A shared value that holds something: told when the pair forgets it, not when it is taken out by its name. */
interface Releasable {
  /** Gives back what is charged for it; what is under way is reported as it stands. */
  release(): void;
}

/** Releases a shared value, if there is anything to release. */
export function releaseValue(value: unknown): void {
  if (typeof value === "object" && value !== null && "release" in value && typeof value.release === "function")
    (value as Releasable).release();
}
