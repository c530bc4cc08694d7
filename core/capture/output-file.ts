import { open, type FileHandle } from "node:fs/promises";
import { BacktrailError } from "../contracts/result.ts";

/** A new file that is written from begin to end, some octets at a time. */
export class OutputFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #buffer = new Uint8Array(256 * 1024);
  #filled = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** @throws BacktrailError where the file cannot be made. */
  static async create(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, "w"));
    } catch (cause) {
      throw failed(path, cause);
    }
  }

  /** Takes a copy of `bytes`. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#filled + bytes.length > this.#buffer.length) await this.#flush();
    if (bytes.length > this.#buffer.length) {
      await this.#put(bytes);
    } else {
      this.#buffer.set(bytes, this.#filled);
      this.#filled += bytes.length;
    }
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
    }
  }

  async #flush(): Promise<void> {
    const octets = this.#filled;
    this.#filled = 0;
    if (octets > 0) await this.#put(this.#buffer.subarray(0, octets));
  }

  async #put(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await this.#handle.write(bytes, at, bytes.length - at)).bytesWritten;
      }
    } catch (cause) {
      throw failed(this.#path, cause);
    }
  }
}

function failed(path: string, cause: unknown): BacktrailError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const text = `${path} cannot be written (${why}): check the folder, its permissions and the space on the disk.`;
  return new BacktrailError("capture.unwritable", text, { kind: "work", cause });
}
