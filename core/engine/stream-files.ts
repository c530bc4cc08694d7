import type { Holder } from "../bytes/held-budget.ts";
import type { FileHandle } from "./files/carried-files.ts";

/** Files that a stream may have open before they are charged to it, and octets of memory of each, about: three hashes under way. */
const FEW_FILES = 16;
const OPEN_FILE = 3072;
/** Files without a key that one stream has open at one time; the oldest is ended for a new one. */
const MOST_FILES = 1024;

/** Whose files they are. */
interface FilesOwner extends Holder {
  forgot(noun: string): void;
}

/** The files of one stream that end with its analyzer: those without a key. */
export class StreamFiles {
  readonly #owner: FilesOwner;
  #files: FileHandle[] = [];
  /** So many are taken before those that are over are let go, and what that is charged with. */
  #room = FEW_FILES;
  #charged = 0;

  constructor(owner: FilesOwner) {
    this.#owner = owner;
  }

  add(file: FileHandle): void {
    if (this.#files.length >= this.#room) this.#sortOut();
    this.#files.push(file);
  }

  /** The analyzer ended: so do they. */
  abandon(): void {
    for (const file of this.#files) file.abandon();
  }

  /** Lets go of files that are over, and ends the oldest of too many. */
  #sortOut(): void {
    const open = this.#files.filter(({ isOpen }) => isOpen);
    if (open.length >= MOST_FILES) {
      open.shift()!.abandon();
      this.#owner.forgot("carried file");
    }
    this.#files = open;
    this.#room = Math.min(MOST_FILES, Math.max(FEW_FILES, 2 * open.length));
    const before = this.#charged;
    this.#charged = this.#room > FEW_FILES ? OPEN_FILE * this.#room : 0;
    this.#owner.budget.change(this.#owner, this.#charged - before);
  }
}
