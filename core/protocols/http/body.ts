import { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { SNIFF_OCTETS, mimeTypeOf } from "../../bytes/mime-type.ts";
import { MultipartScanner } from "./multipart.ts";

/** Compression of a body that its length is told without. */
export type ContentCoding = "gzip" | "deflate";

/** A file that a body carries. */
export interface BodyFile {
  readonly filename: string | null;
  readonly mimeType: string | null;
}

/** Compressed octets that are kept to be inflated. */
const MAX_KEPT = 65_536;
/** Inflated octets above which a length is taken from the end of the gzip file. */
const MAX_INFLATED = 8 << 20;
/** Octets at the end of a gzip file: CRC-32 and length. RFC 1952 2.3.1 */
const GZIP_TRAILER = 8;
const GZIP_TRAILER_LENGTH_AT = 4;

/** Measures one body as it streams by and tells what is in it. */
export class BodyMeter {
  readonly #coding: ContentCoding | null;
  readonly #filename: string | null;
  readonly #multipart: MultipartScanner | null;
  readonly #kept: Uint8Array[] = [];
  #keptOctets = 0;
  #octets = 0;
  readonly #tail = new Uint8Array(GZIP_TRAILER);

  /** @param boundary Of a multipart body, else null. */
  constructor(coding: ContentCoding | null, boundary: string | null, filename: string | null, maxFiles: number) {
    this.#coding = coding;
    this.#filename = filename;
    this.#multipart = boundary === null ? null : new MultipartScanner(boundary, maxFiles);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#octets += end - start;
    const room = this.#keepLimit - this.#keptOctets;
    if (room > 0) {
      const kept = bytes.slice(start, Math.min(end, start + room));
      this.#kept.push(kept);
      this.#keptOctets += kept.length;
    }
    if (this.#coding === "gzip") this.#keepTail(bytes, start, end);
    this.#multipart?.add(bytes, start, end);
  }

  /** Octets that went by unseen; negative if fewer did than was said before. */
  missed(octets: number): void {
    this.#octets += octets;
  }

  /** Octets that must still be delivered before any may be skipped. */
  get wants(): number {
    if (this.#multipart !== null) return Infinity;
    return Math.max(0, this.#keepLimit - this.#keptOctets);
  }

  /** Length of the body, decompressed where it could be; and its files. */
  finish(isComplete: boolean): { octets: number; files: BodyFile[] } {
    if (this.#octets <= 0) return { octets: 0, files: [] };
    if (this.#multipart !== null) {
      this.#multipart.end();
      const files = this.#multipart.parts.map(({ filename, head }) => ({ filename, mimeType: mimeTypeOf(head) }));
      return { octets: this.#octets, files };
    }
    const kept = Buffer.concat(this.#kept);
    const inflated = this.#coding === null ? null : this.#inflate(kept);
    const head = (inflated ?? kept).subarray(0, SNIFF_OCTETS).toString("latin1");
    const octets = this.#coding === null ? this.#octets : this.#inflatedLength(inflated, isComplete);
    return { octets, files: octets > 0 ? [{ filename: this.#filename, mimeType: mimeTypeOf(head) }] : [] };
  }

  get #keepLimit(): number {
    return this.#coding === null ? SNIFF_OCTETS : MAX_KEPT;
  }

  #inflatedLength(inflated: Buffer | null, isComplete: boolean): number {
    if (inflated === null) return this.#octets;
    if (this.#octets === this.#keptOctets && inflated.length < MAX_INFLATED) return inflated.length;
    if (this.#coding !== "gzip" || !isComplete) return Math.max(inflated.length, this.#octets);
    return new DataView(this.#tail.buffer).getUint32(GZIP_TRAILER_LENGTH_AT, true);
  }

  /** What of the kept octets can be inflated; null if nothing can. */
  #inflate(kept: Buffer): Buffer | null {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_INFLATED };
    for (const inflate of this.#coding === "gzip" ? [gunzipSync] : [inflateSync, inflateRawSync]) {
      try {
        return inflate(kept, options);
      } catch {
        // Not of this form, or a bomb: the next form is tried, then the length is that of the compressed octets.
      }
    }
    return null;
  }

  #keepTail(bytes: Uint8Array, start: number, end: number): void {
    const octets = Math.min(end - start, GZIP_TRAILER);
    this.#tail.copyWithin(0, octets);
    this.#tail.set(bytes.subarray(end - octets, end), GZIP_TRAILER - octets);
  }
}
