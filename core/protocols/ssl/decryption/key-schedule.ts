import { createHmac } from "node:crypto";
import { VERSION } from "../names.ts";
import type { Protection } from "./protection.ts";

/** Keys of one direction. */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** Empty without a MAC of its own. */
  readonly macKey: Uint8Array;
}

/** Keys of both directions from the master secret. RFC 5246 6.3, RFC 2246 6.3 */
export function keyBlock(
  version: number,
  protection: Protection,
  master: Uint8Array,
  clientRandom: string,
  serverRandom: string,
): { readonly client: DirectionKeys; readonly server: DirectionKeys } {
  const macOctets = protection.kind === "cbc" ? protection.tagOctets : 0;
  const { keyOctets, ivOctets } = protection;
  const seed = Buffer.from(`key expansion`, "latin1");
  const randoms = Buffer.from(serverRandom + clientRandom, "hex");
  const octets = 2 * (macOctets + keyOctets + ivOctets);
  const block = prf(version, protection.hash, master, Buffer.concat([seed, randoms]), octets);
  let at = 0;
  const take = (length: number): Uint8Array => block.subarray(at, (at += length));
  const [clientMac, serverMac] = [take(macOctets), take(macOctets)];
  const [clientKey, serverKey] = [take(keyOctets), take(keyOctets)];
  const [clientIv, serverIv] = [take(ivOctets), take(ivOctets)];
  return {
    client: { key: clientKey, iv: clientIv, macKey: clientMac },
    server: { key: serverKey, iv: serverIv, macKey: serverMac },
  };
}

/** Keys of one direction from a traffic secret. RFC 8446 7.3 */
export function trafficKeys(protection: Protection, secret: Uint8Array): DirectionKeys {
  return {
    key: expandLabel(protection.hash, secret, "key", protection.keyOctets),
    iv: expandLabel(protection.hash, secret, "iv", 12),
    macKey: EMPTY,
  };
}

/** The traffic secret behind a KeyUpdate. RFC 8446 7.2 */
export function nextTrafficSecret(protection: Protection, secret: Uint8Array): Uint8Array {
  return expandLabel(protection.hash, secret, "traffic upd", secret.length);
}

/** HKDF-Expand-Label with an empty context. RFC 8446 7.1 */
function expandLabel(hash: string, secret: Uint8Array, label: string, octets: number): Uint8Array {
  const name = `tls13 ${label}`;
  const info = Buffer.from([octets >> 8, octets & 0xff, name.length, ...Buffer.from(name, "latin1"), 0]);
  const parts: Uint8Array[] = [];
  let part: Uint8Array = EMPTY;
  for (let i = 1, made = 0; made < octets; i++, made += part.length) {
    part = createHmac(hash, secret).update(part).update(info).update(Uint8Array.of(i)).digest();
    parts.push(part);
  }
  return Buffer.concat(parts).subarray(0, octets);
}

/** Pseudorandom function. RFC 5246 5; before TLS 1.2 two halves of the secret with MD5 and SHA-1, RFC 2246 5 */
function prf(version: number, hash: string, secret: Uint8Array, seed: Uint8Array, octets: number): Uint8Array {
  if (version >= VERSION.tls12 && version < VERSION.dtls10) return expand(hash, secret, seed, octets);
  if (version === VERSION.dtls12) return expand(hash, secret, seed, octets);
  const half = (secret.length + 1) >> 1;
  const made = expand("md5", secret.subarray(0, half), seed, octets);
  const other = expand("sha1", secret.subarray(secret.length - half), seed, octets);
  for (let i = 0; i < octets; i++) made[i]! ^= other[i]!;
  return made;
}

/** P_hash. RFC 5246 5 */
function expand(hash: string, secret: Uint8Array, seed: Uint8Array, octets: number): Uint8Array {
  const out = new Uint8Array(octets);
  let a: Uint8Array = seed;
  for (let at = 0; at < octets;) {
    a = createHmac(hash, secret).update(a).digest();
    const part = createHmac(hash, secret).update(a).update(seed).digest();
    out.set(part.subarray(0, octets - at), at);
    at += part.length;
  }
  return out;
}

const EMPTY = new Uint8Array(0);
