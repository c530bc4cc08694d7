/** Where finished frames go. */
export interface FrameSink {
  /**
   * Room for one frame of `octets` at time `timeNs` (nanoseconds since the start of the scenario). The caller fills
   * `view` from `at` to `at + octets` before the next call.
   * @returns the frame's number, 1 for the first.
   */
  frame(timeNs: number, octets: number): number;
  /** Memory of the frame asked for last. */
  readonly view: DataView;
  /** The same memory as octets. */
  readonly bytes: Uint8Array;
  /** Offset of that frame in `view`. */
  readonly at: number;
}

/** Something that sends frames in the order of time. */
export interface FrameSource {
  /** Nanoseconds since the start of the scenario of the next frame. */
  readonly timeNs: number;
  /** Writes the frame due at `timeNs` and moves on. @returns false when there is no further frame. */
  write(sink: FrameSink): boolean;
}

/** The two ends of a conversation, as a truth file names them. */
export interface FiveTuple {
  readonly protocol: "tcp" | "udp" | "icmp" | "arp";
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

/** Takes note of frames that show something. */
export interface Witness {
  /** A frame of a conversation that belongs to what is watched; `isKey` if this very frame shows it. */
  saw(frame: number, timeNs: number, tuple: FiveTuple, isKey: boolean): void;
}
