import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case.ts";
import { syncFolder } from "../case/durable-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import { makeFolder } from "../case/make-folder.ts";
import { draftOf, refuseEvidence, writeWhole } from "../case/output-file.ts";
import { mergedJournals, readMergedJournal } from "../case/merged-journals.ts";
import type { SigningKey } from "../case/signing.ts";
import { zipOf } from "../case/zip-writer.ts";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import type { ExportModel } from "../report/exports/export.ts";
import { originObject } from "../report/exports/origin.ts";
import type { ReportOptions } from "../report/forms.ts";
import { formOf } from "../report/forms.ts";
import { FULL_TEMPLATE } from "../report/templates.ts";
import { carveFinding } from "./carve-packets.ts";
import { exportModel } from "./export-model.ts";
import { isImported } from "./imported.ts";
import { projectFile } from "../program/program-files.ts";
import { reportModel } from "./report-model.ts";

/** What was written. */
export interface WrittenPack {
  readonly folder: string;
  readonly zip: string;
  readonly files: number;
  /** SHA-256 of `SHA256SUMS`: what the whole pack stands or falls with. */
  readonly sha256: string;
  readonly zipSha256: string;
  /** Fingerprint of the key that signed it; null if none did. */
  readonly signedBy: string | null;
  /** Findings whose packets could not be taken out, and why. */
  readonly withoutPackets: readonly { readonly finding: string; readonly reason: string }[];
}

/** Reports and exports in a pack, by the form that makes them. */
const DOCUMENTS: readonly (readonly [name: string, format: string])[] = [
  ["report.html", "html"],
  ["report.pdf", "pdf"],
  ["report.json", "json"],
  ["findings.csv", "csv"],
  ["timeline.csv", "timesketch-csv"],
  ["custody/custody.case.jsonld", "case-uco"],
];

/**
 * Writes a court pack: a folder, and a zip of it beside, with report, timeline, findings, the packets behind them, custody, hashes and a
 * verifier that needs nothing of ours. Both get their names when both are whole. With a key `SHA256SUMS` is signed, and so all of it.
 * @throws BacktrailError `folder-not-empty`, `zip-too-large` (the folder is there then), or what prevents writing; nothing half-written is
 *   left behind.
 */
export async function writePack(
  source: Case,
  place: string,
  { template = FULL_TEMPLATE, paper = "a4", key }: Partial<ReportOptions> & { readonly key?: SigningKey } = {},
): Promise<WrittenPack> {
  const folder = resolve(place);
  const zip = `${folder}.zip`;
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new BacktrailError("folder-not-empty", `${folder} is not empty: give a new folder for the pack.`);
  for (const path of [folder, zip]) refuseEvidence(source, path);
  const draft = draftOf(folder);
  try {
    const { sums, withoutPackets } = await writeParts(source, draft, { template, paper });
    const names = [...sums.keys()].sort();
    const sha256 = await writeWhole(
      join(draft, "SHA256SUMS"),
      names.map((name) => `${sums.get(name)!}  ${name}\n`),
    );
    await writeWhole(join(draft, "SHA256SUMS.sha256"), [`${sha256}  SHA256SUMS\n`]);
    const signature = key?.sign("pack", sha256);
    if (signature !== undefined) await writeWhole(join(draft, SIGNATURE), [`${JSON.stringify(signature, null, 2)}\n`]);
    const all = ["SHA256SUMS", "SHA256SUMS.sha256", ...(signature === undefined ? [] : [SIGNATURE]), ...names];
    const zipped = await writeZip(zip, draft, all, folder);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    syncFolder(dirname(folder));
    if (!source.isReadOnly)
      source.journal.append("pack-written", { object: folder, sha256, detail: { files: all.length } });
    if (!source.isReadOnly && signature !== undefined)
      source.journal.append("signed", { object: folder, sha256, detail: { signature: { ...signature } } });
    if (zipped instanceof BacktrailError) throw zipped;
    if (!source.isReadOnly)
      source.journal.append("exported", { object: zip, sha256: zipped, detail: { format: "zip" } });
    const signedBy = key?.fingerprint ?? null;
    return { folder, zip, files: all.length, sha256, zipSha256: zipped, signedBy, withoutPackets };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw saidOf(folder, draft, error);
  }
}

/** All of a pack but its list of hashes. @returns the hash of each file, and the findings without packets. */
async function writeParts(
  source: Case,
  draft: string,
  options: ReportOptions,
): Promise<{ readonly sums: ReadonlyMap<string, string> } & Pick<WrittenPack, "withoutPackets">> {
  for (const part of ["custody", "slices"]) makeFolder(join(draft, part));
  const model = await exportModel(source, await reportModel(source));
  const sums = new Map<string, string>();
  const put = async (name: string, pieces: Parameters<typeof writeWhole>[1]) => {
    sums.set(name, await writeWhole(join(draft, name), pieces));
  };
  for (const [name, format] of DOCUMENTS) await put(name, formOf("", format).write(model, options));
  const withoutPackets = await writeSlices(source, model, draft, sums);
  await put("custody/journal.jsonl", [readFileSync(source.journal.path)]);
  for (const name of mergedJournals(source.folder)) {
    makeFolder(join(draft, "custody", dirname(name)));
    await put(`custody/${name}`, [readMergedJournal(source.folder, name)]);
  }
  await put("custody/evidence.json", [ledgerText(source)]);
  await put("METHOD.md", [readFileSync(projectFile("docs/pack-method.md"))]);
  await put("verify-pack.mjs", [readFileSync(projectFile("bin/verify-pack.mjs"))]);
  const about = {
    format: 1,
    ...originObject(model.origin),
    journal_head: source.journal.head,
    without_packets: withoutPackets,
  };
  await put("pack.json", [`${JSON.stringify(about, null, 2)}\n`]);
  return { sums, withoutPackets };
}

/** The list of captures as it is now; of a case that was imported, that there are none. */
function ledgerText({ folder }: Case): Buffer | string {
  const path = join(folder, CASE_FILES.ledger);
  return existsSync(path) ? readFileSync(path) : `${JSON.stringify({ format: 1, captures: [] }, null, 2)}\n`;
}

/** The zip's SHA-256; or that it would be too large, which does not spoil the folder. */
async function writeZip(
  zip: string,
  draft: string,
  names: readonly string[],
  folder: string,
): Promise<string | BacktrailError> {
  try {
    return await writeWhole(zip, zipOf(draft, names, basename(folder)));
  } catch (error) {
    if (isProblem(error, "zip-too-large")) return saidOf(folder, draft, error);
    throw error;
  }
}

/** What prevented it, said of the pack's own places: those of the draft are gone. */
function saidOf(folder: string, draft: string, error: unknown): BacktrailError {
  const { code, message, kind } = ioProblem(error, `writing the pack ${folder}`);
  return new BacktrailError(code, message.replaceAll(draft, folder), { kind, cause: error });
}

/** The packets behind each finding; one whose packets are not to be had is named with the reason. */
async function writeSlices(
  source: Case,
  { findings }: ExportModel,
  draft: string,
  sums: Map<string, string>,
): Promise<WrittenPack["withoutPackets"]> {
  if (isImported(source)) return findings.map(({ id }) => ({ finding: id, reason: NOT_HERE }));
  const without: { finding: string; reason: string }[] = [];
  for (const finding of findings) {
    const name = `slices/${finding.id}.pcapng`;
    try {
      const { sha256 } = await carveFinding(source, finding, join(draft, name));
      sums.set(name, sha256);
    } catch (error) {
      if (!(error instanceof BacktrailError) || !MISSING_PACKETS.includes(error.code)) throw error;
      without.push({ finding: finding.id, reason: error.message });
    }
  }
  return without;
}

const NOT_HERE = "the findings were imported, and their packets are in the case that they came from";

/** The signature of `SHA256SUMS`, beside it. */
const SIGNATURE = "SHA256SUMS.sig.json";

/** What keeps packets from being read again, as codes: the pack is still worth having, and says so. */
const MISSING_PACKETS: readonly string[] = ["no-packets", "evidence-changed"];
