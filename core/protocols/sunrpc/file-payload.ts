import type { CarriedFile } from "../carried-file.ts";
import type { Transfer } from "./exchange.ts";
import type { FileNode } from "./handles.ts";
import type { StoredFiles } from "./stored-files.ts";

/** Octets of a file's beginning that are kept, to tell archives by. */
const HEAD_OCTETS = 64;

interface Flow {
  readonly node: FileNode;
  readonly file: CarriedFile | null;
  /** Octets of the head that are still to come; 0 away from the beginning. */
  headLeft: number;
}

/** Takes the data of reads and writes: to the carried files, each piece at its place, and the beginning for the ledger. */
export class FilePayload {
  readonly #files: StoredFiles;
  /** What goes by in pieces, by direction: from the responder, from the originator. */
  readonly #flows: [Flow | null, Flow | null] = [null, null];

  constructor(files: StoredFiles) {
    this.#files = files;
  }

  begin(transfer: Transfer, fromOriginator: boolean): void {
    const { node, offset, size, isWrite } = transfer;
    // Offsets reach up to 2^64; where octets cannot be counted exactly, no file is put together.
    const file = Number.isSafeInteger(offset + (size ?? 0)) ? this.#files.fileOf(node, isWrite, fromOriginator) : null;
    if (size !== null && size > 0) file?.total(size);
    file?.seek(offset);
    const isStart = offset === 0;
    if (isStart) node.head = null;
    this.#flows[Number(fromOriginator) as 0 | 1] = { node, file, headLeft: isStart ? HEAD_OCTETS : 0 };
  }

  /** @returns false if nobody needs the octets that come next. */
  take(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean {
    const flow = this.#flow(fromOriginator);
    if (flow === null) return false;
    if (flow.headLeft > 0) {
      const more = bytes.slice(start, Math.min(end, start + flow.headLeft));
      flow.headLeft -= more.length;
      flow.node.head = flow.node.head === null ? more : Buffer.concat([flow.node.head, more]);
    }
    flow.file?.data(bytes, start, end);
    return flow.headLeft > 0 || flow.file?.wants === true;
  }

  lost(octets: number, isSkipped: boolean, fromOriginator: boolean): void {
    const flow = this.#flow(fromOriginator);
    if (flow === null) return;
    if (isSkipped) flow.file?.skipped(octets);
    else {
      flow.file?.gap(octets);
      flow.headLeft = 0;
    }
  }

  #flow(fromOriginator: boolean): Flow | null {
    return this.#flows[Number(fromOriginator) as 0 | 1];
  }
}
