import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { CASE_FILES } from "../case/case-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import { unzip } from "../case/zip-reader.ts";
import { BacktrailError } from "../contracts/result.ts";
import { countOf } from "../contracts/text-forms.ts";
import type { ReadExport } from "../report/imports/read-export.ts";
import { readExport } from "../report/imports/read-export.ts";
import { takeAnnotations, takeExport } from "./imported-story.ts";
import { createWorkspace } from "./workspace.ts";

/** What came of an import. */
export interface ImportOutcome {
  readonly file: string;
  readonly sha256: string;
  readonly format: string;
  readonly findings: number;
  /** Findings that the file could not hold whole. */
  readonly cut: readonly string[];
  readonly caseId: string | null;
  /** What came in beside the findings, in words. */
  readonly held: readonly string[];
  /** What the form has no room for, each a sentence. */
  readonly notHeld: readonly string[];
}

/** Most octets of an export that is read at once. */
const MOST_OCTETS = 512 * 1024 * 1024;

/** The file of a court pack that holds its findings whole. */
const PACK_REPORT = "report.json";

/**
 * Makes a case from an export of ours, or from a court pack (folder or zip) whose files have the hashes that it lists: its findings can be
 * read, reviewed, reported and exported again. The case has no evidence, and says so.
 * @throws BacktrailError `not-an-export`, `export-damaged`, `pack-changed`, `zip-unsafe`, `case-exists`; no case is made then.
 */
export async function importExport(file: string, folder: string): Promise<ImportOutcome> {
  const path = resolve(file);
  if (existsSync(join(folder, CASE_FILES.info)))
    throw new BacktrailError(
      "case-exists",
      `There is a case in ${resolve(folder)} already: an import makes one of its own.`,
    );
  const { octets, name } = await contentOf(path);
  const read = readExport(octets.toString("utf8"), name);
  const sha256 = createHash("sha256").update(octets).digest("hex");
  const target = await createWorkspace(folder, basename(path));
  try {
    await takeExport(target, read, name, sha256);
    target.journal.append("imported", {
      object: name,
      sha256,
      detail: { format: read.format, findings: read.findings.length, cut: [...read.cut], case: read.caseId },
    });
    takeAnnotations(target, read);
  } finally {
    target.close();
  }
  return {
    file: name,
    sha256,
    format: read.format,
    findings: read.findings.length,
    cut: read.cut,
    caseId: read.caseId,
    held: heldBy(read),
    notHeld: notHeldBy(read),
  };
}

/** What came in beside the findings, in words. */
function heldBy({ findings, report, captures }: ReadExport): string[] {
  const verdicts = findings.filter(({ review }) => review !== undefined).length;
  if (report === null) return inWords([captures.length, "capture by name", "captures by name"], [verdicts, "verdict"]);
  const { story, evidence, flows, volume, notes, conflicts, custody, origins } = report;
  const entries = [custody, ...origins.map((origin) => origin.custody)].reduce((sum, rows) => sum + rows.length, 0);
  return [
    `the coverage of ${countOf(story.coverage.packets, "packet")}, and what was not evaluated (${countOf(story.coverage.notEvaluated.length, "detection")})`,
    ...inWords(
      [story.incidents.length, "incident"],
      [story.setAside.length, "finding set aside", "findings set aside"],
      [story.estate.assets.length, "machine"],
      [story.coverage.captures.length, "capture by name", "captures by name"],
      [story.ledger?.acts.length ?? 0, "act against backups", "acts against backups"],
      [story.ledger?.repositories.length ?? 0, "store of backups", "stores of backups"],
      [evidence.length, "place in the evidence", "places in the evidence"],
      [volume.whole.length + volume.incident.length, "span of traffic", "spans of traffic"],
      [flows.length, "way of data out", "ways of data out"],
      [verdicts, "verdict"],
      [notes.length, "note"],
      [conflicts.length, "open conflict"],
      [entries, "journal entry", "journal entries"],
    ),
  ];
}

function inWords(...counts: readonly (readonly [count: number, one: string, many?: string])[]): string[] {
  return counts.filter(([count]) => count > 0).map(([count, one, many]) => countOf(count, one, many));
}

function notHeldBy({ report, connections, captures }: ReadExport): string[] {
  if (report !== null) return ["Records and packets are not in a report: they stay in the case that it came from."];
  const missing = [
    "The form holds findings only: estate, coverage, ledger, incidents as they were told, notes and journal stay in the case that it came from (report.json holds them).",
  ];
  if (captures.length === 0) missing.push("It does not name its captures so that they could be read back.");
  if (connections > 0)
    missing.push(
      `${countOf(connections, "connection")} of the file ${connections === 1 ? "is" : "are"} left out, because the form does not hold them whole: backtrail logs --format parquet does.`,
    );
  return missing;
}

async function contentOf(path: string): Promise<{ octets: Buffer; name: string }> {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return { octets: reportOfPack(path), name: join(path, PACK_REPORT) };
    if (path.toLowerCase().endsWith(".zip")) return { octets: await reportOfZip(path), name: path };
    requireShort(path, found.size);
    return { octets: readFileSync(path), name: path };
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
}

async function reportOfZip(path: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-import-"));
  try {
    const [list = ""] = await unzip(path, folder, (name) => /^(?:[^/]+\/)?SHA256SUMS$/.test(name));
    const root = list.slice(0, list.indexOf("/") + 1);
    const wanted = new Set([PACK_REPORT, ...(list === "" ? [] : listedIn(join(folder, root))).map(({ name }) => name)]);
    wanted.delete("SHA256SUMS");
    await unzip(path, folder, (name) => name.startsWith(root) && wanted.has(name.slice(root.length)));
    return reportOfPack(join(folder, root));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The report of a pack, once every file that its `SHA256SUMS` lists has the hash that it lists. */
function reportOfPack(folder: string): Buffer {
  const list = join(folder, "SHA256SUMS");
  if (!existsSync(list) || !existsSync(join(folder, PACK_REPORT)))
    throw new BacktrailError(
      "not-an-export",
      `${folder} is no court pack with ${PACK_REPORT}: give one, or an export file.`,
    );
  for (const { sha256, name } of listedIn(folder)) {
    const isInside = sha256 !== undefined && !name.startsWith("/") && !name.split(/[\\/]/).includes("..");
    const file = join(folder, name);
    if (!isInside || !existsSync(file) || createHash("sha256").update(readFileSync(file)).digest("hex") !== sha256)
      throw new BacktrailError(
        "pack-changed",
        `${isInside ? name : "A line of SHA256SUMS"} in the pack ${folder} is not as it was when the pack was made: run its verify-pack.mjs.`,
      );
  }
  requireShort(join(folder, PACK_REPORT), statSync(join(folder, PACK_REPORT)).size);
  return readFileSync(join(folder, PACK_REPORT));
}

/** What the `SHA256SUMS` of a pack lists. */
function listedIn(folder: string): { readonly sha256: string | undefined; readonly name: string }[] {
  return readFileSync(join(folder, "SHA256SUMS"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [, sha256, name = ""] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
      return { sha256, name };
    });
}

function requireShort(path: string, octets: number): void {
  if (octets > MOST_OCTETS)
    throw new BacktrailError("export-large", `${path} is longer than 512 MiB: export fewer findings (--min-severity).`);
}
