import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { Rc4 } from "./rc4.ts";

/** Encryption types that are read. RFC 3962 7, RFC 8009 8.2, RFC 4757 */
export const KRB_ETYPES = {
  aes128Sha1: 17,
  aes256Sha1: 18,
  aes128Sha256: 19,
  aes256Sha384: 20,
  rc4: 23,
} as const;

/** Key usage numbers. RFC 4120 7.5.1, RFC 4121 2 */
export const KEY_USAGE = {
  ticket: 2,
  tgsAuthenticator: 7,
  asReply: 3,
  authenticator: 11,
  apReply: 12,
  acceptorSeal: 22,
  initiatorSeal: 24,
} as const;

/** A key with its encryption type. */
export interface EncryptionKey {
  readonly etype: number;
  readonly key: Uint8Array;
}

const BLOCK = 16;
const ZERO_IV = new Uint8Array(BLOCK);

interface Profile {
  readonly keyOctets: number;
  readonly macOctets: number;
  readonly macHash: string;
  /** True for RFC 8009: the code is over IV and ciphertext, and keys come from SP 800-108. */
  readonly isSha2: boolean;
}

const PROFILES: Readonly<Record<number, Profile>> = {
  [KRB_ETYPES.aes128Sha1]: { keyOctets: 16, macOctets: 12, macHash: "sha1", isSha2: false },
  [KRB_ETYPES.aes256Sha1]: { keyOctets: 32, macOctets: 12, macHash: "sha1", isSha2: false },
  [KRB_ETYPES.aes128Sha256]: { keyOctets: 16, macOctets: 16, macHash: "sha256", isSha2: true },
  [KRB_ETYPES.aes256Sha384]: { keyOctets: 32, macOctets: 24, macHash: "sha384", isSha2: true },
};

/** Octets that are signed with a message and travel beside it in clear. [MS-RPCE] 3.3.1.5.2.2 */
export interface SignedAround {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Decrypts and verifies an EncryptedData. RFC 3961 5.3, RFC 3962, RFC 8009 5, RFC 4757 5
 * @param around Octets signed with it, around the first `dataOctets` octets behind the confounder (not for RC4); null for none.
 * @returns the clear octets without confounder; null if the key does not fit or the type is not read.
 */
export function krbDecrypt(
  key: EncryptionKey,
  usage: number,
  cipher: Uint8Array,
  around: (SignedAround & { readonly dataOctets: number }) | null = null,
): Uint8Array | null {
  if (key.etype === KRB_ETYPES.rc4) return rc4Decrypt(key.key, usage, cipher);
  const profile = PROFILES[key.etype];
  if (profile === undefined || key.key.length !== profile.keyOctets) return null;
  if (cipher.length < BLOCK + profile.macOctets) return null;
  const body = cipher.subarray(0, cipher.length - profile.macOctets);
  const mac = cipher.subarray(body.length);
  const clear = aesCtsDecrypt(derivedKey(key, usage, 0xaa), body);
  const integrity = createHmac(profile.macHash, derivedKey(key, usage, 0x55));
  if (profile.isSha2) integrity.update(ZERO_IV);
  const covered = profile.isSha2 ? body : clear;
  if (around === null) {
    integrity.update(covered);
  } else {
    const dataEnd = BLOCK + around.dataOctets;
    integrity.update(covered.subarray(0, BLOCK)).update(around.before).update(covered.subarray(BLOCK, dataEnd));
    integrity.update(around.after).update(covered.subarray(dataEnd));
  }
  if (!integrity.digest().subarray(0, profile.macOctets).equals(mac)) return null;
  return clear.subarray(BLOCK);
}

/** Encrypts as `krbDecrypt` reads; for tests. @param confounder 16 octets (8 for RC4). */
export function krbEncrypt(
  key: EncryptionKey,
  usage: number,
  confounder: Uint8Array,
  clear: Uint8Array,
): Uint8Array | null {
  const plain = Buffer.concat([confounder, clear]);
  if (key.etype === KRB_ETYPES.rc4) {
    const k1 = createHmac("md5", key.key).update(rc4Usage(usage)).digest();
    const checksum = createHmac("md5", k1).update(plain).digest();
    const k3 = createHmac("md5", k1).update(checksum).digest();
    return Buffer.concat([checksum, new Rc4(k3).apply(plain)]);
  }
  const profile = PROFILES[key.etype];
  if (profile === undefined) return null;
  const body = aesCtsEncrypt(derivedKey(key, usage, 0xaa), plain);
  const integrity = createHmac(profile.macHash, derivedKey(key, usage, 0x55));
  if (profile.isSha2) integrity.update(ZERO_IV).update(body);
  else integrity.update(plain);
  return Buffer.concat([body, integrity.digest().subarray(0, profile.macOctets)]);
}

/** Usages that RC4 counts otherwise. RFC 4757 3 */
function rc4Usage(usage: number): Uint8Array {
  const number = usage === KEY_USAGE.asReply || usage === 9 ? 8 : usage;
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, number, true);
  return octets;
}

function rc4Decrypt(key: Uint8Array, usage: number, cipher: Uint8Array): Uint8Array | null {
  if (cipher.length < 24 || key.length !== 16) return null;
  const k1 = createHmac("md5", key).update(rc4Usage(usage)).digest();
  const checksum = cipher.subarray(0, 16);
  const k3 = createHmac("md5", k1).update(checksum).digest();
  const clear = new Rc4(k3).apply(cipher.subarray(16));
  if (!createHmac("md5", k1).update(clear).digest().equals(checksum)) return null;
  return clear.subarray(8);
}

/**
 * Ke (0xAA), Ki (0x55) or Kc (0x99) of a usage. RFC 3961 5.3, RFC 8009 5
 */
function derivedKey({ etype, key }: EncryptionKey, usage: number, kind: number): Uint8Array {
  const constant = new Uint8Array(5);
  new DataView(constant.buffer).setUint32(0, usage);
  constant[4] = kind;
  const profile = PROFILES[etype]!;
  if (!profile.isSha2) return dk(key, constant);
  const octets = kind === 0xaa ? key.length : profile.macHash === "sha256" ? 16 : 24;
  return sp800Kdf(profile.macHash, key, constant, octets);
}

/** KDF-HMAC-SHA2 in counter mode with one block. RFC 8009 3 */
function sp800Kdf(hash: string, key: Uint8Array, label: Uint8Array, octets: number): Uint8Array {
  const tail = new Uint8Array(5);
  new DataView(tail.buffer).setUint32(1, octets * 8);
  return createHmac(hash, key)
    .update(Uint8Array.of(0, 0, 0, 1))
    .update(label)
    .update(tail)
    .digest()
    .subarray(0, octets);
}

/** DK of the simplified profile: the folded constant, encrypted until there is enough. RFC 3961 5.1 */
function dk(key: Uint8Array, constant: Uint8Array): Uint8Array {
  const out = new Uint8Array(key.length);
  let block = nfold(constant, BLOCK);
  for (let at = 0; at < out.length; at += BLOCK) {
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
    block = cipher.update(block);
    out.set(block.subarray(0, Math.min(BLOCK, out.length - at)), at);
  }
  return out;
}

/** n-fold: the input, turned 13 bits right for each repetition, added up in ones' complement. RFC 3961 5.1 */
export function nfold(input: Uint8Array, octets: number): Uint8Array {
  const bits = input.length * 8;
  const lcm = (input.length * octets) / gcd(input.length, octets);
  const sum = new Uint16Array(octets);
  for (let at = 0; at < lcm; at++) {
    const repetition = Math.floor(at / input.length);
    const from = ((((at % input.length) * 8 - 13 * repetition) % bits) + bits) % bits;
    const octet = from >> 3;
    const shift = from & 7;
    const pair = (input[octet]! << 8) | input[(octet + 1) % input.length]!;
    sum[at % octets]! += (pair >> (8 - shift)) & 0xff;
  }
  // The carry of the highest octet comes back at the lowest.
  let carry = 0;
  do {
    for (let i = octets - 1; i >= 0; i--) {
      const value = sum[i]! + carry;
      sum[i] = value & 0xff;
      carry = value >> 8;
    }
  } while (carry > 0);
  return Uint8Array.from(sum);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** AES in CBC with ciphertext stealing, the last two blocks swapped (CS3), IV of zeros. RFC 3962 5 */
export function aesCtsDecrypt(key: Uint8Array, cipher: Uint8Array): Uint8Array {
  const name = `aes-${key.length * 8}`;
  if (cipher.length <= BLOCK) {
    return createDecipheriv(`${name}-cbc`, key, ZERO_IV).setAutoPadding(false).update(cipher);
  }
  const last = cipher.length % BLOCK === 0 ? BLOCK : cipher.length % BLOCK;
  const headEnd = cipher.length - last - BLOCK;
  const stolen = cipher.subarray(headEnd, headEnd + BLOCK);
  const tail = cipher.subarray(headEnd + BLOCK);
  // Decrypting the last full block gives the tail's clear text and, behind it, the end of the block before.
  const middle = createDecipheriv(`${name}-ecb`, key, null).setAutoPadding(false).update(stolen);
  const before = new Uint8Array(BLOCK);
  before.set(tail);
  before.set(middle.subarray(last), last);
  const straight = Buffer.concat([cipher.subarray(0, headEnd), before]);
  const head = createDecipheriv(`${name}-cbc`, key, ZERO_IV).setAutoPadding(false).update(straight);
  const end = middle.subarray(0, last).map((octet, i) => octet ^ before[i]!);
  return Buffer.concat([head, end]);
}

/** The other way round; for tests. */
export function aesCtsEncrypt(key: Uint8Array, clear: Uint8Array): Uint8Array {
  const name = `aes-${key.length * 8}-cbc`;
  const padded = new Uint8Array(Math.ceil(clear.length / BLOCK) * BLOCK);
  padded.set(clear);
  const cipher = createCipheriv(name, key, ZERO_IV).setAutoPadding(false).update(padded);
  if (clear.length <= BLOCK) return cipher;
  const last = clear.length % BLOCK === 0 ? BLOCK : clear.length % BLOCK;
  const at = cipher.length - 2 * BLOCK;
  return Buffer.concat([cipher.subarray(0, at), cipher.subarray(at + BLOCK), cipher.subarray(at, at + last)]);
}
