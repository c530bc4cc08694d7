/** What is deleted so often without making room is held by something else, such as a snapshot: no more is deleted then. */
const MOST_IN_VAIN = 3;
/** That segments were deleted for room is an alarm for so long, ms. */
const TOLD_MS = 600_000;

/** Deletes old segments of a ring sooner than its bounds ask for where the disk gets short: recording and analysis go on. */
export class RingRoom {
  readonly #free: () => Promise<number | null>;
  readonly #makeRoom: (octets: number, isSpentOnly: boolean) => number;
  #inVain = 0;
  #deletedMs = -Infinity;

  /**
   * @param free Octets that are free on the disk; null where nobody knows.
   * @param makeRoom Deletes segments of so many octets or more, of those alone that were analysed if that is said; returns of how many.
   */
  constructor(free: () => Promise<number | null>, makeRoom: (octets: number, isSpentOnly: boolean) => number) {
    this.#free = free;
    this.#makeRoom = makeRoom;
  }

  /**
   * Makes room, if that is possible, until so many octets are free.
   * @param spentOctets So many as far as nothing is lost by it but what was analysed.
   */
  async keep(wantedOctets: number, spentOctets: number): Promise<void> {
    const before = await this.#free();
    if (before === null) return;
    if (before >= spentOctets) this.#inVain = 0;
    if (before >= Math.max(wantedOctets, spentOctets) || this.#inVain >= MOST_IN_VAIN) return;
    const spent = before < spentOctets ? this.#makeRoom(spentOctets - before, true) : 0;
    const deleted = spent > 0 || before >= wantedOctets ? spent : this.#makeRoom(wantedOctets - before, false);
    if (deleted === 0) return;
    this.#deletedMs = performance.now();
    const after = (await this.#free()) ?? 0;
    this.#inVain = after - before < deleted / 2 ? this.#inVain + 1 : 0;
  }

  /** True for ten minutes after segments were deleted so. */
  get isShort(): boolean {
    return performance.now() - this.#deletedMs < TOLD_MS;
  }
}
