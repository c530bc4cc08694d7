import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import {
  BOOLEAN,
  DOUBLE,
  LIST,
  listValue,
  TIMESTAMP_NS,
  timestampNanosValue,
  UBIGINT,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";
import type { Estate } from "../contracts/estate.ts";
import type { Finding, TimeNs } from "../contracts/finding.ts";
import type { Incident } from "../contracts/story.ts";
import type { RecordStore } from "./store.ts";

/**
 * What detection and the joining of findings made of the records, kept so that the story can be told without analysing again.
 * Each `replace...` puts the new in place of the old at once; `load...` gives it back as it was.
 */

type Row = DuckDBValue[];
const TEXTS = LIST(VARCHAR);

/** Replaces assets, roles, networks and job windows. */
export async function replaceEstate(store: RecordStore, estate: Estate): Promise<void> {
  const { assets, networks, windows } = estate;
  await store.replaceRows([
    {
      name: "assets",
      types: [VARCHAR, VARCHAR, BOOLEAN, BOOLEAN],
      rows: assets.map(({ address, name, inEstate, internal }): Row => [address, name, inEstate, internal]),
    },
    {
      name: "asset_roles",
      types: [VARCHAR, VARCHAR, DOUBLE, VARCHAR, TEXTS],
      rows: assets.flatMap(({ address, roles }) =>
        roles.map(({ role, confidence, source, reasons }): Row => [
          address,
          role,
          confidence,
          source,
          listValue(reasons),
        ]),
      ),
    },
    { name: "networks", types: [VARCHAR, VARCHAR], rows: networks.map(({ cidr, name }): Row => [cidr, name]) },
    {
      name: "job_windows",
      types: [VARCHAR, LIST(UTINYINT), USMALLINT, USMALLINT, VARCHAR, VARCHAR],
      rows: windows.map(({ name, days, startMinute, endMinute, zone, source }): Row => [
        name,
        listValue(days),
        startMinute,
        endMinute,
        zone,
        source,
      ]),
    },
  ]);
  await saveDocument(store, "estate", estate);
}

/** Null if none was kept yet. */
export async function loadEstate(store: RecordStore): Promise<Estate | null> {
  return loadDocument<Estate>(store, "estate");
}

const FINDING_TYPES: readonly DuckDBType[] = [
  ...[VARCHAR, VARCHAR, VARCHAR, VARCHAR, TEXTS, VARCHAR, DOUBLE, VARCHAR, VARCHAR, TIMESTAMP_NS, TIMESTAMP_NS],
  ...[VARCHAR, VARCHAR, VARCHAR, VARCHAR, UBIGINT, VARCHAR, TEXTS, UBIGINT, VARCHAR],
];

/** Replaces all findings. */
export async function replaceFindings(store: RecordStore, findings: readonly Finding[]): Promise<void> {
  const rows = findings.map((f): Row => [
    ...[
      f.id,
      f.detection,
      f.title,
      f.phase,
      listValue(f.attack),
      f.severity,
      f.confidence,
      f.basis,
      f.outcome,
      time(f.tsFirst),
      time(f.tsLast),
    ],
    ...[
      f.source,
      f.target,
      f.user,
      f.object,
      BigInt(f.count),
      f.explanation,
      listValue(f.records),
      BigInt(f.recordCount),
      databaseJson(f),
    ],
  ]);
  await store.replaceRows([{ name: "findings", types: FINDING_TYPES, rows }]);
}

/** In the order in which they were given. */
export async function loadFindings(store: RecordStore): Promise<Finding[]> {
  return (await store.rows("SELECT whole FROM findings ORDER BY rowid")).map(
    (row) => JSON.parse(row["whole"] as string) as Finding,
  );
}

/** Replaces all incidents. */
export async function replaceIncidents(store: RecordStore, incidents: readonly Incident[]): Promise<void> {
  const rows = incidents.map((i): Row => [
    i.id,
    i.verdict,
    i.confidence,
    time(i.tsFirst),
    time(i.tsLast),
    databaseJson(i),
  ]);
  await store.replaceRows([
    { name: "incidents", types: [VARCHAR, VARCHAR, DOUBLE, TIMESTAMP_NS, TIMESTAMP_NS, VARCHAR], rows },
  ]);
}

/** In the order in which they were given. */
export async function loadIncidents(store: RecordStore): Promise<Incident[]> {
  return (await store.rows("SELECT whole FROM incidents ORDER BY rowid")).map(
    (row) => JSON.parse(row["whole"] as string) as Incident,
  );
}

/** Keeps a JSON value by name ("coverage", "story"), in place of the one before. */
export async function saveDocument(store: RecordStore, name: string, value: unknown): Promise<void> {
  await store.change(documentOf(name, value));
}

/** Statements that keep a value as `saveDocument` does, for a change that does more. */
export function documentOf(name: string, value: unknown) {
  const parameters = { name, whole: databaseJson(value) };
  return [withoutDocument(name), { sql: "INSERT INTO documents VALUES ($name, $whole)", parameters }];
}

/** A statement that lets the value go that is kept under `name`. */
export function withoutDocument(name: string) {
  return { sql: "DELETE FROM documents WHERE name = $name", parameters: { name } };
}

/** The value kept under `name`, null if there is none. */
export async function loadDocument<T>(store: RecordStore, name: string): Promise<T | null> {
  const [row] = await store.rows("SELECT whole FROM documents WHERE name = $name", { name });
  return row === undefined ? null : (JSON.parse(row["whole"] as string) as T);
}

function time(ns: TimeNs): DuckDBValue {
  return timestampNanosValue(BigInt(ns));
}

/** JSON that the database takes: a lone surrogate (names from the wire have them) becomes U+FFFD. */
function databaseJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "string" ? member.replace(/\p{Surrogate}/gu, "\ufffd") : member,
  );
}
