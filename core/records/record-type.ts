/**
 * What a record type is declared with. From one declaration derive the TypeScript row, the database table, the Zeek log,
 * the filter fields and the reference page.
 */

/**
 * Kinds of a column and the JavaScript value each takes (`null` = unset, Zeek's `-`):
 *
 * | kind | value | database | Zeek type |
 * |---|---|---|---|
 * | time | bigint, ns since 1970-01-01 UTC | TIMESTAMP_NS | time |
 * | interval | number, whole ns | BIGINT (ns) | interval |
 * | count | number, whole, 0 or more | UBIGINT | count |
 * | int | number, whole | BIGINT | int |
 * | double | number | DOUBLE | double |
 * | port | number | USMALLINT | port |
 * | bool | boolean | BOOLEAN | bool |
 * | addr | string, RFC 5952 or dotted quad | VARCHAR | addr |
 * | string | string | VARCHAR | string |
 * | enum | string of a small closed set | VARCHAR | enum |
 * | vector[...] / set[...] | array, in order | list of it | vector / set |
 */
export type ColumnKind =
  "time" | "interval" | "count" | "int" | "double" | "port" | "bool" | "addr" | "string" | "enum" | ListKind;
export type ListKind =
  | "vector[string]"
  | "vector[count]"
  | "vector[interval]"
  | "vector[addr]"
  | "vector[bool]"
  | "set[string]"
  | "set[enum]"
  | "set[addr]";

/** What one column is. */
export interface Column {
  readonly kind: ColumnKind;
  /** What it says, as a sentence without a full stop; ends up in the reference page. */
  readonly text: string;
  /** Unit of a number when the kind does not say it ("octets", "packets", "ns"). */
  readonly unit?: string;
  /** An example value as text, for the reference page; without one the page takes it from the recorded samples' logs. */
  readonly example?: string;
  /** Where the meaning comes from: RFC section, MS-* section, Zeek script. */
  readonly source?: string;
  /** True for text that is several values with commas between them (Zeek's service): a filter's == fits any of them. */
  readonly joined?: boolean;
  /** True for a column that Zeek's log of this name does not have; it follows Zeek's columns in a log. */
  readonly own?: boolean;
}

export type Columns = Readonly<Record<string, Column>>;

/** A record type. `N` is the table's and the log's name. */
export interface RecordType<N extends string = string, C extends Columns = Columns> {
  readonly name: N;
  /** One sentence: what one row is. */
  readonly text: string;
  /** Raised when a column is added, removed or changes its meaning. */
  readonly version: number;
  /** True for a log that Zeek does not have; all its columns are then our own. */
  readonly own?: boolean;
  /**
   * Where the log has the connection's columns: "connection" puts ts, uid and id.* first, as most Zeek logs do;
   * "file" puts the first column of its own between ts and uid (Zeek's files), "plain" puts ts first, and uid and id.* with the
   * evidence columns at the end (Zeek's x509).
   */
  readonly layout: "connection" | "file" | "plain";
  /** Columns beside the common ones, in the order of the log. */
  readonly columns: C;
}

/** First letter of a `uid` that names a packet, because the record belongs to no connection. Zeek's logs leave it unset. */
export const PACKET_ID = "P";

/** JavaScript value of a column kind, without `null`. */
export type ValueOf<K extends ColumnKind> = K extends "time"
  ? bigint
  : K extends "interval" | "count" | "int" | "double" | "port"
    ? number
    : K extends "bool"
      ? boolean
      : K extends "vector[count]" | "vector[interval]"
        ? readonly number[]
        : K extends "vector[bool]"
          ? readonly boolean[]
          : K extends ListKind
            ? readonly string[]
            : string;

/** The row that a record type takes: every column named, `null` where unset. */
export type RowOf<T extends RecordType> = { [K in keyof T["columns"]]: ValueOf<T["columns"][K]["kind"]> | null };

/** Declares a record type (keeps the literal types, so that `RowOf` works). */
export function recordType<const N extends string, const C extends Columns>(type: RecordType<N, C>): RecordType<N, C> {
  return type;
}

/**
 * Columns that every record has besides its own, stored in every table.
 * `rid`, the id by which findings name a record, is `uid || '.' || n`.
 */
export const COMMON_COLUMNS = {
  ts: {
    kind: "time",
    text: "When the event was seen: the time of its first packet",
    example: "2024-03-01T02:14:07.123456789Z",
  },
  uid: {
    kind: "string",
    text: "Connection the record belongs to, the same for the same evidence in every run; P and digits name a packet without one",
    example: "C4J4Th3PJpwU",
  },
  "id.orig_h": { kind: "addr", text: "Originator's address", example: "10.20.1.15" },
  "id.orig_p": { kind: "port", text: "Originator's port (ICMP: type)", example: "49812" },
  "id.resp_h": { kind: "addr", text: "Responder's address", example: "10.20.5.10" },
  "id.resp_p": { kind: "port", text: "Responder's port (ICMP: code)", example: "445" },
  n: {
    kind: "count",
    own: true,
    text: "Number of the record within its connection, 0 for the conn record itself",
    example: "3",
  },
  capture: {
    kind: "count",
    own: true,
    text: "Capture file in the evidence ledger that holds `frame`, 1 for the first",
    example: "1",
  },
  frame: {
    kind: "count",
    own: true,
    text: "Frame of `capture` in which the event begins, 1-based as Wireshark counts",
    example: "2841",
  },
  last_capture: { kind: "count", own: true, text: "Capture file that holds `last_frame`", example: "1" },
  last_frame: {
    kind: "count",
    own: true,
    text: "Frame in which the event ends (its response, the last fragment); `frame` if it is one frame",
    example: "2846",
  },
} as const satisfies Columns;

export type CommonColumn = keyof typeof COMMON_COLUMNS;

/** Common columns that lead a log of each layout; the other common columns end it. */
export const LEADING_COLUMNS = {
  connection: ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"],
  file: ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"],
  plain: ["ts"],
} as const satisfies Record<RecordType["layout"], readonly CommonColumn[]>;

/** All columns of a record type in the order of its log and table. */
export function allColumns(type: RecordType): [name: string, column: Column][] {
  const leading: readonly string[] = LEADING_COLUMNS[type.layout];
  const common = Object.entries<Column>(COMMON_COLUMNS);
  const own = Object.entries(type.columns);
  const first = common.filter(([name]) => leading.includes(name));
  if (type.layout === "file") first.splice(1, 0, ...own.splice(0, 1));
  return [
    ...first,
    ...own.filter(([, column]) => !column.own),
    ...own.filter(([, column]) => column.own),
    ...common.filter(([name]) => !leading.includes(name)),
  ];
}

/** True for a column whose value is a list. */
export function isListKind(kind: ColumnKind): kind is ListKind {
  return kind.startsWith("vector[") || kind.startsWith("set[");
}
