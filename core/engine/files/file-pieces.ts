/** Octets of a file that lie behind a hole; `bytes` null where they went by unseen. */
interface Piece {
  readonly offset: number;
  readonly octets: number;
  readonly bytes: Uint8Array | null;
}

/** Octets of pieces held of all files of one shard. */
export interface HeldPieces {
  octets: number;
}

/** Pieces of a file that came before what lies in front of them: disjoint, in ascending order. */
export class FilePieces {
  #pieces: Piece[] = [];
  #octets = 0;
  readonly #held: HeldPieces;

  /** @param held Counts what is held of all files. */
  constructor(held: HeldPieces) {
    this.#held = held;
  }

  /** Sum of their lengths, seen or not. */
  get octets(): number {
    return this.#octets;
  }
  get count(): number {
    return this.#pieces.length;
  }
  /** Where the first begins; Infinity without any. */
  get first(): number {
    return this.#pieces[0]?.offset ?? Infinity;
  }

  /**
   * Adds what is not there yet; what is there stays, as it came first.
   * @param bytes Copied; null for octets that went by unseen.
   */
  add(offset: number, bytes: Uint8Array | null, start: number, octets: number): void {
    const end = offset + octets;
    let at = offset;
    const added: Piece[] = [];
    for (let i = this.#lowerBound(offset); i < this.#pieces.length && at < end; i++) {
      const piece = this.#pieces[i]!;
      if (piece.offset >= end) break;
      if (piece.offset > at) added.push(pieceOf(at, piece.offset, bytes, start - offset));
      at = Math.max(at, piece.offset + piece.octets);
    }
    if (at < end) added.push(pieceOf(at, end, bytes, start - offset));
    for (const piece of added) {
      this.#pieces.splice(this.#lowerBound(piece.offset), 0, piece);
      this.#octets += piece.octets;
      this.#held.octets += piece.bytes?.length ?? 0;
    }
  }

  /** Takes the first piece out. */
  shift(): Piece {
    const piece = this.#pieces.shift()!;
    this.#octets -= piece.octets;
    this.#held.octets -= piece.bytes?.length ?? 0;
    return piece;
  }

  /** Index of the first piece that ends behind `offset`. */
  #lowerBound(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offset: begin, octets } = this.#pieces[middle]!;
      if (begin + octets > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function pieceOf(from: number, to: number, bytes: Uint8Array | null, shift: number): Piece {
  return { offset: from, octets: to - from, bytes: bytes === null ? null : bytes.slice(from + shift, to + shift) };
}
