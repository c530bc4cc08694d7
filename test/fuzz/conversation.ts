/** One piece of what a side says: octets, or octets that were lost. */
export interface Piece {
  readonly fromOriginator: boolean;
  /** Null for a gap of `gap` octets. */
  readonly bytes: Uint8Array | null;
  readonly gap: number;
}

/** A conversation that is given to one analyzer, whatever its first octets look like. */
export interface Conversation {
  /** Number of the protocol; any number stands for one. */
  readonly protocol: number;
  /** Which of its transports; any number stands for one. */
  readonly carrier: number;
  readonly sawStart: boolean;
  readonly pieces: readonly Piece[];
}

const HEAD = 4;
const PIECE_HEAD = 3;
const FROM_ORIGINATOR = 1;
const IS_GAP = 2;
const SAW_START = 1;
const MOST_PIECE = 0xffff;

/** The conversation as octets, so that it can be kept and changed as any other input. */
export function encode({ protocol, carrier, sawStart, pieces }: Conversation): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(protocol, carrier, sawStart ? SAW_START : 0, 0)];
  for (const { fromOriginator, bytes, gap } of pieces) {
    const length = Math.min(MOST_PIECE, bytes?.length ?? gap);
    const flags = (fromOriginator ? FROM_ORIGINATOR : 0) | (bytes === null ? IS_GAP : 0);
    parts.push(Uint8Array.of(flags, length >> 8, length & 255));
    if (bytes !== null) parts.push(bytes.subarray(0, length));
  }
  return Buffer.concat(parts);
}

/** Reads what `encode` wrote, or any other octets; null if they are too few. */
export function decode(data: Uint8Array): Conversation | null {
  if (data.length < HEAD) return null;
  const pieces: Piece[] = [];
  for (let at = HEAD; at + PIECE_HEAD <= data.length;) {
    const flags = data[at]!;
    const length = data[at + 1]! * 256 + data[at + 2]!;
    at += PIECE_HEAD;
    const fromOriginator = (flags & FROM_ORIGINATOR) !== 0;
    const isGap = (flags & IS_GAP) !== 0;
    pieces.push({ fromOriginator, bytes: isGap ? null : data.subarray(at, at + length), gap: isGap ? length : 0 });
    if (!isGap) at += length;
  }
  return { protocol: data[0]!, carrier: data[1]!, sawStart: (data[2]! & SAW_START) !== 0, pieces };
}
