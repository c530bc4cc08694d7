import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { reasonOf, soon, type ByteSource, type SourceFailure } from "./byte-source.ts";

/** gzip, also of several members, unpacked while it is read. RFC 1952 */
export function gunzipSource(packed: ByteSource): ByteSource {
  return new TransformSource(packed, createGunzip({ chunkSize: OUT_OCTETS }), "gzip");
}

/**
 * What a stream of Node's zlib makes of packed octets. At most a few chunks are held: the stream is paused while
 * nobody reads, and nothing more is unpacked until then.
 */
class TransformSource implements ByteSource {
  readonly live: boolean;
  #failure: SourceFailure | null = null;
  readonly #packed: ByteSource;
  readonly #stream: Transform;
  readonly #name: string;
  #chunks: Buffer[] = [];
  #at = 0;
  #ended = false;
  #started = false;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(packed: ByteSource, stream: Transform, name: string) {
    this.#packed = packed;
    this.#stream = stream;
    this.#name = name;
    this.live = packed.live;
    stream.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      stream.pause();
      this.#wake();
    });
    stream.on("end", () => {
      this.#end();
    });
    stream.on("error", (error: Error) => {
      if (!this.#closed) this.#failure ??= { kind: "bad-compression", reason: this.#sentence(error) };
      this.#end();
    });
    stream.pause();
  }

  get failure(): SourceFailure | null {
    return this.#packed.failure ?? this.#failure;
  }

  async read(into: Uint8Array, start: number, end: number): Promise<number> {
    if (!this.#started) {
      this.#started = true;
      void this.#pump();
    }
    let filled = start;
    while (filled < end) {
      if (this.#chunks.length === 0) {
        if (this.#ended) break;
        const woken = new Promise<true>((resolve) => {
          this.#wake = () => {
            resolve(true);
          };
        });
        this.#stream.resume();
        // Octets that arrive over time are given out when no more come at once.
        if (filled > start && this.live) {
          if ((await soon(woken)) === null) break;
        } else {
          await woken;
        }
        continue;
      }
      const chunk = this.#chunks[0]!;
      const octets = Math.min(end - filled, chunk.length - this.#at);
      into.set(chunk.subarray(this.#at, this.#at + octets), filled);
      filled += octets;
      this.#at += octets;
      if (this.#at === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
      }
    }
    return filled - start;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#stream.destroy();
    this.#end();
    return Promise.resolve();
  }

  /** Feeds the stream until the packed octets or the stream end. Never rejects: failures become `failure`. */
  async #pump(): Promise<void> {
    try {
      while (!this.#ended) {
        const chunk = new Uint8Array(IN_OCTETS);
        const octets = await this.#packed.read(chunk, 0, chunk.length);
        if (octets === 0) break;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#stream.write(chunk.subarray(0, octets), () => {
            resolve();
          });
        });
      }
      if (!this.#ended) this.#stream.end();
    } catch (cause) {
      this.#failure ??= { kind: "read-error", reason: reasonOf(cause) };
      this.#end();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #sentence(error: Error): string {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") return `the ${this.#name} file is cut short`;
    return `the ${this.#name} data is damaged (${error.message})`;
  }
}

const IN_OCTETS = 64 * 1024;
const OUT_OCTETS = 64 * 1024;
