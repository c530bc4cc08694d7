import type { PackedInput } from "./packed-input.ts";
import { DamagedPack, type BlockUnpacker } from "./unpacked-source.ts";
import { MOST_BLOCK, ZstdBlocks } from "./zstd-block.ts";
import { MALFORMED } from "./zstd-entropy.ts";

export const ZSTD_MAGIC = 0xfd2fb528;
/** First of the 16 magic numbers of frames that carry no data. */
export const SKIPPABLE_MAGIC = 0x184d2a50;

/**
 * Unpacks zstd frames, one after another. RFC 8878
 *
 * Content checksums are passed over: the ledger's hash of the stored file guards it, and damage shows in the blocks.
 */
export class ZstdUnpacker implements BlockUnpacker {
  readonly #in: PackedInput;
  readonly #blocks = new ZstdBlocks();
  #frame: ZstdFrame | null = null;
  /** Octets that matches may reach, then room for more. */
  #out = new Uint8Array(0);
  #used = 0;
  /** The file ended inside the block that was given out last. */
  #isCutShort = false;

  constructor(input: PackedInput) {
    this.#in = input;
  }

  async unpack(): Promise<Uint8Array | null> {
    if (this.#isCutShort) throw this.#cutShort();
    for (;;) {
      this.#frame ??= await this.#nextFrame();
      if (this.#frame === null) return null;
      const block = await this.#block(this.#frame);
      if (block.length > 0) return block;
    }
  }

  /** Reads a frame header, past frames to skip; null at the end of the file. 3.1.1.1, 3.1.2 */
  async #nextFrame(): Promise<ZstdFrame | null> {
    for (;;) {
      if (!(await this.#in.need(1))) return null;
      await this.#need(4);
      const magic = this.#in.u32(0);
      this.#in.take(4);
      if (magic === ZSTD_MAGIC) break;
      if ((magic & ~0xf) >>> 0 !== SKIPPABLE_MAGIC) {
        throw new DamagedPack(`what follows octet ${this.#in.used - 4} of the zstd file is no zstd frame`);
      }
      await this.#need(4);
      const octets = this.#in.u32(0);
      this.#in.take(4);
      if (!(await this.#in.skip(octets))) throw this.#cutShort();
    }
    await this.#need(1);
    const descriptor = this.#in.u8(0);
    const single = (descriptor & 0x20) !== 0;
    const dictionaryOctets = [0, 1, 2, 4][descriptor & 3]!;
    const sizeOctets = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
    const windowOctets = single ? 0 : 1;
    const octets = 1 + windowOctets + dictionaryOctets + sizeOctets;
    await this.#need(octets);
    let window: number;
    if (single) {
      window = this.#little(1 + dictionaryOctets, sizeOctets) + (sizeOctets === 2 ? 256 : 0);
    } else {
      const exponent = this.#in.u8(1) >>> 3;
      window = 2 ** (10 + exponent) * (1 + (this.#in.u8(1) & 7) / 8);
    }
    const dictionary = this.#little(1 + windowOctets, dictionaryOctets);
    if ((descriptor & 0x08) !== 0) throw this.#damaged();
    if (dictionary !== 0) throw new DamagedPack(`the zstd file needs dictionary ${dictionary}, which is not in it`);
    if (window > MOST_WINDOW) {
      throw new DamagedPack(
        `the zstd file needs ${Math.ceil(window / 1024 ** 2)} MiB of memory to unpack, more than ${MOST_WINDOW / 1024 ** 2}: unpack it with \`zstd -d --long=31\` first`,
      );
    }
    this.#in.take(octets);
    this.#blocks.reset();
    this.#used = 0;
    return { window, hasChecksum: (descriptor & 0x04) !== 0 };
  }

  /** One block; the frame is over when it was the last. 3.1.1.2 */
  async #block(frame: ZstdFrame): Promise<Uint8Array> {
    await this.#need(3);
    const head = this.#little(0, 3);
    const isLast = (head & 1) !== 0;
    const kind = (head >>> 1) & 3;
    const size = head >>> 3;
    const most = Math.min(MOST_BLOCK, Math.max(frame.window, 1));
    if (kind === 3 || size > MOST_BLOCK) throw this.#damaged();
    const stored = kind === RLE ? 1 : size;
    this.#makeRoom(frame.window);
    if (!(await this.#in.need(3 + stored))) return this.#partOf(kind);
    const { bytes } = this.#in;
    const start = this.#in.start + 3;
    const at = this.#used;
    switch (kind) {
      case RAW:
        this.#out.set(bytes.subarray(start, start + size), at);
        this.#used = at + size;
        break;
      case RLE:
        this.#out.fill(bytes[start]!, at, at + size);
        this.#used = at + size;
        break;
      default: {
        const from = Math.max(0, at - frame.window);
        try {
          this.#used = this.#blocks.unpack(bytes, start, start + size, this.#out, at, from, most);
        } catch (error) {
          if (error instanceof DamagedPack) throw this.#damaged();
          throw error;
        }
      }
    }
    this.#in.take(3 + stored);
    if (isLast) {
      this.#frame = null;
      if (frame.hasChecksum) {
        await this.#need(4);
        this.#in.take(4);
      }
    }
    return this.#out.subarray(at, this.#used);
  }

  /** What a block that is cut short still gives: a packed one is read from its end, so nothing; a raw one what is there. */
  #partOf(kind: number): Uint8Array {
    const there = this.#in.end - this.#in.start - 3;
    if (kind !== RAW || there <= 0) throw this.#cutShort();
    const at = this.#used;
    this.#out.set(this.#in.bytes.subarray(this.#in.start + 3, this.#in.end), at);
    this.#used = at + there;
    this.#isCutShort = true;
    return this.#out.subarray(at, this.#used);
  }

  /** Makes room for a block, keeping what matches may reach. */
  #makeRoom(window: number): void {
    if (this.#out.length - this.#used >= MOST_BLOCK) return;
    const kept = Math.min(this.#used, window);
    const grown = Math.min(window + SLACK, Math.max(this.#out.length * 2, SLACK));
    const from = this.#used - kept;
    if (this.#out.length < grown) {
      const larger = new Uint8Array(grown);
      larger.set(this.#out.subarray(from, this.#used));
      this.#out = larger;
    } else {
      this.#out.copyWithin(0, from, this.#used);
    }
    this.#used = kept;
  }

  #little(ahead: number, octets: number): number {
    let value = 0;
    for (let i = octets - 1; i >= 0; i--) value = value * 256 + this.#in.u8(ahead + i);
    return value;
  }

  async #need(octets: number): Promise<void> {
    if (!(await this.#in.need(octets))) throw this.#cutShort();
  }

  #cutShort(): DamagedPack {
    return new DamagedPack("the zstd file is cut short");
  }

  #damaged(): DamagedPack {
    return new DamagedPack(`${MALFORMED} at octet ${this.#in.used} of the file`);
  }
}

interface ZstdFrame {
  /** How far back matches may reach, in octets. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

const RAW = 0;
const RLE = 1;
/** Largest window that is unpacked: what `zstd --long` uses. */
const MOST_WINDOW = 128 * 1024 * 1024;
const SLACK = 2 * 1024 * 1024;
