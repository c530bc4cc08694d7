import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Case } from "../case/case.ts";
import type { Json } from "../case/journal.ts";
import type { StoredEntry } from "../case/manifest-tables.ts";
import { addManifest, knowsManifest } from "../case/manifest-tables.ts";
import { BacktrailError } from "../contracts/result.ts";
import { COMPARED } from "../detections/integrity/manifest-sql.ts";
import { jsonRows } from "../records/record-database.ts";
import { rowText } from "../records/row-text.ts";
import type { Manifest, ManifestEntry } from "../manifests/manifest.ts";
import { normalPath } from "../manifests/manifest.ts";
import { MOST_MANIFEST_OCTETS, readManifest } from "../manifests/read-manifest.ts";

/** A path as manifests have it, and what it is on the wire: `D:\Backup` is `//nas/backup`. */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

/** What became of one manifest that was given. */
export interface GivenManifest {
  readonly path: string;
  readonly format: string;
  readonly sha256: string;
  readonly entries: number;
  /** Lines that are of no form that is known. */
  readonly passedOver: number;
  /** ns since 1970-01-01 UTC, as text. */
  readonly generated: string;
  /** False: this very file was in the case before. */
  readonly isNew: boolean;
}

/** Most comparisons that are listed; all are counted. */
const MOST_LISTED = 10_000;

/** One object on the wire beside what a manifest says of it. Times are ns since 1970-01-01 UTC as text. */
export interface Comparison {
  readonly verdict: "same" | "different" | "older manifest" | "not comparable";
  /** Why it is not comparable. */
  readonly why: string | null;
  readonly entry: string;
  readonly manifest: string;
  readonly line: number;
  readonly generated: string;
  readonly ts: string;
  readonly direction: string;
  readonly client: string;
  readonly server: string;
  readonly actor: string | null;
  readonly protocol: string;
  readonly share: string | null;
  readonly object: string;
  readonly algorithm: string | null;
  readonly listed: string | null;
  readonly found: string | null;
  readonly rid: string;
}

/** All of it. */
export interface ManifestComparison {
  readonly counts: Readonly<Record<Comparison["verdict"], number>>;
  /** Entries with a digest of which nothing was seen on the wire. */
  readonly notSeen: number;
  /** Differences first, then in the order of time; at most some thousand. */
  readonly comparisons: readonly Comparison[];
}

/**
 * Takes manifests into the case, each with its own SHA-256 in the journal; one that is in it already changes nothing.
 * @param more Further details of the journal's entries.
 * @throws BacktrailError where one cannot be read or is of no known form; those before it are in the case then.
 */
export async function addManifests(
  target: Case,
  paths: readonly string[],
  mappings: readonly PathMapping[] = [],
  more: { readonly [key: string]: Json } = {},
): Promise<GivenManifest[]> {
  const given: GivenManifest[] = [];
  for (const path of paths) {
    const bytes = contentOf(path);
    const manifest = readManifest(bytes, basename(path));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const changed = statSync(path, { bigint: true }).mtimeNs;
    const generated = manifest.generated ?? changed;
    const isNew = !(await knowsManifest(target.store, sha256));
    if (isNew) {
      const { format, tool, version, host, passedOver, check, entries } = manifest;
      await addManifest(
        target.store,
        {
          ...{ format, tool, version, host, passedOver },
          path: resolve(path),
          generated,
          datedBy: manifest.generated === null ? "file" : "manifest",
          sha256,
          octets: bytes.length,
          isGood: check?.isGood ?? null,
          errors: check?.errors ?? null,
          words: check?.words ?? null,
        },
        entries,
        (entry) => storedEntry(entry, mappings),
      );
      target.journal.append("manifest-given", {
        object: resolve(path),
        sha256,
        detail: {
          format: manifest.format,
          entries: manifest.entries.length,
          mappings: mappings.map((one) => ({ ...one })),
          ...more,
        },
      });
    }
    given.push({ path, sha256, isNew, generated: generated.toString(), ...summaryOf(manifest) });
  }
  return given;
}

/** Compares what the case's manifests list with what went over the wire; journaled where the case can be written. */
export async function compareManifests(source: Case): Promise<ManifestComparison> {
  const { store } = source;
  const counted = await jsonRows(store, `SELECT verdict, count(*) AS n FROM ${COMPARED} GROUP BY 1`);
  const count = (verdict: string) => Number(counted.find((row) => row["verdict"] === verdict)?.["n"] ?? 0);
  const rows = await jsonRows(
    store,
    `SELECT verdict, why, entry, manifest_path AS manifest, line, CAST(epoch_ns(generated) AS VARCHAR) AS generated, CAST(epoch_ns(ts) AS VARCHAR) AS at, direction, client, server, actor, protocol, share, object, algorithm, listed, found, rid
     FROM ${COMPARED} ORDER BY CASE verdict WHEN 'different' THEN 0 WHEN 'older manifest' THEN 1 WHEN 'same' THEN 2 ELSE 3 END, ts, rid`,
    { limit: MOST_LISTED },
  );
  const [unseen] = await jsonRows(
    store,
    `SELECT count(*) AS n FROM manifest_entries e WHERE coalesce(e.md5, e.sha1, e.sha256, e.other) IS NOT NULL
       AND (e.manifest, e.line) NOT IN (SELECT (manifest, line) FROM ${COMPARED})`,
  );
  const counts = {
    same: count("same"),
    different: count("different"),
    "older manifest": count("older manifest"),
    "not comparable": count("not comparable"),
  };
  const notSeen = Number(unseen?.["n"] ?? 0);
  if (!source.isReadOnly) source.journal.append("manifests-compared", { detail: { ...counts, notSeen } });
  return { counts, notSeen, comparisons: rows.map(comparisonOf) };
}

function comparisonOf(row: Record<string, unknown>): Comparison {
  const text = (name: string) => rowText(row[name]);
  const textOrNull = (name: string) => (row[name] === null || row[name] === undefined ? null : rowText(row[name]));
  return {
    verdict: text("verdict") as Comparison["verdict"],
    why: textOrNull("why"),
    entry: text("entry"),
    manifest: text("manifest"),
    line: Number(row["line"]),
    generated: text("generated"),
    ts: text("at"),
    direction: text("direction"),
    client: text("client"),
    server: text("server"),
    actor: textOrNull("actor"),
    protocol: text("protocol"),
    share: textOrNull("share"),
    object: text("object"),
    algorithm: textOrNull("algorithm"),
    listed: textOrNull("listed"),
    found: textOrNull("found"),
    rid: text("rid"),
  };
}

function contentOf(path: string): Buffer {
  try {
    if (statSync(path).size > MOST_MANIFEST_OCTETS)
      throw new BacktrailError("manifest-large", `${path} is longer than 256 MiB: split it, a part at a time is read.`);
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof BacktrailError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BacktrailError(
      "manifest-unreadable",
      `The manifest ${path} cannot be read (${why}): check its name and rights.`,
      { cause },
    );
  }
}

function storedEntry({ digests, path, mtime, ...entry }: ManifestEntry, mappings: readonly PathMapping[]): StoredEntry {
  return { ...entry, ...digests, path: mapped(path, mappings), mtime: mtime === null ? null : mtime.toString() };
}

/** The first mapping that fits counts; separators and case make no difference. */
function mapped(path: string, mappings: readonly PathMapping[]): string {
  for (const { from, to } of mappings) {
    const prefix = normalPath(from).replace(/\/$/, "");
    const rest = path.slice(prefix.length);
    if (path.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase() && (rest === "" || rest.startsWith("/")))
      return normalPath(to).replace(/\/$/, "") + rest;
  }
  return path;
}

function summaryOf({ format, entries, passedOver }: Manifest) {
  return { format, entries: entries.length, passedOver };
}
