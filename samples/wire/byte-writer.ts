/** Growing run of octets that messages are written into. Offsets count from its first octet. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  /** Octets written so far. */
  length = 0;

  constructor(room = 256) {
    this.#bytes = new Uint8Array(room);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #room(octets: number): number {
    const at = this.length;
    if (at + octets > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + octets));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.length = at + octets;
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1); // may replace the view
    this.#view.setUint8(at, value);
    return this;
  }
  u16be(value: number): this {
    const at = this.#room(2); // may replace the view
    this.#view.setUint16(at, value);
    return this;
  }
  u24be(value: number): this {
    return this.u8(value >>> 16).u16be(value & 0xffff);
  }
  u32be(value: number): this {
    const at = this.#room(4); // may replace the view
    this.#view.setUint32(at, value);
    return this;
  }
  u16le(value: number): this {
    const at = this.#room(2); // may replace the view
    this.#view.setUint16(at, value, true);
    return this;
  }
  u32le(value: number): this {
    const at = this.#room(4); // may replace the view
    this.#view.setUint32(at, value, true);
    return this;
  }
  u64le(value: bigint): this {
    const at = this.#room(8); // may replace the view
    this.#view.setBigUint64(at, value, true);
    return this;
  }
  u64be(value: bigint): this {
    const at = this.#room(8); // may replace the view
    this.#view.setBigUint64(at, value);
    return this;
  }
  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }
  zeros(octets: number): this {
    const at = this.#room(octets);
    this.#bytes.fill(0, at, at + octets);
    return this;
  }
  ascii(text: string): this {
    return this.bytes(Buffer.from(text, "latin1"));
  }
  utf16le(text: string): this {
    return this.bytes(Buffer.from(text, "utf16le"));
  }
  /** Zero octets up to a multiple of `unit`, counted from `origin`. */
  align(unit: number, origin = 0): this {
    const over = (this.length - origin) % unit;
    return over === 0 ? this : this.zeros(unit - over);
  }

  setU16be(at: number, value: number): void {
    this.#view.setUint16(at, value);
  }
  setU16le(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }
  setU32le(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }
  setU32be(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }
  setU8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  /** A copy of what was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

/** The octets of several runs in a row. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const part of parts) total += part.length;
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

export function utf16le(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf16le"));
}

/** Octets written as hexadecimal digits; blanks are ignored. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(/\s/g, ""), "hex"));
}
