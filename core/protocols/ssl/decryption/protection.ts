import { cipherName } from "../cipher-suites.ts";

/** How a cipher suite seals records. RFC 5246 6.2.3, RFC 8446 5.2 */
export interface Protection {
  readonly kind: "aead" | "cbc";
  /** Name of the cipher as node:crypto has it. */
  readonly cipher: string;
  readonly keyOctets: number;
  /** Octets of the nonce that come from the key block; for a block cipher its block. */
  readonly ivOctets: number;
  /** Octets of the nonce that each record of TLS 1.2 brings. */
  readonly explicitOctets: number;
  /** Octets of the tag, or of the MAC. */
  readonly tagOctets: number;
  /** Hash of the MAC; unused with "aead". */
  readonly mac: string;
  /** Hash that keys are derived with from TLS 1.2 on. */
  readonly hash: "sha256" | "sha384";
}

const MACS: Readonly<Record<string, readonly [hash: string, octets: number]>> = {
  MD5: ["md5", 16],
  SHA: ["sha1", 20],
  SHA256: ["sha256", 32],
  SHA384: ["sha384", 48],
};

/** Octets of keys by the cipher's name in the suite. */
const BLOCK_CIPHERS: Readonly<Record<string, readonly [cipher: string, keyOctets: number, block: number]>> = {
  AES_128: ["aes-128-cbc", 16, 16],
  AES_256: ["aes-256-cbc", 32, 16],
  CAMELLIA_128: ["camellia-128-cbc", 16, 16],
  CAMELLIA_256: ["camellia-256-cbc", 32, 16],
  ARIA_128: ["aria-128-cbc", 16, 16],
  ARIA_256: ["aria-256-cbc", 32, 16],
  "3DES_EDE": ["des-ede3-cbc", 24, 8],
};

/** How the suite of that number seals; null if it cannot be opened here (stream ciphers, GOST, none at all). */
export function protectionOf(suite: number): Protection | null {
  const name = cipherName(suite);
  const hash = name.endsWith("SHA384") ? "sha384" : "sha256";
  const aead = /(?:_WITH_|^TLS_)(AES|ARIA)_(128|256)_(GCM|CCM)(_8)?(?:_SHA(?:256|384))?$/.exec(name);
  if (aead !== null) {
    const [, family = "", bits = "", mode = "", isShort] = aead;
    return {
      kind: "aead",
      cipher: `${family}-${bits}-${mode}`.toLowerCase(),
      keyOctets: Number(bits) / 8,
      ivOctets: 4,
      explicitOctets: 8,
      tagOctets: isShort === undefined ? 16 : 8,
      mac: "",
      hash,
    };
  }
  if (/CHACHA20_POLY1305_SHA256$/.test(name)) {
    const cipher = "chacha20-poly1305";
    return { kind: "aead", cipher, keyOctets: 32, ivOctets: 12, explicitOctets: 0, tagOctets: 16, mac: "", hash };
  }
  const block = /_WITH_(\w+?)_CBC_(\w+)$/.exec(name);
  const cipher = block === null ? undefined : BLOCK_CIPHERS[block[1]!];
  const mac = block === null ? undefined : MACS[block[2]!];
  if (cipher === undefined || mac === undefined) return null;
  return {
    kind: "cbc",
    cipher: cipher[0],
    keyOctets: cipher[1],
    ivOctets: cipher[2],
    explicitOctets: cipher[2],
    tagOctets: mac[1],
    mac: mac[0],
    hash,
  };
}
