import { BacktrailError } from "../contracts/result.ts";
import { Descriptors } from "./byte-source.ts";
import type { CaptureFile } from "./capture-file.ts";
import type { HashMaker } from "./file-hash.ts";
import type { FrameBatch } from "./frame-batch.ts";
import { BlockPool, type FrameBlock } from "./frame-block.ts";
import { STDIN, inputFiles } from "./input-files.ts";
import { BlockMerge } from "./merge.ts";
import { examine, type FoundCapture } from "./open-capture.ts";

export interface OpenOptions {
  /** Octets read at once, 8 MiB if not given; less per file where very many files overlap in time. */
  readonly chunkOctets?: number;
  /** Keeps reading the one capture as it grows, until this aborts. */
  readonly follow?: AbortSignal;
  /** Where large files are hashed, if not where they are read; closed with the captures. */
  readonly hashes?: HashMaker;
  /** Number of the first capture, 1 if not given: captures that are added to others continue their numbers. */
  readonly firstNumber?: number;
  /** Run ordinal of the first frame, 0 if not given. */
  readonly firstOrdinal?: number;
}

/** Captures that are read as one, in time order. */
export interface CaptureSet {
  /** In order of their first frames; the same objects all the time, filled while they are read. */
  readonly captures: readonly CaptureFile[];
  /** Files of the given folders that are no captures, with what they look like. */
  readonly passedOver: readonly { readonly path: string; readonly looksLike: string }[];
  /** Octets read of all files as stored. */
  readonly octetsRead: number;
  /** Octets of all files as stored; null if one has no end yet. */
  readonly octetsTotal: number | null;
  /** The next frames; null at the end. Wait for one call before the next. */
  next(): Promise<FrameBatch | null>;
  /** Gives a batch's memory back, so that it can be used again. */
  release(batch: { readonly id: number }): void;
  /** Stops reading and closes all files. Batches given out stay valid. */
  close(): Promise<void>;
}

/**
 * Opens captures: files, folders (with all below them), `-` for standard input.
 *
 * Frames come in time order over all files; those of one file stay in its order even where its times go back.
 * @throws BacktrailError where an input is missing, unreadable, empty, of unknown format, or a folder without captures.
 */
export async function openCaptures(inputs: readonly string[], options: OpenOptions = {}): Promise<CaptureSet> {
  const follow = options.follow ?? null;
  const files = await inputFiles(inputs);
  if (follow !== null && files.length !== 1) {
    throw new BacktrailError(
      "capture.follow",
      `Only one growing capture can be followed, but ${files.length} were given: name one.`,
    );
  }
  if (files.length > MOST_CAPTURES) {
    const text = `${files.length} files were given, more than ${MOST_CAPTURES}: join some with mergecap or analyse them in parts.`;
    throw new BacktrailError("capture.too-many", text);
  }
  const descriptors = new Descriptors(MOST_OPEN);
  const found: FoundCapture[] = [];
  const passedOver: { path: string; looksLike: string }[] = [];
  const foldersWithout = new Set<string>();
  for (const file of files) {
    if (file.folder !== null) foldersWithout.add(file.folder);
  }
  for (const file of files) {
    const alone = files.length === 1;
    const result = await examine(file, descriptors, { follow, hashes: options.hashes ?? null, needsTime: !alone });
    if (result.capture === null) {
      passedOver.push({ path: file.path, looksLike: result.looksLike });
      continue;
    }
    found.push(result.capture);
    if (file.folder !== null) foldersWithout.delete(file.folder);
  }
  const [without] = foldersWithout;
  for (const input of inputs) {
    const isEmptyFolder =
      input === without || (input !== STDIN && !files.some((f) => f.path === input || f.folder === input));
    if (isEmptyFolder) {
      throw new BacktrailError(
        "capture.empty-folder",
        `${input} has no capture in it: name a folder with pcap or pcapng files.`,
      );
    }
  }
  return new Captures(found, passedOver, options);
}

class Captures implements CaptureSet {
  readonly captures: readonly CaptureFile[];
  readonly passedOver: readonly { readonly path: string; readonly looksLike: string }[];
  readonly octetsTotal: number | null;
  readonly #pool = new BlockPool();
  readonly #merge: BlockMerge;
  readonly #lent = new Map<number, FrameBlock>();
  #lastId = 0;
  #ordinal: number;
  readonly #hashes: HashMaker | null;
  #closed = false;

  constructor(
    found: readonly FoundCapture[],
    passedOver: readonly { readonly path: string; readonly looksLike: string }[],
    options: OpenOptions,
  ) {
    this.passedOver = passedOver;
    this.#merge = new BlockMerge(
      found,
      this.#pool,
      options.chunkOctets ?? USUAL_CHUNK_OCTETS,
      options.firstNumber ?? 1,
    );
    this.#ordinal = options.firstOrdinal ?? 0;
    this.#hashes = options.hashes ?? null;
    this.captures = this.#merge.captures;
    let total: number | null = 0;
    for (const { octets } of found) total = total === null || octets === null ? null : total + octets;
    this.octetsTotal = total;
  }

  get octetsRead(): number {
    return this.#merge.octetsRead;
  }

  async next(): Promise<FrameBatch | null> {
    if (this.#closed) return null;
    const block = await this.#merge.next();
    if (block === null) return null;
    const batch = block.batch(++this.#lastId, this.#ordinal);
    this.#ordinal += block.count;
    this.#lent.set(batch.id, block);
    return batch;
  }

  release(batch: { readonly id: number }): void {
    const block = this.#lent.get(batch.id);
    if (block === undefined) return;
    this.#lent.delete(batch.id);
    this.#pool.give(block);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pool.clear();
    try {
      await this.#merge.close();
    } finally {
      await this.#hashes?.close();
    }
  }
}

const USUAL_CHUNK_OCTETS = 8 * 1024 * 1024;
/** Files held open at one time. */
const MOST_OPEN = 64;
/** `FrameBatch.capture` has 16 bits. */
const MOST_CAPTURES = 65_535;
