import type { CipherCCMTypes, CipherGCMTypes, DecipherCCM, DecipherGCM } from "node:crypto";
import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { VERSION } from "../names.ts";
import type { DirectionKeys } from "./key-schedule.ts";
import type { Protection } from "./protection.ts";

/** Octets of a record's header. */
const HEADER = 5;

/** Opens the records of one direction under one set of keys. */
export class RecordOpener {
  readonly #protection: Protection;
  readonly #keys: DirectionKeys;
  readonly #version: number;
  readonly #encryptThenMac: boolean;
  /** TLS 1.0 goes on with the last block of the record before. RFC 2246 6.2.3.2 */
  #chainedIv: Uint8Array;
  /** Number of the next record. */
  sequence = 0;

  constructor(protection: Protection, keys: DirectionKeys, version: number, encryptThenMac: boolean) {
    this.#protection = protection;
    this.#keys = keys;
    this.#version = version;
    this.#encryptThenMac = encryptThenMac;
    this.#chainedIv = keys.iv;
  }

  /**
   * Opens a record with the next number, or one of the `window` numbers behind it, where records may have been lost.
   * @param record Header and fragment, borrowed.
   * @returns its content, or null if it does not fit; the number goes on only if it does.
   */
  open(record: Uint8Array, window = 0): Uint8Array | null {
    for (let ahead = 0; ahead <= window; ahead++) {
      const content = this.#openAs(record, this.sequence + ahead);
      if (content === null) continue;
      this.sequence += ahead + 1;
      return content;
    }
    return null;
  }

  #openAs(record: Uint8Array, sequence: number): Uint8Array | null {
    if (this.#version === VERSION.tls13) return this.#aead13(record, sequence);
    return this.#protection.kind === "aead" ? this.#aead12(record, sequence) : this.#cbc(record, sequence);
  }

  /** RFC 8446 5.2 and 5.3 */
  #aead13(record: Uint8Array, sequence: number): Uint8Array | null {
    const header = record.subarray(0, HEADER);
    return this.#aead(record.subarray(HEADER), nonceOf(this.#keys.iv, sequence), header);
  }

  /** RFC 5246 6.2.3.3; RFC 7905 2 for ChaCha20, which has no explicit nonce. */
  #aead12(record: Uint8Array, sequence: number): Uint8Array | null {
    const { explicitOctets, tagOctets } = this.#protection;
    const at = HEADER + explicitOctets;
    const length = record.length - at - tagOctets;
    if (length < 0) return null;
    const explicit = record.subarray(HEADER, at);
    const nonce = explicitOctets === 0 ? nonceOf(this.#keys.iv, sequence) : Buffer.concat([this.#keys.iv, explicit]);
    return this.#aead(record.subarray(at), nonce, pseudoHeader(record, sequence, length));
  }

  #aead(sealed: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Uint8Array | null {
    const { cipher, tagOctets } = this.#protection;
    const length = sealed.length - tagOctets;
    if (length < 0) return null;
    const options = { authTagLength: tagOctets };
    const decipher = cipher.endsWith("ccm")
      ? createDecipheriv(cipher as CipherCCMTypes, this.#keys.key, nonce, options)
      : createDecipheriv(cipher as CipherGCMTypes, this.#keys.key, nonce, options);
    decipher.setAuthTag(sealed.subarray(length));
    decipher.setAAD(associated, { plaintextLength: length });
    return finish(decipher, sealed.subarray(0, length));
  }

  /** RFC 5246 6.2.3.2; RFC 7366 where the MAC comes last. */
  #cbc(record: Uint8Array, sequence: number): Uint8Array | null {
    const { ivOctets, tagOctets, mac } = this.#protection;
    const end = this.#encryptThenMac ? record.length - tagOctets : record.length;
    const hasOwnIv = this.#version !== VERSION.tls10;
    const start = hasOwnIv ? HEADER + ivOctets : HEADER;
    if (end - start < ivOctets || (end - start) % ivOctets !== 0) return null;
    const isMac = (octets: Uint8Array, tag: Uint8Array): boolean => {
      const made = createHmac(mac, this.#keys.macKey);
      made.update(pseudoHeader(record, sequence, octets.length)).update(octets);
      return tag.length === tagOctets && timingSafeEqual(made.digest(), tag);
    };
    if (this.#encryptThenMac && !isMac(record.subarray(HEADER, end), record.subarray(end))) return null;
    const iv = hasOwnIv ? record.subarray(HEADER, start) : this.#chainedIv;
    const decipher = createDecipheriv(this.#protection.cipher, this.#keys.key, iv).setAutoPadding(false);
    const clear = Buffer.concat([decipher.update(record.subarray(start, end)), decipher.final()]);
    const padding = clear[clear.length - 1]! + 1;
    if (padding > clear.length) return null;
    let length = clear.length - padding;
    if (!this.#encryptThenMac) {
      length -= tagOctets;
      if (length < 0 || !isMac(clear.subarray(0, length), clear.subarray(length, length + tagOctets))) return null;
    }
    this.#chainedIv = record.slice(end - ivOctets, end);
    return clear.subarray(0, length);
  }
}

/** The plaintext, or null if the tag does not fit it: node:crypto says so by throwing. */
function finish(decipher: DecipherCCM | DecipherGCM, sealed: Uint8Array): Uint8Array | null {
  try {
    const clear = decipher.update(sealed);
    decipher.final();
    return clear;
  } catch {
    return null;
  }
}

/** The initialisation vector with the number of the record on its end. RFC 8446 5.3 */
function nonceOf(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = Uint8Array.from(iv);
  const view = new DataView(nonce.buffer);
  const at = nonce.length - 8;
  view.setBigUint64(at, view.getBigUint64(at) ^ BigInt(sequence));
  return nonce;
}

/** What the MAC or the tag covers besides the content. RFC 5246 6.2.3.1 */
function pseudoHeader(record: Uint8Array, sequence: number, length: number): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setBigUint64(0, BigInt(sequence));
  header.set(record.subarray(0, 3), 8);
  view.setUint16(11, length);
  return header;
}
