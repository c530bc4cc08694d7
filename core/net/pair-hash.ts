/** 64-bit key of the host-pair hash, as two words. */
export type HashKey = readonly [number, number];

/**
 * Hash of two addresses, the same for both orders: HalfSipHash-1-3 over the smaller and then the larger one.
 *
 * With a secret key an attacker cannot choose addresses that crowd one shard or one chain of a table.
 * https://github.com/veorq/SipHash
 */
export class PairHash {
  readonly #k0: number;
  readonly #k1: number;
  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;

  constructor(key: HashKey) {
    this.#k0 = key[0] | 0;
    this.#k1 = key[1] | 0;
  }

  /** Two IPv4 addresses as 32-bit words. */
  ofWords(a: number, b: number): number {
    const swap = a >>> 0 > b >>> 0;
    this.#begin();
    this.#word(swap ? b : a);
    this.#word(swap ? a : b);
    return this.#end(8);
  }

  /** Two IPv6 addresses at the given offsets. */
  ofAddresses(view: DataView, srcAt: number, dstAt: number): number {
    let order = 0;
    for (let i = 0; i < 16 && order === 0; i += 4) order = view.getUint32(srcAt + i) - view.getUint32(dstAt + i);
    const first = order > 0 ? dstAt : srcAt;
    const second = order > 0 ? srcAt : dstAt;
    this.#begin();
    for (let i = 0; i < 16; i += 4) this.#word(view.getInt32(first + i));
    for (let i = 0; i < 16; i += 4) this.#word(view.getInt32(second + i));
    return this.#end(32);
  }

  #begin(): void {
    this.#v0 = this.#k0;
    this.#v1 = this.#k1;
    this.#v2 = 0x6c796765 ^ this.#k0;
    this.#v3 = 0x74656462 ^ this.#k1;
  }

  #word(word: number): void {
    this.#v3 ^= word;
    this.#round();
    this.#v0 ^= word;
  }

  #end(octets: number): number {
    this.#word(octets << 24);
    this.#v2 ^= 0xff;
    this.#round();
    this.#round();
    this.#round();
    return (this.#v1 ^ this.#v3) >>> 0;
  }

  #round(): void {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}
