import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { LARGEST_FRAME } from "./frame.ts";
import type { FrameSink } from "./frame-sink.ts";
import { ByteWriter } from "./byte-writer.ts";

const BUFFER = 4 << 20;
const ENHANCED_PACKET = 28; // octets before the frame
const LARGEST_BLOCK = ENHANCED_PACKET + LARGEST_FRAME + 4 + 4;

export interface PcapngDescription {
  readonly comment: string;
  readonly interfaceName: string;
  readonly interfaceDescription: string;
  /** Nanoseconds since 1970-01-01 UTC of scenario time 0. */
  readonly startNs: bigint;
}

/**
 * A pcapng capture on its way to disk: one section, one Ethernet interface, nanoseconds. [draft-ietf-opsawg-pcapng]
 * Holds two buffers of 4 MiB: one fills while the other is being written. Call `drained` whenever `isFull`.
 */
export class PcapngFile implements FrameSink {
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  #filling = Buffer.alloc(BUFFER + LARGEST_BLOCK);
  #spare = Buffer.alloc(BUFFER + LARGEST_BLOCK);
  #used = 0;
  #writing: Promise<void> = Promise.resolve();
  view: DataView;
  bytes: Uint8Array;
  at = 0;
  frames = 0;
  /** Octets handed to the file so far. */
  octets = 0;
  /** Scenario time of the first and the last frame; -1 before there is one. */
  firstNs = -1;
  lastNs = -1;
  readonly #startHigh: number;
  readonly #startLow: number;

  constructor(handle: FileHandle, about: PcapngDescription) {
    this.#handle = handle;
    this.#startHigh = Number(about.startNs >> 32n);
    this.#startLow = Number(about.startNs & 0xffff_ffffn);
    this.view = viewOf(this.#filling);
    this.bytes = this.#filling;
    this.#append(sectionHeader(about.comment));
    this.#append(interfaceDescription(about));
  }

  static async create(path: string, about: PcapngDescription): Promise<PcapngFile> {
    return new PcapngFile(await open(path, "w"), about);
  }

  frame(timeNs: number, octets: number): number {
    const view = this.view;
    const padded = (octets + 3) & ~3;
    const block = ENHANCED_PACKET + padded + 4;
    const start = this.#used;
    const timeHigh = Math.floor(timeNs / 0x1_0000_0000);
    const low = this.#startLow + (timeNs - timeHigh * 0x1_0000_0000);
    view.setUint32(start, 6, true);
    view.setUint32(start + 4, block, true);
    view.setUint32(start + 8, 0, true);
    view.setUint32(start + 12, this.#startHigh + timeHigh + (low > 0xffff_ffff ? 1 : 0), true);
    view.setUint32(start + 16, low % 0x1_0000_0000, true);
    view.setUint32(start + 20, octets, true);
    view.setUint32(start + 24, octets, true);
    this.at = start + ENHANCED_PACKET;
    view.setUint32(this.at + padded - 4, 0);
    view.setUint32(start + block - 4, block, true);
    this.#used += block;
    this.octets += block;
    if (this.firstNs < 0) this.firstNs = timeNs;
    this.lastNs = timeNs;
    return ++this.frames;
  }

  /** True when the caller has to await `drained` before the next frame. */
  get isFull(): boolean {
    return this.#used >= BUFFER;
  }

  /** Hands the full buffer to the file and goes on with the other one, once that is free. */
  async drained(): Promise<void> {
    await this.#writing;
    const full = this.#filling.subarray(0, this.#used);
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.view = viewOf(this.#filling);
    this.bytes = this.#filling;
    this.#used = 0;
    this.#writing = this.#store(full);
    this.#writing.catch(() => undefined); // whoever awaits next is told; until then it must not count as unhandled
  }

  async #store(octets: Buffer): Promise<void> {
    this.#hash.update(octets);
    for (let at = 0; at < octets.length;) {
      const { bytesWritten } = await this.#handle.write(octets, at, octets.length - at);
      at += bytesWritten;
    }
  }

  /** Writes what is left and closes the file. @returns the SHA-256 of the whole file, hexadecimal. */
  async close(): Promise<string> {
    await this.drained();
    await this.#writing;
    await this.#handle.close();
    return this.#hash.digest("hex");
  }

  #append(block: Uint8Array): void {
    this.#filling.set(block, this.#used);
    this.#used += block.length;
    this.octets += block.length;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sectionHeader(comment: string): Uint8Array {
  const w = new ByteWriter();
  w.u32le(0x0a0d0d0a).u32le(0).u32le(0x1a2b3c4d).u16le(1).u16le(0).u64le(0xffff_ffff_ffff_ffffn);
  option(w, 1, comment);
  option(w, 4, "Backtrail scenario writer");
  return closedBlock(w);
}

function interfaceDescription(about: PcapngDescription): Uint8Array {
  const w = new ByteWriter();
  w.u32le(1).u32le(0).u16le(1).u16le(0).u32le(262144);
  option(w, 2, about.interfaceName);
  option(w, 3, about.interfaceDescription);
  w.u16le(9).u16le(1).u8(9).zeros(3); // if_tsresol: 10^-9 s
  return closedBlock(w);
}

function option(w: ByteWriter, code: number, text: string): void {
  const value = Buffer.from(text, "utf8");
  w.u16le(code).u16le(value.length).bytes(value).align(4);
}

function closedBlock(w: ByteWriter): Uint8Array {
  w.u32le(0); // end of options
  w.setU32le(4, w.length + 4);
  w.u32le(w.length + 4);
  return w.done();
}
