import type { PacketBatch } from "./packet-batch.ts";
import { PACKET_FLAG } from "./packet-batch.ts";

/** The octets and times of the batch that a tracker is at, as its packets refer to them. */
export class BatchInHand {
  #times: Int32Array = new Int32Array(0);
  #frameBytes: Uint8Array = new Uint8Array(0);
  #frameView: DataView = new DataView(new ArrayBuffer(0));
  #extraBytes: Uint8Array = new Uint8Array(0);
  #extraView: DataView = new DataView(new ArrayBuffer(0));

  aim({ frames, extra }: PacketBatch): void {
    this.#times = new Int32Array(frames.ts.buffer, frames.ts.byteOffset, frames.ts.length * 2);
    this.#frameBytes = frames.bytes;
    this.#frameView = new DataView(frames.bytes.buffer, frames.bytes.byteOffset, frames.bytes.byteLength);
    this.#extraBytes = extra;
    this.#extraView = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  }

  /** Octets that the places of a packet count in. @param flags `PACKET_FLAG` */
  bytes(flags: number): Uint8Array {
    return (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameBytes : this.#extraBytes;
  }

  view(flags: number): DataView {
    return (flags & PACKET_FLAG.reassembled) === 0 ? this.#frameView : this.#extraView;
  }

  /** Time of a frame in ns as a double, exact to 256 ns; `timeLow` and `timeHigh` are its exact halves. */
  nowNs(frame: number): number {
    return this.#times[2 * frame + 1]! * 0x1_0000_0000 + (this.#times[2 * frame]! >>> 0);
  }

  timeLow(frame: number): number {
    return this.#times[2 * frame]!;
  }

  timeHigh(frame: number): number {
    return this.#times[2 * frame + 1]!;
  }
}
