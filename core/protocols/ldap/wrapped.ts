import { ByteReader } from "../../bytes/reader.ts";
import type { SealedMessage } from "../unsealing/context-unsealer.ts";
import { areMessages } from "./message.ts";

/** Octets of a SASL buffer, behind its length, that tell how it is protected. */
export const TELLING_OCTETS = 64;

/** How the octets of a SASL buffer are protected. RFC 4422 3.7 */
export type Protection = "krb5" | "krb5-old" | "ntlm" | "other";

/** A SASL buffer: what protects it, and whether anybody can read it. */
export interface Wrapped {
  readonly protection: Protection;
  readonly isSealed: boolean;
}

const KRB5_WRAP = 0x0504;
const FLAG_SEALED = 2;
const KRB5_HEADER = 16;
const OLD_FRAME = 0x60;
/** The mechanism's identifier and token id of RFC 1964 1.2.2, behind the frame's lengths. */
const OLD_WRAP = "06092a864886f7120102020201";
const NTLM_VERSION = 1;
const NTLM_SIGNATURE = 16;

/**
 * Judges a SASL buffer `bytes[start..end)` by its first octets: a Kerberos token says itself whether it is sealed,
 * others are readable if LDAP shows in them. RFC 4121 4.2.6.2, RFC 1964 1.2.2, [MS-NLMP] 2.2.2.9
 * @param end May be short of the buffer's end, at `TELLING_OCTETS`.
 */
export function judgeWrapped(bytes: Uint8Array, start: number, end: number): Wrapped {
  const r = new ByteReader(bytes, start, end);
  if (r.peekU16be() === KRB5_WRAP) return { protection: "krb5", isSealed: (r.peekU8(2) & FLAG_SEALED) !== 0 };
  if (r.peekU8() === OLD_FRAME) {
    const old = oldWrap(bytes, start, end);
    if (old !== null) return { protection: "krb5-old", isSealed: old.isSealed };
  }
  if (r.peekU32le() === NTLM_VERSION) {
    return { protection: "ntlm", isSealed: !beginsLdap(bytes, start + NTLM_SIGNATURE, end) };
  }
  return { protection: "other", isSealed: !beginsLdap(bytes, start, end) };
}

/** Octets as an LDAP message begins: a sequence, its length, a message id. */
function beginsLdap(bytes: Uint8Array, start: number, end: number): boolean {
  if (start + 4 > end || bytes[start] !== 0x30) return false;
  const length = bytes[start + 1]!;
  const idAt = start + 2 + (length < 0x80 ? 0 : length & 0x7f);
  return length !== 0x80 && length <= 0x84 && idAt < end && bytes[idAt] === 0x02;
}

function oldWrap(bytes: Uint8Array, start: number, end: number): { isSealed: boolean; body: number } | null {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(32, end - start)).toString("hex");
  const at = frame.indexOf(OLD_WRAP);
  if (at < 0 || at > 12) return null;
  const body = start + (at + OLD_WRAP.length) / 2;
  return { isSealed: bytes[body + 3] !== 0xff, body };
}

/** A whole sealed SASL buffer in the parts that are needed to open it: under NTLM the signature comes first. [MS-NLMP] 3.4.3 */
export function sealedParts(bytes: Uint8Array, start: number, end: number, isNtlm: boolean): SealedMessage {
  const text = isNtlm ? Math.min(end, start + NTLM_SIGNATURE) : end;
  return { before: NOTHING, sealed: bytes.subarray(text, end), after: NOTHING, token: bytes.subarray(start, text) };
}

const NOTHING = new Uint8Array(0);

/** Octets of LDAP messages, as a readable SASL buffer holds them. */
export interface Unwrapped {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The messages in a whole SASL buffer that is not sealed; null if they cannot be found. */
export function unwrap(bytes: Uint8Array, start: number, end: number, protection: Protection): Unwrapped | null {
  switch (protection) {
    case "krb5":
      return krb5(bytes, start, end);
    case "krb5-old": {
      // Behind the token id: two algorithms, filler, sequence number and checksum, then eight octets of confounder.
      const body = (oldWrap(bytes, start, end)?.body ?? end) + 2 + 2 + 2 + 8 + 8 + 8;
      const padding = bytes[end - 1] ?? 0;
      return body + padding < end ? { bytes, start: body, end: end - padding } : null;
    }
    case "ntlm":
      return { bytes, start: start + NTLM_SIGNATURE, end };
    case "other":
      return withoutTrailer(bytes, start, end);
  }
}

/** Checksum and messages of RFC 4121, rotated to the right by as many octets as the token says. */
function krb5(bytes: Uint8Array, start: number, end: number): Unwrapped | null {
  const r = new ByteReader(bytes, start + 4, end);
  const extra = r.u16be();
  const rotation = r.u16be();
  const body = start + KRB5_HEADER;
  const octets = end - body;
  if (r.truncated || octets <= 0 || extra > octets) return null;
  const turn = rotation % octets;
  if (turn === 0) return { bytes, start: body, end: end - extra };
  if (turn === extra) return { bytes, start: body + extra, end };
  const turned = new Uint8Array(octets);
  turned.set(bytes.subarray(body + turn, end), 0);
  turned.set(bytes.subarray(body, body + turn), octets - turn);
  return { bytes: turned, start: 0, end: octets - extra };
}

/** Messages with a checksum behind them: as many octets as are whole messages. */
function withoutTrailer(bytes: Uint8Array, start: number, end: number): Unwrapped | null {
  for (const trailer of [0, 16, 10]) {
    if (end - trailer > start && areMessages(new ByteReader(bytes, start, end - trailer))) {
      return { bytes, start, end: end - trailer };
    }
  }
  return null;
}
