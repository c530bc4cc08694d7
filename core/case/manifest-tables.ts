import type { RecordStore } from "./store.ts";

/** A manifest as it is kept: what was given, and what it says of itself. */
export interface StoredManifest {
  readonly path: string;
  readonly format: string;
  readonly tool: string | null;
  readonly version: string | null;
  readonly host: string | null;
  /** ns since 1970-01-01 UTC. */
  readonly generated: bigint;
  /** manifest: it says so itself; file: by the time of last change of the file. */
  readonly datedBy: "manifest" | "file";
  readonly sha256: string;
  readonly octets: number;
  readonly passedOver: number;
  readonly isGood: boolean | null;
  readonly errors: number | null;
  readonly words: string | null;
}

/** A file that a manifest lists, as it is kept. */
export interface StoredEntry {
  readonly line: number;
  readonly path: string;
  readonly original: string;
  readonly size: number | null;
  readonly mtime: string | null;
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha256: string | null;
  readonly other: string | null;
  readonly change: string | null;
}

/** Entries that go to the database at one time. */
const AT_A_TIME = 5000;

/** True if this very file was given before. */
export async function knowsManifest(store: RecordStore, sha256: string): Promise<boolean> {
  return (await store.rows("SELECT 1 AS one FROM manifests WHERE sha256 = $sha256", { sha256 })).length > 0;
}

/**
 * Keeps a manifest with its entries: all of it or nothing.
 * @param stored What is kept of an entry; asked for when its turn comes, as all together may need more memory than there is.
 * @returns its number in the case.
 */
export async function addManifest<Entry>(
  store: RecordStore,
  manifest: StoredManifest,
  entries: readonly Entry[],
  stored: (entry: Entry) => StoredEntry,
): Promise<number> {
  const [last] = await store.rows("SELECT coalesce(max(id), 0) AS id FROM manifests");
  const id = Number(last?.["id"] ?? 0) + 1;
  await store.change(statementsOf(id, manifest, entries, stored));
  return id;
}

function* statementsOf<Entry>(
  id: number,
  manifest: StoredManifest,
  entries: readonly Entry[],
  stored: (entry: Entry) => StoredEntry,
) {
  yield {
    sql: `INSERT INTO manifests SELECT ${id}, m.path, m.format, m.tool, m.version, m.host, make_timestamp_ns(CAST(m.generated AS BIGINT)), m."datedBy", m.sha256, m.octets, ${entries.length}, m."passedOver", m."isGood", m.errors, m.words
        FROM (SELECT from_json($one, '{"path":"VARCHAR","format":"VARCHAR","tool":"VARCHAR","version":"VARCHAR","host":"VARCHAR","generated":"VARCHAR","datedBy":"VARCHAR","sha256":"VARCHAR","octets":"UBIGINT","passedOver":"UBIGINT","isGood":"BOOLEAN","errors":"UBIGINT","words":"VARCHAR"}') AS m)`,
    parameters: { one: json({ ...manifest, generated: manifest.generated.toString() }) },
  };
  for (let at = 0; at < entries.length; at += AT_A_TIME) {
    yield {
      sql: `INSERT INTO manifest_entries SELECT ${id}, e.line, e.path, e.original, e.size, make_timestamp_ns(CAST(e.mtime AS BIGINT)), e.md5, e.sha1, e.sha256, e.other, e.change
        FROM (SELECT unnest(from_json($list, '[{"line":"UINTEGER","path":"VARCHAR","original":"VARCHAR","size":"UBIGINT","mtime":"VARCHAR","md5":"VARCHAR","sha1":"VARCHAR","sha256":"VARCHAR","other":"VARCHAR","change":"VARCHAR"}]')) AS e)`,
      parameters: { list: json(entries.slice(at, at + AT_A_TIME).map(stored)) },
    };
  }
}

/** JSON that the database takes: a lone surrogate becomes U+FFFD, and NUL, which ends a text for some, too. */
function json(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "string" ? member.replace(/\p{Surrogate}|\0/gu, "\ufffd") : member,
  );
}
