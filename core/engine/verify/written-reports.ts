import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Case } from "../../case/case.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { REPORT_FORMS } from "../../report/forms.ts";
import { buildIdentity } from "../build-identity.ts";
import { exportChoice, readOptions } from "../report-options.ts";
import { TOOL } from "../version.ts";
import { reportContent } from "../write-report.ts";

/** What became of a report that was written. */
export interface WrittenReport {
  readonly entry: number;
  readonly path: string;
  /** The file as it lies there now. */
  readonly file: "same" | "changed" | "missing";
  /** The same report made again from the case as it was then. */
  readonly again: "same" | "different" | "not made";
  /** Why it is not the same or was not made, as a sentence; null where it is the same. */
  readonly reason: string | null;
}

/** Entries after which a report says something else, so that an earlier one cannot be made again. */
const CHANGES: readonly string[] = ["analysis-finished", "evaluated", "scope-set", "scope-removed"];

/** Compares the last report of each path with its hash in the journal, and makes it again where the case still can. */
export async function checkReports(source: Case): Promise<WrittenReport[]> {
  const last = new Map<string, JournalEntry>();
  for (const entry of source.journal.entries)
    if (entry.action === "report-written" && entry.object !== null) last.set(entry.object, entry);
  const states: WrittenReport[] = [];
  for (const [path, entry] of last)
    states.push({ entry: entry.seq, path, file: fileState(path, entry), ...(await again(source, entry)) });
  return states;
}

function fileState(path: string, { sha256 }: JournalEntry): WrittenReport["file"] {
  if (!existsSync(path)) return "missing";
  return createHash("sha256").update(readFileSync(path)).digest("hex") === sha256 ? "same" : "changed";
}

async function again(source: Case, entry: JournalEntry): Promise<Pick<WrittenReport, "again" | "reason">> {
  const refuse = (reason: string) => ({ again: "not made" as const, reason });
  const changed = source.journal.entries.find(({ seq, action }) => seq > entry.seq && CHANGES.includes(action));
  if (changed !== undefined)
    return refuse(`entry ${changed.seq} (${changed.action}) changed what the case says after it was written`);
  if (entry.version !== TOOL.version)
    return refuse(`version ${entry.version} wrote it and this is ${TOOL.version}: use that version`);
  if (entry.detail["redacted"] === true) return refuse("it is redacted: write it again with its rules and compare");
  const form = REPORT_FORMS.find(({ endings }) => endings[0] === entry.detail["form"]);
  const options = readOptions(entry.detail);
  if (form === undefined || options === null) return refuse("the journal does not say how it was made");
  const hash = createHash("sha256");
  const choice = { ...options, ...exportChoice(entry.detail) };
  for await (const piece of await reportContent(source, form, choice, entry.seq)) hash.update(piece);
  const sha256 = hash.digest("hex");
  if (sha256 === entry.sha256) return { again: "same", reason: null };
  const { build } = entry.detail;
  if (build !== buildIdentity()) {
    const which = typeof build === "string" ? `build ${build.slice(0, 16)}` : "an earlier build";
    return refuse(`${which} of version ${entry.version} wrote it, and this one writes it otherwise: use that build`);
  }
  return {
    again: "different",
    reason: `made again it has SHA-256 ${sha256}, the journal has ${entry.sha256 ?? "none"}`,
  };
}
