import { createCipheriv, createHash, createHmac } from "node:crypto";
import type { NtHash } from "../secrets.ts";
import { md4 } from "./md4.ts";
import { Rc4 } from "./rc4.ts";

/** Flags that tell how the session's keys are made. [MS-NLMP] 2.2.2.5 */
const FLAGS = {
  extendedSessionSecurity: 0x00080000,
  keyExchange: 0x40000000,
  key128: 0x20000000,
  key56: 0x80000000,
  lmKey: 0x00000080,
} as const;

/** What of the three messages of an NTLM authentication its keys are made from. [MS-NLMP] 3.4 */
export interface NtlmProof {
  readonly user: string;
  readonly domain: string;
  /** 8 octets of the CHALLENGE_MESSAGE. */
  readonly serverChallenge: Uint8Array;
  /** NtChallengeResponse and LmChallengeResponse of the AUTHENTICATE_MESSAGE. */
  readonly ntResponse: Uint8Array;
  readonly lmResponse: Uint8Array;
  /** EncryptedRandomSessionKey; empty without key exchange. */
  readonly encryptedSessionKey: Uint8Array;
  /** Flags of the AUTHENTICATE_MESSAGE. */
  readonly flags: number;
}

/** Keys of one NTLM session and the hash that proved to be the account's. */
export interface NtlmSessionKey {
  /** ExportedSessionKey, 16 octets: what SMB and DCE/RPC derive from. */
  readonly key: Uint8Array;
  readonly flags: number;
  readonly secret: NtHash;
}

const NTLMV1_RESPONSE_OCTETS = 24;
const NTLMV2_PROOF_OCTETS = 16;

/**
 * Session key of an authentication, from the first of the hashes that explains the client's response; null if none does, so that
 * a wrong hash never gives a wrong key.
 */
export function ntlmSessionKey(proof: NtlmProof, hashes: readonly NtHash[]): NtlmSessionKey | null {
  for (const secret of hashes) {
    if (!isOfAccount(secret, proof)) continue;
    const base = proof.ntResponse.length > NTLMV1_RESPONSE_OCTETS ? v2Key(proof, secret) : v1Key(proof, secret);
    if (base === null) continue;
    const { encryptedSessionKey, flags } = proof;
    const isExchanged = (flags & FLAGS.keyExchange) !== 0 && encryptedSessionKey.length === 16;
    return { key: isExchanged ? new Rc4(base).apply(encryptedSessionKey) : base, flags, secret };
  }
  return null;
}

/** Accounts are named without regard to case; what the client leaves out or calls otherwise (a DNS name) is not held against it. */
function isOfAccount(secret: NtHash, { user }: NtlmProof): boolean {
  return secret.user.toLowerCase() === user.toLowerCase();
}

/** KeyExchangeKey of NTLMv2, which is its SessionBaseKey. [MS-NLMP] 3.3.2, 3.4.5.1 */
function v2Key({ user, domain, serverChallenge, ntResponse }: NtlmProof, { hash }: NtHash): Uint8Array | null {
  const account = Buffer.from(user.toUpperCase() + domain, "utf16le");
  const responseKey = createHmac("md5", hash).update(account).digest();
  const proof = ntResponse.subarray(0, NTLMV2_PROOF_OCTETS);
  const expected = createHmac("md5", responseKey)
    .update(serverChallenge)
    .update(ntResponse.subarray(NTLMV2_PROOF_OCTETS))
    .digest();
  if (!expected.equals(proof)) return null;
  return createHmac("md5", responseKey).update(proof).digest();
}

/** KeyExchangeKey of NTLMv1, with or without extended session security. [MS-NLMP] 3.3.1, 3.4.5.1 */
function v1Key({ serverChallenge, ntResponse, lmResponse, flags }: NtlmProof, { hash }: NtHash): Uint8Array | null {
  if (ntResponse.length !== NTLMV1_RESPONSE_OCTETS) return null;
  const isExtended = (flags & FLAGS.extendedSessionSecurity) !== 0;
  const clientChallenge = lmResponse.subarray(0, 8);
  const challenge = isExtended
    ? createHash("md5").update(serverChallenge).update(clientChallenge).digest().subarray(0, 8)
    : serverChallenge;
  if (!Buffer.from(desl(hash, challenge)).equals(ntResponse)) return null;
  const base = md4(hash);
  // NTLMSSP_NEGOTIATE_LM_KEY without extended security asks for keys of the LM hash, which nobody gave.
  if (!isExtended) return (flags & FLAGS.lmKey) !== 0 ? null : base;
  return createHmac("md5", base).update(serverChallenge).update(clientChallenge).digest();
}

/** DESL: three DES encryptions under seven octets of the key each. [MS-NLMP] 6 */
function desl(key: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(21);
  padded.set(key);
  const out = new Uint8Array(24);
  for (let i = 0; i < 3; i++) {
    const des = desKey(padded.subarray(7 * i, 7 * i + 7));
    // DES is triple DES with one key three times, which OpenSSL still has.
    const cipher = createCipheriv("des-ede3", Buffer.concat([des, des, des]), null).setAutoPadding(false);
    out.set(cipher.update(data), 8 * i);
  }
  return out;
}

/** Seven octets spread over eight, the lowest bit of each left for parity. */
function desKey(bits: Uint8Array): Uint8Array {
  const key = new Uint8Array(8);
  let carry = 0;
  for (let i = 0; i < 7; i++) {
    key[i] = (carry << (8 - i)) | ((bits[i]! >> i) & 0xfe);
    carry = bits[i]! & ((1 << (i + 1)) - 1);
  }
  key[7] = carry << 1;
  return key;
}

const SEAL_MAGIC = {
  client: "session key to client-to-server sealing key magic constant\0",
  server: "session key to server-to-client sealing key magic constant\0",
} as const;
const SIGN_MAGIC = {
  client: "session key to client-to-server signing key magic constant\0",
  server: "session key to server-to-client signing key magic constant\0",
} as const;

/** Octets of an NTLMSSP_MESSAGE_SIGNATURE. [MS-NLMP] 2.2.2.9 */
export const NTLM_SIGNATURE_OCTETS = 16;

/**
 * Unseals the messages of one direction of a session, in order: RC4 goes on from message to message, so that one that was lost
 * ends it. [MS-NLMP] 3.4.3
 */
export class NtlmUnsealer {
  readonly #stream: Rc4;
  readonly #signKey: Uint8Array;
  readonly #isExtended: boolean;
  readonly #isExchanged: boolean;
  #sequence: number;

  /**
   * @param start What went before the first message: signatures, which count as messages, and octets of the cipher stream. SPNEGO's
   * protection of its list of mechanisms is such a signature. RFC 4178 5, [MS-SPNG] 3.3.5.1
   */
  constructor({ key, flags }: NtlmSessionKey, fromClient: boolean, start = { sequence: 0, streamOctets: 0 }) {
    const side = fromClient ? "client" : "server";
    this.#isExtended = (flags & FLAGS.extendedSessionSecurity) !== 0;
    this.#isExchanged = (flags & FLAGS.keyExchange) !== 0;
    this.#signKey = createHash("md5").update(key).update(SIGN_MAGIC[side]).digest();
    this.#stream = new Rc4(this.#sealKey(key, flags, side));
    this.#sequence = start.sequence;
    if (start.streamOctets > 0) this.#stream.apply(new Uint8Array(start.streamOctets));
  }

  /**
   * @param sealed What was sealed.
   * @param signature The message's signature, 16 octets.
   * @param signed With extended security: what the signature is over, given the clear octets.
   * @returns the clear octets; null if the signature shows that they are not.
   */
  unseal(
    sealed: Uint8Array,
    signature: Uint8Array,
    signed: (clear: Uint8Array) => readonly Uint8Array[],
  ): Uint8Array | null {
    const clear = this.#stream.apply(sealed);
    return this.#verify(clear, signature, signed) ? clear : null;
  }

  #sealKey(key: Uint8Array, flags: number, side: "client" | "server"): Uint8Array {
    if (this.#isExtended) {
      const length = (flags & FLAGS.key128) !== 0 ? 16 : (flags & FLAGS.key56) !== 0 ? 7 : 5;
      return createHash("md5").update(key.subarray(0, length)).update(SEAL_MAGIC[side]).digest();
    }
    // Only LM keys are cut and filled up; others seal with the whole key. [MS-NLMP] 3.4.5.3
    return key;
  }

  #verify(clear: Uint8Array, signature: Uint8Array, signed: (clear: Uint8Array) => readonly Uint8Array[]): boolean {
    const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
    if (signature.length < NTLM_SIGNATURE_OCTETS || view.getUint32(0, true) !== 1) return false;
    if (!this.#isExtended) return this.#verifyCrc(signature);
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, this.#sequence++, true);
    const mac = createHmac("md5", this.#signKey).update(number);
    for (const part of signed(clear)) mac.update(part);
    const checksum = mac.digest().subarray(0, 8);
    const expected = this.#isExchanged ? this.#stream.apply(checksum) : checksum;
    return Buffer.from(expected).equals(signature.subarray(4, 12)) && view.getUint32(12, true) === this.#sequence - 1;
  }

  /** Without extended security random pad, CRC-32 and sequence number are enciphered; the number shows whether it fits. */
  #verifyCrc(signature: Uint8Array): boolean {
    this.#stream.apply(signature.subarray(4, 12));
    this.#sequence++;
    return true;
  }
}
