import type { Column, ColumnKind, RecordType } from "./record-type.ts";
import { allColumns, isListKind } from "./record-type.ts";

/** Values of one column; row `i` is unset where `valid[i]` is 0. `valid` null: all rows are set. */
export interface ColumnChunk {
  readonly valid: Uint8Array | null;
  readonly values: ColumnValues;
}

export type ColumnValues =
  /** time (ns), interval (ns), count, int: 64-bit integers. */
  | { readonly form: "int64"; readonly data: BigInt64Array }
  | { readonly form: "double"; readonly data: Float64Array }
  | { readonly form: "port"; readonly data: Uint16Array }
  | { readonly form: "bool"; readonly data: Uint8Array }
  /** addr, string, enum: row `i` is `dictionary[ids[i]]`. */
  | { readonly form: "text"; readonly ids: Uint32Array; readonly dictionary: readonly string[] }
  /** Row `i` has the items `offsets[i]` (inclusive) to `offsets[i + 1]` (exclusive) of `items`. */
  | { readonly form: "list"; readonly offsets: Uint32Array; readonly items: ColumnValues };

/** Rows of one record type as columns, in the order of `allColumns`. Cheap to post to another thread. */
export interface TableChunk {
  readonly table: string;
  readonly rows: number;
  readonly columns: readonly ColumnChunk[];
}

/** Identity of the connection that a record belongs to. */
export interface ConnectionKey {
  readonly uid: string;
  readonly origH: string;
  readonly origP: number;
  readonly respH: string;
  readonly respP: number;
}

/** Frame of the evidence. */
export interface FrameRef {
  readonly ts: bigint;
  readonly capture: number;
  readonly frame: number;
}

type Cell = string | number | bigint | boolean | null | readonly (string | number | boolean)[];

/** Gathers rows of one record type into columns. */
export class TableBuilder {
  readonly type: RecordType;
  readonly #names: readonly string[];
  readonly #builders: readonly ColumnBuilder[];
  #rows = 0;

  constructor(type: RecordType) {
    this.type = type;
    const columns = allColumns(type);
    this.#names = columns.map(([name]) => name);
    this.#builders = columns.map(([, column]) => builderOf(column));
  }

  /** Rows held now. */
  get rows(): number {
    return this.#rows;
  }

  /** Appends one row. `n` is the record's number within its connection. */
  append(key: ConnectionKey, n: number, row: Readonly<Record<string, unknown>>, from: FrameRef, to: FrameRef): void {
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      let cell: Cell;
      switch (name) {
        case "ts":
          cell = from.ts;
          break;
        case "uid":
          cell = key.uid;
          break;
        case "id.orig_h":
          cell = key.origH;
          break;
        case "id.orig_p":
          cell = key.origP;
          break;
        case "id.resp_h":
          cell = key.respH;
          break;
        case "id.resp_p":
          cell = key.respP;
          break;
        case "n":
          cell = n;
          break;
        case "capture":
          cell = from.capture;
          break;
        case "frame":
          cell = from.frame;
          break;
        case "last_capture":
          cell = to.capture;
          break;
        case "last_frame":
          cell = to.frame;
          break;
        default:
          cell = (row[name] ?? null) as Cell;
      }
      this.#builders[i]!.append(cell, this.#rows);
    }
    this.#rows++;
  }

  /** The rows gathered so far, which this builder then forgets. */
  take(): TableChunk {
    const rows = this.#rows;
    this.#rows = 0;
    return { table: this.type.name, rows, columns: this.#builders.map((builder) => builder.take(rows)) };
  }
}

interface ColumnBuilder {
  append(cell: Cell, row: number): void;
  take(rows: number): ColumnChunk;
}

const FIRST_CAPACITY = 256;

/** Grows typed arrays together with a validity mask. */
abstract class TypedBuilder<
  A extends BigInt64Array | Float64Array | Uint16Array | Uint8Array | Uint32Array,
> implements ColumnBuilder {
  protected data: A;
  protected valid = new Uint8Array(FIRST_CAPACITY);
  #unset = 0;

  constructor(data: A) {
    this.data = data;
  }

  append(cell: Cell, row: number): void {
    if (row >= this.valid.length) {
      this.valid = grown(this.valid);
      this.data = grown(this.data);
      this.resized();
    }
    if (cell === null) {
      this.#unset++;
      this.clear(row);
    } else {
      this.valid[row] = 1;
      this.set(cell, row);
    }
  }

  take(rows: number): ColumnChunk {
    const valid = this.#unset > 0 ? this.valid.slice(0, rows) : null;
    const values = this.taken(rows);
    this.#unset = 0;
    this.valid.fill(0);
    return { valid, values };
  }

  protected resized(): void {}
  protected clear(row: number): void {
    this.valid[row] = 0;
  }
  protected abstract set(cell: NonNullable<Cell>, row: number): void;
  protected abstract taken(rows: number): ColumnValues;
}

class Int64Builder extends TypedBuilder<BigInt64Array> {
  #halves: Int32Array;

  constructor() {
    super(new BigInt64Array(FIRST_CAPACITY));
    this.#halves = new Int32Array(this.data.buffer);
  }

  protected override resized(): void {
    this.#halves = new Int32Array(this.data.buffer);
  }

  protected override set(cell: NonNullable<Cell>, row: number): void {
    if (typeof cell === "bigint") {
      this.data[row] = cell;
      return;
    }
    const value = cell as number;
    const high = Math.floor(value / 0x1_0000_0000);
    this.#halves[2 * row] = value - high * 0x1_0000_0000;
    this.#halves[2 * row + 1] = high;
  }

  protected override clear(row: number): void {
    super.clear(row);
    this.data[row] = 0n;
  }

  protected override taken(rows: number): ColumnValues {
    return { form: "int64", data: this.data.slice(0, rows) };
  }
}

class DoubleBuilder extends TypedBuilder<Float64Array> {
  constructor() {
    super(new Float64Array(FIRST_CAPACITY));
  }
  protected override set(cell: NonNullable<Cell>, row: number): void {
    this.data[row] = cell as number;
  }
  protected override taken(rows: number): ColumnValues {
    return { form: "double", data: this.data.slice(0, rows) };
  }
}

class PortBuilder extends TypedBuilder<Uint16Array> {
  constructor() {
    super(new Uint16Array(FIRST_CAPACITY));
  }
  protected override set(cell: NonNullable<Cell>, row: number): void {
    this.data[row] = cell as number;
  }
  protected override taken(rows: number): ColumnValues {
    return { form: "port", data: this.data.slice(0, rows) };
  }
}

class BoolBuilder extends TypedBuilder<Uint8Array> {
  constructor() {
    super(new Uint8Array(FIRST_CAPACITY));
  }
  protected override set(cell: NonNullable<Cell>, row: number): void {
    this.data[row] = cell ? 1 : 0;
  }
  protected override taken(rows: number): ColumnValues {
    return { form: "bool", data: this.data.slice(0, rows) };
  }
}

class TextBuilder extends TypedBuilder<Uint32Array> {
  #ids = new Map<string, number>();

  constructor() {
    super(new Uint32Array(FIRST_CAPACITY));
  }
  protected override set(cell: NonNullable<Cell>, row: number): void {
    const text = cell as string;
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(text, id);
    }
    this.data[row] = id;
  }
  protected override taken(rows: number): ColumnValues {
    const dictionary = [...this.#ids.keys()];
    this.#ids = new Map();
    return { form: "text", ids: this.data.slice(0, rows), dictionary };
  }
}

class ListBuilder implements ColumnBuilder {
  readonly #items: ColumnBuilder;
  #itemCount = 0;
  #offsets: number[] = [0];
  #valid: number[] = [];
  #unset = 0;

  constructor(items: ColumnBuilder) {
    this.#items = items;
  }

  append(cell: Cell): void {
    if (cell === null) {
      this.#unset++;
      this.#valid.push(0);
    } else {
      this.#valid.push(1);
      for (const item of cell as readonly (string | number | boolean)[]) this.#items.append(item, this.#itemCount++);
    }
    this.#offsets.push(this.#itemCount);
  }

  take(): ColumnChunk {
    const items = this.#items.take(this.#itemCount).values;
    const chunk: ColumnChunk = {
      valid: this.#unset > 0 ? Uint8Array.from(this.#valid) : null,
      values: { form: "list", offsets: Uint32Array.from(this.#offsets), items },
    };
    this.#itemCount = 0;
    this.#offsets = [0];
    this.#valid = [];
    this.#unset = 0;
    return chunk;
  }
}

function builderOf(column: Column): ColumnBuilder {
  if (isListKind(column.kind)) return new ListBuilder(scalarBuilder(itemKind(column.kind)));
  return scalarBuilder(column.kind);
}

/** Kind of a list's items. */
export function itemKind(kind: ColumnKind): ColumnKind {
  const open = kind.indexOf("[");
  return open < 0 ? kind : (kind.slice(open + 1, -1) as ColumnKind);
}

function scalarBuilder(kind: ColumnKind): ColumnBuilder {
  switch (kind) {
    case "time":
    case "interval":
    case "count":
    case "int":
      return new Int64Builder();
    case "double":
      return new DoubleBuilder();
    case "port":
      return new PortBuilder();
    case "bool":
      return new BoolBuilder();
    default:
      return new TextBuilder();
  }
}

function grown<A extends BigInt64Array | Float64Array | Uint16Array | Uint8Array | Uint32Array>(old: A): A {
  const larger = new (old.constructor as new (length: number) => A)(old.length * 2);
  larger.set(old as never);
  return larger;
}
