import { createHash, type Hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { HashHere, type FileHash } from "./file-hash.ts";

/** Octets that come one after another. */
export interface ByteSource {
  /**
   * Reads octets into `into[start..end)`.
   * @returns how many, at least 1; 0 at the end.
   */
  read(into: Uint8Array, start: number, end: number): Promise<number>;
  /** True where octets arrive over time, so that what is there should be given out at once. */
  readonly live: boolean;
  /** Why the octets ended before they should; null if they did not. Valid once `read` returned 0. */
  readonly failure: SourceFailure | null;
  close(): Promise<void>;
}

export interface SourceFailure {
  readonly kind: "bad-compression" | "read-error";
  /** What happened, to be put after "... stops at frame N: ". */
  readonly reason: string;
}

/** Where stored octets come from, with their hash and number. */
export interface StoredSource extends ByteSource {
  /** Octets read so far. */
  readonly octetsRead: number;
  /** What became of the file while it was read, to be put after "The file"; null if nothing did. Valid after `finish`. */
  readonly change: string | null;
  /** What `read` filled has to stay as it is until this is done; null: it need not. */
  readonly hashing: Promise<void> | null;
  /** Why it has no hash; null as long as it may have one. */
  readonly failed: Error | null;
  /** Reads what is left, then gives the SHA-256 of everything read. */
  finish(): Promise<string>;
}

/** Closes files that were not read for a while, so that thousands can be open in turn. */
export class Descriptors {
  readonly #most: number;
  readonly #open = new Set<FileSource>();

  constructor(most: number) {
    this.#most = most;
  }

  async use(source: FileSource): Promise<void> {
    this.#open.delete(source);
    this.#open.add(source);
    if (this.#open.size <= this.#most) return;
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest);
    await oldest.rest();
  }

  drop(source: FileSource): void {
    this.#open.delete(source);
  }
}

/** A file on disk, read by position; may be closed and opened again between reads. */
export class FileSource implements StoredSource {
  readonly live: boolean;
  failure: SourceFailure | null = null;
  octetsRead = 0;
  change: string | null = null;
  readonly #path: string;
  readonly #descriptors: Descriptors;
  readonly #follow: AbortSignal | null;
  readonly #hash: FileHash;
  #handle: FileHandle | null = null;
  #isClosed = false;
  #identity: string | null = null;
  /** Size and time of change when reading began. */
  #state = "";

  /** @param follow Where given, the end of the file is waited at until the signal aborts. */
  constructor(
    path: string,
    descriptors: Descriptors,
    follow: AbortSignal | null = null,
    hash: FileHash = new HashHere(),
  ) {
    this.#path = path;
    this.#hash = hash;
    this.#descriptors = descriptors;
    this.#follow = follow;
    this.live = follow !== null;
  }

  get hashing(): Promise<void> | null {
    return this.#hash.pending;
  }

  get failed(): Error | null {
    return this.#hash.failed;
  }

  async read(into: Uint8Array, start: number, end: number): Promise<number> {
    if (this.failure !== null) return 0;
    try {
      while (this.#hash.room !== null) await this.#hash.room;
      if (this.#isClosed) return 0;
      for (;;) {
        // Looked at before reading: what was written before the abort is still read.
        const last = this.#follow === null || this.#follow.aborted;
        const handle = await this.#opened();
        const { bytesRead } = await handle.read(into, start, end - start, this.octetsRead);
        if (bytesRead > 0) {
          this.octetsRead += bytesRead;
          this.#hash.update(into.subarray(start, start + bytesRead));
          return bytesRead;
        }
        if (last) return 0;
        await sleep(FOLLOW_POLL_MS, undefined, { signal: this.#follow }).catch(() => undefined);
      }
    } catch (cause) {
      this.failure = { kind: "read-error", reason: reasonOf(cause) };
      return 0;
    }
  }

  async finish(): Promise<string> {
    await drain(this);
    if (!this.live) this.change = await this.#changeSince();
    await this.close();
    return this.#hash.digest();
  }

  async #changeSince(): Promise<string | null> {
    try {
      const now = await stat(this.#path, { bigint: true });
      return stateOf(now) === this.#state ? null : "changed while it was read";
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "was removed while it was read";
      return `could not be looked at when it was read (${reasonOf(cause)})`;
    }
  }

  /** Closes the file until the next read. */
  async rest(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#descriptors.drop(this);
    await this.rest();
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle === null) {
      this.#handle = await open(this.#path, "r");
      const found = await this.#handle.stat({ bigint: true });
      const identity = `${found.dev}:${found.ino}`;
      if (this.#identity === null) this.#state = stateOf(found);
      this.#identity ??= identity;
      if (this.#identity !== identity) throw new Error("another file took its place while it was read");
    }
    await this.#descriptors.use(this);
    return this.#handle;
  }
}

function stateOf({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}

/** Standard input or a named pipe: read once, in order. */
export class PipeSource implements StoredSource {
  readonly live = true;
  readonly change = null;
  readonly hashing = null;
  readonly failed = null;
  failure: SourceFailure | null = null;
  octetsRead = 0;
  readonly #hash: Hash = createHash("sha256");
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #stop: () => void;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** A chunk that was asked for and has not come. */
  #pending: Promise<PipePiece> | null = null;
  #ended = false;

  /** @param stop Ends the stream. */
  constructor(chunks: AsyncIterable<Uint8Array>, stop: () => void) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#stop = stop;
  }

  /** Waits for the first octets, then takes what follows within a moment, so that a quick writer gives large pieces. */
  async read(into: Uint8Array, start: number, end: number): Promise<number> {
    let filled = start;
    let isSlow = false;
    while (filled < end && !isSlow) {
      if (this.#at === this.#chunk.length) {
        if (this.#ended) break;
        this.#pending ??= this.#chunks.next().then(gotten, failed);
        const got = filled === start ? await this.#pending : await soon(this.#pending);
        if (got === null) {
          isSlow = true;
        } else {
          this.#pending = null;
          this.#take(got);
        }
        continue;
      }
      const octets = Math.min(end - filled, this.#chunk.length - this.#at);
      into.set(this.#chunk.subarray(this.#at, this.#at + octets), filled);
      this.#at += octets;
      filled += octets;
    }
    return filled - start;
  }

  #take(got: PipePiece): void {
    if ("error" in got) {
      this.#ended = true;
      this.failure = { kind: "read-error", reason: reasonOf(got.error) };
    } else if (got.chunk === null) {
      this.#ended = true;
    } else {
      this.#chunk = got.chunk;
      this.#at = 0;
      this.octetsRead += got.chunk.length;
      this.#hash.update(got.chunk);
    }
  }

  async finish(): Promise<string> {
    await drain(this);
    return this.#hash.digest("hex");
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#stop();
    return Promise.resolve();
  }
}

type PipePiece = { readonly chunk: Uint8Array | null } | { readonly error: unknown };

function gotten(next: IteratorResult<Uint8Array>): PipePiece {
  return { chunk: next.done === true ? null : next.value };
}

function failed(error: unknown): PipePiece {
  return { error };
}

/** What comes within a moment; null if nothing does. The promise must not reject. */
export async function soon<T>(pending: Promise<T>): Promise<T | null> {
  const patience = new AbortController();
  const late = sleep(MOMENT_MS, null, { signal: patience.signal }).catch(() => null);
  const value = await Promise.race([pending, late]);
  patience.abort();
  return value;
}

/** Octets already read from a source, then the rest of it. */
export class PeekedSource implements ByteSource {
  readonly #head: Uint8Array;
  readonly #rest: ByteSource;
  #at = 0;

  constructor(head: Uint8Array, rest: ByteSource) {
    this.#head = head;
    this.#rest = rest;
  }

  get live(): boolean {
    return this.#rest.live;
  }

  get failure(): SourceFailure | null {
    return this.#rest.failure;
  }

  async read(into: Uint8Array, start: number, end: number): Promise<number> {
    const left = this.#head.length - this.#at;
    if (left === 0) return this.#rest.read(into, start, end);
    const octets = Math.min(left, end - start);
    into.set(this.#head.subarray(this.#at, this.#at + octets), start);
    this.#at += octets;
    return octets;
  }

  close(): Promise<void> {
    return this.#rest.close();
  }
}

/** Reads up to `octets` octets, fewer only at the end. */
export async function readHead(source: ByteSource, octets: number): Promise<Uint8Array> {
  const head = new Uint8Array(octets);
  let filled = 0;
  while (filled < octets) {
    const got = await source.read(head, filled, octets);
    if (got === 0) break;
    filled += got;
  }
  return head.subarray(0, filled);
}

async function drain(source: ByteSource): Promise<void> {
  const waste = new Uint8Array(1 << 20);
  while ((await source.read(waste, 0, waste.length)) > 0);
}

/** Message of whatever was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

const FOLLOW_POLL_MS = 100;
const MOMENT_MS = 5;
