/** How carried files are treated; the same in every worker. */
export interface FileOptions {
  /** Longest file that is hashed, in octets; 0: none, Infinity: all. */
  readonly hashLimit?: number;
  /** Where files are written, if that is asked for: a folder that is there and empty. */
  readonly extractTo?: string;
  /** Octets written so far by all workers, in one 64-bit number. */
  readonly extracted?: SharedArrayBuffer;
  /** Most octets of one file, and of all, that are written. */
  readonly extractFileLimit?: number;
  readonly extractTotalLimit?: number;
}

/** Programs, scripts and documents are seldom longer; a restore of 100 GB is not held up by it. */
export const DEFAULT_HASH_LIMIT = 16 << 20;
export const DEFAULT_EXTRACT_FILE_LIMIT = 64 << 20;
export const DEFAULT_EXTRACT_TOTAL_LIMIT = 2 ** 30;
