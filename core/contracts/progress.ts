import type { Finding } from "./finding.ts";

/** How far a long piece of work is. */
export interface Progress {
  readonly stage: "reading" | "estate" | "detections" | "story";
  readonly octetsRead: number;
  /** Null while the end is not known (standard input). */
  readonly octetsTotal: number | null;
  readonly packets: number;
  readonly octetsPerSecond: number;
  /** Null until it can be told. */
  readonly secondsLeft: number | null;
  /** Null where nobody looks at the records before all are read. */
  readonly early: EarlyFindings | null;
}

/** What records show before all are read. It is preliminary: the story at the end takes its place, and need not say the same. */
export interface EarlyFindings {
  readonly count: number;
  /** The most severe of them. */
  readonly first: readonly EarlyFinding[];
}

export type EarlyFinding = Pick<Finding, "id" | "severity" | "tsFirst" | "explanation">;
