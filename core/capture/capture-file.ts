/** What is known of one capture file. Filled while it is read; complete once its last batch was given out. */
export interface CaptureFile {
  /** 1 for the first; the value of `FrameBatch.capture`. */
  readonly number: number;
  /** As given or found in a folder; `-` for standard input. */
  readonly path: string;
  /** Octets of the file as stored; null while unknown (streams, a file still growing). */
  octets: number | null;
  /** Lower-case hexadecimal SHA-256 of the file as stored; null until its last octet was read. */
  sha256: string | null;
  /** For people: "pcap 2.4, nanoseconds, big-endian", "pcapng 1.0, zstd". */
  format: string;
  readonly container: "pcap" | "pcapng";
  readonly compression: Compression;
  readonly interfaces: CaptureInterface[];
  /** pcapng sections; empty for pcap. */
  readonly sections: CaptureSection[];
  readonly comments: CaptureComment[];
  readonly names: NameResolution[];
  readonly secrets: DecryptionSecrets[];
  /** Blocks and records that are kept but not decoded, by what they are. */
  readonly otherBlocks: OtherBlocks[];
  /** Frames given out so far. */
  packets: number;
  /** Sum of the captured octets of those frames. */
  capturedOctets: number;
  /** Earliest and latest time of a frame in ns since 1970 UTC; null while there is none. */
  tsFirst: bigint | null;
  tsLast: bigint | null;
  /** What is wrong with the file, in file order. Never more than DAMAGE_LIMIT. */
  readonly damage: CaptureDamage[];
  /** Damage beyond DAMAGE_LIMIT, only counted. */
  damageOmitted: number;
  /** What a reader of the results should know and is no damage: one sentence each. */
  readonly notes: string[];
  /** Comments, names, descriptions and secrets left out or cut short because their limit was reached. */
  metadataOmitted: number;
  /** True once the last frame was given out. */
  complete: boolean;
}

export type Compression = "none" | "gzip" | "zstd" | "lz4";

/** One interface a capture was taken on. pcap has exactly one. */
export interface CaptureInterface {
  /** Row of the list; the value of `FrameBatch.iface`. */
  readonly index: number;
  /** Section it was described in, 0 for the first. */
  readonly section: number;
  readonly name: string | null;
  readonly description: string | null;
  /** LINKTYPE_* of tcpdump.org. */
  readonly linkType: number;
  /** Most octets kept of a frame; 0: no limit. */
  readonly snapLength: number;
  /** if_tsresol as stored: 6 is 10^-6 s, 0x8a is 2^-10 s. */
  readonly timeResolution: number;
  /** Seconds added to every time of this interface. */
  readonly timeOffset: bigint;
  readonly filter: string | null;
  readonly os: string | null;
  readonly hardware: string | null;
  /** Octets of frame check sequence at the end of each frame; null: not said. */
  readonly fcsOctets: number | null;
  readonly macAddress: string | null;
  readonly speedBitsPerSecond: bigint | null;
  readonly addresses: readonly string[];
  /** Last statistics block about it; null if there was none. */
  statistics: InterfaceStatistics | null;
}

/** Interface statistics block. Counts are null where the block does not give them. */
export interface InterfaceStatistics {
  /** ns since 1970 UTC. */
  readonly ts: bigint;
  readonly start: bigint | null;
  readonly end: bigint | null;
  readonly received: bigint | null;
  /** Dropped by the interface. */
  readonly dropped: bigint | null;
  readonly filterAccepted: bigint | null;
  /** Dropped by the operating system. */
  readonly osDropped: bigint | null;
  readonly delivered: bigint | null;
}

export interface CaptureSection {
  readonly offset: number;
  readonly byteOrder: "big" | "little";
  readonly version: string;
  readonly hardware: string | null;
  readonly os: string | null;
  readonly application: string | null;
}

export interface CaptureComment {
  /** What it was written to. */
  readonly of: "section" | "interface" | "frame" | "statistics" | "names" | "secrets" | "block";
  /** Frame number or interface row; 0 otherwise. */
  readonly about: number;
  readonly text: string;
}

export interface NameResolution {
  readonly address: string;
  readonly names: readonly string[];
}

/** Decryption secrets block: keys that belong to the traffic, kept as they are. */
export interface DecryptionSecrets {
  /** 0x544c534b TLS key log, 0x57474b4c WireGuard, 0x5353484b SSH, ... */
  readonly type: number;
  readonly data: Uint8Array;
  readonly offset: number;
  /** Frames of the capture before it. */
  readonly frame: number;
  /** Latest time of those frames, ns; null if there are none. */
  readonly ts: bigint | null;
}

export interface OtherBlocks {
  readonly type: number;
  readonly name: string;
  count: number;
}

export type DamageKind =
  | "cut-short"
  | "bad-header"
  | "bad-length"
  | "bad-trailer"
  | "bad-block"
  | "unknown-interface"
  | "bad-compression"
  | "too-many-frames"
  | "read-error"
  | "changed";

/** One place where a capture file is not what its format says. */
export interface CaptureDamage {
  readonly kind: DamageKind;
  /** Where in the (uncompressed) capture, in octets. */
  readonly offset: number;
  /** Number of the last whole frame before it, 0 if none. */
  readonly frame: number;
  /** Octets left out because of it. */
  readonly skipped: number;
  /** For people: what is wrong, where, what was done. */
  readonly sentence: string;
}

/** Most damage records kept for one capture. */
export const DAMAGE_LIMIT = 100;

/** Most octets of comments, names, descriptions and secrets kept for one capture. */
export const METADATA_LIMIT = 16 * 1024 * 1024;

/** Records damage, up to the limit. */
export function addDamage(file: CaptureFile, damage: CaptureDamage): void {
  if (file.damage.length < DAMAGE_LIMIT) file.damage.push(damage);
  else file.damageOmitted++;
}

/** Adds a note once. */
export function addNote(file: CaptureFile, note: string): void {
  if (!file.notes.includes(note)) file.notes.push(note);
}

export function newCaptureFile(
  number: number,
  path: string,
  container: CaptureFile["container"],
  compression: Compression,
): CaptureFile {
  return {
    number,
    path,
    octets: null,
    sha256: null,
    format: container,
    container,
    compression,
    interfaces: [],
    sections: [],
    comments: [],
    names: [],
    secrets: [],
    otherBlocks: [],
    packets: 0,
    capturedOctets: 0,
    tsFirst: null,
    tsLast: null,
    damage: [],
    damageOmitted: 0,
    notes: [],
    metadataOmitted: 0,
    complete: false,
  };
}
