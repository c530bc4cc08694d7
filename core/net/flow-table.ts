/** 32-bit words of state that the table keeps for each flow, for its owner. */
export interface FlowShape {
  readonly ints: number;
  readonly floats: number;
}

const KEY_WORDS = 11;
const WORD_PORTS = 8;
const WORD_PROTO = 9;
const WORD_HASH = 10;
const FIRST_SLOTS = 1024;
/** Share of the most flows from which on the table has room for all of them. */
const AT_ONCE = 1 / 8;

/** Address octets of a key: bit of the last key word. */
const IPV6 = 0x100;
/** Key of a flow in one direction only (ICMP messages that have no answer). */
const ONE_WAY = 0x200;

/**
 * Flows by addresses, ports and protocol: an open-addressing table of slots whose keys and state lie in typed arrays.
 *
 * A flow has two sides, A and B; packets of either direction find the same slot. State of a slot is `ints` words at
 * `slot * shape.ints` and `floats` doubles at `slot * shape.floats`, all 0 when the slot is taken. The arrays are replaced when
 * the table grows: read them from the table, do not keep them.
 */
export class FlowTable {
  ints: Int32Array;
  floats: Float64Array;
  /** Side, 0 (A) or 1 (B), that sent the packet of the last `locate`. */
  side = 0;

  readonly #shape: FlowShape;
  readonly #limit: number;
  readonly #multiplier: number;
  #keys: Int32Array;
  /** Slot + 1 by hash, 0 where free. */
  #index: Int32Array;
  /** Slots never used begin here. */
  #fresh = 0;
  #freed: Int32Array = new Int32Array(64);
  #freedCount = 0;
  #size = 0;
  readonly #probe = new Int32Array(KEY_WORDS);

  /**
   * @param limit Most flows at one time.
   * @param secret Odd multiplier of the port hash, so that ports cannot be chosen to crowd a chain.
   */
  constructor(shape: FlowShape, limit: number, secret: number) {
    this.#shape = shape;
    this.#limit = limit;
    this.#multiplier = secret | 1;
    this.ints = new Int32Array(FIRST_SLOTS * shape.ints);
    this.floats = new Float64Array(FIRST_SLOTS * shape.floats);
    this.#keys = new Int32Array(FIRST_SLOTS * KEY_WORDS);
    this.#index = new Int32Array(FIRST_SLOTS * 2);
  }

  get size(): number {
    return this.#size;
  }
  /** How often the flows would fit into it: 1 when it is full. */
  get roominess(): number {
    return this.#limit / this.#size;
  }
  get isFull(): boolean {
    return this.#size >= this.#limit;
  }
  /** Slots are below this. */
  get slots(): number {
    return this.#fresh;
  }

  /**
   * Sets the key that `find` and `take` work with, and `side`.
   * @param oneWay The key tells the directions apart: the source is side A.
   */
  locate(
    view: DataView,
    isV4: boolean,
    srcAt: number,
    dstAt: number,
    srcPort: number,
    dstPort: number,
    proto: number,
    pairHash: number,
    oneWay: boolean,
  ): void {
    const probe = this.#probe;
    let order = 0;
    if (isV4) {
      const a = view.getInt32(srcAt);
      const b = view.getInt32(dstAt);
      if (!oneWay) order = a >>> 0 === b >>> 0 ? srcPort - dstPort : a >>> 0 < b >>> 0 ? -1 : 1;
      probe[0] = order > 0 ? b : a;
      probe[4] = order > 0 ? a : b;
      probe[WORD_PROTO] = oneWay ? proto | ONE_WAY : proto;
    } else {
      if (!oneWay) {
        for (let i = 0; i < 16 && order === 0; i += 4) order = view.getUint32(srcAt + i) - view.getUint32(dstAt + i);
        if (order === 0) order = srcPort - dstPort;
      }
      const first = order > 0 ? dstAt : srcAt;
      const second = order > 0 ? srcAt : dstAt;
      for (let i = 0; i < 4; i++) {
        probe[i] = view.getInt32(first + i * 4);
        probe[i + 4] = view.getInt32(second + i * 4);
      }
      probe[WORD_PROTO] = oneWay ? proto | IPV6 | ONE_WAY : proto | IPV6;
    }
    const ports = order > 0 ? (dstPort << 16) | srcPort : (srcPort << 16) | dstPort;
    probe[WORD_PORTS] = ports;
    this.side = order > 0 ? 1 : 0;
    let hash = pairHash ^ Math.imul(ports ^ Math.imul(proto, 0x85ebca6b), this.#multiplier);
    hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), this.#multiplier);
    probe[WORD_HASH] = hash ^ (hash >>> 15);
  }

  /** Slot of the located key, or -1. */
  find(): number {
    const probe = this.#probe;
    const keys = this.#keys;
    const index = this.#index;
    const mask = index.length - 1;
    const hash = probe[WORD_HASH]!;
    const isV6 = (probe[WORD_PROTO]! & IPV6) !== 0;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = index[at]! - 1;
      if (slot < 0) return -1;
      const key = slot * KEY_WORDS;
      if (
        keys[key + WORD_HASH] === hash &&
        keys[key] === probe[0] &&
        keys[key + 4] === probe[4] &&
        keys[key + WORD_PORTS] === probe[WORD_PORTS] &&
        keys[key + WORD_PROTO] === probe[WORD_PROTO] &&
        (!isV6 || this.#sameRest(key))
      ) {
        return slot;
      }
    }
  }

  /** Takes a slot, with cleared state, for the located key, which must not be there yet. The table must not be full. */
  take(): number {
    let slot: number;
    if (this.#freedCount > 0) {
      slot = this.#freed[--this.#freedCount]!;
      this.ints.fill(0, slot * this.#shape.ints, (slot + 1) * this.#shape.ints);
      this.floats.fill(0, slot * this.#shape.floats, (slot + 1) * this.#shape.floats);
    } else {
      slot = this.#fresh++;
      if ((slot + 1) * KEY_WORDS > this.#keys.length) this.#growSlots();
    }
    const isV6 = (this.#probe[WORD_PROTO]! & IPV6) !== 0;
    const key = slot * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++)
      this.#keys[key + i] = isV6 || i === 0 || i === 4 || i >= WORD_PORTS ? this.#probe[i]! : 0;
    this.#size++;
    if (this.#size * 2 > this.#index.length) this.#growIndex();
    else this.#enter(slot);
    return slot;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let hole = this.#keys[slot * KEY_WORDS + WORD_HASH]! & mask;
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask;
    // Closes the hole by moving back what would be cut off from its place (Knuth 6.4, algorithm R).
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#keys[(index[at]! - 1) * KEY_WORDS + WORD_HASH]! & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at]!;
        hole = at;
      }
    }
    index[hole] = 0;
    this.#size--;
    if (this.#freedCount === this.#freed.length) {
      const longer = new Int32Array(this.#freed.length * 2);
      longer.set(this.#freed);
      this.#freed = longer;
    }
    this.#freed[this.#freedCount++] = slot;
    // A slot that is free must not look alive to a scan.
    this.#keys[slot * KEY_WORDS + WORD_PROTO] = -1;
  }

  isTaken(slot: number): boolean {
    return this.#keys[slot * KEY_WORDS + WORD_PROTO] !== -1;
  }
  isV6(slot: number): boolean {
    return (this.#keys[slot * KEY_WORDS + WORD_PROTO]! & IPV6) !== 0;
  }
  /** Word `i` (of 4; IPv4: word 0 only) of a side's address. */
  addressWord(slot: number, side: number, i: number): number {
    return this.#keys[slot * KEY_WORDS + side * 4 + i]!;
  }
  port(slot: number, side: number): number {
    const ports = this.#keys[slot * KEY_WORDS + WORD_PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  #sameRest(key: number): boolean {
    const probe = this.#probe;
    const keys = this.#keys;
    for (let i = 1; i < 8; i++) if (keys[key + i] !== probe[i]) return false;
    return true;
  }

  #enter(slot: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let at = this.#keys[slot * KEY_WORDS + WORD_HASH]! & mask;
    while (index[at] !== 0) at = (at + 1) & mask;
    index[at] = slot + 1;
  }

  #growIndex(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    for (let slot = 0; slot < this.#fresh; slot++) if (this.isTaken(slot)) this.#enter(slot);
  }

  #growSlots(): void {
    const now = this.#keys.length / KEY_WORDS;
    // Beyond that at once to the most: pages that were never written take no memory, arrays left behind do until they are collected.
    const slots = now * 2 > this.#limit * AT_ONCE ? Math.max(this.#limit, now + 1) : now * 2;
    this.#keys = grown(this.#keys, slots * KEY_WORDS);
    this.ints = grown(this.ints, slots * this.#shape.ints);
    this.floats = grown(this.floats, slots * this.#shape.floats);
  }
}

function grown<A extends Int32Array | Float64Array>(old: A, length: number): A {
  const larger = new (old.constructor as new (length: number) => A)(length);
  larger.set(old);
  return larger;
}
