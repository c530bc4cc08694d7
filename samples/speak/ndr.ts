import { ByteWriter, utf16le } from "../wire/byte-writer.ts";

/** Stub data in NDR, little-endian. [C706] 14, [MS-RPCE] 2.2.4 */
export class Ndr extends ByteWriter {
  #referents = 0;

  u16(value: number): this {
    return this.align(2).u16le(value);
  }
  u32(value: number): this {
    return this.align(4).u32le(value);
  }
  /** Identifier of a pointer whose target follows; 0 stands for none. */
  pointer(isThere = true): this {
    return this.u32(isThere ? 0x20000 + 4 * this.#referents++ : 0);
  }
  /** [string] wchar_t *: conformant and varying, with its end mark. */
  text(value: string): this {
    const count = value.length + 1;
    return this.u32(count)
      .u32(0)
      .u32(count)
      .bytes(utf16le(`${value}\0`));
  }
  /** [unique, string] wchar_t *. */
  uniqueText(value: string | null): this {
    return value === null ? this.pointer(false) : this.pointer().text(value);
  }
  /** RPC_UNICODE_STRING without its target; `target` writes that. */
  counted(value: string, endMark = 0): this {
    const length = 2 * (value.length + endMark);
    return this.u16(length).u16(length).pointer();
  }
  target(value: string, endMark = 0): this {
    const count = value.length + endMark;
    return this.u32(count)
      .u32(0)
      .u32(count)
      .bytes(utf16le(value))
      .zeros(2 * endMark);
  }
  /** RPC_SID in its conformant form, authority 5. */
  sid(parts: readonly number[]): this {
    this.u32(parts.length).u8(1).u8(parts.length).zeros(5).u8(5);
    for (const part of parts) this.u32le(part);
    return this;
  }
}
