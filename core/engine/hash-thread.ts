import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { FileHash, HashMaker } from "../capture/file-hash.ts";
import { BacktrailError } from "../contracts/result.ts";
import { programEntry } from "../program/program-files.ts";

/** To the thread: octets of a file, or null for its end. Those in shared memory are not copied. */
export interface ToHash {
  readonly file: number;
  readonly bytes: Uint8Array | null;
}

/** From it, one for each message and in their order: the digest of a file that ended, else null. */
export type FromHash = string | null;

/** Pieces of a file that are on their way to the thread or in its hands: it has the next when it is done with one, and memory stays flat. */
const MOST_UNDER_WAY = 2;

/** MiB that the thread's heap may grow to: it keeps nothing. */
const HEAP_MIB = 32;

interface Asked {
  readonly resolve: (digest: string | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hashes files on a thread of its own, which begins with the first file: of a large capture the thread that reads would spend half of its
 * time on that.
 */
export class HashThread implements HashMaker {
  readonly #entry: string;
  #worker: Worker | null = null;
  #asked: Asked[] = [];
  #files = 0;
  #failure: Error | null = null;

  /** @param entry Module that the thread runs. */
  constructor(entry = programEntry("core/engine/hash-worker")) {
    this.#entry = entry;
  }

  begin(): FileHash {
    return new ThreadHash(this, ++this.#files);
  }

  /** Why nothing is hashed any more; null while it is. */
  get failed(): Error | null {
    return this.#failure;
  }

  /** @returns the digest of a file that ends with this message, else null. */
  ask(message: ToHash): Promise<string | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    let worker: Worker;
    try {
      worker = this.#worker ??= this.#start();
    } catch (cause) {
      return Promise.reject(this.#fail(cause as Error));
    }
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      worker.ref();
      worker.postMessage(message);
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error("hashing was ended"));
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { name: "hash", resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
    worker.on("message", (digest: FromHash) => {
      this.#asked.shift()?.resolve(digest);
      // A thread that has nothing to do keeps no process alive.
      if (this.#asked.length === 0) worker.unref();
    });
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", (code) => this.#fail(new Error(`it ended with ${code}`)));
    return worker;
  }

  #fail(cause: Error): Error {
    const message = `The capture could not be hashed (${cause.message}); it is untouched, run the command again.`;
    const failure = (this.#failure ??= new BacktrailError("hash-failed", message, { kind: "work", cause }));
    const asked = this.#asked;
    this.#asked = [];
    for (const { reject } of asked) reject(failure);
    return failure;
  }
}

class ThreadHash implements FileHash {
  pending: Promise<void> | null = null;
  readonly #thread: HashThread;
  readonly #file: number;
  readonly #underWay: Promise<void>[] = [];

  constructor(thread: HashThread, file: number) {
    this.#thread = thread;
    this.#file = file;
  }

  get room(): Promise<void> | null {
    return this.#underWay.length < MOST_UNDER_WAY ? null : this.#underWay[0]!;
  }

  get failed(): Error | null {
    return this.#thread.failed;
  }

  update(bytes: Uint8Array): void {
    // What failed is told by `failed` and the digest.
    const done: Promise<void> = this.#thread.ask({ file: this.#file, bytes }).then(
      () => this.#done(done),
      () => this.#done(done),
    );
    this.#underWay.push(done);
    this.pending = done;
  }

  async digest(): Promise<string> {
    return (await this.#thread.ask({ file: this.#file, bytes: null }))!;
  }

  #done(done: Promise<void>): void {
    void this.#underWay.splice(this.#underWay.indexOf(done), 1);
    if (this.pending === done) this.pending = null;
  }
}

/** Hashes large captures beside reading; null with one or two cores, which the workers have: there it takes memory and saves no time (docs/performance.md). */
export function hashThread(cores = availableParallelism()): HashThread | null {
  return cores > 2 ? new HashThread() : null;
}
