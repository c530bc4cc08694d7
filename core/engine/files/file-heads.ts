import { SNIFF_OCTETS } from "../../bytes/mime-type.ts";

/** Heads that are lent at one time: 16 MiB a shard. Above it each file has memory of its own, as little as it needs. */
const MOST_LENT = 4096;
const FIRST_SIZE = 256;

/**
 * Memory for the first octets of files. Most files are small and short-lived: what one had, the next one gets, because memory made
 * for each costs more than the rest of following it.
 */
export class FileHeads {
  readonly #free: Uint8Array[] = [];
  readonly #lent = new Set<Uint8Array>();

  /** Memory for `octets` (at most `SNIFF_OCTETS`), with the first `used` of `head` in it. */
  grown(head: Uint8Array, used: number, octets: number): Uint8Array {
    let larger: Uint8Array;
    if (this.#lent.size < MOST_LENT) {
      larger = this.#free.pop() ?? new Uint8Array(SNIFF_OCTETS);
      this.#lent.add(larger);
    } else {
      larger = new Uint8Array(Math.min(SNIFF_OCTETS, Math.max(FIRST_SIZE, octets * 2)));
    }
    if (used > 0) larger.set(head.subarray(0, used));
    return larger;
  }

  /** The file has no use for it any more. */
  release(head: Uint8Array): void {
    if (this.#lent.delete(head)) this.#free.push(head);
  }
}
