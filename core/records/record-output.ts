import type { RecordType, RowOf } from "./record-type.ts";
import type { FrameRef, RecordKey, TableChunk } from "./table-chunk.ts";
import { TableBuilder } from "./table-chunk.ts";

/** Takes finished rows; the net layer and the engine write all records through it. */
export interface RecordOutput {
  /** @param row Kept for a while: it must not change any more. */
  write<T extends RecordType>(type: T, key: RecordKey, n: number, row: RowOf<T>, from: FrameRef, to: FrameRef): void;
}

/** Gathers rows of all record types and passes them on in chunks. */
export class ChunkedOutput implements RecordOutput {
  readonly #builders = new Map<string, TableBuilder>();
  readonly #rowsPerChunk: number;
  readonly #full: (chunk: TableChunk) => void;

  /** @param full Takes each chunk as soon as it has `rowsPerChunk` rows. */
  constructor(full: (chunk: TableChunk) => void, rowsPerChunk = 4096) {
    this.#full = full;
    this.#rowsPerChunk = rowsPerChunk;
  }

  write<T extends RecordType>(type: T, key: RecordKey, n: number, row: RowOf<T>, from: FrameRef, to: FrameRef): void {
    let builder = this.#builders.get(type.name);
    if (builder === undefined) {
      builder = new TableBuilder(type);
      this.#builders.set(type.name, builder);
    }
    builder.append(key, n, row, from, to);
    if (builder.rows >= this.#rowsPerChunk) this.#full(builder.take());
  }

  /** Passes on what is left. */
  flush(): void {
    for (const builder of this.#builders.values()) if (builder.rows > 0) this.#full(builder.take());
  }
}
