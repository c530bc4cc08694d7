import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { CASE_FILES } from "../../case/case.ts";
import { readCaseFile } from "../../case/case-file.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { projectFile } from "../../program/program-files.ts";
import type { CasePlace } from "../../contracts/window.ts";
import { analyzeIntoCase } from "../analyze-into-case.ts";
import type { OnProgress } from "../progress.ts";

/** The cases in a folder, by name; a folder that is no case, or a damaged one, is passed over. */
export function casesIn(folder: string): CasePlace[] {
  if (!existsSync(folder)) return [];
  const found: CasePlace[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory() || entry.name.endsWith(PART) || !existsSync(join(path, CASE_FILES.info))) continue;
    try {
      const { name, created } = readCaseFile(join(path, CASE_FILES.info));
      found.push({ folder: path, name, created });
    } catch (error) {
      if (!(error instanceof BacktrailError || error instanceof SyntaxError)) throw error;
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

const PART = ".part";

/**
 * Records the sample incident and analyses it into a case, unless that was done before.
 * @returns The case's folder.
 * @throws BacktrailError `sample-missing`, `cancelled`, or what prevents writing; nothing half done is left behind.
 */
export async function makeSampleCase(folder: string, signal: AbortSignal, progress: OnProgress): Promise<string> {
  const place = join(folder, "sample-incident.case");
  if (existsSync(join(place, CASE_FILES.info))) return place;
  mkdirSync(folder, { recursive: true });
  const capture = join(folder, "sample-incident.pcapng");
  const draft = place + PART;
  rmSync(draft, { recursive: true, force: true });
  try {
    await recordSample(capture, signal);
    await analyzeIntoCase({ captures: [capture], folder: draft, name: "Sample incident", signal, progress });
    if (signal.aborted) throw cancelled();
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return place;
}

/** Runs the recorder of samples on a thread of its own: it needs no process, which a packaged program could not start. */
async function recordSample(path: string, signal: AbortSignal): Promise<void> {
  const program = projectFile("dist/samples/make.js");
  if (!existsSync(program))
    throw new BacktrailError("sample-missing", `${program} is missing: run npm run setup in the checkout.`);
  const worker = new Worker(program, { argv: ["--out", path], stdout: true, stderr: true });
  let complaint = "";
  worker.stderr.on("data", (part: Buffer) => (complaint += part.toString()));
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop);
  try {
    const code = await new Promise<number>((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    if (signal.aborted) throw cancelled();
    if (code !== 0) throw new BacktrailError("sample-failed", `The sample was not recorded: ${complaint.trim()}`);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function cancelled(): BacktrailError {
  return new BacktrailError("cancelled", "It was cancelled; nothing of it was kept.");
}
