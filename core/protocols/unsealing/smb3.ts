import type { CipherGCMTypes } from "node:crypto";
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

/** Ciphers of SMB 3. [MS-SMB2] 2.2.3.1.2 */
export const SMB3_CIPHERS = { aes128Ccm: 1, aes128Gcm: 2, aes256Ccm: 3, aes256Gcm: 4 } as const;

/** Keys of one session, by who encrypts with them. */
export interface Smb3Keys {
  readonly fromClient: Uint8Array;
  readonly fromServer: Uint8Array;
}

const DIALECT_311 = 0x0311;

/**
 * Encryption keys of a session. [MS-SMB2] 3.1.4.2, 3.2.5.3.1
 * @param contextKey Key of the authentication, whole; ciphers of 256 bits use all of it, others its first 16 octets.
 * @param preauthHash PreauthIntegrityHashValue of the session (3.1.1), 64 octets; not used before.
 */
export function smb3Keys(dialect: number, cipher: number, contextKey: Uint8Array, preauthHash: Uint8Array): Smb3Keys {
  const is256 = cipher === SMB3_CIPHERS.aes256Ccm || cipher === SMB3_CIPHERS.aes256Gcm;
  const octets = is256 ? 32 : 16;
  const base = new Uint8Array(is256 ? Math.max(16, contextKey.length) : 16);
  base.set(contextKey.subarray(0, base.length));
  if (dialect >= DIALECT_311) {
    return {
      fromClient: kdf(base, "SMBC2SCipherKey\0", preauthHash, octets),
      fromServer: kdf(base, "SMBS2CCipherKey\0", preauthHash, octets),
    };
  }
  return {
    fromClient: kdf(base, "SMB2AESCCM\0", Buffer.from("ServerIn \0", "latin1"), octets),
    fromServer: kdf(base, "SMB2AESCCM\0", Buffer.from("ServerOut\0", "latin1"), octets),
  };
}

/** SP 800-108 in counter mode over HMAC-SHA-256, one block. [MS-SMB2] 3.1.4.2 */
function kdf(key: Uint8Array, label: string, context: Uint8Array, octets: number): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, octets * 8);
  return createHmac("sha256", key)
    .update(Uint8Array.of(0, 0, 0, 1))
    .update(label, "latin1")
    .update(Uint8Array.of(0))
    .update(context)
    .update(length)
    .digest()
    .subarray(0, octets);
}

/** Octets of an SMB2 TRANSFORM_HEADER. [MS-SMB2] 2.2.41 */
export const TRANSFORM_OCTETS = 52;
const SIGNATURE_AT = 4;
const NONCE_AT = 20;
const TAG_OCTETS = 16;

/**
 * Opens a message in a TRANSFORM_HEADER.
 * @param message From the header's first octet to the end of the message.
 * @returns the messages in it; null if the key does not fit or the message is cut short.
 */
export function openTransform(cipher: number, key: Uint8Array, message: Uint8Array): Uint8Array | null {
  if (message.length <= TRANSFORM_OCTETS) return null;
  const tag = message.subarray(SIGNATURE_AT, SIGNATURE_AT + TAG_OCTETS);
  const aad = message.subarray(NONCE_AT, TRANSFORM_OCTETS);
  const sealed = message.subarray(TRANSFORM_OCTETS);
  const bits = key.length * 8;
  try {
    if (cipher === SMB3_CIPHERS.aes128Gcm || cipher === SMB3_CIPHERS.aes256Gcm) {
      const name: CipherGCMTypes = bits === 256 ? "aes-256-gcm" : "aes-128-gcm";
      const gcm = createDecipheriv(name, key, message.subarray(NONCE_AT, NONCE_AT + 12), { authTagLength: TAG_OCTETS });
      gcm.setAAD(aad).setAuthTag(tag);
      const clear = gcm.update(sealed);
      gcm.final();
      return clear;
    }
    const name = bits === 256 ? "aes-256-ccm" : "aes-128-ccm";
    const ccm = createDecipheriv(name, key, message.subarray(NONCE_AT, NONCE_AT + 11), { authTagLength: TAG_OCTETS });
    ccm.setAuthTag(tag).setAAD(aad, { plaintextLength: sealed.length });
    const clear = ccm.update(sealed);
    ccm.final();
    return clear;
  } catch {
    return null; // The tag does not fit: another key, or octets that were changed.
  }
}

/** Encrypts as `openTransform` reads; for tests. @param header 52 octets, of which the signature is written. */
export function sealTransform(cipher: number, key: Uint8Array, header: Uint8Array, clear: Uint8Array): Uint8Array {
  const message = new Uint8Array(TRANSFORM_OCTETS + clear.length);
  message.set(header.subarray(0, TRANSFORM_OCTETS));
  const aad = message.subarray(NONCE_AT, TRANSFORM_OCTETS);
  const isGcm = cipher === SMB3_CIPHERS.aes128Gcm || cipher === SMB3_CIPHERS.aes256Gcm;
  const bits = key.length * 8;
  const options = { authTagLength: TAG_OCTETS };
  if (isGcm) {
    const name: CipherGCMTypes = bits === 256 ? "aes-256-gcm" : "aes-128-gcm";
    const gcm = createCipheriv(name, key, message.slice(NONCE_AT, NONCE_AT + 12), options).setAAD(aad);
    message.set(gcm.update(clear), TRANSFORM_OCTETS);
    gcm.final();
    message.set(gcm.getAuthTag(), SIGNATURE_AT);
  } else {
    const name = bits === 256 ? "aes-256-ccm" : "aes-128-ccm";
    const ccm = createCipheriv(name, key, message.slice(NONCE_AT, NONCE_AT + 11), options);
    ccm.setAAD(aad, { plaintextLength: clear.length });
    message.set(ccm.update(clear), TRANSFORM_OCTETS);
    ccm.final();
    message.set(ccm.getAuthTag(), SIGNATURE_AT);
  }
  return message;
}
