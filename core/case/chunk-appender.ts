import type { DuckDBAppender, DuckDBConnection, DuckDBType } from "@duckdb/node-api";
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDataChunk,
  LIST,
  TIMESTAMP_NS,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  VARCHAR,
} from "@duckdb/node-api";
import type { Vector } from "@duckdb/node-bindings";
import duckdb from "@duckdb/node-bindings";
import type { ColumnKind, RecordType } from "../records/record-type.ts";
import { allColumns, isListKind } from "../records/record-type.ts";
import type { ColumnChunk, ColumnValues, TableChunk } from "../records/table-chunk.ts";
import { itemKind } from "../records/table-chunk.ts";
import { TextHeap } from "./text-heap.ts";

/** Rows of one DuckDB data chunk; DuckDB takes no more at a time. */
const VECTOR_ROWS = duckdb.vector_size();

/**
 * Writes table chunks of one record type into its table. Typed columns are copied as memory, and each distinct text is
 * handed over once per chunk: no call per row, so a row of 25 columns costs about a microsecond.
 */
export class ChunkAppender {
  readonly #appender: DuckDBAppender;
  readonly #kinds: readonly ColumnKind[];
  readonly #chunk: DuckDBDataChunk;
  readonly #heap = new TextHeap();
  readonly #scratch = new Scratch();

  private constructor(appender: DuckDBAppender, kinds: readonly ColumnKind[]) {
    this.#appender = appender;
    this.#kinds = kinds;
    this.#chunk = DuckDBDataChunk.create([...kinds.map(chunkType), UINTEGER]);
  }

  /** Opens an appender on the table of `type`, which must have been made by `createTableSql`. */
  static async open(connection: DuckDBConnection, type: RecordType): Promise<ChunkAppender> {
    const kinds = allColumns(type).map(([, column]) => column.kind);
    return new ChunkAppender(await connection.createAppender(type.name), kinds);
  }

  /** Copies the chunk's rows; `ingest` goes into the column of that name. The chunk may be reused afterwards. */
  append(chunk: TableChunk, ingest: number): void {
    if (chunk.columns.length !== this.#kinds.length) {
      throw new Error(
        `table ${chunk.table}: chunk has ${chunk.columns.length} columns, table has ${this.#kinds.length}`,
      );
    }
    const texts = chunk.columns.map((column) => this.#textsOf(column.values));
    for (let from = 0; from < chunk.rows; from += VECTOR_ROWS) {
      const rows = Math.min(VECTOR_ROWS, chunk.rows - from);
      this.#chunk.reset();
      this.#chunk.rowCount = rows;
      for (let i = 0; i < chunk.columns.length; i++) {
        const vector = duckdb.data_chunk_get_vector(this.#chunk.chunk, i);
        this.#writeColumn(vector, chunk.columns[i]!, texts[i]!, from, rows);
      }
      const last = duckdb.data_chunk_get_vector(this.#chunk.chunk, chunk.columns.length);
      const ids = this.#scratch.words(rows);
      ids.fill(ingest, 0, rows);
      copyToVector(last, 0, ids, 0, rows);
      this.#appender.appendDataChunk(this.#chunk);
    }
    this.#heap.reset();
  }

  /** Hands what is buffered to the table. */
  flush(): void {
    this.#appender.flushSync();
  }

  /** Flushes and ends. */
  close(): void {
    this.#appender.closeSync();
  }

  /** Encoded dictionary of a text column (or of a list's items), null for other forms. */
  #textsOf(values: ColumnValues): Uint32Array | null {
    if (values.form === "text") return this.#heap.encode(values.dictionary);
    if (values.form === "list") return this.#textsOf(values.items);
    return null;
  }

  #writeColumn(vector: Vector, column: ColumnChunk, texts: Uint32Array | null, from: number, rows: number): void {
    if (column.valid !== null) this.#writeValidity(vector, column.valid, from, rows);
    this.#writeValues(vector, column.values, column.valid, texts, from, rows);
  }

  #writeValidity(vector: Vector, valid: Uint8Array, from: number, rows: number): void {
    const octets = Math.ceil(rows / 64) * 8;
    const mask = this.#scratch.octets(octets);
    mask.fill(0, 0, octets);
    for (let i = 0; i < rows; i++) if (valid[from + i] !== 0) mask[i >> 3]! |= 1 << (i & 7);
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer, mask.byteOffset, octets);
  }

  #writeValues(
    vector: Vector,
    values: ColumnValues,
    valid: Uint8Array | null,
    texts: Uint32Array | null,
    from: number,
    rows: number,
  ): void {
    switch (values.form) {
      case "int64":
      case "double":
      case "port":
      case "bool":
        copyToVector(vector, 0, values.data, from, rows);
        return;
      case "text": {
        const cells = this.#scratch.words(rows * 4);
        const empty = texts!.length === 0;
        for (let i = 0, to = 0; i < rows; i++, to += 4) {
          const set = !empty && (valid === null || valid[from + i] !== 0);
          const at = set ? values.ids[from + i]! * 4 : 0;
          cells[to] = set ? texts![at]! : 0;
          cells[to + 1] = set ? texts![at + 1]! : 0;
          cells[to + 2] = set ? texts![at + 2]! : 0;
          cells[to + 3] = set ? texts![at + 3]! : 0;
        }
        copyToVector(vector, 0, cells, 0, rows * 4);
        return;
      }
      case "list":
        this.#writeList(vector, values, texts, from, rows);
        return;
      default:
        values satisfies never;
    }
  }

  #writeList(
    vector: Vector,
    list: Extract<ColumnValues, { form: "list" }>,
    texts: Uint32Array | null,
    from: number,
    rows: number,
  ): void {
    const first = list.offsets[from]!;
    const items = list.offsets[from + rows]! - first;
    duckdb.list_vector_reserve(vector, items);
    duckdb.list_vector_set_size(vector, items);
    // list_entry_t: 64-bit offset, 64-bit length.
    const entries = this.#scratch.words(rows * 4);
    for (let i = 0, to = 0; i < rows; i++, to += 4) {
      const begin = list.offsets[from + i]!;
      entries[to] = begin - first;
      entries[to + 1] = 0;
      entries[to + 2] = list.offsets[from + i + 1]! - begin;
      entries[to + 3] = 0;
    }
    copyToVector(vector, 0, entries, 0, rows * 4);
    if (items > 0) this.#writeValues(duckdb.list_vector_get_child(vector), list.items, null, texts, first, items);
  }
}

/** Memory reused from one vector to the next. */
class Scratch {
  #words = new Uint32Array(VECTOR_ROWS * 4);
  #octets = new Uint8Array(new ArrayBuffer(VECTOR_ROWS / 8 + 8));

  words(length: number): Uint32Array<ArrayBuffer> {
    if (length > this.#words.length) this.#words = new Uint32Array(Math.max(length, this.#words.length * 2));
    return this.#words;
  }

  octets(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#octets.length) this.#octets = new Uint8Array(length);
    return this.#octets;
  }
}

type Typed = BigInt64Array | Float64Array | Uint16Array | Uint8Array | Uint32Array;

/** Copies `count` elements from `from` on to the vector's memory. Shared memory goes through a private copy first. */
function copyToVector(vector: Vector, targetOctets: number, data: Typed, from: number, count: number): void {
  if (from + count > data.length) throw new Error(`column has ${data.length} values, ${from + count} needed`);
  const size = data.BYTES_PER_ELEMENT;
  if (data.buffer instanceof ArrayBuffer) {
    duckdb.copy_data_to_vector(vector, targetOctets, data.buffer, data.byteOffset + from * size, count * size);
  } else {
    const own = data.slice(from, from + count);
    duckdb.copy_data_to_vector(vector, targetOctets, own.buffer, own.byteOffset, count * size);
  }
}

function chunkType(kind: ColumnKind): DuckDBType {
  if (isListKind(kind)) return LIST(chunkType(itemKind(kind)));
  switch (kind) {
    case "time":
      return TIMESTAMP_NS;
    case "interval":
    case "int":
      return BIGINT;
    case "count":
      return UBIGINT;
    case "double":
      return DOUBLE;
    case "port":
      return USMALLINT;
    case "bool":
      return BOOLEAN;
    case "addr":
    case "string":
    case "enum":
      return VARCHAR;
    default:
      return kind satisfies never;
  }
}
