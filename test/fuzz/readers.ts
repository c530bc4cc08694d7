import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readXml } from "../../core/bytes/xml.ts";
import { compileFilter } from "../../core/case/filter/compile.ts";
import { parseJournal, verifyJournal } from "../../core/case/journal.ts";
import { unzip } from "../../core/case/zip-reader.ts";
import { BacktrailError } from "../../core/contracts/result.ts";
import { RECORD_TYPES } from "../../core/engine/record-types.ts";
import { readKeyLog } from "../../core/engine/secrets/key-log.ts";
import { readKeytab } from "../../core/engine/secrets/keytab.ts";
import { parseScope } from "../../core/estate/scope.ts";
import { readManifest } from "../../core/manifests/read-manifest.ts";
import { readExport } from "../../core/report/imports/read-export.ts";
import { asStoredLz4, asStoredZstd } from "../generated-captures.ts";
import { readAll } from "../read-captures.ts";
import { Watchdog } from "../watchdog.ts";
import { zipBytes } from "../zip-bytes.ts";
import { Coverage } from "./coverage.ts";
import { changeOctets } from "./mutate.ts";
import type { Seeded } from "./seeded.ts";
import { unpackers } from "./unpackers.ts";

/** CPU seconds that one input may take. */
const HANG_SECONDS = 5;
/** Octets of resident memory that one batch may add once all is warm. */
const MEMORY_LIMIT = 400e6;
const WARM_BATCHES = 50;
const LARGEST_BASE = 60_000;
/** Captures that are begun with. */
const MOST_BASES = 12;
const BATCH = 24;
const MOST_FAILURES = 20;

/** What is given octets that others made. */
export interface Reader {
  readonly name: string;
  readonly bases: readonly Uint8Array[];
  /** Throws a BacktrailError where the octets are not what is read. */
  readonly read: (octets: Uint8Array) => unknown;
}

/** What became of the inputs of one reader. */
export interface ReaderTotals {
  cases: number;
  refused: number;
  kept: number;
  failures: string[];
}

/** Changes what readers of files and texts are given until the time is over; what reaches new code is changed further. */
export async function fuzzReaders(
  captures: readonly string[],
  scratch: string,
  random: Seeded,
  seconds: number,
): Promise<Record<string, ReaderTotals>> {
  const readers = readersOf(captures, scratch, random);
  const totals: Record<string, ReaderTotals> = {};
  const watchdog = new Watchdog(HANG_SECONDS);
  const coverage = new Coverage();
  try {
    for (const [i, reader] of readers.entries()) {
      // Captures, which come first, are read by far more code than all the others.
      const until = Date.now() + (i === 0 ? seconds * 500 : (seconds * 500) / (readers.length - 1));
      totals[reader.name] = await fuzzOne(reader, random, until, watchdog, coverage);
    }
  } finally {
    await watchdog.end();
    coverage.close();
  }
  return totals;
}

async function fuzzOne(
  { name, bases, read }: Reader,
  random: Seeded,
  until: number,
  watchdog: Watchdog,
  coverage: Coverage,
): Promise<ReaderTotals> {
  const pool = [...bases];
  const totals: ReaderTotals = { cases: 0, refused: 0, kept: 0, failures: [] };
  const run = async (input: Uint8Array): Promise<void> => {
    watchdog.begin(`${name}, ${Buffer.from(input).toString("base64").slice(0, 4000)}`);
    try {
      await read(input);
    } catch (error) {
      if (error instanceof BacktrailError) totals.refused++;
      else totals.failures.push(`${String(error)} of ${Buffer.from(input).toString("base64").slice(0, 30_000)}`);
    }
  };
  for (const base of bases) await run(base);
  coverage.gained();
  for (let batches = 0; Date.now() < until && totals.failures.length < MOST_FAILURES; batches++) {
    const before = process.resourceUsage().maxRSS * 1024;
    const inputs = Array.from({ length: BATCH }, () => changed(pool, random));
    for (const input of inputs) await run(input);
    totals.cases += inputs.length;
    const grown = process.resourceUsage().maxRSS * 1024 - before;
    if (batches > WARM_BATCHES && grown > MEMORY_LIMIT)
      totals.failures.push(`${Math.round(grown / 1e6)} MB more resident memory in ${BATCH} inputs`);
    if (coverage.gained() === 0) continue;
    for (const input of inputs) {
      await run(input);
      if (coverage.gained() === 0) continue;
      pool.push(input);
      totals.kept++;
    }
  }
  return totals;
}

function changed(pool: readonly Uint8Array[], random: Seeded): Uint8Array {
  let bytes = random.pick(pool);
  for (let i = 1 + random.below(5); i > 0 && bytes.length > 0; i--) bytes = changeOctets(bytes, random);
  if (random.oneIn(8)) {
    const other = random.pick(pool);
    bytes = Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]);
  }
  return bytes.subarray(0, 4 * LARGEST_BASE);
}

function readersOf(captures: readonly string[], scratch: string, random: Seeded): Reader[] {
  const path = join(scratch, "reader.capture");
  const files = captures.map((capture) => readFileSync(capture)).filter(({ length }) => length <= LARGEST_BASE);
  const some = Array.from({ length: Math.min(MOST_BASES, files.length) }, () => random.pick(files));
  const text = (read: (text: string) => unknown) => (octets: Uint8Array) => read(Buffer.from(octets).toString("utf8"));
  return [
    {
      name: "captures",
      bases: some.flatMap((file) => [file, [gzipSync, asStoredZstd, asStoredLz4][random.below(3)]!(file)]),
      read: async (octets) => {
        writeFileSync(path, octets);
        await readAll([path]);
      },
    },
    { name: "manifests", bases: MANIFESTS, read: (octets) => readManifest(octets, "list") },
    { name: "exports", bases: EXPORTS, read: text((all) => readExport(all, "export")) },
    { name: "scope", bases: SCOPES, read: text((all) => parseScope(all)) },
    { name: "filter", bases: FILTERS, read: text((all) => compileFilter(all, RECORD_TYPES, TIMES)) },
    { name: "XML", bases: XML, read: text((all) => readXml(all, {})) },
    { name: "key log", bases: KEY_LOGS, read: text((all) => readKeyLog(all, String, 1000)) },
    { name: "keytab", bases: KEYTABS, read: (octets) => readKeytab(octets, String) },
    {
      name: "journal",
      bases: JOURNALS,
      read: (octets) => [parseJournal(Buffer.from(octets)), verifyJournal(Buffer.from(octets))],
    },
    { name: "zip", bases: ZIPS, read: (octets) => unzipInside(octets, scratch) },
    ...unpackers(),
  ];
}

/** Unpacks an archive; fails where anything comes to lie outside of its folder. */
async function unzipInside(octets: Uint8Array, scratch: string): Promise<void> {
  const archive = join(scratch, "reader.zip");
  const folder = join(scratch, "unzipped", "deep");
  rmSync(join(scratch, "unzipped"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(archive, octets);
  const names = await unzip(archive, folder);
  for (const name of names) if (!join(folder, name).startsWith(`${folder}/`)) throw new Error(`${name} lies outside`);
}

const bytes = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));
const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const DAY = 86_400_000_000_000n;
const TIMES = { start: 19_700n * DAY, end: 19_703n * DAY, now: 19_710n * DAY };
const MANIFESTS = bytes(
  `${SHA256}  a/b.vbk\n${SHA256} *c.vbm\n\\${SHA256}  d\\ne\n`,
  `SHA256 (a) = ${SHA256}\nMD5 (d) = ${SHA256.slice(32)}\n`,
  `%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n## Invoked from: /srv\n17,${SHA256},/srv/a,b.vbk\n`,
  `@@begin_db\n# This file was generated by Aide, version 0.18.3\n@@db_spec name lname attr perm size mtime sha256\n/srv/a%20b.vbk 0 5 100644 17 1709251200 ${Buffer.from(SHA256, "hex").toString("base64")}\n@@end_db\n`,
  `Open Source Tripwire(R) 2.4.3.7 Integrity Check Report\nReport created on: Sat Mar  2 06:00:00 2024\nRule Name: Backups\nRemoved:\n"/srv/a.vbk"\n`,
  `"path","sha256","size"\n"D:\\x.vbk","${SHA256}","12"\n`,
);
const EXPORTS = bytes(
  `{"format":"backtrail-report","version":1,"case":{"name":"a"},"findings":[]}`,
  `{"type":"bundle","id":"bundle--1","objects":[{"type":"identity","id":"identity--1"}]}`,
  `message,datetime,timestamp_desc\n"a ""b""",2024-01-01T00:00:00Z,seen\n`,
);
const SCOPES = bytes(
  `case: a\nestate:\n  - address: 10.0.0.1\n    roles: [backup-server]\nnetworks:\n  - {cidr: 10.0.0.0/8, name: n}\nallow:\n  - {detection: BT-AD-001, reason: r}\n`,
);
const FILTERS = bytes(
  `id.orig_h in 10.0.0.0/8 and not (smb_files.name matches "a+" or duration > 1h30m)`,
  `ts > "2023-12-10 12:00" and service == "smb" or uid startswith "C"`,
);
const XML = bytes(`<?xml version="1.0"?><!DOCTYPE a><a:b c="d&amp;e" f='g'><![CDATA[x]]><!-- y --><h/>&#x41;</a:b>`);
const KEY_LOGS = bytes(
  `CLIENT_RANDOM ${"ab".repeat(32)} ${"cd".repeat(48)}\n# c\nSERVER_TRAFFIC_SECRET_0 ${"ab".repeat(32)} ${"ef".repeat(32)}\n`,
);
const KEYTABS = [
  Buffer.from(
    "0502000000340001000445582e4500046369667300000001650000000002001200201111111111111111111111111111111111111111111111111111111111111111",
    "hex",
  ),
];
const JOURNALS = bytes(
  `{"seq":1,"at":"2024-01-01T00:00:00.000Z","actor":"a","host":"h","tool":"backtrail","version":"1","action":"note","object":null,"sha256":null,"detail":{},"prev":"${"0".repeat(64)}","hash":"${SHA256}"}\n`,
);
/** Of `a/b.txt` and `c`, stored, and one whose name leads up. */
const ZIPS = [["a/b.txt", "c"], ["../../evil"], ["/etc/x", "a\\..\\b"]].map((names) =>
  zipBytes(names.map((name) => ({ name }))),
);
