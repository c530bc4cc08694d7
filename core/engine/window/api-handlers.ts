import { join } from "node:path";
import { annotationsOf } from "../../case/annotations.ts";
import type { Case } from "../../case/case.ts";
import { makeFolder } from "../../case/make-folder.ts";
import type { Api, ApiMethod, CaseHandlers, CaseView, Handlers } from "../../contracts/api.ts";
import type { Result } from "../../contracts/result.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { countText, isoTime } from "../../contracts/text-forms.ts";
import type { DetectionView, TextPage } from "../../contracts/window.ts";
import { DETECTIONS } from "../../detections/index.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { REPORT_FORMS } from "../../report/forms.ts";
import { reportHtml } from "../../report/report-html.ts";
import type { ReportTemplate } from "../../report/templates.ts";
import { namedTemplate, TEMPLATE_NAMES } from "../../report/templates.ts";
import { withMachine } from "../../estate/scope-machine.ts";
import { addNote, removeNote, reviewFinding } from "../annotate.ts";
import { changeScope } from "../case-scope.ts";
import { evaluate } from "../evaluate.ts";
import { evidenceRows } from "../evidence-rows.ts";
import { isImported } from "../imported.ts";
import { conflictsOf } from "../open-conflicts.ts";
import { RECORD_TYPES, recordTypeNamed } from "../record-types.ts";
import { reportModel } from "../report-model.ts";
import { storyOf, toldParts } from "../story-of.ts";
import { verifyCase } from "../verify-case.ts";
import { writeReport } from "../write-report.ts";
import { checkedCall, resultOf } from "./checked-call.ts";
import { columnSummary } from "./column-summary.ts";
import { estate, exfiltration, sessionLanes } from "./figure-data.ts";
import { fieldNames, fieldValues, filterMistake } from "./filter-help.ts";
import { Kept } from "./kept.ts";
import { readJoined } from "./known-values.ts";
import { liveView } from "./live-view.ts";
import { otherDissection } from "./other-dissection.ts";
import { Matcher } from "./matches.ts";
import { fittingTables, overview } from "./overview.ts";
import { PacketPages, readFrame } from "./packet-pages.ts";
import { recordsOf, recordsPage, typedRows } from "./record-pages.ts";
import { SpanIndex } from "./span-index.ts";
import { StreamPages } from "./stream-page.ts";

/** Most rows of a typed query that go to the window. */
const MOST_TYPED_ROWS = 1000;
/** Filters that are asked before a person asks one: each of every session, and of few. */
const TRIED = ["orig_bytes > 0 and resp_bytes > 0", "orig_bytes > 1 or dst in backup"];
const TRIED_ROWS = 100;

/** Everything that a window may ask of an open case. Served over Electron's bridge and over loopback HTTP alike. */
export function apiHandlers(source: Case): CaseHandlers {
  const packets = new PacketPages(source);
  const index = new SpanIndex(source);
  const matcher = new Matcher(source);
  const streams = new StreamPages(source);
  const tried = new Kept<void>(1);
  return {
    "case.view": () => caseView(source),
    "case.overview": ({ buckets, ...narrowing }) => overview(source, index, narrowing, buckets),
    "case.matches": (narrowing) => matcher.matches(narrowing),
    "case.prepare": async () => {
      if (source.store.isIngesting) return {};
      await readJoined(source);
      await matcher.prepare();
      await index.prepare();
      await tried.get("", async () => {
        for (const filter of TRIED) await tryFilter(source, index, matcher, filter);
      });
      return {};
    },
    "case.tables": (narrowing) => fittingTables(source, index, narrowing),
    "case.verify": () => Promise.resolve(verification(source)),
    "case.journal": ({ first, count }) => Promise.resolve(journalPage(source, first, count)),
    "filter.check": ({ filter }) => Promise.resolve(filterMistake(source, filter)),
    "filter.names": () => Promise.resolve(fieldNames()),
    "filter.values": ({ field, prefix }) => fieldValues(source, field, prefix),
    "records.page": (arg) => recordsPage(source, index, arg),
    "records.column": (arg) => columnSummary(source, arg),
    "records.of": (subject) => recordsOf(source, subject),
    "query.run": ({ text }) => typedRows(source, text, MOST_TYPED_ROWS),
    "finding.evidence": ({ finding }) => findingEvidence(source, finding),
    "finding.review": async ({ finding, verdict, reason }) => {
      const review = await reviewFinding(source, finding, verdict, reason);
      return { review, told: toldParts(await storyOf(source)) };
    },
    "note.add": ({ object, text }) => addNote(source, object, text),
    "note.remove": ({ entry }) => Promise.resolve(removeNote(source, entry)),
    "scope.view": () => Promise.resolve({ text: source.scope() }),
    "scope.set": ({ text }) => takeScope(writable(source), text).finally(() => index.forgetEstate()),
    "scope.machine": (entry) =>
      takeScope(writable(source), withMachine(source.scope(), entry)).finally(() => index.forgetEstate()),
    "detection.view": async ({ detection }) => detectionView(detection),
    "stream.page": ({ session, first, count }) => streams.page(session, first, count),
    "packets.page": ({ subject, whole, first, count }) => packets.page(subject, whole, first, count),
    "packet.view": ({ capture, frame }) => packets.view(capture, frame),
    "packet.other": async ({ capture, frame }) => otherDissection(await readFrame(source, capture, frame)),
    "timeline.sessions": ({ hosts, parts, ...narrowing }) => sessionLanes(source, narrowing, hosts, parts),
    "exfiltration.view": (narrowing) => exfiltration(source, narrowing),
    "estate.view": (narrowing) => estate(source, narrowing),
    "live.view": () => Promise.resolve(liveView(source.folder)),
    "figure.saved": ({ figure, file, sha256, filter, from, to }) => {
      const detail = { figure, filter, from, to };
      const { seq } = writable(source).journal.append("figure-saved", { object: file, sha256, detail });
      return Promise.resolve({ entry: seq });
    },
    "report.preview": async ({ template }) => ({
      html: reportHtml(await reportModel(source), templateNamed(template)),
    }),
    "report.write": async ({ ending, template }) => {
      const folder = join(writable(source).folder, "reports");
      makeFolder(folder);
      const path = join(folder, `report${ending}`);
      return { path, sha256: await writeReport(source, path, { template: templateNamed(template) }) };
    },
  };
}

/** Asks what a change of the filter asks: what runs for the first time takes several times as long, which a person would wait for. */
async function tryFilter(source: Case, index: SpanIndex, matcher: Matcher, filter: string): Promise<void> {
  const narrowing = { filter, from: null, to: null };
  await Promise.all([
    overview(source, index, narrowing, 1),
    matcher.matches(narrowing),
    recordsPage(source, index, { ...narrowing, table: "conn", sort: null, first: 0, count: TRIED_ROWS }),
  ]);
}

/** Answers one call: checks the name and the argument, turns what is thrown into a Problem. Never rejects. */
export async function answer(handlers: Partial<Handlers>, method: unknown, arg: unknown): Promise<Result<unknown>> {
  const checked = checkedCall(method, arg);
  if (!checked.ok) return checked;
  const { method: name, arg: checkedArg } = checked.value;
  const handler = handlers[name] as ((arg: Api[ApiMethod][0]) => Promise<unknown>) | undefined;
  return resultOf(async () => {
    if (handler === undefined) throw new BacktrailError("no-call", `${name} is not answered here.`);
    return handler(checkedArg);
  });
}

/** @throws BacktrailError `read-only` */
function writable(source: Case): Case {
  if (!source.isReadOnly) return source;
  throw new BacktrailError(
    "read-only",
    `The case ${source.folder} was opened for reading only, so nothing can be added to it: copy it to a place that can be written and open the copy.`,
  );
}

/** Finds estate and findings anew under another scope; gives the one before, which takes it back. */
async function takeScope(source: Case, text: string | null): Promise<{ before: string | null }> {
  const before = source.scope();
  if (text === null || text.trim() === "") {
    source.setScope(null);
    await evaluate(source);
  } else await changeScope(source, text, "scope.yaml");
  return { before };
}

function templateNamed(name: string): ReportTemplate {
  const template = namedTemplate(name);
  if (template !== null) return template;
  throw new BacktrailError("no-template", `There is no report template ${name}: choose ${TEMPLATE_NAMES.join(", ")}.`);
}

function noFinding(id: string): BacktrailError {
  return new BacktrailError("no-finding", `There is no finding ${id} in this case: reload the page.`);
}

async function caseView(source: Case): Promise<CaseView> {
  const story = await storyOf(source);
  const counts = RECORD_TYPES.map(
    ({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${quoteIdentifier(name)}`,
  );
  const filled = await source.store.rows(`SELECT * FROM (${counts.join(" UNION ALL ")}) WHERE rows > 0`);
  const tables = filled.map((row) => {
    const name = rowText(row["name"]);
    return { name, text: recordTypeNamed(name)!.text, rows: Number(row["rows"]) };
  });
  return {
    folder: source.folder,
    readOnly: source.isReadOnly,
    imported: isImported(source),
    story,
    tables,
    notes: annotationsOf(source.journal.entries).notes,
    conflicts: conflictsOf(source.journal.entries),
    journal: { entries: source.journal.entries.length, ok: source.checkJournal().ok },
    reportTemplates: TEMPLATE_NAMES,
    reportForms: REPORT_FORMS.map(({ endings: [ending = ""], text }) => ({ ending, text })),
  };
}

function verification(source: Case): Api["case.verify"][1] {
  const { ok, evidence, journal } = verifyCase(source);
  const lines = evidence.map(
    ({ number, path, state, difference }) =>
      `capture ${number} ${path}: ${state}${difference === null ? "" : `, ${difference}`}`,
  );
  lines.push(
    journal.ok
      ? `journal: intact, ${journal.entries} entries`
      : `journal: broken at line ${journal.firstBad?.line ?? 0}, ${journal.firstBad?.reason ?? ""}`,
  );
  return { ok, lines };
}

const JOURNAL_COLUMNS: TextPage["columns"] = [
  { name: "entry", kind: "count", text: "Number of the entry" },
  { name: "at", kind: "string", text: "When, by the clock of the machine that wrote it" },
  { name: "actor", kind: "string", text: "Account that did it" },
  { name: "action", kind: "string", text: "What was done" },
  { name: "object", kind: "string", text: "What it was done to" },
  { name: "detail", kind: "string", text: "Particulars as JSON" },
  { name: "hash", kind: "string", text: "SHA-256 of the entry, which the next one carries" },
];

function journalPage(source: Case, first: number, count: number): TextPage {
  const latest = source.journal.entries.toReversed();
  return {
    columns: JOURNAL_COLUMNS,
    rows: latest
      .slice(first, first + count)
      .map(({ seq, at, actor, action, object, detail, hash }) => [
        String(seq),
        at,
        actor,
        action,
        object ?? "",
        JSON.stringify(detail).slice(0, 2000),
        hash,
      ]),
    total: latest.length,
  };
}

const EVIDENCE_COLUMNS: TextPage["columns"] = [
  { name: "ts", kind: "time", text: "When the record's event was seen" },
  { name: "table", kind: "string", text: "Record table" },
  { name: "rid", kind: "string", text: "Id of the record" },
  { name: "capture", kind: "count", text: "Capture in the evidence ledger" },
  { name: "frames", kind: "string", text: "Frames in the capture, as Wireshark counts" },
  { name: "file offset", kind: "count", text: "Where the first frame begins in the capture file" },
];

async function findingEvidence(source: Case, id: string): Promise<TextPage> {
  const finding = (await storyOf(source)).findings.find((each) => each.id === id);
  if (finding === undefined) throw noFinding(id);
  const { rows } = await evidenceRows(source, [finding]);
  return {
    columns: EVIDENCE_COLUMNS,
    rows: rows.map((row) => [
      isoTime(row.ts),
      row.table,
      row.rid,
      String(row.capture),
      row.frame === row.lastFrame ? String(row.frame) : `${row.frame} to ${row.lastFrame}`,
      row.fileOffset === null ? "in a compressed file" : countText(row.fileOffset),
    ]),
    total: finding.recordCount,
  };
}

function detectionView(id: string): DetectionView {
  const found = DETECTIONS.find((each) => each.id === id);
  if (found === undefined)
    throw new BacktrailError("no-detection", `This version has no detection ${id}: evaluate the case again.`);
  const { title, explanation, query, parameters, needs, falsePositives, references } = found;
  const blindTo = found.blindTo.map(({ text }) => text);
  return { id, title, explanation, query, parameters, needs, falsePositives, references, blindTo };
}
