import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Longest name, mode or option. */
const MAX_TEXT = 512;
/** Most options of one request. */
const MAX_OPTIONS = 16;

/** RFC 1350 5, RFC 2347 2. The data of a block are left in the reader. */
export type TftpMessage =
  | {
      readonly kind: "request";
      readonly isWrite: boolean;
      readonly name: string;
      readonly mode: string;
      readonly options: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: "data" | "ack"; readonly block: number }
  | { readonly kind: "error"; readonly code: number; readonly text: string }
  | { readonly kind: "options"; readonly options: readonly (readonly [name: string, value: string])[] };

/** Reads one datagram; null if it is none of TFTP. */
export function parseTftp(r: ByteReader): TftpMessage | null {
  const opcode = r.u16be();
  switch (opcode) {
    case 1:
    case 2: {
      const name = text(r);
      const mode = text(r);
      if (name === null || mode === null || name === "") return null;
      if (!/^(?:netascii|octet|mail)$/i.test(mode)) return null;
      return { kind: "request", isWrite: opcode === 2, name, mode, options: options(r) };
    }
    case 3:
    case 4: {
      const block = r.u16be();
      return r.truncated ? null : { kind: opcode === 3 ? "data" : "ack", block };
    }
    case 5: {
      const code = r.u16be();
      return r.truncated ? null : { kind: "error", code, text: text(r) ?? "" };
    }
    case 6:
      return { kind: "options", options: options(r) };
    default:
      return null;
  }
}

/** Octets up to a NUL, which may be missing at the end; null if they are too many. */
function text(r: ByteReader): string | null {
  if (r.left === 0) return null;
  const end = r.find(0);
  const octets = (end < 0 ? r.end : end) - r.pos;
  if (octets > MAX_TEXT) return null;
  const value = wireText(r, octets);
  if (end >= 0) r.skip(1);
  return value;
}

function options(r: ByteReader): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  while (r.left > 0 && found.length < MAX_OPTIONS) {
    const name = text(r);
    const value = text(r);
    if (name === null || value === null) break;
    found.push([name.toLowerCase(), value]);
  }
  return found;
}
