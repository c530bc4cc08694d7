import type { FrameBatch } from "../../capture/frame-batch.ts";
import { readFramesAt } from "../../capture/frame-source.ts";
import { originOf } from "../../case/carve.ts";
import type { CarveSelection } from "../../case/carve-selection.ts";
import { chooseFrames, sessionFrames } from "../../case/carve-selection.ts";
import type { Case } from "../../case/case.ts";
import type { LocatedFrames } from "../../case/packet-index.ts";
import { uidOf } from "../../net/uid.ts";

/** One frame of the evidence; `bytes` is a copy. */
export interface EvidenceFrame {
  readonly capture: number;
  readonly frame: number;
  readonly ts: bigint;
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
}

/** Frames of a session or finding in the order of analysis, read from the captures a part at a time. */
export class EvidenceFrames {
  readonly #source: Case;
  readonly #captures: readonly LocatedFrames[];
  /** Which capture and which of its rows each frame is, in the order of analysis. */
  readonly #order: readonly { readonly at: number; readonly row: number; readonly ordinal: number }[];

  constructor(source: Case, captures: readonly LocatedFrames[]) {
    this.#source = source;
    this.#captures = captures;
    this.#order = captures
      .flatMap(({ count, ordinals }, at) =>
        Array.from({ length: count }, (_, row) => ({ at, row, ordinal: ordinals[row]! })),
      )
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  /** @throws BacktrailError `no-packets`, `no-session` */
  static async choose(source: Case, selection: CarveSelection): Promise<EvidenceFrames> {
    const { captures } = await chooseFrames(source, selection, uidOf);
    return new EvidenceFrames(source, captures);
  }

  /** Frames of a connection, a part at a time. @throws BacktrailError `no-packets`, `no-session` */
  static async *ofSession(source: Case, uid: string, most: number): AsyncGenerator<EvidenceFrames> {
    for await (const captures of sessionFrames(source, uid, uidOf, most)) yield new EvidenceFrames(source, captures);
  }

  get count(): number {
    return this.#order.length;
  }

  /** Octets captured of one frame. */
  octetsAt(position: number): number {
    const { at, row } = this.#order[position]!;
    return this.#captures[at]!.lengths[row]!;
  }

  /** @throws BacktrailError `evidence-changed` where a capture is not what it was. */
  async read(first: number, count: number): Promise<EvidenceFrame[]> {
    const wanted = this.#order.slice(first, first + count);
    const found: EvidenceFrame[] = new Array<EvidenceFrame>(wanted.length);
    for (const [at, frames] of this.#captures.entries()) {
      const mine = wanted
        .map(({ at: of, row }, position) => ({ of, row, position }))
        .filter(({ of }) => of === at)
        .sort((a, b) => frames.offsets[a.row]! - frames.offsets[b.row]!);
      if (mine.length === 0) continue;
      const places = mine.map(({ row }) => ({ offset: frames.offsets[row]!, octets: frames.lengths[row]! }));
      const { path } = await originOf(this.#source, frames.capture);
      await readFramesAt(path, places, (i, bytes) => {
        const { row, position } = mine[i]!;
        found[position] = {
          capture: frames.capture,
          frame: frames.frames[row]!,
          ts: frames.times[row]!,
          bytes: bytes.slice(),
          wireLength: frames.wireLengths[row]!,
          linkType: frames.linkTypes[row]!,
        };
      });
    }
    return found;
  }
}

/** Frames as the decoder takes them. */
export function batchOf(frames: readonly EvidenceFrame[], firstOrdinal: number): FrameBatch {
  const count = frames.length;
  const octets = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const shared = (size: number) => new SharedArrayBuffer(Math.max(1, count) * size);
  const bytes = new Uint8Array(new SharedArrayBuffer(Math.max(1, octets)));
  const batch = {
    id: firstOrdinal,
    firstOrdinal,
    count,
    bytes,
    offset: new Uint32Array(shared(4)),
    capLen: new Uint32Array(shared(4)),
    wireLen: new Uint32Array(shared(4)),
    ts: new BigInt64Array(shared(8)),
    capture: new Uint16Array(shared(2)),
    frame: new Uint32Array(shared(4)),
    linkType: new Uint16Array(shared(2)),
    iface: new Uint16Array(shared(2)),
    fileOffset: new Float64Array(shared(8)),
  };
  let at = 0;
  for (const [i, frame] of frames.entries()) {
    bytes.set(frame.bytes, at);
    batch.offset[i] = at;
    batch.capLen[i] = frame.bytes.length;
    batch.wireLen[i] = frame.wireLength;
    batch.ts[i] = frame.ts;
    batch.capture[i] = frame.capture;
    batch.frame[i] = frame.frame;
    batch.linkType[i] = frame.linkType;
    at += frame.bytes.length;
  }
  return batch;
}
