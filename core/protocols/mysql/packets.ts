import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Length and sequence number. MySQL client/server protocol, "Protocol::Packet" */
export const HEADER_OCTETS = 4;
/** Length of a packet that is continued by the next one. */
export const MAX_PAYLOAD = 0xffffff;

/** Capabilities that change how packets look. MySQL "Capabilities Flags" */
export const CAPABILITY = {
  mysql: 0x1,
  connectWithDb: 0x8,
  compress: 0x20,
  ssl: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 0x80000,
  connectAttrs: 0x100000,
  pluginAuthLenenc: 0x200000,
  deprecateEof: 0x1000000,
  queryAttributes: 0x8000000,
} as const;

/** Server's first packet. MySQL "Protocol::HandshakeV10", "Protocol::HandshakeV9" */
export interface Greeting {
  readonly protocol: 9 | 10;
  readonly serverVersion: string;
  /** Capabilities of the server; 0 in version 9. */
  readonly capabilities: number;
  readonly authPlugin: string | null;
}

/** Reads a greeting from behind the header; null if it is none. */
export function readGreeting(r: ByteReader): Greeting | null {
  const protocol = r.u8();
  if (protocol !== 9 && protocol !== 10) return null;
  const serverVersion = nulText(r);
  if (serverVersion === null) return null;
  if (protocol === 9) return { protocol, serverVersion, capabilities: 0, authPlugin: null };
  r.skip(4 + 8 + 1);
  const low = r.u16le();
  // Servers before 4.1 end here.
  if (r.truncated) return { protocol, serverVersion, capabilities: 0, authPlugin: null };
  if (r.left < 16) return { protocol, serverVersion, capabilities: low, authPlugin: null };
  r.skip(1 + 2);
  const capabilities = (low | (r.u16le() << 16)) >>> 0;
  const dataLength = r.u8();
  r.skip(10);
  r.skip(Math.max(13, dataLength - 8));
  const hasPlugin = !r.truncated && (capabilities & CAPABILITY.pluginAuth) !== 0;
  return { protocol, serverVersion, capabilities, authPlugin: hasPlugin ? nulText(r) : null };
}

/** Client's answer to the greeting. MySQL "Protocol::HandshakeResponse41" and "320" */
export interface Login {
  readonly capabilities: number;
  /** True if TLS follows instead of the rest. */
  readonly asksForTls: boolean;
  readonly user: string;
  readonly database: string | null;
  readonly authPlugin: string | null;
}

/** Reads the client's answer from behind the header; null if it is malformed. */
export function readLogin(r: ByteReader, protocol: 9 | 10): Login | null {
  return protocol === 10 ? readLogin41(r) : readLogin320(r);
}

function readLogin41(r: ByteReader): Login | null {
  const capabilities = r.u32le();
  r.skip(4 + 1 + 23);
  if (r.truncated) return null;
  if ((capabilities & CAPABILITY.ssl) !== 0) {
    return { capabilities, asksForTls: true, user: "", database: null, authPlugin: null };
  }
  const user = nulText(r);
  if (user === null) return null;
  if ((capabilities & (CAPABILITY.pluginAuthLenenc | CAPABILITY.secureConnection)) === 0) nulText(r);
  else r.skip(lengthEncoded(r));
  const database = (capabilities & CAPABILITY.connectWithDb) === 0 ? null : nulText(r);
  const authPlugin = (capabilities & CAPABILITY.pluginAuth) === 0 ? null : nulText(r);
  return { capabilities, asksForTls: false, user, database, authPlugin };
}

function readLogin320(r: ByteReader): Login | null {
  const capabilities = r.u16le();
  r.skip(3);
  const user = nulText(r);
  if (r.truncated || user === null) return null;
  const asksForTls = (capabilities & CAPABILITY.ssl) !== 0;
  nulText(r);
  const database = (capabilities & CAPABILITY.connectWithDb) === 0 ? null : nulText(r);
  return { capabilities, asksForTls, user, database, authPlugin: null };
}

/** What COM_CHANGE_USER says. MySQL "COM_CHANGE_USER" */
export interface ChangeUser {
  readonly user: string;
  readonly database: string | null;
  readonly authPlugin: string | null;
}

/** Reads a change of user from behind the command octet; null if it is malformed. */
export function readChangeUser(r: ByteReader, capabilities: number): ChangeUser | null {
  const user = nulText(r);
  if (user === null) return null;
  r.skip(r.u8());
  const database = nulText(r);
  r.skip(2);
  const hasPlugin = !r.truncated && (capabilities & CAPABILITY.pluginAuth) !== 0;
  return { user, database, authPlugin: hasPlugin ? nulText(r) : null };
}

/** Server's error. MySQL "ERR_Packet" */
export interface ServerError {
  readonly code: number;
  readonly message: string;
}

/** Reads an error from behind its first octet. */
export function readError(r: ByteReader): ServerError {
  const code = r.u16le();
  // The state is not sent before the client has said that it knows of it.
  if (r.peekU8() === 0x23) r.skip(6);
  return { code, message: wireText(r, r.left) };
}

/** Length-encoded integer, as Zeek takes it: its markers of NULL and error are 0. Not exact above 2^53. */
export function lengthEncoded(r: ByteReader, first: number = r.u8()): number {
  if (first < 0xfb) return first;
  if (first === 0xfc) return r.u16le();
  if (first === 0xfd) return r.u24le();
  return first === 0xfe ? r.u64leNumber() : 0;
}

/** Most attributes that come before a query. */
const MAX_ATTRIBUTES = 256;

/**
 * Goes behind the attributes in front of a query's text. MySQL "COM_QUERY"
 * @returns false if they are malformed or cut off.
 */
export function skipQueryAttributes(r: ByteReader): boolean {
  const count = lengthEncoded(r);
  lengthEncoded(r);
  if (count === 0) return !r.truncated;
  if (count > MAX_ATTRIBUTES) return false;
  const isNull = r.bytes((count + 7) >> 3);
  if (r.u8() !== 1) return false;
  const types: number[] = [];
  for (let i = 0; i < count && !r.truncated; i++) {
    types.push(r.u8());
    r.skip(1);
    r.skip(lengthEncoded(r));
  }
  for (let i = 0; i < count && !r.truncated; i++) {
    if (((isNull[i >> 3]! >> (i & 7)) & 1) === 0) r.skip(valueOctets(types[i]!, r));
  }
  return !r.truncated;
}

/** Octets of a value of the binary protocol; its length, where it has one, is read. MySQL "Binary Protocol Value" */
function valueOctets(type: number, r: ByteReader): number {
  switch (type) {
    case 0x01:
      return 1;
    case 0x02:
    case 0x0d:
      return 2;
    case 0x03:
    case 0x04:
    case 0x09:
      return 4;
    case 0x05:
    case 0x08:
      return 8;
    case 0x06:
      return 0;
    case 0x07:
    case 0x0a:
    case 0x0b:
    case 0x0c:
    case 0x11:
      return r.u8();
    default:
      return lengthEncoded(r);
  }
}

/** Text up to a NUL, which is read too; null if there is none. */
export function nulText(r: ByteReader): string | null {
  const end = r.find(0);
  if (end < 0) return null;
  const text = wireText(r, end - r.pos);
  r.skip(1);
  return text;
}
