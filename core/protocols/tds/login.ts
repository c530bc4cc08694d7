import type { ByteReader } from "../../bytes/reader.ts";

/** What one side says before the login. MS-TDS 2.2.6.5 */
export interface Prelogin {
  readonly version: string | null;
  readonly encryption: number | null;
  readonly instance: string | null;
  readonly mars: boolean | null;
}

const END = 0xff;
const MAX_OPTIONS = 32;

/** Reads a pre-login message from behind the packet's header; null if it is malformed. */
export function readPrelogin(r: ByteReader): Prelogin | null {
  const start = r.pos;
  const end = r.end;
  let version: string | null = null;
  let encryption: number | null = null;
  let instance: string | null = null;
  let mars: boolean | null = null;
  for (let i = 0; i < MAX_OPTIONS; i++) {
    const token = r.u8();
    if (token === END && !r.truncated) return { version, encryption, instance, mars };
    const offset = r.u16be();
    const length = r.u16be();
    const next = r.pos;
    if (r.truncated || start + offset + length > end) return null;
    r.seek(start + offset, start + offset + length);
    switch (token) {
      case 0:
        if (length >= 6) version = `${r.u8()}.${r.u8()}.${r.u16be()}.${r.u16be()}`;
        break;
      case 1:
        if (length > 0) encryption = r.u8();
        break;
      case 2:
        instance = r.latin1(length).split("\0")[0] ?? null;
        break;
      case 4:
        mars = length > 0 ? r.u8() !== 0 : null;
        break;
    }
    r.seek(next, end);
  }
  return null;
}

const ENCRYPTION = ["off", "on", "not_supported", "required"];

export function encryptionName(value: number | null): string | null {
  return value === null ? null : (ENCRYPTION[value & 0x1f] ?? `unknown-${value}`);
}

/** A login of TDS 7. MS-TDS 2.2.6.4 */
export interface Login7 {
  readonly version: number;
  readonly host: string;
  readonly user: string;
  readonly hasPassword: boolean;
  readonly app: string;
  readonly server: string;
  readonly library: string;
  readonly language: string;
  readonly database: string;
  readonly attachFile: string;
  readonly changesPassword: boolean;
  readonly usesSspi: boolean;
  /** Token of the Windows authentication, borrowed; empty if there is none. */
  readonly token: Uint8Array;
}

/** Octets of the fixed part that every version has. */
const FIXED_OCTETS = 86;
const MAX_CHARACTERS = 512;

/** Reads a login from behind the packet's header; null if it is malformed. */
export function readLogin7(r: ByteReader): Login7 | null {
  const start = r.pos;
  const end = r.end;
  if (r.left < FIXED_OCTETS) return null;
  r.skip(4);
  const version = r.u32le();
  r.seek(start + 25, end);
  const usesSspi = (r.u8() & 0x80) !== 0;
  const field = (at: number): { offset: number; count: number } => {
    r.seek(start + at, end);
    return { offset: r.u16le(), count: r.u16le() };
  };
  const text = (at: number): string => {
    const { offset, count } = field(at);
    r.seek(Math.min(end, start + offset), end);
    return r.utf16le(Math.min(count, MAX_CHARACTERS) * 2);
  };
  const sspi = field(78);
  r.seek(Math.min(end, start + sspi.offset), end);
  const token = r.bytes(Math.min(sspi.count, r.left));
  const changesPassword = version >= 0x72000000 && field(86).count > 0;
  return {
    version,
    host: text(36),
    user: text(40),
    hasPassword: field(44).count > 0,
    app: text(48),
    server: text(52),
    library: text(60),
    language: text(64),
    database: text(68),
    attachFile: text(82),
    changesPassword,
    usesSspi: usesSspi || token.length > 0,
    token,
  };
}

/** "7.4" of 0x74000004. MS-TDS 2.2.6.4 */
export function versionText(version: number): string {
  const major = version >>> 28;
  return `${major}.${(version >>> 24) & 0xf}`;
}

/** Version from which headers stand before requests, and counts are 64 bits long. */
export const VERSION_72 = 0x72090002;
