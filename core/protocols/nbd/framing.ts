import type { ByteReader } from "../../bytes/reader.ts";
import {
  CMD_WRITE,
  EXTENDED_REPLY_MAGIC,
  EXTENDED_REPLY_OCTETS,
  EXTENDED_REQUEST_MAGIC,
  EXTENDED_REQUEST_OCTETS,
  OPTION_OCTETS,
  OPTION_REPLY_MAGIC,
  OPTION_REPLY_OCTETS,
  REQUEST_MAGIC,
  REQUEST_OCTETS,
  SIMPLE_REPLY_MAGIC,
  SIMPLE_REPLY_OCTETS,
  STRUCTURED_REPLY_MAGIC,
  STRUCTURED_REPLY_OCTETS,
} from "./messages.ts";

const GREETING = 0x4e42_444d;
const OPTION = 0x4948_4156;
const NEW_GREETING_OCTETS = 18;
const OLD_GREETING_OCTETS = 152;
/** The answer to EXPORT_NAME: size and flags, and 124 zeros that both sides may agree to leave out. */
const EXPORT_OCTETS = 10;
const ZEROS = 124;
/** Longest payload of a request or reply that is believed; servers take 32 MiB. */
const MOST_PAYLOAD = 2 ** 32;
/** Longest data of an option that is believed. */
const MOST_OPTION = 1 << 20;

/** Octets of the client's message at `r`; 0 if more are needed to tell, -1 if it is none. */
export function clientLength(r: ByteReader): number {
  const magic = r.peekU32be();
  if (magic < 0) return 0;
  if (magic === OPTION) {
    const octets = r.peekU32be(12);
    return octets < 0 ? 0 : octets > MOST_OPTION ? -1 : OPTION_OCTETS + octets;
  }
  if (magic === REQUEST_MAGIC) {
    if (r.left < REQUEST_OCTETS) return 0;
    return REQUEST_OCTETS + (r.peekU16be(6) === CMD_WRITE ? r.peekU32be(24) : 0);
  }
  if (magic === EXTENDED_REQUEST_MAGIC) {
    if (r.left < EXTENDED_REQUEST_OCTETS) return 0;
    if (r.peekU16be(6) !== CMD_WRITE) return EXTENDED_REQUEST_OCTETS;
    return r.peekU32be(24) === 0 ? EXTENDED_REQUEST_OCTETS + r.peekU32be(28) : -1;
  }
  // Flags of the client, once: two are defined.
  return magic <= 3 ? 4 : -1;
}

/** What the length of a server's message depends on. */
export interface ServerState {
  /** True until an export was given. */
  readonly hasOptions: boolean;
  /** Octets that the READ of this cookie asks for; 0 if it is none. */
  readonly readOctets: (cookie: string) => number;
}

/** Octets of the server's message at `r`; 0 if more are needed to tell, -1 if it is none. */
export function serverLength(r: ByteReader, state: ServerState): number {
  const magic = r.peekU32be();
  if (magic < 0) return 0;
  if (magic === GREETING) {
    const second = r.peekU32be(8);
    return second < 0 ? 0 : second === OPTION ? NEW_GREETING_OCTETS : OLD_GREETING_OCTETS;
  }
  if (magic === OPTION_REPLY_MAGIC) {
    const octets = r.peekU32be(16);
    return octets < 0 ? 0 : octets > MOST_OPTION ? -1 : OPTION_REPLY_OCTETS + octets;
  }
  if (magic === SIMPLE_REPLY_MAGIC) {
    if (r.left < SIMPLE_REPLY_OCTETS) return 0;
    return SIMPLE_REPLY_OCTETS + (r.peekU32be(4) === 0 ? state.readOctets(cookieAt(r)) : 0);
  }
  if (magic === STRUCTURED_REPLY_MAGIC) {
    const octets = r.peekU32be(16);
    return octets < 0 ? 0 : STRUCTURED_REPLY_OCTETS + octets;
  }
  if (magic === EXTENDED_REPLY_MAGIC) {
    if (r.left < EXTENDED_REPLY_OCTETS) return 0;
    const octets = r.peekU32be(24) * MOST_PAYLOAD + r.peekU32be(28);
    return octets >= MOST_PAYLOAD ? -1 : EXTENDED_REPLY_OCTETS + octets;
  }
  if (!state.hasOptions) return -1;
  if (r.left < EXPORT_OCTETS) return 0;
  // Zeros behind it belong to it: no reply begins with one.
  return r.peekU32be(EXPORT_OCTETS) === 0 ? EXPORT_OCTETS + ZEROS : EXPORT_OCTETS;
}

function cookieAt(r: ByteReader): string {
  const at = r.pos;
  r.pos += 8;
  const cookie = r.hex(8);
  r.pos = at;
  return cookie;
}
