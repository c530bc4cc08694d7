import { unpackLz4Block } from "../bytes/lz4-block.ts";
import type { PackedInput } from "./packed-input.ts";
import { DamagedPack, type BlockUnpacker } from "./unpacked-source.ts";
import { Xxh32 } from "./xxh32.ts";

export const LZ4_MAGIC = 0x184d2204;
/** Frames of `lz4 -l`: no header but the magic, blocks of 8 MiB. */
export const LZ4_LEGACY_MAGIC = 0x184c2102;

/** Unpacks LZ4 frames, one after another. LZ4 frame format 1.6.4; checksums are verified. */
export class Lz4Unpacker implements BlockUnpacker {
  readonly #in: PackedInput;
  readonly #content = new Xxh32();
  readonly #check = new Xxh32();
  #frame: Lz4Frame | null = null;
  /** Room for 64 KiB of what came before and one block. */
  #out = new Uint8Array(0);
  /** Octets before the block that matches may reach. */
  #history = 0;
  /** What is wrong behind the octets given out last. */
  #failed: DamagedPack | null = null;

  constructor(input: PackedInput) {
    this.#in = input;
  }

  async unpack(): Promise<Uint8Array | null> {
    if (this.#failed !== null) throw this.#failed;
    for (;;) {
      this.#frame ??= await this.#nextFrame();
      if (this.#frame === null) return null;
      const block = this.#frame.legacy ? await this.#legacyBlock() : await this.#block(this.#frame);
      if (block !== null) return block;
      this.#frame = null;
    }
  }

  /** Reads a frame header, past frames to skip; null at the end of the file. */
  async #nextFrame(): Promise<Lz4Frame | null> {
    for (;;) {
      if (!(await this.#in.need(1))) return null;
      await this.#need(4);
      const magic = this.#in.u32(0);
      this.#in.take(4);
      if (magic === LZ4_LEGACY_MAGIC) return this.#begin({ ...LEGACY });
      if (magic === LZ4_MAGIC) return this.#begin(await this.#header());
      if ((magic & ~0xf) >>> 0 !== SKIPPABLE) {
        throw new DamagedPack(`what follows octet ${this.#in.used - 4} of the lz4 file is no lz4 frame`);
      }
      await this.#need(4);
      const octets = this.#in.u32(0);
      this.#in.take(4);
      if (!(await this.#in.skip(octets))) throw this.#cutShort();
    }
  }

  #begin(frame: Lz4Frame): Lz4Frame {
    const room = HISTORY + frame.blockOctets;
    if (this.#out.length < room) this.#out = new Uint8Array(room);
    this.#history = 0;
    this.#content.reset();
    return frame;
  }

  async #header(): Promise<Lz4Frame> {
    await this.#need(2);
    const flags = this.#in.u8(0);
    const hasSize = (flags & 0x08) !== 0;
    const hasDictionary = (flags & 0x01) !== 0;
    const octets = 2 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
    await this.#need(octets + 1);
    const { bytes, start } = this.#in;
    this.#check.reset();
    this.#check.update(bytes, start, start + octets);
    const blockOctets = BLOCK_OCTETS[(this.#in.u8(1) >>> 4) & 7];
    if (
      flags >>> 6 !== 1 ||
      blockOctets === undefined ||
      this.#in.u8(octets) !== ((this.#check.digest() >>> 8) & 0xff)
    ) {
      throw this.#damaged("frame header");
    }
    if (hasDictionary) throw new DamagedPack("the lz4 file needs a dictionary that is not in it");
    this.#in.take(octets + 1);
    return {
      legacy: false,
      blockOctets,
      linked: (flags & 0x20) === 0,
      blockChecksums: (flags & 0x10) !== 0,
      contentChecksum: (flags & 0x04) !== 0,
    };
  }

  /** One block; null behind the last. */
  async #block(frame: Lz4Frame): Promise<Uint8Array | null> {
    await this.#need(4);
    const size = this.#in.u32(0);
    this.#in.take(4);
    if (size === 0) {
      if (frame.contentChecksum) {
        await this.#need(4);
        if (this.#in.u32(0) !== this.#content.digest()) throw this.#damaged("content checksum");
        this.#in.take(4);
      }
      return null;
    }
    const octets = size & 0x7fff_ffff;
    if (octets > frame.blockOctets) throw this.#damaged("block length");
    const limit = HISTORY + frame.blockOctets;
    const isStored = (size & 0x8000_0000) !== 0;
    if (!(await this.#in.need(octets + (frame.blockChecksums ? 4 : 0)))) {
      return this.#partOf(octets, isStored, HISTORY, HISTORY - this.#history, limit);
    }
    const { bytes, start } = this.#in;
    if (frame.blockChecksums) {
      this.#check.reset();
      this.#check.update(bytes, start, start + octets);
      if (this.#check.digest() !== this.#in.u32(octets)) throw this.#damaged("block checksum");
    }
    const out = this.#out;
    let end: number;
    if (isStored) {
      out.set(bytes.subarray(start, start + octets), HISTORY);
      end = HISTORY + octets;
    } else {
      end = unpackLz4Block(bytes, start, start + octets, out, HISTORY, HISTORY - this.#history, limit);
      if (end < 0) return this.#before(HISTORY, -end - 1, this.#damaged("block"));
    }
    this.#in.take(octets + (frame.blockChecksums ? 4 : 0));
    if (frame.contentChecksum) this.#content.update(out, HISTORY, end);
    const block = out.slice(HISTORY, end);
    if (frame.linked) {
      const kept = Math.min(HISTORY, this.#history + block.length);
      out.copyWithin(HISTORY - kept, end - kept, end);
      this.#history = kept;
    }
    return block;
  }

  /** A legacy frame has no end mark: it goes on until another magic or the end of the file. */
  async #legacyBlock(): Promise<Uint8Array | null> {
    if (!(await this.#in.need(1))) return null;
    await this.#need(4);
    const octets = this.#in.u32(0);
    if (octets === LZ4_LEGACY_MAGIC || octets === LZ4_MAGIC || (octets & ~0xf) >>> 0 === SKIPPABLE) return null;
    if (octets === 0 || octets > LEGACY_PACKED_OCTETS) throw this.#damaged("block length");
    this.#in.take(4);
    if (!(await this.#in.need(octets))) return this.#partOf(octets, false, 0, 0, LEGACY.blockOctets);
    const { bytes, start } = this.#in;
    const end = unpackLz4Block(bytes, start, start + octets, this.#out, 0, 0, LEGACY.blockOctets);
    if (end < 0) return this.#before(0, -end - 1, this.#damaged("block"));
    this.#in.take(octets);
    return this.#out.slice(0, end);
  }

  /** What a block that is cut short still gives. */
  #partOf(octets: number, isStored: boolean, at: number, from: number, limit: number): Uint8Array {
    const { bytes, start, end } = this.#in;
    const there = Math.min(octets, end - start);
    if (isStored) {
      this.#out.set(bytes.subarray(start, start + there), at);
      return this.#before(at, at + there, this.#cutShort());
    }
    const unpacked = unpackLz4Block(bytes, start, start + there, this.#out, at, from, limit);
    return this.#before(at, unpacked < 0 ? -unpacked - 1 : unpacked, this.#cutShort());
  }

  /** Gives out what came before a failure; the next call fails. */
  #before(from: number, to: number, failure: DamagedPack): Uint8Array {
    if (from === to) throw failure;
    this.#failed = failure;
    return this.#out.slice(from, to);
  }

  async #need(octets: number): Promise<void> {
    if (!(await this.#in.need(octets))) throw this.#cutShort();
  }

  #cutShort(): DamagedPack {
    return new DamagedPack("the lz4 file is cut short");
  }

  #damaged(what: string): DamagedPack {
    return new DamagedPack(`the lz4 data is damaged at octet ${this.#in.used} of the file (${what})`);
  }
}

interface Lz4Frame {
  readonly legacy: boolean;
  readonly blockOctets: number;
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
}

const SKIPPABLE = 0x184d2a50;
const HISTORY = 64 * 1024;

/** Block maximum size by its code in the BD octet. */
const BLOCK_OCTETS: readonly (number | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  64 * 1024,
  256 * 1024,
  1024 * 1024,
  4 * 1024 * 1024,
];

const LEGACY: Lz4Frame = {
  legacy: true,
  blockOctets: 8 * 1024 * 1024,
  linked: false,
  blockChecksums: false,
  contentChecksum: false,
};

/** Longest form of a block of 8 MiB that cannot be packed. */
const LEGACY_PACKED_OCTETS = 8 * 1024 * 1024 + Math.ceil((8 * 1024 * 1024) / 255) + 16;
