import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { BacktrailError } from "../contracts/result.ts";
import {
  FileSource,
  PeekedSource,
  PipeSource,
  readHead,
  type ByteSource,
  type Descriptors,
  type StoredSource,
} from "./byte-source.ts";
import { newCaptureFile, type CaptureFile, type Compression } from "./capture-file.ts";
import { compressionOf, unpacked } from "./compression.ts";
import type { HashMaker } from "./file-hash.ts";
import { FrameBlock, type BlockPool } from "./frame-block.ts";
import type { FrameDecoder } from "./frame-decoder.ts";
import { FrameReader } from "./frame-reader.ts";
import { STDIN, unreadable, type InputFile } from "./input-files.ts";
import { describeForeign } from "./known-format.ts";
import { PcapDecoder } from "./pcap-decoder.ts";
import { parsePcapHeader, type PcapHeader } from "./pcap-header.ts";
import { PcapngDecoder, isPcapng } from "./pcapng-decoder.ts";

/** A capture that was looked at and can be read. */
export interface FoundCapture {
  readonly path: string;
  /** Octets as stored; null if it has no end yet. */
  readonly octets: number | null;
  /** Time of its first frame as far as a look at its head tells; null: unknown, read it at once. */
  readonly firstTime: bigint | null;
  readonly container: CaptureFile["container"];
  readonly compression: Compression;
  /** Begins reading. */
  open(file: CaptureFile, pool: BlockPool): FrameReader;
}

export interface ExamineOptions {
  readonly follow: AbortSignal | null;
  /** Where a large file is hashed; null: where it is read. */
  readonly hashes: HashMaker | null;
  /** The time of the first frame is wanted. */
  readonly needsTime: boolean;
}

/**
 * Looks at the head of a file.
 * @returns no capture for a file found in a folder that is none.
 * @throws BacktrailError for a file that was named and is none, or cannot be read.
 */
export async function examine(
  input: InputFile,
  descriptors: Descriptors,
  options: ExamineOptions,
): Promise<{ capture: FoundCapture | null; looksLike: string }> {
  const { path } = input;
  const isPipe = path === STDIN || !(await isRegular(path));
  const stored = isPipe ? pipe(path) : new FileSource(path, descriptors, options.follow);
  const magic = await readHead(stored, 4);
  const compression = compressionOf(magic);
  const source = unpacked(compression, new PeekedSource(magic, stored));
  // A pipe or growing file gives what it has; waiting for more could wait for ever.
  const head = await readHead(source, source.live ? LIVE_HEAD_OCTETS : HEAD_OCTETS);
  if (stored.failure !== null) throw unreadable(path, new Error(stored.failure.reason));
  const name = path === STDIN ? "Standard input" : path;
  const pcap = parsePcapHeader(head);
  if (pcap === null && !isPcapng(head)) {
    await source.close();
    await stored.close();
    const foreign = foreignHead(head, compression, source);
    if (input.found) return { capture: null, looksLike: foreign.looksLike };
    if (magic.length === 0) {
      throw new BacktrailError("capture.empty", `${name} is empty: check that the recording or copy of it finished.`);
    }
    throw new BacktrailError(
      "capture.unknown-format",
      `${name} is no pcap or pcapng capture but looks like ${foreign.looksLike}. ${foreign.advice}.`,
    );
  }
  const container = pcap === null ? "pcapng" : "pcap";
  const decoderFor = (file: CaptureFile): FrameDecoder =>
    pcap === null ? new PcapngDecoder(file) : new PcapDecoder(file, pcap);
  const begin = (file: CaptureFile, pool: BlockPool, from: StoredSource, octets: ByteSource): FrameReader =>
    new FrameReader(file, from, octets, decoderFor(file), pool);
  const looksLike = container;
  if (isPipe || options.follow !== null) {
    const open = (file: CaptureFile, pool: BlockPool): FrameReader =>
      begin(file, pool, stored, new PeekedSource(head, source));
    return { capture: { path, octets: null, firstTime: null, container, compression, open }, looksLike };
  }
  await source.close();
  await stored.close();
  const { size } = await stat(path);
  const firstTime = options.needsTime ? firstTimeOf(pcap, head) : null;
  const open = (file: CaptureFile, pool: BlockPool): FrameReader => {
    // What is packed is read into memory of its own, which would have to be copied.
    const isBeside = compression === "none" && size >= WORTH_A_THREAD;
    const fresh = new FileSource(path, descriptors, null, isBeside ? options.hashes?.begin() : undefined);
    return begin(file, pool, fresh, unpacked(compression, fresh));
  };
  return { capture: { path, octets: size, firstTime, container, compression, open }, looksLike };
}

/** Time of the first frame in the first octets of a capture. */
function firstTimeOf(pcap: PcapHeader | null, head: Uint8Array): bigint | null {
  const scratch = newCaptureFile(0, "", pcap === null ? "pcapng" : "pcap", "none");
  const decoder = pcap === null ? new PcapngDecoder(scratch) : new PcapDecoder(scratch, pcap);
  const block = new FrameBlock(head.length, 1);
  block.bytes.set(head);
  decoder.decode(block, 0, head.length, 0, false);
  return scratch.tsFirst;
}

function foreignHead(
  head: Uint8Array,
  compression: Compression,
  source: ByteSource,
): { looksLike: string; advice: string } {
  if (compression === "none") return describeForeign(head);
  if (source.failure !== null) {
    return { looksLike: `a damaged ${compression} file`, advice: `Fetch it again (${source.failure.reason})` };
  }
  const inner = describeForeign(head);
  return { looksLike: `${inner.looksLike}, packed with ${compression}`, advice: inner.advice };
}

async function isRegular(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function pipe(path: string): StoredSource {
  const stream = path === STDIN ? createReadStream("", { fd: 0, autoClose: false }) : createReadStream(path);
  return new PipeSource(stream as AsyncIterable<Uint8Array>, () => {
    stream.destroy();
  });
}

const HEAD_OCTETS = 64 * 1024;
/** Octets of a file from which on hashing it beside reading saves more than a thread takes to start (docs/performance.md). */
const WORTH_A_THREAD = 128 * 1024 * 1024;
const LIVE_HEAD_OCTETS = 24;
