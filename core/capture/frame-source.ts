import { open } from "node:fs/promises";
import { BacktrailError } from "../contracts/result.ts";
import { Descriptors, FileSource, PeekedSource, readHead, type ByteSource } from "./byte-source.ts";
import { compressionOf, unpacked } from "./compression.ts";
import { unreadable } from "./input-files.ts";

/** Where a frame lies in its capture: `FrameBatch.fileOffset` and `capLen`. */
export interface FramePlace {
  readonly offset: number;
  readonly octets: number;
}

/**
 * Reads frames again out of a capture, in the order of their offsets.
 *
 * Of a file that is not compressed only the stretches with wanted frames are read; a compressed one is unpacked up to
 * the last of them.
 * @param wanted By ascending offset.
 * @param visit Gets the index in `wanted` and the frame's octets, borrowed until it returns or its promise is done.
 * @throws BacktrailError where the file is missing, cannot be read, or ends before a frame: it is not what it was.
 */
export async function readFramesAt(
  path: string,
  wanted: readonly FramePlace[],
  visit: (index: number, frame: Uint8Array) => void | Promise<void>,
): Promise<void> {
  if (wanted.length === 0) return;
  const file = new FileSource(path, new Descriptors(1));
  const magic = await readHead(file, 4);
  const compression = compressionOf(magic);
  if (file.failure !== null) {
    await file.close();
    throw unreadable(path, await causeOf(path));
  }
  if (compression === "none") {
    await file.close();
    await readStretches(path, wanted, visit);
    return;
  }
  const source = unpacked(compression, new PeekedSource(magic, file));
  try {
    await readInOrder(path, source, wanted, visit);
  } finally {
    await source.close();
    await file.close();
  }
}

/** What the system says when the file is opened. */
async function causeOf(path: string): Promise<unknown> {
  try {
    await (await open(path, "r")).close();
    return new Error("reading failed");
  } catch (cause) {
    return cause;
  }
}

async function readStretches(
  path: string,
  wanted: readonly FramePlace[],
  visit: (index: number, frame: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    let buffer = new Uint8Array(STRETCH_OCTETS);
    let first = 0;
    while (first < wanted.length) {
      const from = wanted[first]!.offset;
      let to = from + wanted[first]!.octets;
      let last = first + 1;
      while (last < wanted.length) {
        const { offset, octets } = wanted[last]!;
        if (offset - to > NEAR_OCTETS || offset + octets - from > STRETCH_OCTETS) break;
        to = Math.max(to, offset + octets);
        last++;
      }
      if (to - from > buffer.length) buffer = new Uint8Array(to - from);
      let filled = 0;
      while (filled < to - from) {
        const { bytesRead } = await handle.read(buffer, filled, to - from - filled, from + filled);
        if (bytesRead === 0) throw endsEarly(path, from + filled);
        filled += bytesRead;
      }
      for (let i = first; i < last; i++) {
        const at = wanted[i]!.offset - from;
        await visit(i, buffer.subarray(at, at + wanted[i]!.octets));
      }
      first = last;
    }
  } finally {
    await handle.close();
  }
}

async function readInOrder(
  path: string,
  source: ByteSource,
  wanted: readonly FramePlace[],
  visit: (index: number, frame: Uint8Array) => void | Promise<void>,
): Promise<void> {
  let buffer = new Uint8Array(STRETCH_OCTETS);
  /** Offset in the capture of `buffer[0]`, and octets held. */
  let base = 0;
  let held = 0;
  for (let i = 0; i < wanted.length; i++) {
    const { offset, octets } = wanted[i]!;
    if (offset < base) throw new RangeError("frames must be asked for by ascending offset");
    while (base + held < offset + octets) {
      if (offset > base) {
        const gone = Math.min(offset - base, held);
        buffer.copyWithin(0, gone, held);
        base += gone;
        held -= gone;
      }
      if (octets > buffer.length) {
        const larger = new Uint8Array(octets);
        larger.set(buffer.subarray(0, held));
        buffer = larger;
      }
      const got = await source.read(buffer, held, buffer.length);
      if (got === 0) throw endsEarly(path, base + held);
      held += got;
    }
    await visit(i, buffer.subarray(offset - base, offset - base + octets));
  }
}

function endsEarly(path: string, offset: number): BacktrailError {
  const text = `${path} ends at octet ${offset}, before frames that it had: it is not the file that was analysed; restore it and try again.`;
  return new BacktrailError("capture.changed", text, { kind: "work" });
}

/** Most octets read at once, unless a frame is longer. */
const STRETCH_OCTETS = 1024 * 1024;
/** Frames that lie no further apart are read together. */
const NEAR_OCTETS = 64 * 1024;
