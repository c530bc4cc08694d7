import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../case/durable-file.ts";
import type { InterfaceText, SectionText, StatisticsText } from "../capture/pcapng-encode.ts";
import { encodeInterface, encodeSection, encodeStatistics } from "../capture/pcapng-encode.ts";
import { RECORD_HEADER } from "./pcap-stream.ts";

/** Octets that are gathered before they are written. */
const BUFFER_OCTETS = 1024 * 1024;
/** Header and trailer of an enhanced packet block. draft-ietf-opsawg-pcapng 4.3 */
const BLOCK_OVERHEAD = 32;
const ENHANCED_PACKET = 6;

/** A closed segment. */
export interface ClosedSegment {
  readonly octets: number;
  readonly packets: number;
  readonly sha256: string;
  readonly tsFirst: bigint | null;
  readonly tsLast: bigint | null;
}

/**
 * A pcapng segment in the making: frames are gathered and written in order, some buffers behind; its SHA-256 is computed from what
 * is written. It always ends with a whole block as far as it was written, whatever becomes of this process.
 */
export class SegmentFile {
  readonly path: string;
  readonly startedNs: bigint;
  packets = 0;
  /** Octets given to it, written or not. */
  octets = 0;
  /** Octets that wait to be written. */
  queued = 0;
  /** Frames given to it that could not be written. */
  packetsLost = 0;
  /** Why writing failed; the segment then ends with what was written before. */
  failure: Error | null = null;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #buffer = Buffer.allocUnsafeSlow(BUFFER_OCTETS);
  #filled = 0;
  #interfaces = 0;
  /** Frames in the buffer. */
  #gathered = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = 0;
  #firstHigh = -1;
  #firstLow = 0;
  #lastHigh = -1;
  #lastLow = 0;

  private constructor(path: string, handle: FileHandle, startedNs: bigint) {
    this.path = path;
    this.#handle = handle;
    this.startedNs = startedNs;
  }

  /** Makes the file with its section header, durably. Fails where there is one of that name. */
  static async create(path: string, section: SectionText, startedNs: bigint): Promise<SegmentFile> {
    const segment = new SegmentFile(path, await open(path, "wx", 0o640), startedNs);
    segment.#put(encodeSection(section));
    await segment.flush();
    if (segment.failure !== null) {
      await segment.#handle.close();
      await rm(path, { force: true });
      throw segment.failure;
    }
    syncFolder(dirname(path));
    return segment;
  }

  /** Describes an interface; returns its number in this segment. */
  addInterface(text: InterfaceText): number {
    this.#put(encodeInterface(text));
    return this.#interfaces++;
  }

  /** Adds the pcap record at `at` as an enhanced packet block. */
  frame(iface: number, octets: Buffer, at: number, high: number, low: number): void {
    const captured = octets.readUInt32LE(at + 8);
    const padding = -captured & 3;
    const length = BLOCK_OVERHEAD + captured + padding;
    if (this.#filled + length > this.#buffer.length) this.#turn(length);
    const to = this.#buffer;
    let o = this.#filled;
    o = to.writeUInt32LE(ENHANCED_PACKET, o);
    o = to.writeUInt32LE(length, o);
    o = to.writeUInt32LE(iface, o);
    o = to.writeUInt32LE(high, o);
    o = to.writeUInt32LE(low, o);
    o = to.writeUInt32LE(captured, o);
    o = to.writeUInt32LE(octets.readUInt32LE(at + 12), o);
    octets.copy(to, o, at + RECORD_HEADER, at + RECORD_HEADER + captured);
    o += captured;
    for (let i = 0; i < padding; i++) to[o++] = 0;
    to.writeUInt32LE(length, o);
    this.#filled += length;
    this.octets += length;
    this.packets++;
    this.#gathered++;
    if (this.#firstHigh < 0 || high < this.#firstHigh || (high === this.#firstHigh && low < this.#firstLow)) {
      this.#firstHigh = high;
      this.#firstLow = low;
    }
    if (high > this.#lastHigh || (high === this.#lastHigh && low > this.#lastLow)) {
      this.#lastHigh = high;
      this.#lastLow = low;
    }
  }

  get tsFirst(): bigint | null {
    return this.#firstHigh < 0 ? null : (BigInt(this.#firstHigh) << 32n) | BigInt(this.#firstLow);
  }

  get tsLast(): bigint | null {
    return this.#lastHigh < 0 ? null : (BigInt(this.#lastHigh) << 32n) | BigInt(this.#lastLow);
  }

  /** Writes what was gathered; readers see it then. */
  async flush(): Promise<void> {
    this.#turn(0);
    await this.#writing;
  }

  /** Makes what was written durable. */
  async sync(): Promise<void> {
    await this.flush();
    if (this.failure !== null) return;
    try {
      await this.#handle.datasync();
    } catch (error) {
      this.failure ??= error as Error;
    }
  }

  /** Adds the statistics of its interfaces, by their numbers, makes all durable and closes the file. */
  async close(statistics: ReadonlyMap<number, StatisticsText>): Promise<ClosedSegment> {
    for (const [iface, text] of statistics) this.#put(encodeStatistics(iface, text));
    await this.flush();
    try {
      await this.#handle.datasync();
    } catch (error) {
      this.failure ??= error as Error;
    }
    await this.#handle.close().catch((error: unknown) => (this.failure ??= error as Error));
    const { tsFirst, tsLast } = this;
    const packets = this.packets - this.packetsLost;
    return { octets: this.#written, packets, sha256: this.#hash.digest("hex"), tsFirst, tsLast };
  }

  #put(block: Uint8Array): void {
    if (this.#filled + block.length > this.#buffer.length) this.#turn(block.length);
    this.#buffer.set(block, this.#filled);
    this.#filled += block.length;
    this.octets += block.length;
  }

  /** Hands the buffer to the disk and takes a new one with room for `next` octets. */
  #turn(next: number): void {
    if (this.#filled > 0) {
      const full = this.#buffer.subarray(0, this.#filled);
      const packets = this.#gathered;
      this.queued += full.length;
      this.#filled = 0;
      this.#gathered = 0;
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_OCTETS, next));
      this.#writing = this.#writing.then(() => this.#write(full, packets));
    } else if (this.#buffer.length < next) {
      this.#buffer = Buffer.allocUnsafeSlow(next);
    }
  }

  async #write(octets: Buffer, packets: number): Promise<void> {
    try {
      if (this.failure !== null) {
        this.packetsLost += packets;
        return;
      }
      for (let at = 0; at < octets.length;)
        at += (await this.#handle.write(octets, at, octets.length - at, this.#written + at)).bytesWritten;
      this.#written += octets.length;
      this.#hash.update(octets);
    } catch (error) {
      this.failure = error as Error;
      this.packetsLost += packets;
      // What a full disk took of this buffer could end inside a block.
      await this.#handle.truncate(this.#written).catch(() => undefined);
    } finally {
      this.queued -= octets.length;
    }
  }
}
