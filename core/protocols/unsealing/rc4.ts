/** The RC4 stream cipher, whose state goes on from call to call. Node's OpenSSL no longer brings it. */
export class Rc4 {
  readonly #s = new Uint8Array(256);
  #i = 0;
  #j = 0;

  constructor(key: Uint8Array) {
    const s = this.#s;
    for (let i = 0; i < 256; i++) s[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + s[i]! + key[i % key.length]!) & 0xff;
      const t = s[i]!;
      s[i] = s[j]!;
      s[j] = t;
    }
  }

  /** The octets, enciphered or deciphered, in a new array. */
  apply(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length);
    const s = this.#s;
    let i = this.#i;
    let j = this.#j;
    for (let at = 0; at < bytes.length; at++) {
      i = (i + 1) & 0xff;
      const a = s[i]!;
      j = (j + a) & 0xff;
      const b = s[j]!;
      s[i] = b;
      s[j] = a;
      out[at] = bytes[at]! ^ s[(a + b) & 0xff]!;
    }
    this.#i = i;
    this.#j = j;
    return out;
  }
}
