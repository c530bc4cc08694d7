/** Octets of the tag that each MAC puts behind a packet. RFC 4253 6.4, RFC 6668, draft-miller-secsh-umac */
const MAC_OCTETS: readonly (readonly [name: RegExp, octets: number])[] = [
  [/^hmac-(?:sha1|md5)-96/, 12],
  [/^hmac-sha2-256/, 32],
  [/^hmac-sha2-512/, 64],
  [/^hmac-(?:sha1|ripemd160)/, 20],
  [/^(?:hmac-md5|umac-128)/, 16],
  [/^umac-64/, 8],
];
const MIN_PADDING = 4;
const LENGTH_FIELD = 4;
const TAG_OF_AEAD = 16;

/** How long a packet of one direction is on the wire, by the cipher and MAC agreed. RFC 4253 6 */
export class PacketSizes {
  readonly #block: number;
  readonly #tag: number;
  /** The length field is outside of what is encrypted and padded (AEAD, encrypt-then-MAC). */
  readonly #isLengthApart: boolean;

  /** @param cipher,mac As in the ssh record: one name, or "To server: a, to client: b". */
  constructor(cipher: string, mac: string, fromClient: boolean) {
    const cipherName = ofDirection(cipher, fromClient);
    const macName = ofDirection(mac, fromClient);
    const isAead = /^(?:chacha20-poly1305|aes\d+-gcm|AEAD_)/.test(cipherName);
    this.#isLengthApart = isAead || macName.includes("-etm");
    this.#block = /^(?:chacha20|3des|blowfish|cast128|arcfour)/.test(cipherName) ? 8 : 16;
    this.#tag = isAead ? TAG_OF_AEAD : (MAC_OCTETS.find(([name]) => name.test(macName))?.[1] ?? 32);
  }

  /** Octets by which a packet grows at least, if it grows. */
  get step(): number {
    return this.#block;
  }

  /** Octets on the wire of a packet with so long a payload. */
  of(payload: number): number {
    const inside = (this.#isLengthApart ? 0 : LENGTH_FIELD) + 1 + payload + MIN_PADDING;
    const padded = Math.ceil(inside / this.#block) * this.#block;
    return padded + (this.#isLengthApart ? LENGTH_FIELD : 0) + this.#tag;
  }
}

function ofDirection(names: string, fromClient: boolean): string {
  const both = /^To server: (.*), to client: (.*)$/.exec(names);
  return both === null ? names : both[fromClient ? 1 : 2]!;
}
