import { createHash } from "node:crypto";

/** SHA-256 of a file, of its octets as they are read. */
export interface FileHash {
  /** @param bytes Borrowed: they have to stay as they are until `pending` is done. */
  update(bytes: Uint8Array): void;
  /** Done when all octets so far are hashed; null: they are. Never rejects. */
  readonly pending: Promise<void> | null;
  /** Done when more octets may come; null: they may. Never rejects. */
  readonly room: Promise<void> | null;
  /** Why there will be no digest; null as long as there may be one. */
  readonly failed: Error | null;
  /** Of all octets, in hexadecimal digits; once only. Rejects where hashing failed. */
  digest(): Promise<string>;
}

/** Where files are hashed, if not on the thread that reads them. */
export interface HashMaker {
  begin(): FileHash;
  /** Nothing is hashed any more. */
  close(): Promise<void>;
}

/** Hashes at once. */
export class HashHere implements FileHash {
  readonly pending = null;
  readonly room = null;
  readonly failed = null;
  readonly #hash = createHash("sha256");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Promise<string> {
    return Promise.resolve(this.#hash.digest("hex"));
  }
}
