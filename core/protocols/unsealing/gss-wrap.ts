import { createHash, createHmac } from "node:crypto";
import type { EncryptionKey, SignedAround } from "./kerberos-crypto.ts";
import { KEY_USAGE, KRB_ETYPES, krbDecrypt } from "./kerberos-crypto.ts";
import { Rc4 } from "./rc4.ts";

/** Octets of the header of a wrap token. RFC 4121 4.2.6.2 */
export const WRAP_HEADER_OCTETS = 16;
const TOKEN_ID_WRAP = 0x0504;
const FLAG_SENT_BY_ACCEPTOR = 1;
const FLAG_SEALED = 2;

/** How a wrap token and its text lie: "dce": the text goes its own way, beside the token ([MS-KILE] 3.4.5.4); "plain": in the token. */
export type WrapStyle = "dce" | "plain";

/**
 * Opens a sealed wrap token of the AES types. RFC 4121 4.2.4, 4.2.5
 * @param token The token, with its 16 octets of header.
 * @param beside What lies beside it in "dce" style, else empty.
 * @param around What is signed around the text and not sealed; null for nothing.
 * @returns the clear text; null if the key does not fit, or the token is only signed.
 */
export function openWrapToken(
  key: EncryptionKey,
  token: Uint8Array,
  beside: Uint8Array,
  style: WrapStyle,
  around: SignedAround | null = null,
): Uint8Array | null {
  if (key.etype === KRB_ETYPES.rc4) return openRc4WrapToken(key.key, token, beside, around);
  if (token.length < WRAP_HEADER_OCTETS) return null;
  const view = new DataView(token.buffer, token.byteOffset, token.byteLength);
  const flags = view.getUint8(2);
  if (view.getUint16(0) !== TOKEN_ID_WRAP || (flags & FLAG_SEALED) === 0) return null;
  const extra = view.getUint16(4);
  const rotation = view.getUint16(6) + (style === "dce" ? extra : 0);
  const rotated = Buffer.concat([token.subarray(WRAP_HEADER_OCTETS), beside]);
  if (rotated.length === 0) return null;
  const turn = rotation % rotated.length;
  const cipher = Buffer.concat([rotated.subarray(turn), rotated.subarray(0, turn)]);
  const usage = (flags & FLAG_SENT_BY_ACCEPTOR) !== 0 ? KEY_USAGE.acceptorSeal : KEY_USAGE.initiatorSeal;
  const clear = krbDecrypt(key, usage, cipher, around === null ? null : { ...around, dataOctets: beside.length });
  if (clear === null || clear.length < extra + WRAP_HEADER_OCTETS) return null;
  return clear.subarray(0, clear.length - extra - WRAP_HEADER_OCTETS);
}

const RC4_TOKEN_ID = Uint8Array.of(0x02, 0x01);
/** Octets before the text: identifier, algorithms, filler, sequence number, checksum, confounder. RFC 4757 7.3 */
const RC4_HEADER_OCTETS = 32;
/** Key usage of wrap tokens. RFC 4757 7.3 */
const RC4_WRAP_USAGE = Uint8Array.of(13, 0, 0, 0);

/** Opens a wrap token of RC4, with or without the frame of RFC 2743 around it. RFC 4757 7.3 */
function openRc4WrapToken(
  key: Uint8Array,
  framed: Uint8Array,
  beside: Uint8Array,
  around: SignedAround | null,
): Uint8Array | null {
  const at = framed[0] === 0x60 ? Buffer.from(framed).indexOf(RC4_TOKEN_ID, 11) : 0;
  if (at < 0) return null;
  const token = framed.subarray(at);
  if (token.length < RC4_HEADER_OCTETS || token[0] !== 0x02 || token[1] !== 0x01) return null;
  const checksum = token.subarray(16, 24);
  const zero = new Uint8Array(4);
  const sequenceKey = hmac(hmac(key, zero), checksum);
  const sequence = new Rc4(sequenceKey).apply(token.subarray(8, 16));
  const local = key.map((octet) => octet ^ 0xf0);
  const sealKey = hmac(hmac(local, zero), sequence.subarray(0, 4));
  const clear = new Rc4(sealKey).apply(Buffer.concat([token.subarray(24), beside]));
  const signKey = hmac(key, Buffer.from("signaturekey\0", "latin1"));
  const digest = createHash("md5").update(RC4_WRAP_USAGE).update(token.subarray(0, 8)).update(clear.subarray(0, 8));
  const text = clear.subarray(8);
  if (around === null) digest.update(text);
  else digest.update(around.before).update(text).update(around.after);
  if (!hmac(signKey, digest.digest()).subarray(0, 8).equals(checksum)) return null;
  // One octet of padding, except where the text lies beside the token.
  return beside.length === 0 ? text.subarray(0, Math.max(0, text.length - 1)) : text;
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("md5", key).update(data).digest();
}
