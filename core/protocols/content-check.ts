import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import type { BodySink, HttpMessage } from "./http-calls.ts";

/** match and mismatch: all octets were there; partial: some were not, or only a part was asked for. */
export type ContentVerdict = "match" | "mismatch" | "partial";

/** Compares a body, as it goes by, with the digest that it should have. */
export class ContentCheck implements BodySink {
  readonly #hash: Hash;
  readonly #expected: string;
  #octets = 0;
  #isPartial = false;

  /** @param expected In hexadecimal digits. */
  constructor(algorithm: "sha256" | "sha1" | "md5", expected: string) {
    this.#hash = createHash(algorithm);
    this.#expected = expected.toLowerCase();
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isPartial) return;
    this.#octets += end - start;
    this.#hash.update(bytes.subarray(start, end));
  }

  gap(): void {
    this.#isPartial = true;
  }

  /** Once only. Null if there was no body. */
  verdict(isComplete: boolean): ContentVerdict | null {
    if (this.#octets === 0 && !this.#isPartial) return null;
    if (this.#isPartial || !isComplete) return "partial";
    return this.#hash.digest("hex") === this.#expected ? "match" : "mismatch";
  }
}

/** The SHA-256 that an object of a restic repository is named by; null if its path is none, or is of a lock. */
export function resticDigest(path: string): string | null {
  const match = /(?:^|\/)(?:data(?:\/[0-9a-f]{2})?|index|snapshots|keys|locks)\/([0-9a-f]{64})$/.exec(path);
  return match?.[1] ?? null;
}

/** The check of an answer that brings an object, or a range of it, which is named by its SHA-256. */
export function downloadOf(answer: HttpMessage, sha256: string): ContentCheck {
  const check = new ContentCheck("sha256", sha256);
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.header("content-range") ?? "");
  const isAll = range !== null && Number(range[1]) === 0 && Number(range[2]) + 1 === Number(range[3]);
  if (answer.head.status === 206 && !isAll) check.gap();
  return check;
}
