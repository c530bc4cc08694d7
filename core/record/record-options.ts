import type { RecordingSettings } from "../contracts/recording.ts";

/** How to record. Checked by `checkOptions` before anything is opened. */
export interface RecordOptions extends RecordingSettings {
  readonly interfaces: readonly string[];
  /** Kernel's buffer for each interface, octets. */
  readonly bufferOctets: number;
  /** Null: the best there is. */
  readonly driver: DriverName | null;
}

/** The part of the options that the status tells. */
export function settingsOf(options: RecordOptions): RecordingSettings {
  const { filter, snapLength, promiscuous, rotateOctets, rotateSeconds } = options;
  const { keepOctets, keepSeconds, leastFreeOctets, syncSeconds } = options;
  return {
    ...{ filter, snapLength, promiscuous, rotateOctets, rotateSeconds },
    ...{ keepOctets, keepSeconds, leastFreeOctets, syncSeconds },
  };
}

export const DRIVERS = ["dumpcap", "tcpdump", "pcap"] as const;
export type DriverName = (typeof DRIVERS)[number];

const MIB = 1024 * 1024;

export const RECORD_DEFAULTS: Omit<RecordOptions, "interfaces"> = {
  filter: "",
  snapLength: 262_144,
  promiscuous: true,
  bufferOctets: 64 * MIB,
  rotateOctets: 256 * MIB,
  rotateSeconds: 300,
  keepOctets: null,
  keepSeconds: null,
  leastFreeOctets: 512 * MIB,
  syncSeconds: 2,
  driver: null,
};
