import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import { replaceFindings, replaceIncidents } from "../case/story-tables.ts";
import { unzip } from "../case/zip-reader.ts";
import type { Finding } from "../contracts/finding.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { Coverage } from "../contracts/story.ts";
import { buildStory } from "../incidents/story.ts";
import type { ReadExport } from "../report/imports/read-export.ts";
import { readExport } from "../report/imports/read-export.ts";
import { saveStory } from "./story-of.ts";
import { TOOL } from "./version.ts";
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
    await take(target, read, name);
    target.journal.append("imported", {
      object: name,
      sha256,
      detail: { format: read.format, findings: read.findings.length, cut: [...read.cut], case: read.caseId },
    });
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
  };
}

async function contentOf(path: string): Promise<{ octets: Buffer; name: string }> {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return { octets: reportOfPack(path), name: join(path, PACK_REPORT) };
    if (path.toLowerCase().endsWith(".zip")) return { octets: await reportOfZip(path), name: path };
    if (found.size > MOST_OCTETS)
      throw new BacktrailError(
        "export-large",
        `${path} is longer than 512 MiB: export fewer findings (--min-severity).`,
      );
    return { octets: readFileSync(path), name: path };
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
}

async function reportOfZip(path: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-import-"));
  try {
    const [first = ""] = await unzip(path, folder);
    return reportOfPack(join(folder, first.includes("/") ? first.slice(0, first.indexOf("/")) : ""));
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
  for (const line of readFileSync(list, "utf8").split("\n").slice(0, -1)) {
    const [, sha256, name = ""] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    const isInside = sha256 !== undefined && !name.startsWith("/") && !name.split(/[\\/]/).includes("..");
    const file = join(folder, name);
    if (!isInside || !existsSync(file) || createHash("sha256").update(readFileSync(file)).digest("hex") !== sha256)
      throw new BacktrailError(
        "pack-changed",
        `${isInside ? name : "A line of SHA256SUMS"} in the pack ${folder} is not as it was when the pack was made: run its verify-pack.mjs.`,
      );
  }
  return readFileSync(join(folder, PACK_REPORT));
}

async function take(target: Case, { findings }: ReadExport, name: string): Promise<void> {
  const times = findings
    .flatMap(({ tsFirst, tsLast }) => [tsFirst, tsLast])
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const coverage = coverageOf(findings, times, name);
  const told = buildStory({
    case: { name: target.info.name, id: target.info.id, version: TOOL.version },
    findings,
    setAside: [],
    estate: { assets: [], networks: [], windows: [] },
    coverage,
    detectionsRun: 0,
    partlyBlind: [],
    hosts: new Map(),
  });
  const story = { ...told, unknowns: coverage.limits };
  await replaceFindings(target.store, story.findings);
  await replaceIncidents(target.store, story.incidents);
  await saveStory(target, story);
}

/** An import knows nothing of the evidence, and says so where a report would tell of it. */
function coverageOf(findings: readonly Finding[], times: readonly string[], name: string): Coverage {
  return {
    captures: [],
    tsFirst: times[0] ?? null,
    tsLast: times.at(-1) ?? null,
    packets: 0,
    octets: 0,
    connections: 0,
    gaps: [],
    missedOctets: 0,
    droppedPackets: null,
    duplicatePackets: 0,
    cutPackets: 0,
    oneWayConnections: 0,
    midStreamConnections: 0,
    encryptedShare: 0,
    unknownShare: 0,
    weirds: 0,
    limits: [
      `These ${findings.length} findings were imported from ${basename(name)}: what the evidence covered, its estate and its records are in the case that it came from.`,
    ],
    notEvaluated: [],
  };
}
