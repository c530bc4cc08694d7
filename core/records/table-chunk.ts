import type { Column, ColumnKind, CommonColumn, RecordType } from "./record-type.ts";
import { allColumns, COMMON_COLUMNS, isListKind } from "./record-type.ts";

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

/** What a record belongs to: a connection, or a packet without one, of which addresses and ports may be missing. */
export interface RecordKey {
  readonly uid: string;
  readonly origH: string | null;
  readonly origP: number | null;
  readonly respH: string | null;
  readonly respP: number | null;
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
  readonly #builders: readonly ColumnBuilder[];
  /** Columns that the type declares itself, with their builders. */
  readonly #ownNames: readonly string[];
  readonly #own: readonly ColumnBuilder[];
  readonly #common: Readonly<Record<CommonColumn, ColumnBuilder>>;
  #rows = 0;
  /** The latest rows, whose own cells are yet to be written: of a column, many in a row cost less than one at a time. */
  readonly #waiting: Readonly<Record<string, unknown>>[] = [];

  constructor(type: RecordType) {
    this.type = type;
    const builders = allColumns(type).map(([name, column]) => [name, builderOf(column)] as const);
    const own = builders.filter(([name]) => !(name in COMMON_COLUMNS));
    this.#builders = builders.map(([, builder]) => builder);
    this.#ownNames = own.map(([name]) => name);
    this.#own = own.map(([, builder]) => builder);
    this.#common = Object.fromEntries(builders.filter(([name]) => name in COMMON_COLUMNS)) as Record<
      CommonColumn,
      ColumnBuilder
    >;
  }

  /** Rows held now. */
  get rows(): number {
    return this.#rows;
  }

  /** Appends one row. `n` is the record's number within its connection. */
  append(key: RecordKey, n: number, row: Readonly<Record<string, unknown>>, from: FrameRef, to: FrameRef): void {
    const at = this.#rows++;
    const common = this.#common;
    common.ts.append(from.ts, at);
    common.uid.append(key.uid, at);
    common["id.orig_h"].append(key.origH, at);
    common["id.orig_p"].append(key.origP, at);
    common["id.resp_h"].append(key.respH, at);
    common["id.resp_p"].append(key.respP, at);
    common.n.append(n, at);
    common.capture.append(from.capture, at);
    common.frame.append(from.frame, at);
    common.last_capture.append(to.capture, at);
    common.last_frame.append(to.frame, at);
    if (this.#waiting.push(row) >= MOST_WAITING) this.#writeOwn();
  }

  #writeOwn(): void {
    const waiting = this.#waiting;
    const first = this.#rows - waiting.length;
    const names = this.#ownNames;
    for (let i = 0; i < names.length; i++) this.#own[i]!.appendAll(waiting, names[i]!, first);
    waiting.length = 0;
  }

  /** The rows gathered so far, which this builder then forgets. */
  take(): TableChunk {
    this.#writeOwn();
    const rows = this.#rows;
    this.#rows = 0;
    return { table: this.type.name, rows, columns: this.#builders.map((builder) => builder.take(rows)) };
  }
}

/** Rows that wait for their cells to be written: few, so that they are young when they become garbage. */
const MOST_WAITING = 32;

interface ColumnBuilder {
  append(cell: Cell, row: number): void;
  /** Appends the cells called `name` of some rows, the first of which is row `first`. */
  appendAll(rows: readonly Readonly<Record<string, unknown>>[], name: string, first: number): void;
  take(rows: number): ColumnChunk;
}

const FIRST_CAPACITY = 256;
/** How often it is looked at whether the texts of a column repeat: each time so many new ones have come. */
const TEXTS_PER_LOOK = 512;
/** Chunks after which a column of identifiers is looked at again. */
const CHUNKS_PER_LOOK = 8;

type ScalarForm = Exclude<ColumnValues["form"], "list">;
type ScalarData = BigInt64Array | Float64Array | Uint16Array | Uint8Array | Uint32Array;

/**
 * Grows a typed array with one value a row. One class for all forms, so that the engine compiles one shape of `append`.
 */
class ScalarBuilder implements ColumnBuilder {
  readonly #form: ScalarForm;
  #data: ScalarData;
  /** The words of `#data` (form int64). */
  #halves: Int32Array;
  #capacity = FIRST_CAPACITY;
  /** 1 where set; null while all rows are. */
  #valid: Uint8Array | null = null;
  readonly #texts: TextIds | null;

  constructor(form: ScalarForm) {
    this.#form = form;
    this.#data = dataOf(form, FIRST_CAPACITY);
    this.#halves = halvesOf(this.#data);
    this.#texts = form === "text" ? new TextIds() : null;
  }

  append(cell: Cell, row: number): void {
    if (row >= this.#capacity) this.#grow();
    if (cell === null) {
      this.#unset(row);
      return;
    }
    switch (this.#form) {
      case "text":
        (this.#data as Uint32Array)[row] = this.#texts!.idOf(cell as string);
        return;
      case "int64":
        this.#integer(cell as number | bigint, row);
        return;
      case "double":
        (this.#data as Float64Array)[row] = cell as number;
        return;
      case "port":
        (this.#data as Uint16Array)[row] = cell as number;
        return;
      case "bool":
        (this.#data as Uint8Array)[row] = cell ? 1 : 0;
        return;
      default:
        this.#form satisfies never;
    }
  }

  /** A loop of its own for the two forms that most cells have. */
  appendAll(rows: readonly Readonly<Record<string, unknown>>[], name: string, first: number): void {
    while (first + rows.length > this.#capacity) this.#grow();
    if (this.#form === "text") {
      const ids = this.#data as Uint32Array;
      const texts = this.#texts!;
      for (let i = 0; i < rows.length; i++) {
        const cell = rows[i]![name] as string | null | undefined;
        if (cell === null || cell === undefined) this.#unset(first + i);
        else ids[first + i] = texts.idOf(cell);
      }
    } else if (this.#form === "int64") {
      for (let i = 0; i < rows.length; i++) {
        const cell = rows[i]![name] as number | bigint | null | undefined;
        if (cell === null || cell === undefined) this.#unset(first + i);
        else this.#integer(cell, first + i);
      }
    } else {
      for (let i = 0; i < rows.length; i++) this.append((rows[i]![name] ?? null) as Cell, first + i);
    }
  }

  #unset(row: number): void {
    this.#valid ??= new Uint8Array(this.#capacity).fill(1);
    this.#valid[row] = 0;
    if (this.#form === "int64") this.#halves[2 * row] = this.#halves[2 * row + 1] = 0;
  }

  #integer(value: number | bigint, row: number): void {
    if (typeof value === "bigint") {
      (this.#data as BigInt64Array)[row] = value;
      return;
    }
    const high = Math.floor(value / 0x1_0000_0000);
    this.#halves[2 * row] = value - high * 0x1_0000_0000;
    this.#halves[2 * row + 1] = high;
  }

  take(rows: number): ColumnChunk {
    const valid = this.#valid === null ? null : this.#valid.slice(0, rows);
    this.#valid = null;
    const data = this.#data.slice(0, rows);
    const values =
      this.#texts === null
        ? ({ form: this.#form, data } as ColumnValues)
        : ({ form: "text", ids: data as Uint32Array, dictionary: this.#texts.take() } as const);
    return { valid, values };
  }

  #grow(): void {
    const former = this.#capacity;
    this.#capacity = former * 2;
    const data = dataOf(this.#form, this.#capacity);
    data.set(this.#data as never);
    this.#data = data;
    this.#halves = halvesOf(data);
    if (this.#valid !== null) {
      const valid = new Uint8Array(this.#capacity).fill(1, former);
      valid.set(this.#valid);
      this.#valid = valid;
    }
  }
}

/** Numbers the texts of a column. The same text gets the same number as long as texts are seen to repeat, here and in the chunk before. */
class TextIds {
  #dictionary: string[] = [];
  readonly #ids = new Map<string, number>();
  #repeat = true;
  /** Chunks for which `#repeat` stays as it was found. */
  #chunks = 0;
  #cells = 0;
  #last = "";
  #lastId = -1;

  idOf(text: string): number {
    this.#cells++;
    if (text === this.#last && this.#lastId >= 0) return this.#lastId;
    this.#last = text;
    if (this.#repeat) {
      const known = this.#ids.get(text);
      if (known !== undefined) {
        this.#lastId = known;
        return known;
      }
    }
    const dictionary = this.#dictionary;
    const id = dictionary.length;
    dictionary.push(text);
    if (this.#repeat) {
      this.#ids.set(text, id);
      // A column of identifiers: looking each one up would cost more than it saves.
      if (id % TEXTS_PER_LOOK === TEXTS_PER_LOOK - 1 && id * 2 > this.#cells) {
        this.#repeat = false;
        this.#chunks = CHUNKS_PER_LOOK;
      }
    }
    this.#lastId = id;
    return id;
  }

  /** The texts by number, which are then forgotten. */
  take(): readonly string[] {
    const dictionary = this.#dictionary;
    this.#dictionary = [];
    this.#ids.clear();
    if (this.#chunks > 0) this.#chunks--;
    this.#repeat = this.#chunks === 0;
    this.#cells = 0;
    this.#last = "";
    this.#lastId = -1;
    return dictionary;
  }
}

class ListBuilder implements ColumnBuilder {
  readonly #items: ColumnBuilder;
  #itemCount = 0;
  #capacity = FIRST_CAPACITY;
  /** Where the items of each row end. */
  #ends = new Uint32Array(FIRST_CAPACITY);
  /** 1 where set; null while all rows are. */
  #valid: Uint8Array | null = null;

  constructor(items: ColumnBuilder) {
    this.#items = items;
  }

  append(cell: Cell, row: number): void {
    if (row >= this.#capacity) this.#grow();
    if (cell === null) {
      this.#valid ??= new Uint8Array(this.#capacity).fill(1);
      this.#valid[row] = 0;
    } else {
      const items = cell as readonly (string | number | boolean)[];
      for (let i = 0; i < items.length; i++) this.#items.append(items[i]!, this.#itemCount++);
    }
    this.#ends[row] = this.#itemCount;
  }

  appendAll(rows: readonly Readonly<Record<string, unknown>>[], name: string, first: number): void {
    for (let i = 0; i < rows.length; i++) this.append((rows[i]![name] ?? null) as Cell, first + i);
  }

  take(rows: number): ColumnChunk {
    const items = this.#items.take(this.#itemCount).values;
    const offsets = new Uint32Array(rows + 1);
    offsets.set(this.#ends.subarray(0, rows), 1);
    const valid = this.#valid === null ? null : this.#valid.slice(0, rows);
    this.#itemCount = 0;
    this.#valid = null;
    return { valid, values: { form: "list", offsets, items } };
  }

  #grow(): void {
    const former = this.#capacity;
    this.#capacity = former * 2;
    const ends = new Uint32Array(this.#capacity);
    ends.set(this.#ends);
    this.#ends = ends;
    if (this.#valid !== null) {
      const valid = new Uint8Array(this.#capacity).fill(1, former);
      valid.set(this.#valid);
      this.#valid = valid;
    }
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
      return new ScalarBuilder("int64");
    case "double":
    case "port":
    case "bool":
      return new ScalarBuilder(kind);
    default:
      return new ScalarBuilder("text");
  }
}

function dataOf(form: ScalarForm, length: number): ScalarData {
  switch (form) {
    case "int64":
      return new BigInt64Array(length);
    case "double":
      return new Float64Array(length);
    case "port":
      return new Uint16Array(length);
    case "bool":
      return new Uint8Array(length);
    case "text":
      return new Uint32Array(length);
  }
}

/** The 32-bit words of 64-bit integers, low one first; of other forms, none. */
function halvesOf(data: ScalarData): Int32Array {
  return data instanceof BigInt64Array ? new Int32Array(data.buffer) : NO_WORDS;
}

const NO_WORDS = new Int32Array(0);
