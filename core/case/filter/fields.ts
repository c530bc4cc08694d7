import { queryColumns } from "../../records/duckdb-schema.ts";
import type { Column, ColumnKind, RecordType } from "../../records/record-type.ts";

/** A column that a field of a filter stands for. */
export interface FieldColumn {
  /** SQL expression over the table named `r`. */
  readonly name: string;
  readonly kind: ColumnKind | "hour" | "weekday";
  /** Several values with commas between them. */
  readonly joined?: boolean;
}

/** A name that a filter may use, for completion and for the reference. */
export interface FilterField {
  readonly name: string;
  readonly text: string;
  readonly kind: string;
  /** Tables that have it. */
  readonly tables: readonly string[];
}

interface Alias {
  readonly name: string;
  readonly text: string;
  /** Columns it stands for: of any table, or of one ("table.column"). Those that a table lacks are left out. */
  readonly columns: readonly string[];
}

/** Short names, and those of the Elastic Common Schema (https://www.elastic.co/guide/en/ecs/current). */
const ALIASES: readonly Alias[] = [
  { name: "src", text: "Originator's address", columns: ["id.orig_h"] },
  { name: "dst", text: "Responder's address", columns: ["id.resp_h"] },
  { name: "host", text: "Either address", columns: ["id.orig_h", "id.resp_h"] },
  { name: "sport", text: "Originator's port", columns: ["id.orig_p"] },
  { name: "dport", text: "Responder's port", columns: ["id.resp_p"] },
  { name: "port", text: "Either port", columns: ["id.orig_p", "id.resp_p"] },
  { name: "time", text: "When it happened", columns: ["ts"] },
  {
    name: "user",
    text: "Account, in whatever column the table has it",
    columns: ["user", "username", "kerberos.client", "cname"],
  },
  { name: "source.ip", text: "Originator's address", columns: ["id.orig_h"] },
  { name: "source.port", text: "Originator's port", columns: ["id.orig_p"] },
  { name: "destination.ip", text: "Responder's address", columns: ["id.resp_h"] },
  { name: "destination.port", text: "Responder's port", columns: ["id.resp_p"] },
  { name: "client.ip", text: "Originator's address", columns: ["id.orig_h"] },
  { name: "server.ip", text: "Responder's address", columns: ["id.resp_h"] },
  { name: "user.name", text: "Account", columns: ["user", "username", "kerberos.client", "cname"] },
  { name: "network.transport", text: "Transport", columns: ["conn.proto"] },
  { name: "network.protocol", text: "Protocol recognised", columns: ["conn.service"] },
  { name: "source.bytes", text: "Octets that the originator sent", columns: ["conn.orig_bytes"] },
  { name: "destination.bytes", text: "Octets that the responder sent", columns: ["conn.resp_bytes"] },
  { name: "dns.question.name", text: "Name asked for", columns: ["dns.query"] },
  { name: "dns.question.type", text: "Type asked for", columns: ["dns.qtype_name"] },
  { name: "url.path", text: "Requested target", columns: ["http.uri"] },
  { name: "url.domain", text: "Host asked for", columns: ["http.host"] },
  { name: "http.request.method", text: "Method", columns: ["http.method"] },
  { name: "http.response.status_code", text: "Status", columns: ["http.status_code"] },
  { name: "user_agent.original", text: "User agent", columns: ["http.user_agent"] },
  { name: "tls.client.server_name", text: "Server name asked for", columns: ["ssl.server_name"] },
  { name: "tls.client.ja3", text: "JA3 of the client", columns: ["ssl.ja3"] },
  { name: "file.path", text: "Path on the server", columns: ["smb_files.path", "smb_files.share", "smb_mapping.path"] },
  { name: "file.name", text: "File", columns: ["smb_files.name"] },
];

/** Parts of `ts`. */
const TIME_PARTS: readonly { readonly name: "hour" | "weekday"; readonly text: string }[] = [
  { name: "hour", text: "Hour of the day, UTC, 0 to 23" },
  { name: "weekday", text: "Day of the week, UTC: mon to sun, or 1 to 7" },
];

const columnsByType = new WeakMap<RecordType, ReturnType<typeof queryColumns>>();

/** Asked for each field and table of each filter. */
function knownColumns(type: RecordType): ReturnType<typeof queryColumns> {
  const columns = columnsByType.get(type) ?? queryColumns(type);
  columnsByType.set(type, columns);
  return columns;
}

/** Columns of one table that a field stands for; none if the table has no such field. */
export function columnsOf(field: string, type: RecordType): FieldColumn[] {
  const columns = knownColumns(type);
  const own =
    columns.find(([name]) => name === field) ?? columns.find(([name]) => name.toLowerCase() === field.toLowerCase());
  const lower = field.toLowerCase();
  const alias = ALIASES.find(({ name }) => name === lower);
  if (alias !== undefined) {
    const found = columns.filter(
      ([name]) => alias.columns.includes(name) || alias.columns.includes(`${type.name}.${name}`),
    );
    if (found.length > 0) return found.map(fieldColumn);
  }
  if (own !== undefined) return [fieldColumn(own)];
  const part = TIME_PARTS.find(({ name }) => name === lower);
  if (part !== undefined) return [{ name: "ts", kind: part.name }];
  // "smb_files.path", and "smb.path" for all tables of a family.
  const dot = field.indexOf(".");
  if (dot > 0) {
    const table = lower.slice(0, dot);
    const isMeant = type.name === table || type.name.startsWith(`${table}_`);
    if (isMeant && table !== "id") return columnsOf(field.slice(dot + 1), type);
  }
  return [];
}

function fieldColumn([name, column]: [string, Column]): FieldColumn {
  return { name, kind: column.kind, joined: column.joined ?? false };
}

/** Every name that a filter may use: aliases first, then columns in the order of the tables. */
export function filterFields(types: readonly RecordType[]): FilterField[] {
  const fields: FilterField[] = [];
  for (const { name, text } of [...ALIASES, ...TIME_PARTS]) {
    const tables = types.filter((type) => columnsOf(name, type).length > 0);
    const kinds = new Set(tables.flatMap((type) => columnsOf(name, type).map(({ kind }) => kind)));
    if (tables.length > 0)
      fields.push({ name, text, kind: [...kinds].join(", "), tables: tables.map((type) => type.name) });
  }
  const known = new Map<string, { name: string; text: string; kind: string; tables: string[] }>();
  for (const type of types) {
    for (const [name, { text, kind }] of queryColumns(type)) {
      const field = known.get(name);
      if (field === undefined) known.set(name, { name, text, kind, tables: [type.name] });
      else field.tables.push(type.name);
    }
  }
  const taken = new Set(fields.map(({ name }) => name));
  return [...fields, ...[...known.values()].filter(({ name }) => !taken.has(name))];
}

/** Names that a mistyped field may have meant, the nearest first. */
export function similarFields(field: string, types: readonly RecordType[]): string[] {
  const lower = field.toLowerCase();
  const scored = filterFields(types).map(({ name }) => ({
    name,
    distance: distance(lower, name.toLowerCase()) - (name.includes(lower) ? 2 : 0),
  }));
  return scored
    .filter((candidate) => candidate.distance <= Math.max(2, Math.floor(field.length / 3)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein distance; texts longer than 64 characters count as far apart. */
function distance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return 64;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
