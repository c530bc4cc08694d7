import { mimeTypeOf, SNIFF_OCTETS } from "../../bytes/mime-type.ts";
import type { FILES_RECORD, FileContent, FileFacts } from "../../protocols/carried-file.ts";
import type { Moment } from "../../protocols/protocol.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { ExtractedFile, FileExtraction } from "./file-extraction.ts";
import { CHUNK_OCTETS, FileChunks } from "./file-chunks.ts";
import type { Digests } from "./file-hashes.ts";
import { digestsOf, FileHashes } from "./file-hashes.ts";
import type { FileHeads } from "./file-heads.ts";
import type { HeldPieces } from "./file-pieces.ts";
import { FilePieces } from "./file-pieces.ts";
import { FileRanges } from "./file-ranges.ts";

/** Octets held of one file behind a hole (Zeek's Files::reassembly_buffer_size), and pieces of it. */
const MOST_PENDING = 524_288;
const MOST_PIECES = 2048;
/** Octets held of all files of one shard; beyond it a file that would hold more gives its holes up. */
const MOST_PENDING_OF_ALL = 64 << 20;
/** Files that went quiet for so long are over (Zeek's default_file_timeout_interval). */
const TIMEOUT_NS = 120_000_000_000n;
/** Writers of one file that are told apart. */
const MOST_WRITERS = 8;

/** What of a file is known so far; follows Zeek's File: what came in order is read, a hole waits for a while. */
export class FollowedFile {
  readonly fuid: string;
  readonly facts: FileFacts;
  readonly first: Moment;
  last: Moment;
  filename: string | null;
  mimeType: string | null;
  timedOut = false;
  isOver = false;

  readonly #hashLimit: number;
  readonly #held: HeldPieces;
  readonly #heads: FileHeads;
  #total: number | null = null;
  #seen = 0;
  #missing = 0;
  #overflow = 0;
  /** Everything before it was seen or is missing for good. */
  #offset = 0;
  /** First octets, until the type is known and they are hashed. */
  #head: Uint8Array = EMPTY;
  #headOctets = 0;
  #isSniffed = false;
  #hashes: FileHashes | null = null;
  #notHashed: "gap" | "size" | "off" | null;
  #digested: Digests | null = null;
  #pieces: FilePieces | null = null;
  #extracted: ExtractedFile | null = null;
  #nextCheck: bigint;
  readonly #ranges = new FileRanges();
  /** Null while it is not known to be needed. */
  #chunks: FileChunks | null = null;
  /** Who sent the last piece, and who did before: two that take turns write at the same time. */
  #writer: string | null;
  #formerWriters: Set<string | null> | null = null;
  #isInterleaved = false;
  #isMixed = false;
  #isRefused = false;

  constructor(
    fuid: string,
    facts: FileFacts,
    now: Moment,
    hashLimit: number,
    extraction: FileExtraction | null,
    held: HeldPieces,
    heads: FileHeads,
  ) {
    this.fuid = fuid;
    this.facts = facts;
    this.first = now;
    this.last = now;
    this.filename = facts.filename ?? null;
    this.mimeType = facts.mimeType ?? null;
    this.#hashLimit = hashLimit;
    this.#held = held;
    this.#heads = heads;
    this.#notHashed = hashLimit === 0 ? "off" : null;
    this.#extracted = extraction?.begin(facts.source, fuid) ?? null;
    this.#writer = facts.writer ?? null;
    this.#nextCheck = now.ts + TIMEOUT_NS;
    if (facts.totalOctets !== undefined && facts.totalOctets !== null) this.total(facts.totalOctets);
  }

  /** Octets that are read in order are at this place. */
  get offset(): number {
    return this.#offset;
  }

  /** False: the octets to come make no difference but in their number. */
  get wants(): boolean {
    if (this.isOver) return false;
    if (this.#notHashed === "gap" && this.#total !== null && this.#wantsChunks) return true;
    return !this.#isSniffed || this.#notHashed === null || this.#extracted?.isCut === false;
  }

  /** True if nothing came for so long that Zeek's timer, which is set anew only when it fires, would have ended it. */
  hasTimedOut(now: bigint): boolean {
    while (this.#nextCheck <= now) {
      if (this.#nextCheck - this.last.ts >= TIMEOUT_NS) return true;
      this.#nextCheck += TIMEOUT_NS;
    }
    return false;
  }

  total(octets: number): void {
    this.#total = octets;
    if (octets > this.#hashLimit) this.#dropHashes("size");
  }

  /** Who sends what comes next. */
  from({ isOrig, writer = null }: FileFacts): void {
    if (isOrig !== this.facts.isOrig) this.#isMixed = true;
    if (writer === this.#writer) return;
    this.#formerWriters ??= new Set();
    if (this.#formerWriters.has(writer)) this.#isInterleaved = true;
    else if (this.#formerWriters.size < MOST_WRITERS) this.#formerWriters.add(this.#writer);
    this.#writer = writer;
  }

  /** What was sent for this place was not accepted, so that what was hashed is not what is there. */
  refused(offset: number, octets: number): void {
    this.#ranges.remove(offset, octets);
    this.#isRefused = true;
  }

  /** @param bytes Borrowed; null for octets that went by unseen. */
  piece(offset: number, bytes: Uint8Array | null, start: number, octets: number): void {
    this.#ranges.add(offset, octets);
    if (this.#pieces === null && offset === this.#offset) {
      this.#stream(bytes, start, octets);
    } else {
      const pieces = (this.#pieces ??= new FilePieces(this.#held));
      const isFull = pieces.octets > MOST_PENDING || pieces.count >= MOST_PIECES;
      if (isFull || this.#held.octets > MOST_PENDING_OF_ALL) this.#overflow += this.#flush();
      const known = Math.min(octets, Math.max(0, this.#offset - offset));
      if (offset + known === this.#offset) this.#stream(bytes, start + known, octets - known);
      else if (known < octets) pieces.add(offset + known, bytes, start + known, octets - known);
      this.#deliverReady();
    }
    this.#endIfWhole();
  }

  /** Octets at `offset` will not come any more. */
  gap(offset: number, octets: number): void {
    if (this.#pieces === null) {
      this.#gap(octets);
      return;
    }
    const to = offset + octets;
    while (this.#pieces.first < to) this.#deliverFirst();
    if (to > this.#offset) this.#gap(to - this.#offset);
    this.#deliverReady();
  }

  /** Octets said to have gone by did not. */
  unsay(octets: number): void {
    this.#offset = Math.max(0, this.#offset - octets);
    this.#seen = Math.max(0, this.#seen - octets);
    this.#ranges.unsay(octets);
  }

  end(): void {
    if (this.isOver) return;
    this.#flush();
    this.#sniff();
    this.#digested = this.#digests();
    this.#dropHead();
    this.isOver = true;
    this.#extracted?.close();
  }

  /** Which octets went by; null if none did. */
  content(): FileContent | null {
    const octets = this.#ranges.octets;
    if (octets === 0) return null;
    return {
      fuid: this.fuid,
      first: this.first,
      last: this.last,
      size: this.#total,
      octets,
      ranges: this.#ranges.list,
      end: this.#ranges.end,
      again: this.#ranges.again,
      isInterleaved: this.#isInterleaved,
      isMixed: this.#isMixed,
      digests: this.#isRefused ? null : (this.#digested ?? this.#digestsSoFar(octets)),
      chunks: this.#isRefused ? [] : (this.#chunks?.list ?? []),
      notHashed: this.#notHashed ?? (this.#isRefused ? "gap" : null),
    };
  }

  /** The row, once it is over. */
  row(localOrig: boolean): RowOf<typeof FILES_RECORD> {
    const digests = this.#digested;
    const extracted = this.#extracted;
    return {
      fuid: this.fuid,
      source: this.facts.source,
      depth: this.facts.depth ?? 0,
      analyzers: this.#analyzers(digests !== null),
      mime_type: this.mimeType,
      filename: this.filename,
      duration: Number(this.last.ts - this.first.ts),
      local_orig: localOrig,
      is_orig: this.facts.isOrig,
      seen_bytes: this.#seen,
      total_bytes: this.#total,
      missing_bytes: this.#missing,
      overflow_bytes: this.#overflow,
      timedout: this.timedOut,
      parent_fuid: this.facts.parent ?? null,
      md5: digests?.md5 ?? null,
      sha1: digests?.sha1 ?? null,
      sha256: digests?.sha256 ?? null,
      extracted: extracted?.name ?? null,
      extracted_cutoff: extracted === null ? null : extracted.isCut,
      extracted_size: extracted?.isCut === true ? extracted.size : null,
      not_hashed: this.#notHashed,
    };
  }

  #analyzers(isHashed: boolean): string[] {
    const names: string[] = [];
    if (this.#extracted !== null) names.push("EXTRACT");
    if (isHashed) names.push("MD5", "SHA1", "SHA256");
    return names;
  }

  #digests(): Digests | null {
    if (this.#notHashed !== null || this.#seen === 0) return null;
    return this.#hashes === null ? digestsOf(this.#head.subarray(0, this.#headOctets)) : this.#hashes.digests();
  }

  /** Of a file that is not over; null if what lies behind a hole is still to come. */
  #digestsSoFar(octets: number): Digests | null {
    if (this.isOver || this.#notHashed !== null || this.#offset !== octets) return null;
    return this.#hashes === null ? this.#digests() : this.#hashes.soFar();
  }

  /** A file shorter than a chunk has none; one that is longer than what is hashed is not looked at. */
  get #wantsChunks(): boolean {
    const total = this.#total ?? this.#hashLimit;
    return total >= CHUNK_OCTETS && total <= this.#hashLimit && (this.#chunks?.wants ?? true);
  }

  #stream(bytes: Uint8Array | null, start: number, octets: number): void {
    if (bytes === null) {
      this.#sniff();
      this.#dropHashes("size");
    } else if (octets > 0) {
      this.#read(bytes, start, start + octets);
    }
    this.#offset += octets;
    this.#seen += octets;
  }

  #read(bytes: Uint8Array, start: number, end: number): void {
    this.#extracted?.write(bytes.subarray(start, end), this.#offset);
    if (this.#notHashed !== "size" && this.#notHashed !== "off" && this.#wantsChunks) {
      this.#chunks ??= new FileChunks(this.#hashLimit);
      this.#chunks.add(this.#offset, bytes, start, end);
    }
    if (this.#offset + (end - start) > this.#hashLimit) this.#dropHashes("size");
    let at = start;
    if (!this.#isSniffed) {
      at = Math.min(end, start + SNIFF_OCTETS - this.#headOctets);
      this.#keepHead(bytes, start, at);
      if (this.#headOctets < SNIFF_OCTETS) return;
      this.#sniff();
    }
    if (this.#notHashed !== null) return;
    if (this.#hashes === null) {
      this.#hashes = new FileHashes();
      this.#hashes.add(this.#head.subarray(0, this.#headOctets));
      this.#dropHead();
    }
    if (at < end) this.#hashes.add(bytes.subarray(at, end));
  }

  #keepHead(bytes: Uint8Array, start: number, end: number): void {
    const octets = this.#headOctets + (end - start);
    if (octets > this.#head.length) this.#head = this.#heads.grown(this.#head, this.#headOctets, octets);
    this.#head.set(bytes.subarray(start, end), this.#headOctets);
    this.#headOctets = octets;
  }

  /** The first octets are all there: what is it? A file that lacks its beginning is not judged. */
  #sniff(): void {
    if (this.#isSniffed) return;
    this.#isSniffed = true;
    if (this.#missing === 0 && this.#headOctets > 0 && this.mimeType === null) {
      const { buffer, byteOffset } = this.#head;
      this.mimeType = mimeTypeOf(Buffer.from(buffer, byteOffset, this.#headOctets).toString("latin1"));
    }
    if (this.#notHashed !== null) this.#dropHead();
  }

  #gap(octets: number): void {
    this.#sniff();
    this.#dropHashes("gap");
    this.#offset += octets;
    this.#missing += octets;
  }

  #dropHashes(why: "gap" | "size"): void {
    this.#notHashed ??= why;
    this.#hashes = null;
    if (this.#isSniffed) this.#dropHead();
  }

  #dropHead(): void {
    this.#heads.release(this.#head);
    this.#head = EMPTY;
    this.#headOctets = 0;
  }

  #endIfWhole(): void {
    if (this.#total !== null && this.#offset >= this.#total) this.end();
  }

  #deliverReady(): void {
    while (this.#pieces !== null && this.#pieces.first <= this.#offset) this.#deliverFirst();
  }

  #deliverFirst(): void {
    const { offset, octets, bytes } = this.#pieces!.shift();
    if (offset > this.#offset) this.#gap(offset - this.#offset);
    const known = Math.min(octets, this.#offset - offset);
    this.#stream(bytes, known, octets - known);
  }

  /** Gives up waiting for what is missing before the pieces held; tells how many octets that are. */
  #flush(): number {
    const before = this.#missing;
    while (this.#pieces !== null && this.#pieces.count > 0) this.#deliverFirst();
    return this.#missing - before;
  }
}

const EMPTY = new Uint8Array(0);
