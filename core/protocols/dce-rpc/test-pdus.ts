/** Writes connection-oriented PDUs for the tests of this folder. [C706] 12.6 */

/** Octets in the order they are given, little-endian. */
export class Octets {
  readonly #parts: number[] = [];

  u8(...values: number[]): this {
    this.#parts.push(...values);
    return this;
  }
  u16(...values: number[]): this {
    for (const value of values) this.#parts.push(value & 0xff, (value >>> 8) & 0xff);
    return this;
  }
  u32(...values: number[]): this {
    for (const value of values) this.u16(value & 0xffff, value >>> 16);
    return this;
  }
  raw(bytes: Uint8Array): this {
    for (const octet of bytes) this.#parts.push(octet);
    return this;
  }
  align(octets: number): this {
    while (this.#parts.length % octets !== 0) this.#parts.push(0);
    return this;
  }
  uuid(text: string): this {
    const [low, mid, high, clock, node] = text.split("-");
    this.u32(parseInt(low!, 16)).u16(parseInt(mid!, 16), parseInt(high!, 16));
    return this.raw(Buffer.from(clock! + node!, "hex"));
  }
  /** Conformant varying string with its terminator. */
  wide(text: string): this {
    const length = text.length + 1;
    this.align(4).u32(length, 0, length);
    return this.raw(Buffer.from(`${text}\0`, "utf16le"));
  }
  /** A unique pointer and its string; null for a null pointer. */
  unique(text: string | null): this {
    this.align(4);
    return text === null ? this.u32(0) : this.u32(0x20000).wide(text);
  }
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }
  get length(): number {
    return this.#parts.length;
  }
}

export function octets(): Octets {
  return new Octets();
}

export interface PduOptions {
  readonly callId?: number;
  /** 1 first, 2 last, 0x80 object. */
  readonly flags?: number;
  readonly auth?: { readonly type: number; readonly level: number; readonly token: Uint8Array };
}

/** A PDU of this type around `body`. */
export function pdu(type: number, body: Uint8Array, options: PduOptions = {}): Uint8Array {
  const { callId = 1, flags = 3, auth } = options;
  const padding = auth === undefined ? 0 : (4 - (body.length & 3)) & 3;
  const authLength = auth === undefined ? 0 : auth.token.length + 8;
  const length = 16 + body.length + padding + authLength;
  const out = octets()
    .u8(5, 0, type, flags, 0x10, 0, 0, 0)
    .u16(length, auth === undefined ? 0 : auth.token.length)
    .u32(callId)
    .raw(body)
    .raw(new Uint8Array(padding));
  if (auth !== undefined) out.u8(auth.type, auth.level, padding, 0).u32(79231).raw(auth.token);
  return out.bytes;
}

const NDR = "8a885d04-1ceb-11c9-9fe8-08002b104860";

export function bind(
  uuid: string,
  major: number,
  options: PduOptions & { readonly contextId?: number } = {},
): Uint8Array {
  const body = octets().u16(4280, 4280).u32(0).u8(1, 0, 0, 0);
  body
    .u16(options.contextId ?? 0)
    .u8(1, 0)
    .uuid(uuid)
    .u32(major)
    .uuid(NDR)
    .u32(2);
  return pdu(11, body.bytes, options);
}

export function bindAck(address: string, options: PduOptions & { readonly result?: number } = {}): Uint8Array {
  const body = octets()
    .u16(4280, 4280)
    .u32(0x1234)
    .u16(address.length + 1);
  body
    .raw(Buffer.from(`${address}\0`, "latin1"))
    .align(4)
    .u8(1, 0, 0, 0);
  body
    .u16(options.result ?? 0, options.result === undefined ? 0 : 1)
    .uuid(NDR)
    .u32(2);
  return pdu(12, body.bytes, options);
}

export function request(
  opnum: number,
  stub: Uint8Array,
  options: PduOptions & { readonly object?: string } = {},
): Uint8Array {
  const body = octets().u32(stub.length).u16(0, opnum);
  if (options.object !== undefined) body.uuid(options.object);
  const flags = (options.flags ?? 3) | (options.object === undefined ? 0 : 0x80);
  return pdu(0, body.raw(stub).bytes, { ...options, flags });
}

export function response(stub: Uint8Array, options: PduOptions = {}): Uint8Array {
  return pdu(2, octets().u32(stub.length).u16(0).u8(0, 0).raw(stub).bytes, options);
}

export function fault(status: number, options: PduOptions = {}): Uint8Array {
  return pdu(3, octets().u32(0).u16(0).u8(0, 0).u32(status, 0).bytes, options);
}
