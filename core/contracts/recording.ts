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

/** How is recorded: what was asked for, or else the defaults. */
export interface RecordingSettings {
  /** Capture filter in libpcap's language; "" for all. */
  readonly filter: string;
  /** Most octets kept of a frame. */
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** A segment is closed when it has so many octets or is so old. */
  readonly rotateOctets: number;
  readonly rotateSeconds: number;
  /** Closed segments beyond this are deleted, oldest first; null for no bound. */
  readonly keepOctets: number | null;
  readonly keepSeconds: number | null;
  /** Recording pauses, with an alarm, while the disk has less than this free. */
  readonly leastFreeOctets: number;
  /** What was recorded is made durable so often. */
  readonly syncSeconds: number;
}

/** What the recorder says of itself every second. */
export interface RecorderStatus {
  readonly at: string;
  readonly state: "recording" | "disk-full" | "stopped";
  readonly pid: number;
  readonly since: string;
  /** Which driver is used, and why. */
  readonly driver: {
    readonly name: string;
    readonly version: string;
    /** True if it writes the segments itself, false if it gives the recorder what it captures. */
    readonly writesSegments: boolean;
    readonly reason: string;
  };
  readonly settings: RecordingSettings;
  readonly interfaces: readonly RecordedInterface[];
  /** The segment that is being written; null while none is. */
  readonly segment: { readonly name: string; readonly octets: number; readonly packets: number } | null;
  /** Closed segments on the disk, and how much of it findings hold. */
  readonly ring: {
    readonly segments: number;
    readonly octets: number;
    readonly heldOctets: number;
  };
  readonly diskFreeOctets: number;
  /** Octets waiting to be written. */
  readonly queuedOctets: number;
  /** Octets that wait in files of the drivers, where these write files from which segments are made. */
  readonly backlogOctets: number;
  /** What is wrong now. */
  readonly alarms: readonly Alarm[];
}

/** What the analysis of a recording says of itself. */
export interface AnalysisStatus {
  readonly at: string;
  readonly pid: number;
  /** False while no analysis runs, or it says nothing: all else is then what it last said, but for `lagSeconds`, which counts on. */
  readonly isRunning: boolean;
  readonly packets: number;
  /** Octets recorded and not analysed yet. */
  readonly behindOctets: number;
  /** Time of the last frame analysed; null before the first. */
  readonly analysedTo: TimeNs | null;
  /** Seconds that the newest frame analysed lies behind the clock while there is more to read; 0 when all is read. */
  readonly lagSeconds: number;
  readonly findings: number;
  /** When all detections last ran over all records, ISO 8601 UTC, and how long it took. */
  readonly evaluatedAt: string | null;
  readonly evaluationSeconds: number;
  /** How long it took last to ask the latest records, which is done every second or as soon as it is done. */
  readonly promptSeconds: number;
  /** Once the recording has ended and all of it is read: detections that have been asked over all records for the last time, of all; else null. */
  readonly ending: { readonly done: number; readonly all: number } | null;
  /** Segments that were left out because analysis could not keep up. */
  readonly segmentsShed: number;
  /** True while it writes nothing, as what is free on the disk is left to the recorder. */
  readonly waitsForDisk: boolean;
  /** What the training period of the baseline is doing, as a clause; null if there is none. */
  readonly baseline: string | null;
  /** Why no window can open the case while it is recorded; null if one can. */
  readonly windowProblem: string | null;
}

/** State of one destination of alerts. */
export interface DestinationStatus {
  readonly name: string;
  readonly waiting: number;
  readonly delivered: number;
  readonly rejected: number;
  /** Why the last attempt failed; null if it did not. */
  readonly problem: string | null;
}

/** All that a live view shows of now. */
export interface RecordingStatus {
  readonly case: string;
  readonly recorder: RecorderStatus | null;
  readonly analysis: AnalysisStatus | null;
  readonly alerts: readonly DestinationStatus[];
}

/** How it went lately, one value a second in each list, the newest last. */
export interface RecordingHistory {
  readonly interfaces: readonly {
    readonly name: string;
    readonly packetsPerSecond: readonly number[];
    /** Frames lost in that second, by whomever. */
    readonly lost: readonly number[];
  }[];
  readonly lagSeconds: readonly number[];
}

/** What is in `evidence/live/status.json`, written every second. */
export interface RecordingReport extends RecordingStatus {
  readonly history: RecordingHistory;
}
