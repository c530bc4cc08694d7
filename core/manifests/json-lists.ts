import { readAideReport } from "./aide.ts";
import type { EntryChange, EntryDigests, Manifest, ManifestEntry } from "./manifest.ts";
import { digestNamed, entryOf, joinDigests, NO_DIGESTS, PLAIN, sizeOf, timeOf } from "./manifest.ts";

type Json = Readonly<Record<string, unknown>>;

const EVENTS: Readonly<Record<string, EntryChange>> = {
  added: "added",
  created: "added",
  modified: "changed",
  updated: "changed",
  attributes_modified: "changed",
  deleted: "removed",
  removed: "removed",
};

/** JSON, or JSON an object a line, of any tool that is known; null if it is none of them. */
export function readJsonLists(text: string): Manifest | null {
  const objects = objectsOf(text);
  const [first] = objects;
  if (first === undefined) return null;
  const report = objects.length === 1 ? readAideReport(first.value) : null;
  if (report !== null) return report;
  return resticCheck(objects) ?? resticList(objects) ?? events(objects) ?? generic(objects);
}

interface Numbered {
  readonly value: Json;
  readonly line: number;
}

/** One object, a list of them, or one a line. */
function objectsOf(text: string): Numbered[] {
  try {
    const whole: unknown = JSON.parse(text);
    return (Array.isArray(whole) ? (whole as unknown[]) : [whole]).flatMap((value, i) =>
      isObject(value) ? [{ value, line: i + 1 }] : [],
    );
  } catch {
    // Not one document: an object a line.
  }
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (!line.startsWith("{")) return [];
    try {
      const value: unknown = JSON.parse(line);
      return isObject(value) ? [{ value, line: i + 1 }] : [];
    } catch {
      return [];
    }
  });
}

/** `restic check --json`: message_type summary, errors before it. */
function resticCheck(objects: readonly Numbered[]): Manifest | null {
  const summary = objects.find(({ value }) => value["message_type"] === "summary" && "num_errors" in value)?.value;
  if (summary === undefined) return null;
  const broken = Array.isArray(summary["broken_packs"]) ? summary["broken_packs"].length : 0;
  const errors = Number(summary["num_errors"] ?? 0);
  const words = [
    `${errors} errors`,
    ...(broken > 0 ? [`${broken} broken packs`] : []),
    ...(summary["suggest_repair_index"] === true ? ["repair of the index suggested"] : []),
    ...(summary["suggest_prune"] === true ? ["prune suggested"] : []),
  ];
  const isGood = errors === 0 && broken === 0 && summary["suggest_repair_index"] !== true;
  return {
    ...PLAIN,
    format: "restic check",
    tool: "restic",
    entries: [],
    check: { isGood, errors, words: words.join(", ") },
  };
}

/** `restic ls --json` (nodes) and `restic snapshots --json`: what there is, without digests of files. */
function resticList(objects: readonly Numbered[]): Manifest | null {
  const nodes = objects.filter(({ value }) => value["struct_type"] === "node" || value["message_type"] === "node");
  const snapshots = objects.filter(
    ({ value }) => typeof value["tree"] === "string" && typeof value["time"] === "string",
  );
  if (nodes.length === 0 && snapshots.length === 0) return null;
  const entries =
    nodes.length > 0
      ? nodes.flatMap(({ value, line }) =>
          value["type"] === "file" && typeof value["path"] === "string"
            ? [entryOf(value["path"], line, { size: sizeOf(value["size"]), mtime: timeOf(value["mtime"]) })]
            : [],
        )
      : snapshots.map(({ value, line }) => {
          const id = textOf(value["id"]) ?? "";
          // The name of an object is the SHA-256 of its content.
          return entryOf(`snapshots/${id}`, line, { mtime: timeOf(value["time"]), digests: digestNamed("sha256", id) });
        });
  const host = textOf(snapshots.at(-1)?.value["hostname"]);
  return { ...PLAIN, format: nodes.length > 0 ? "restic ls" : "restic snapshots", tool: "restic", host, entries };
}

/** Wazuh 4 (`syscheck`), Wazuh 5 (`file`) and osquery's `file_events`. */
function events(objects: readonly Numbered[]): Manifest | null {
  let format = "";
  let host: string | null = null;
  let generated: bigint | null = null;
  const entries: ManifestEntry[] = [];
  for (const { value, line } of objects) {
    const read = wazuh4(value, line) ?? wazuh5(value, line) ?? osquery(value, line);
    if (read === null) continue;
    format = read.format;
    host ??= read.host;
    if (read.at !== null && (generated === null || read.at > generated)) generated = read.at;
    entries.push(read.entry);
  }
  if (entries.length === 0) return null;
  return {
    ...PLAIN,
    format,
    tool: format.split(" ", 1)[0]!,
    host,
    generated,
    entries,
    passedOver: objects.length - entries.length,
  };
}

interface Event {
  readonly format: string;
  readonly host: string | null;
  readonly at: bigint | null;
  readonly entry: ManifestEntry;
}

function wazuh4(value: Json, line: number): Event | null {
  const check = part(value, "syscheck");
  const path = textOf(check["path"]);
  if (path === null) return null;
  const digests = digestsAt(check, (name) => `${name}_after`);
  const facts = { size: sizeOf(check["size_after"]), mtime: timeOf(check["mtime_after"]), digests };
  const entry = entryOf(path, line, { ...facts, change: EVENTS[textOf(check["event"]) ?? ""] ?? null });
  return { format: "Wazuh 4", host: textOf(part(value, "agent")["name"]), at: timeOf(value["timestamp"]), entry };
}

function wazuh5(value: Json, line: number): Event | null {
  const file = part(value, "file");
  const path = textOf(file["path"]);
  if (path === null) return null;
  const digests = digestsAt(part(file, "hash"), (name) => name);
  const event = textOf(part(value, "event")["type"]) ?? textOf(value["event_type"]) ?? textOf(value["type"]) ?? "";
  const facts = { size: sizeOf(file["size"]), mtime: timeOf(file["mtime"]), digests, change: EVENTS[event] ?? null };
  const at = timeOf(value["@timestamp"] ?? value["timestamp"]);
  return { format: "Wazuh 5", host: textOf(part(value, "agent")["name"]), at, entry: entryOf(path, line, facts) };
}

function osquery(value: Json, line: number): Event | null {
  const columns = part(value, "columns");
  const path = textOf(columns["target_path"]);
  if (path === null) return null;
  const action = (textOf(columns["action"]) ?? "").toLowerCase();
  const digests =
    columns["hashed"] === "1" || columns["hashed"] === 1 ? digestsAt(columns, (name) => name) : NO_DIGESTS;
  const facts = {
    size: sizeOf(columns["size"]),
    mtime: timeOf(columns["mtime"]),
    digests,
    change: EVENTS[action] ?? null,
  };
  const at = timeOf(value["unixTime"]);
  return {
    format: "osquery file_events",
    host: textOf(value["hostIdentifier"]),
    at,
    entry: entryOf(path, line, facts),
  };
}

/** Objects with a path and digests under the names that most tools give them. */
function generic(objects: readonly Numbered[]): Manifest | null {
  const entries = objects.flatMap(({ value, line }) => {
    const path = textOf(value["path"] ?? value["file"] ?? value["filename"] ?? value["name"]);
    if (path === null) return [];
    const digests = joinDigests([digestsAt(value, (name) => name), stated(value)]);
    const isListed = digests.md5 ?? digests.sha1 ?? digests.sha256 ?? digests.other ?? sizeOf(value["size"]);
    if (isListed === null) return [];
    return [entryOf(path, line, { size: sizeOf(value["size"]), mtime: timeOf(value["mtime"]), digests })];
  });
  if (entries.length === 0) return null;
  return { ...PLAIN, format: "JSON", entries, passedOver: objects.length - entries.length };
}

function stated(value: Json): EntryDigests {
  const name = textOf(value["algorithm"]);
  const digest = textOf(value["digest"] ?? value["hash"]);
  return name === null || digest === null ? NO_DIGESTS : digestNamed(name, digest);
}

function digestsAt(value: Json, key: (name: string) => string): EntryDigests {
  return joinDigests(
    ["md5", "sha1", "sha256"].flatMap((name) => {
      const digest = textOf(value[key(name)]);
      return digest === null || digest === "" ? [] : [digestNamed(name, digest)];
    }),
  );
}

function part(value: Json, name: string): Json {
  const inner = value[name];
  return isObject(inner) ? inner : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
