import type { ByteReader } from "../../bytes/reader.ts";

/** A part of a record that was let go by: it is not among the record's octets. */
export interface Hole {
  /** Where in the octets that are there it would begin. */
  readonly at: number;
  readonly octets: number;
}

/** Octets of a file inside a message. */
export interface Payload {
  readonly octets: number;
  /** Where they begin in the reader's source; -1 if they went by before. */
  readonly at: number;
}

/** Cursor over data in XDR (RFC 4506): everything is a multiple of four octets, big-endian. */
export class XdrReader {
  readonly r: ByteReader;
  readonly #hole: Hole | null;
  /** File data that reaches further than the octets given: the first one met. */
  beyond: Payload | null = null;
  /** Values that the specification does not have, by Zeek's name of them. */
  oddities: (readonly [name: string, value: number])[] | null = null;

  constructor(r: ByteReader, hole: Hole | null = null) {
    this.r = r;
    this.#hole = hole;
  }

  get truncated(): boolean {
    return this.r.truncated;
  }
  u32(): number {
    return this.r.u32be();
  }
  /** 64 bits as a double. */
  u64(): number {
    return this.r.u64beNumber();
  }
  bool(): boolean {
    return this.r.u32be() !== 0;
  }
  skip(octets: number): void {
    this.r.skip(octets);
  }
  /** Octets of a length given before them, as a hexadecimal text. */
  opaque(): string {
    const length = this.r.u32be();
    const text = this.r.hex(length);
    this.#pad(length);
    return text;
  }
  skipOpaque(): void {
    const length = this.r.u32be();
    this.r.skip(length);
    this.#pad(length);
  }
  /** Octets as they are, borrowed. */
  octets(): Uint8Array {
    const length = this.r.u32be();
    const bytes = this.r.bytes(length);
    this.#pad(length);
    return bytes;
  }
  text(): string {
    const length = this.r.u32be();
    const text = this.r.utf8(length);
    this.#pad(length);
    return text;
  }
  /** Words of a bitmap. */
  bitmap(): number[] {
    const words: number[] = [];
    const count = this.r.u32be();
    for (let i = 0; i < count && !this.r.truncated; i++) words.push(this.r.u32be());
    return words;
  }
  /** Octets of a file, which may have gone by or may go on behind what is here. */
  payload(): Payload {
    const octets = this.r.u32be();
    const at = this.r.pos;
    if (this.#hole?.at === at && !this.r.truncated) {
      this.#pad(octets);
      return { octets: this.#hole.octets, at: -1 };
    }
    if (octets > this.r.left && !this.r.truncated) this.beyond ??= { octets, at };
    this.r.skip(octets);
    this.#pad(octets);
    return { octets: this.r.truncated ? 0 : octets, at: this.r.truncated ? -1 : at };
  }
  odd(name: string, value: number): void {
    this.oddities ??= [];
    if (this.oddities.length < 8) this.oddities.push([name, value]);
  }

  /** Senders may leave out the padding at the very end. */
  #pad(octets: number): void {
    const rest = (4 - (octets & 3)) & 3;
    this.r.skip(this.r.truncated ? 0 : Math.min(rest, this.r.left));
  }
}
