import type { FrameSink, FrameSource, Witness } from "./frame-sink.ts";

/** One frame that was made before, such as an ARP request. */
export class SingleFrame implements FrameSource {
  readonly timeNs: number;
  readonly #frame: Uint8Array;
  readonly #witness: Witness | undefined;
  readonly #ends: { readonly client: string; readonly server: string };

  constructor(timeNs: number, frame: Uint8Array, ends: { client: string; server: string }, witness?: Witness) {
    this.timeNs = timeNs;
    this.#frame = frame;
    this.#ends = ends;
    this.#witness = witness;
  }

  write(sink: FrameSink): boolean {
    const number = sink.frame(this.timeNs, this.#frame.length);
    sink.bytes.set(this.#frame, sink.at);
    this.#witness?.saw(number, this.timeNs, { protocol: "arp", clientPort: 0, serverPort: 0, ...this.#ends }, true);
    return false;
  }
}
