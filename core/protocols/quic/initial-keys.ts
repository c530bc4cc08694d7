import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

/** Versions as they are on the wire. */
export const QUIC_V1 = 0x00000001;
export const QUIC_V2 = 0x6b3343cf;

const SALT_V1 = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");
const SALT_V2 = Buffer.from("0dede3def700a6db819381be6e269dcbf9bd2ed9", "hex");
/** Drafts 29 to 32, and 23 to 28. */
const SALT_DRAFT_29 = Buffer.from("afbfec289993d24c9e9786f19c6111e04390a899", "hex");
const SALT_DRAFT_23 = Buffer.from("c3eef712c72ebb5a11a7d2432bb46365bef9f502", "hex");

const DRAFT = 0xff000000;
/** Of Facebook's mvfst; their Initial packets are those of draft 27. */
const MVFST: readonly number[] = [0xfaceb001, 0xfaceb002, 0xfaceb00e, 0xfaceb011, 0xfaceb012, 0xfaceb013];

export function isMvfst(version: number): boolean {
  return MVFST.includes(version);
}

/** Salt of a version's initial keys, null for versions whose Initial packets cannot be read. */
function saltOf(version: number): Buffer | null {
  if (version === QUIC_V1) return SALT_V1;
  if (version === QUIC_V2) return SALT_V2;
  if (isMvfst(version)) return SALT_DRAFT_23;
  const draft = version - DRAFT;
  if (draft >= 33 && draft <= 34) return SALT_V1;
  if (draft >= 29 && draft <= 32) return SALT_DRAFT_29;
  return draft >= 23 && draft <= 28 ? SALT_DRAFT_23 : null;
}

/** True for a version whose Initial packets can be read. */
export function isReadableVersion(version: number): boolean {
  return saltOf(version) !== null;
}

/** Keys of one side's Initial packets; anyone can derive them. RFC 9001 5.2, RFC 9369 3.3 */
export class InitialKeys {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #headerKey: Buffer;

  private constructor(secret: Buffer, prefix: string) {
    this.#key = expand(secret, `${prefix} key`, 16);
    this.#iv = expand(secret, `${prefix} iv`, 12);
    this.#headerKey = expand(secret, `${prefix} hp`, 16);
  }

  /** @param destination First connection id that the client sent to. */
  static of(version: number, destination: Uint8Array, ofClient: boolean): InitialKeys | null {
    const salt = saltOf(version);
    if (salt === null) return null;
    const secret = expand(hmac(salt, destination), ofClient ? "client in" : "server in", 32);
    return new InitialKeys(secret, version === QUIC_V2 ? "quicv2" : "quic");
  }

  /**
   * Opens one packet. RFC 9001 5.3 and 5.4
   * @param packet The packet from its first octet to its last.
   * @param numberAt Where the packet number is.
   * @returns The frames, null if the keys do not fit.
   */
  open(packet: Uint8Array, numberAt: number): Buffer | null {
    if (packet.length < numberAt + 4 + 16) return null;
    const cipher = createCipheriv("aes-128-ecb", this.#headerKey, null).setAutoPadding(false);
    const mask = cipher.update(packet.subarray(numberAt + 4, numberAt + 20));
    const first = packet[0]! ^ (mask[0]! & 0x0f);
    const numberLength = (first & 3) + 1;
    const header = Buffer.from(packet.subarray(0, numberAt + numberLength));
    header[0] = first;
    const nonce = Buffer.from(this.#iv);
    for (let i = 0; i < numberLength; i++) {
      const octet = header[numberAt + i]! ^ mask[1 + i]!;
      header[numberAt + i] = octet;
      nonce[12 - numberLength + i]! ^= octet;
    }
    const sealed = packet.subarray(numberAt + numberLength, packet.length - TAG);
    const decipher = createDecipheriv("aes-128-gcm", this.#key, nonce, { authTagLength: TAG });
    decipher.setAAD(header);
    decipher.setAuthTag(packet.subarray(packet.length - TAG));
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]);
    } catch {
      // Sealed with other keys, or damaged.
      return null;
    }
  }
}

const TAG = 16;

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** HKDF-Expand-Label without context, for up to 32 octets. RFC 8446 7.1 */
function expand(secret: Buffer, label: string, octets: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, octets, name.length]), name, Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, octets);
}
