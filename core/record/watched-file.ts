import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { ByteReader } from "../bytes/reader.ts";
import { ENHANCED_PACKET, INTERFACE_DESCRIPTION, readInterface } from "../capture/pcapng-blocks.ts";
import type { StatisticsText } from "../capture/pcapng-encode.ts";
import { encodeStatistics } from "../capture/pcapng-encode.ts";
import { exactNs, timeScale, type TimeScale } from "../capture/pcapng-time.ts";
import type { ClosedSegment } from "./segment-file.ts";

/** Octets read at once: other work must not wait long for their hash. */
const PIECE_OCTETS = 1024 * 1024;
/** Octets of a block that say what it is and, of a frame, when it came and how long it was. draft-ietf-opsawg-pcapng 4.3 */
const HEAD_OCTETS = 28;

/** Memory of files that were closed, for those to come: V8 would let tens of such pieces wait for its next full collection. */
const spare: Buffer[] = [];
/** A file that was closed has none. */
const NO_MEMORY = Buffer.alloc(0);

/** Time of a frame, the upper half first, and its octets on the wire. */
interface FrameHead {
  readonly high: number;
  readonly low: number;
  readonly wireOctets: number;
}

/**
 * A pcapng segment that a driver writes, in the byte order of this machine: read as it grows to count its frames and to hash it. Nothing
 * but its statistics is written to it, once the driver is done with it.
 */
export class WatchedFile {
  readonly startedNs: bigint;
  packets = 0;
  /** Octets that the frames had on the wire. */
  wireOctets = 0;
  /** Octets of the file that were read. */
  octets = 0;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #buffer = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_OCTETS);
  /** Octets at the begin of the buffer that were read before: the begin of a block. */
  #held = 0;
  /** Octets of a block that are still to come, its head is known; what it says counts once they are there. */
  #toSkip = 0;
  #coming: FrameHead | null = null;
  #scale: TimeScale | null = null;
  #interfaces = 0;
  /** A block was no block: what follows cannot be counted. */
  #isDamaged = false;
  #first = { high: -1, low: 0 };
  #last = { high: -1, low: 0 };

  private constructor(handle: FileHandle, startedNs: bigint) {
    this.#handle = handle;
    this.startedNs = startedNs;
  }

  static async open(path: string, startedNs: bigint): Promise<WatchedFile> {
    return new WatchedFile(await open(path, "r+"), startedNs);
  }

  /** Reads what came since. */
  async read(): Promise<void> {
    const buffer = this.#buffer;
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, this.#held, buffer.length - this.#held, this.octets);
      if (bytesRead === 0) return;
      this.octets += bytesRead;
      this.#hash.update(buffer.subarray(this.#held, this.#held + bytesRead));
      this.#walk(this.#held + bytesRead);
    }
  }

  /** Makes what was written durable. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  /** Lets go of the file, which stays as it is. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    this.#giveBack();
  }

  /** Adds the statistics of its interface, makes all durable and closes the file, which nobody writes any more. */
  async close(statistics: StatisticsText): Promise<ClosedSegment> {
    try {
      await this.read();
      const isWhole = this.#held === 0 && this.#toSkip === 0 && !this.#isDamaged;
      const size = this.octets;
      try {
        if (isWhole && this.#interfaces > 0) await this.#append(encodeStatistics(0, this.#inUnits(statistics)));
        await this.#handle.datasync();
      } catch (error) {
        // Closing is tried again: it finds the file as it was.
        await this.#handle.truncate(size).catch(() => undefined);
        throw error;
      }
    } finally {
      await this.#handle.close();
    }
    this.#giveBack();
    const { octets, packets } = this;
    return {
      octets,
      packets,
      sha256: this.#hash.digest("hex"),
      tsFirst: this.#ns(this.#first),
      tsLast: this.#ns(this.#last),
    };
  }

  /** Once: two files must not have the same. */
  #giveBack(): void {
    if (this.#buffer !== NO_MEMORY) spare.push(this.#buffer);
    this.#buffer = NO_MEMORY;
  }

  async #append(block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.length;)
      at += (await this.#handle.write(block, at, block.length - at, this.octets + at)).bytesWritten;
    this.octets += block.length;
    this.#hash.update(block);
  }

  /** Goes from block to block over the octets up to `end`, and keeps the begin of one whose head is not all there. */
  #walk(end: number): void {
    const buffer = this.#buffer;
    let at = Math.min(this.#toSkip, end);
    this.#toSkip -= at;
    if (this.#toSkip === 0 && this.#coming !== null) {
      this.#count(this.#coming);
      this.#coming = null;
    }
    while (!this.#isDamaged && end - at >= 8) {
      const type = buffer.readUInt32LE(at);
      const length = buffer.readUInt32LE(at + 4);
      if (length < 12 || (length & 3) !== 0) {
        this.#isDamaged = true;
        break;
      }
      const wanted = type === INTERFACE_DESCRIPTION ? length : Math.min(length, HEAD_OCTETS);
      if (end - at < wanted && wanted < PIECE_OCTETS) break;
      if (type === INTERFACE_DESCRIPTION) this.#interface(at, length);
      const next = Math.min(at + length, end);
      this.#toSkip = length - (next - at);
      if (type === ENHANCED_PACKET && length >= HEAD_OCTETS) {
        const head = this.#frame(at);
        if (this.#toSkip === 0) this.#count(head);
        else this.#coming = head;
      }
      at = next;
    }
    this.#held = this.#isDamaged ? 0 : end - at;
    buffer.copyWithin(0, at, end);
  }

  #frame(at: number): FrameHead {
    const buffer = this.#buffer;
    const [high, low] = [buffer.readUInt32LE(at + 12), buffer.readUInt32LE(at + 16)];
    return { high, low, wireOctets: buffer.readUInt32LE(at + 24) };
  }

  #count({ high, low, wireOctets }: FrameHead): void {
    this.packets++;
    this.wireOctets += wireOctets;
    const { high: firstHigh, low: firstLow } = this.#first;
    if (firstHigh < 0 || high < firstHigh || (high === firstHigh && low < firstLow)) this.#first = { high, low };
    const last = this.#last;
    if (high > last.high || (high === last.high && low > last.low)) {
      last.high = high;
      last.low = low;
    }
  }

  #interface(at: number, length: number): void {
    const r = new ByteReader(this.#buffer);
    r.seek(at + 8, Math.min(at + length - 4, this.#buffer.length));
    const read = readInterface(r, true, this.#interfaces++, 0);
    if (read === null || this.#scale !== null) return;
    this.#scale = timeScale(read.description.timeResolution, read.description.timeOffset);
  }

  /** Times of the statistics are in units of the interface. */
  #inUnits(statistics: StatisticsText): StatisticsText {
    const nsInUnit = BigInt(this.#scale?.quick || 1);
    return { ...statistics, start: statistics.start / nsInUnit, end: statistics.end / nsInUnit };
  }

  #ns({ high, low }: { readonly high: number; readonly low: number }): bigint | null {
    return high < 0 || this.#scale === null ? null : exactNs(high, low, this.#scale);
  }
}
