import { availableParallelism } from "node:os";

/** Octets of capture from which on a second worker on two cores saves more than its start takes (docs/performance.md). */
const WORTH_A_SECOND = 128 * 1024 * 1024;

/** Workers beyond which the thread that reads cannot keep them busy. */
const MOST = 8;

/**
 * Worker threads for captures of so many octets: a core is left to the thread that reads, but for long runs on two cores.
 * @param octets Null where nobody knows.
 */
export function workersFor(octets: number | null, cores = availableParallelism()): number {
  if (cores === 2 && (octets ?? 0) >= WORTH_A_SECOND) return 2;
  return Math.max(1, Math.min(MOST, cores - 1));
}
