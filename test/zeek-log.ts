/** One log as Zeek wrote it. Cells are kept as they stand in the file; `cellValue` and `cellItems` say what they mean. */
export interface ZeekLog {
  /** Log name: "conn", "dns", ... */
  readonly name: string;
  readonly fields: readonly string[];
  /** Zeek type of each field ("addr", "set[string]"); null where the file does not say. */
  readonly types: readonly (string | null)[];
  readonly rows: readonly ZeekRow[];
}

/** Field -> text of its cell. */
export type ZeekRow = Readonly<Record<string, string>>;

export const UNSET = "-";
export const EMPTY = "(empty)";

/** Text of a cell with its \x escapes resolved; null where it is unset. */
export function cellValue(cell: string): string | null {
  if (cell === UNSET) return null;
  if (cell === EMPTY) return "";
  return unescaped(cell);
}

/** Items of a set or vector cell; null where it is unset. */
export function cellItems(cell: string): string[] | null {
  if (cell === UNSET) return null;
  if (cell === EMPTY || cell === "") return [];
  return cell.split(",").map((item) => (item === EMPTY ? "" : unescaped(item)));
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-fA-F]{2})|\\\\/g, (all, hex: string | undefined) =>
    hex === undefined ? (all === "\\\\" ? "\\" : all) : String.fromCharCode(parseInt(hex, 16)),
  );
}

/**
 * Reads a file of Zeek logs with headers; several may follow one another. A header line of names only (`zeek-cut -m`),
 * given again for each run, begins a log without types.
 * @param name Log name where the file does not say it.
 */
export function parseZeekText(text: string, name: string): ZeekLog[] {
  const logs: ZeekLog[] = [];
  let current: { name: string; fields: string[]; types: (string | null)[]; rows: ZeekRow[] } | null = null;
  let path = name;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("### ")) continue;
    const cells = line.split("\t");
    if (line.startsWith("#")) {
      switch (cells[0]) {
        case "#path":
          path = cells[1] ?? name;
          break;
        case "#fields":
          current = { name: path, fields: cells.slice(1), types: cells.slice(1).map(() => null), rows: [] };
          logs.push(current);
          break;
        case "#types":
          if (current !== null) current.types = cells.slice(1);
          break;
        default:
      }
      continue;
    }
    if (current === null || line === current.fields.join("\t")) {
      current = { name, fields: cells, types: cells.map(() => null), rows: [] };
      logs.push(current);
      continue;
    }
    current.rows.push(rowOf(current.fields, cells));
  }
  return logs;
}

/** Reads lines of values only. */
export function parseZeekValues(text: string, name: string, fields: readonly string[]): ZeekLog {
  const rows = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => rowOf(fields, line.split("\t")));
  return { name, fields, types: fields.map(() => null), rows };
}

/** Reads Zeek's JSON lines; `id_orig_h` becomes `id.orig_h`, and what a line does not have is unset. */
export function parseZeekJson(text: string, name: string): ZeekLog {
  const objects = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    // A masked time stands there without quotes.
    .map((line) => JSON.parse(line.replace(/X{10}\.X+/g, '"$&"')) as Record<string, unknown>);
  const types = new Map<string, string | null>();
  const rows = objects.map((object) => {
    const row: Record<string, string> = {};
    for (const [key, value] of Object.entries(object)) {
      if (key.startsWith("@")) continue;
      const field = key.replace(/^id_(?=(orig|resp)_[hp]$)/, "id.");
      row[field] = isServiceList(name, field) ? String(value) : jsonCell(value);
      if (!types.has(field)) types.set(field, isServiceList(name, field) ? "set[string]" : jsonType(value));
    }
    return row;
  });
  const fields = [...types.keys()];
  for (const row of rows) for (const field of fields) row[field] ??= UNSET;
  return { name, fields, types: [...types.values()], rows };
}

function rowOf(fields: readonly string[], cells: readonly string[]): ZeekRow {
  const row: Record<string, string> = {};
  // zeek-cut may name a column twice; the first one is kept.
  fields.forEach((field, i) => (row[field] ??= cells[i] ?? UNSET));
  return row;
}

function jsonCell(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? EMPTY : value.map(jsonCell).join(",");
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "string")
    return value === "" ? EMPTY : value.replace(/\\(?!x[0-9a-f]{2})/g, "\\\\").replaceAll(",", "\\x2c");
  return String(value);
}

/** Zeek 3 joined a connection's services in the order of its hash table. */
function isServiceList(log: string, field: string): boolean {
  return log === "conn" && field === "service";
}

/** JSON does not tell sets from vectors: order is then not looked at. */
function jsonType(value: unknown): string | null {
  if (Array.isArray(value)) return typeof value[0] === "number" ? "set[double]" : "set[string]";
  if (typeof value === "number") return Number.isInteger(value) ? null : "double";
  return null;
}
