/** Octets of memory that a block takes beside its own, about. */
const BLOCK = 256;

/** Octets of one side that came before those in front of them; copies, in order of position, without overlap. */
export class HeldOctets {
  readonly #starts: number[] = [];
  readonly #blocks: Uint8Array[] = [];
  /** Octets held. */
  octets = 0;
  /** An overlapping segment said otherwise than an earlier one. Read and reset by the owner. */
  contradicted = false;

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }
  get blocks(): number {
    return this.#blocks.length;
  }
  /** Octets of memory that it takes, about: a segment of one octet costs more than that. */
  get weight(): number {
    return this.octets + BLOCK * this.#blocks.length;
  }
  /** Position of the first octet held; Infinity if there is none. */
  get first(): number {
    return this.#starts[0] ?? Infinity;
  }

  /** Keeps a copy of `bytes[at .. at + end - start)` at positions `[start, end)`, but for those held already. */
  add(start: number, end: number, bytes: Uint8Array, at: number): void {
    let i = 0;
    // The usual case is a segment behind all others.
    const last = this.#blocks.length - 1;
    if (last >= 0 && start >= this.#starts[last]! + this.#blocks[last]!.length) i = last + 1;
    let from = start;
    for (; from < end; i++) {
      const blockStart = this.#starts[i] ?? Infinity;
      const block = this.#blocks[i];
      if (from < blockStart) {
        const to = Math.min(end, blockStart);
        this.#insert(i, from, new Uint8Array(bytes.subarray(at + from - start, at + to - start)));
        from = to;
        continue;
      }
      const blockEnd = blockStart + block!.length;
      if (blockEnd <= from) continue;
      const to = Math.min(end, blockEnd);
      this.#compare(block!, from - blockStart, bytes, at + from - start, to - from);
      from = to;
    }
  }

  /** Removes and returns the first block, if it begins at or before `position`; its octets before `position` are cut off. */
  takeAt(position: number): Uint8Array | null {
    while (this.#blocks.length > 0 && this.#starts[0]! <= position) {
      const skip = position - this.#starts[0]!;
      const block = this.#blocks[0]!;
      this.#starts.shift();
      this.#blocks.shift();
      this.octets -= block.length;
      if (skip < block.length) return skip === 0 ? block : block.subarray(skip);
    }
    return null;
  }

  #insert(i: number, start: number, block: Uint8Array): void {
    this.#starts.splice(i, 0, start);
    this.#blocks.splice(i, 0, block);
    this.octets += block.length;
  }

  #compare(block: Uint8Array, at: number, bytes: Uint8Array, from: number, octets: number): void {
    for (let k = 0; k < octets && !this.contradicted; k++) this.contradicted = block[at + k] !== bytes[from + k];
  }
}
