import { basename } from "node:path";
import type { Case } from "../case/case.ts";
import { replaceEstate, replaceFindings, replaceIncidents } from "../case/story-tables.ts";
import type { Finding } from "../contracts/finding.ts";
import { isDismissed } from "../contracts/finding.ts";
import type { Coverage, Story } from "../contracts/story.ts";
import { EMPTY_COVERAGE } from "../contracts/story.ts";
import { buildStory, toldOf } from "../incidents/story.ts";
import type { ReadExport } from "../report/imports/read-export.ts";
import type { ReportModel } from "../report/model.ts";
import { keepImported } from "./imported.ts";
import { saveStory } from "./story-of.ts";
import { TOOL } from "./version.ts";

/** Makes what an export holds the story of an empty case, and what people said about it entries of its journal. */
export async function takeExport(target: Case, read: ReadExport, file: string, sha256: string): Promise<void> {
  const name = basename(file);
  const told = read.report === null ? storyOfFindings(target, read, name) : storyOfReport(target, read.report, name);
  const story = { ...told, findings: told.findings.map(({ review: _, ...finding }): Finding => finding) };
  await replaceEstate(target.store, story.estate);
  await replaceFindings(target.store, story.findings);
  await replaceIncidents(target.store, story.incidents);
  await saveStory(target, story);
  if (read.report !== null) await keepImported(target, read.report, name, sha256);
}

/** Says here what people said there, each with who said it, when, and in which entry. */
export function takeAnnotations({ journal }: Case, { findings, report }: ReadExport): void {
  const rows = new Map(report?.custody.map((row) => [row.seq, row]));
  const of = ({ entry, by, at }: { readonly entry: number; readonly by: string; readonly at: string }) => ({
    ...{ entry, hash: rows.get(entry)?.hash ?? "", actor: by, host: rows.get(entry)?.host ?? "", at },
  });
  for (const { id, review } of findings) {
    if (review === undefined) continue;
    const { verdict, reason } = review;
    journal.append(`finding-${verdict}`, { object: id, detail: { reason, of: of(review) } });
  }
  for (const note of report?.notes ?? [])
    journal.append("note-added", { object: note.object, detail: { text: note.text, of: of(note) } });
}

/**
 * A report's story as the case's own. It is kept as it would be if nothing had been dismissed: which findings count is worked out from the
 * journal whenever it is read.
 */
function storyOfReport(target: Case, { story, evaluated }: ReportModel, name: string): Story {
  const { case: about, findings } = story;
  const origin = `This case was imported from ${name}, a report of the case ${about.name} (${about.id}): records, frames, captures and the packets themselves are there.`;
  const whole = findings.some(isDismissed) ? toldOf(story, findings, evaluated) : story;
  return {
    ...whole,
    case: caseOf(target),
    unknowns: [origin, ...story.unknowns],
  };
}

/** The story that findings alone tell. */
function storyOfFindings(target: Case, { findings, captures }: ReadExport, name: string): Story {
  const times = findings
    .flatMap(({ tsFirst, tsLast }) => [BigInt(tsFirst), BigInt(tsLast)])
    .sort((a, b) => (a < b ? -1 : 1));
  const notKnown = `These ${findings.length} findings were imported from ${name}: what the evidence covered, its estate and its records are in the case that it came from.`;
  const coverage: Coverage = {
    ...EMPTY_COVERAGE,
    captures,
    tsFirst: times[0]?.toString() ?? null,
    tsLast: times.at(-1)?.toString() ?? null,
    notKnown,
  };
  const told = buildStory({
    case: caseOf(target),
    findings,
    setAside: [],
    estate: { assets: [], networks: [], windows: [] },
    coverage,
    detectionsRun: 0,
    partlyBlind: [],
    hosts: new Map(),
  });
  return { ...told, unknowns: [notKnown] };
}

function caseOf({ info }: Case): Story["case"] {
  return { name: info.name, id: info.id, version: TOOL.version };
}
