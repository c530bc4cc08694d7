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
}
