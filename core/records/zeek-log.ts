import { HIDDEN_CHARACTERS } from "../contracts/text-forms.ts";
import { doubleText, hasHidden, secondsText, terminalSafeJson } from "./log-values.ts";
import type { LogCell } from "./log-values.ts";
import type { ColumnKind, RecordType } from "./record-type.ts";
import { allColumns, isListKind, PACKET_ID } from "./record-type.ts";
import { itemKind } from "./table-chunk.ts";

/** Zeek's type name of a column kind, as `#types` has it. */
export function zeekType(kind: ColumnKind): string {
  return kind;
}

/** How times are written. */
export interface ZeekLogOptions {
  /** Decimals of times and intervals: 6, as Zeek writes, or 9, which keeps all that the evidence has. */
  readonly decimals?: 6 | 9;
}

/**
 * First lines of a log in Zeek's TSV form.
 * @param opened Time for `#open`, ms since 1970: that of the first record, so that the same records give the same log.
 */
export function zeekHeader(type: RecordType, opened: number): string {
  const columns = allColumns(type);
  const lines = [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    `#path\t${type.name}`,
    `#open\t${stamp(opened)}`,
    `#fields\t${columns.map(([name]) => name).join("\t")}`,
    `#types\t${columns.map(([, { kind }]) => zeekType(kind)).join("\t")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Last line of a log. */
export function zeekFooter(closed: number): string {
  return `#close\t${stamp(closed)}\n`;
}

/** Writes rows (cells in the order of `allColumns`) as lines of Zeek's TSV form. */
export function zeekTsvLine(type: RecordType, options: ZeekLogOptions = {}): (cells: readonly LogCell[]) => string {
  const writers = allColumns(type).map(([name, { kind }]) =>
    name === "uid" ? connectionId : tsvWriter(kind, options.decimals ?? 6),
  );
  return (cells) => {
    let line = "";
    for (let i = 0; i < writers.length; i++) line += (i === 0 ? "" : "\t") + writers[i]!(cells[i]!);
    return `${line}\n`;
  };
}

/** Writes rows as Zeek's JSON: one object a line, unset columns left out, times and intervals as seconds. */
export function zeekJsonLine(type: RecordType, options: ZeekLogOptions = {}): (cells: readonly LogCell[]) => string {
  const columns = allColumns(type).map(([name, { kind }]) => ({
    name: JSON.stringify(name),
    write: jsonWriter(kind, options.decimals ?? 6),
  }));
  const uidAt = allColumns(type).findIndex(([name]) => name === "uid");
  return (cells) => {
    const members: string[] = [];
    for (let i = 0; i < columns.length; i++) {
      const cell = cells[i]!;
      if (cell !== null && !(i === uidAt && isPacketId(cell)))
        members.push(`${columns[i]!.name}:${columns[i]!.write(cell)}`);
    }
    return `{${members.join(",")}}\n`;
  };
}

/** Zeek has no name for a packet without a connection. */
function connectionId(cell: LogCell): string {
  return isPacketId(cell) ? "-" : String(cell);
}

function isPacketId(cell: LogCell): boolean {
  return typeof cell === "string" && cell.startsWith(PACKET_ID);
}

type Writer = (cell: LogCell) => string;

function tsvWriter(kind: ColumnKind, decimals: number): Writer {
  if (isListKind(kind)) {
    const item = scalarWriter(itemKind(kind), decimals, true);
    return (cell) => {
      if (cell === null) return "-";
      const list = cell as readonly LogCell[];
      return list.length === 0 ? "(empty)" : list.map(item).join(",");
    };
  }
  const scalar = scalarWriter(kind, decimals, false);
  return (cell) => (cell === null ? "-" : scalar(cell));
}

function scalarWriter(kind: ColumnKind, decimals: number, inList: boolean): Writer {
  switch (kind) {
    case "time":
    case "interval":
      return (cell) => secondsText(cell as bigint, decimals);
    case "double":
      return (cell) => doubleText(cell as number);
    case "bool":
      return (cell) => (cell === true ? "T" : "F");
    case "string":
    case "enum":
    case "addr":
      return (cell) => zeekText(cell as string, inList);
    default:
      return String;
  }
}

function jsonWriter(kind: ColumnKind, decimals: number): Writer {
  if (isListKind(kind)) {
    const item = jsonWriter(itemKind(kind), decimals);
    return (cell) => `[${(cell as readonly LogCell[]).map(item).join(",")}]`;
  }
  switch (kind) {
    case "time":
    case "interval":
      return (cell) => secondsText(cell as bigint, decimals);
    case "double":
      return (cell) => (Number.isFinite(cell) ? doubleText(cell as number) : "null");
    case "bool":
      return (cell) => (cell === true ? "true" : "false");
    case "string":
    case "enum":
    case "addr":
      return (cell) => zeekJsonText(cell as string);
    default:
      return String;
  }
}

/**
 * Text as Zeek's ASCII writer has it (threading/formatters/Ascii, Desc): control characters, the separators and what is no
 * valid text as `\xNN`, a backslash doubled, nothing as `(empty)`, and what would read as unset or empty with its first
 * character escaped.
 *
 * Octets that were not valid UTF-8 are kept as one character each (ISO 8859-1); text with C1 controls and nothing
 * beyond U+00FF is taken for such octets.
 */
export function zeekText(text: string, inList = false): string {
  if (text === "") return "(empty)";
  if (text === "-") return "\\x2d";
  if (text === "(empty)") return "\\x28empty)";
  if (!NEEDS_ESCAPE.test(text) && !(inList && text.includes(","))) return text;
  const isOctets = /[\u0080-\u009f]/.test(text) && !/[^\u0000-\u00ff]/.test(text);
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === "\\") out += "\\\\";
    else if (code < 0x20 || code === 0x7f || (inList && character === ",") || (isOctets && code > 0x7f))
      out += hex(code);
    else if (hasHidden(character)) for (const octet of Buffer.from(character, "utf8")) out += hex(octet);
    else out += character;
  }
  return out;
}

const NEEDS_ESCAPE = new RegExp(`[\\u0000-\\u001f\\\\${HIDDEN_CHARACTERS}]`);

/** JSON string in Zeek's way: octets that are no text as `\\xNN`. */
function zeekJsonText(text: string): string {
  if (!hasHidden(text)) return JSON.stringify(text);
  const isOctets = /[\u0080-\u009f]/.test(text) && !/[^\u0000-\u00ff]/.test(text);
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (isOctets && code > 0x7f) out += hex(code);
    else out += character;
  }
  return terminalSafeJson(out);
}

function hex(code: number): string {
  return `\\x${code.toString(16).padStart(2, "0")}`;
}

/** "2024-03-01-02-14-07", UTC. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[T:]/g, "-");
}
