import type { TimeNs } from "./finding.ts";

/** Frames that were lost, by who lost them. */
export interface Losses {
  /** The kernel, because its buffer was full; null while the driver does not say. */
  readonly kernel: number | null;
  /** The network interface or its driver, before the kernel saw them. */
  readonly driver: number;
  /** The recorder itself, because they could not be written. */
  readonly own: number;
}

/** One interface that is being recorded. */
export interface RecordedInterface {
  readonly name: string;
  /** "lost": it is not there or cannot be opened; it is tried again every second. */
  readonly state: "recording" | "link-down" | "lost";
  readonly packets: number;
  readonly octets: number;
  readonly packetsPerSecond: number;
  readonly octetsPerSecond: number;
  readonly losses: Losses;
}

/** Something that the operator should act on. */
export interface Alarm {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Stable, in kebab-case: "disk-full", "interface-lost", "clock-stepped", ... */
  readonly code: string;
  /** What, where, and what to do. */
  readonly message: string;
}

/** What the recorder says of itself every second. */
export interface RecorderStatus {
  readonly at: string;
  readonly state: "recording" | "disk-full" | "stopped";
  readonly pid: number;
  readonly since: string;
  /** Which driver is used, and why. */
  readonly driver: { readonly name: string; readonly version: string; readonly reason: string };
  readonly interfaces: readonly RecordedInterface[];
  /** The segment that is being written; null while none is. */
  readonly segment: { readonly name: string; readonly octets: number; readonly packets: number } | null;
  /** Closed segments on the disk, how much they may be (null: no bound), and how much of it findings hold. */
  readonly ring: {
    readonly segments: number;
    readonly octets: number;
    readonly keepOctets: number | null;
    readonly heldOctets: number;
  };
  readonly diskFreeOctets: number;
  /** Octets waiting to be written. */
  readonly queuedOctets: number;
  /** What is wrong now. */
  readonly alarms: readonly Alarm[];
}

/** What the analysis of a recording says of itself. */
export interface AnalysisStatus {
  readonly at: string;
  readonly pid: number;
  readonly packets: number;
  /** Octets recorded and not analysed yet. */
  readonly behindOctets: number;
  /** Time of the last frame analysed; null before the first. */
  readonly analysedTo: TimeNs | null;
  /** Seconds that the newest frame analysed lies behind the clock while there is more to read; 0 when all is read. */
  readonly lagSeconds: number;
  readonly findings: number;
  /** When detections last ran, ISO 8601 UTC, and how long it took. */
  readonly evaluatedAt: string | null;
  readonly evaluationSeconds: number;
  /** Segments that were left out because analysis could not keep up. */
  readonly segmentsShed: number;
}

/** All that a live view shows: written to `evidence/live/status.json` every second. */
export interface RecordingStatus {
  readonly case: string;
  readonly recorder: RecorderStatus | null;
  readonly analysis: AnalysisStatus | null;
}
