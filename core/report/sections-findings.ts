import type { Note } from "../contracts/annotations.ts";
import { noteSpan } from "../contracts/annotations.ts";
import { ATTACK_NAMES, ATTACK_VERSION } from "../contracts/attack-names.ts";
import type { Finding, OtherReason } from "../contracts/finding.ts";
import { isAnsweredUnread, isDismissed } from "../contracts/finding.ts";
import { addTo } from "../contracts/grouping.ts";
import { STEP_OUTCOMES } from "../contracts/story.ts";
import { confidenceWord, countOf, countText, dateTime } from "../contracts/text-forms.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import type { HostNames } from "../contracts/host-names.ts";
import type { Block, Cell, FindingBlock, Piece, Section } from "./document.ts";
import { code, column, findingLinks } from "./document.ts";
import type { EvidenceRow, ReportModel } from "./model.ts";
import { techniques } from "./model.ts";
import { wayOf } from "./sections-incident.ts";
import { TEXTS } from "./texts.ts";

/** More findings than these are not all set out in full: a table has the rest, so that the pages stay readable. */
const SET_OUT = 300;

/** Every finding in time order, fact and inference worded apart. */
export function findingsSection(model: ReportModel, hosts: HostNames): Section | null {
  const { findings } = model.story;
  if (findings.length === 0) return null;
  const full = setOut(model);
  const blocks: Block[] = [{ kind: "text", text: TEXTS.findings }];
  if (full.size < findings.length)
    blocks.push({ kind: "text", text: TEXTS.findingsApart.replace("{most}", countText(SET_OUT)) });
  const evidence = new Map<string, EvidenceRow[]>();
  for (const row of model.evidence) {
    const rows = evidence.get(row.finding);
    if (rows === undefined) evidence.set(row.finding, [row]);
    else rows.push(row);
  }
  for (const finding of findings) {
    if (full.has(finding.id))
      blocks.push({ kind: "finding", finding: findingBlock(finding, evidence.get(finding.id) ?? [], hosts) });
  }
  const rest = findings.filter(({ id }) => !full.has(id));
  if (rest.length > 0)
    blocks.push({ kind: "heading", level: 3, text: TEXTS.findingsRest }, findingTable(rest, hosts, evidence));
  return { id: "findings", title: TEXTS.sections.findings, blocks };
}

/** Ids of the findings that are set out in full. */
function setOut({ story: { findings, incidents } }: ReportModel): ReadonlySet<string> {
  if (findings.length <= SET_OUT) return new Set(findings.map(({ id }) => id));
  const joined = new Set(incidents.flatMap(({ steps }) => steps.flatMap((step) => step.findings.slice(0, 1))));
  const rank = (finding: Finding) =>
    (finding.severity === "critical" ? 4 : finding.severity === "high" ? 3 : 0) + (joined.has(finding.id) ? 2 : 0);
  const first = findings.filter((finding) => rank(finding) > 0).sort((a, b) => rank(b) - rank(a));
  return new Set(first.slice(0, SET_OUT).map(({ id }) => id));
}

/** Findings as rows. With `evidence` each row says where its proof begins; else each leads to the finding. */
function findingTable(
  findings: readonly Finding[],
  hosts: HostNames,
  evidence: ReadonlyMap<string, readonly EvidenceRow[]> | null,
): Extract<Block, { kind: "table" }> {
  const rows = findings.map((finding): Cell[] => {
    const phase: Piece = { text: PHASE_STYLES[finding.phase].label, phase: finding.phase };
    const verdict = finding.review === undefined ? "" : `, ${finding.review.verdict}`;
    const kind = `${finding.severity}, ${finding.basis}${verdict}`;
    const seen = `${finding.title}: ${finding.explanation}`;
    const first = [dateTime(finding.tsFirst, 3), { lines: [[phase], kind] }, seen];
    return evidence === null
      ? [...first, wayOf({ ...finding, user: null }, hosts), [code(finding.id, finding.id)]]
      : [...first, { lines: [[code(finding.id)], frameText(evidence.get(finding.id)?.[0])] }];
  });
  const columns = [column("First (UTC)", "time"), column("Phase, severity, basis"), column("What was seen", "wide")];
  if (evidence === null) columns.push(column("Way"), column("Finding", "code"));
  else columns.push(column("Finding, first frame", "code"));
  return { kind: "table", columns, rows };
}

function frameText(row: EvidenceRow | undefined): string {
  return row === undefined ? "" : `${row.frame} of ${row.capture}`;
}

function findingBlock(finding: Finding, evidence: readonly EvidenceRow[], hosts: HostNames): FindingBlock {
  const same = finding.tsFirst === finding.tsLast;
  const when = same
    ? dateTime(finding.tsFirst, 6)
    : `${dateTime(finding.tsFirst, 6)} to ${dateTime(finding.tsLast, 6)}`;
  const parameters = Object.entries(finding.parameters).map(([name, value]) => `${name} = ${value}`);
  const { review } = finding;
  const rows: [label: string, value: Cell | null][] = [
    ["When (UTC)", when],
    ["From", finding.source === null ? null : hosts.full(finding.source)],
    ["To", finding.target === null ? null : hosts.full(finding.target)],
    ["Account", accountText(finding)],
    ["Object", finding.object === null ? null : [code(finding.object)]],
    ["Events", countText(finding.count)],
    ["ATT&CK", finding.attack.map((id) => `${id} ${ATTACK_NAMES[id] ?? ""}`.trim()).join(", ") || null],
    ["Rule", parameters.length > 0 ? `${finding.detection} (${parameters.join(", ")})` : finding.detection],
    ["Also seen as", finding.also.length > 0 ? { lines: finding.also.map(alsoText) } : null],
    ["Adjusted", finding.adjustments.length > 0 ? finding.adjustments.join("; ") : null],
    ["Evidence", evidenceText(finding, evidence)],
    ["Investigator", review === undefined ? null : reviewText(review)],
  ];
  return {
    id: finding.id,
    title: finding.title,
    phase: finding.phase,
    severity: finding.severity,
    basis: finding.basis,
    basisLabel: TEXTS[finding.basis],
    explanation: finding.explanation,
    tags: [
      { text: PHASE_STYLES[finding.phase].label, phase: finding.phase },
      " · ",
      { text: finding.severity, severity: finding.severity },
      ` · ${confidenceWord(finding.confidence)} (${finding.confidence.toFixed(2)}) · ${isAnsweredUnread(finding) ? STEP_OUTCOMES.unread : finding.outcome}${finding.review === undefined ? "" : ` · ${finding.review.verdict} by the investigator`}`,
    ],
    rows: rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value }])),
  };
}

function accountText({ user, spelled, byTicket }: Finding): string | null {
  if (user === null) return null;
  const written = spelled === undefined ? user : `${user} (written as ${spelled} in these records)`;
  return byTicket === true ? `${written}: a name in a ticket; who used it is not known` : written;
}

function reviewText({ verdict, reason, by, at, entry }: NonNullable<Finding["review"]>): string {
  return `${verdict} by ${by} on ${at.slice(0, 10)}${reason === null ? "" : `: ${reason}`} (journal entry ${entry})`;
}

function alsoText({ detection, title, basis, explanation }: OtherReason): string {
  return `${title} (${detection}, ${basis}): ${explanation}`;
}

/** How many records, and where the first of them lies. */
function evidenceText(finding: Finding, [first]: readonly EvidenceRow[]): string {
  const count = countOf(finding.recordCount, "record");
  if (first === undefined) return count;
  return `${count}; the first in frame ${countText(first.frame)} of capture ${first.capture} (${first.table} ${first.rid})`;
}

/** All findings and what was noted about spans of time, as one table in time order. */
export function timelineSection({ story: { findings }, notes }: ReportModel, hosts: HostNames): Section | null {
  const pinned = notes.flatMap((note) => {
    const span = note.object.startsWith("range:") ? noteSpan(note, []) : null;
    return span === null ? [] : [{ ...span, note }];
  });
  if (findings.length + pinned.length === 0) return null;
  const { columns, rows } = findingTable(findings, hosts, null);
  const timed = [
    ...rows.map((row, i) => ({ ts: BigInt(findings[i]!.tsFirst), row })),
    ...pinned.map(({ from, to, note }) => ({ ts: BigInt(from), row: noteRow(from, to, note) })),
  ].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  return {
    id: "timeline",
    title: TEXTS.sections.timeline,
    blocks: [
      { kind: "text", text: TEXTS.timeline },
      { kind: "table", columns, rows: timed.map(({ row }) => row) },
    ],
  };
}

function noteRow(from: string, to: string, { text, by, entry }: Note): Cell[] {
  const until = from === to ? "" : ` (until ${dateTime(to, 3)})`;
  return [dateTime(from, 3), "note", `${text}${until}`, `by ${by}, journal entry ${entry}`, ""];
}

/** What the investigator decided about findings, and noted. */
export function reviewsSection({ story, notes, conflicts }: ReportModel): Section {
  const reviewed = story.findings.filter(({ review }) => review !== undefined);
  const { id, title } = { id: "reviews", title: TEXTS.sections.reviews };
  if (reviewed.length === 0 && notes.length === 0 && conflicts.length === 0)
    return { id, title, blocks: [{ kind: "text", role: "empty", text: TEXTS.reviewsNone }] };
  const blocks: Block[] = [{ kind: "text", text: TEXTS.reviews }];
  if (reviewed.length > 0) {
    const rows = reviewed.map((finding): Cell[] => [
      [code(finding.id, finding.id)],
      finding.title,
      finding.review!.verdict,
      finding.review!.reason ?? "",
      finding.review!.by,
      finding.review!.at,
      String(finding.review!.entry),
    ]);
    const columns = [
      column("Finding", "code"),
      column("Title"),
      column("Verdict"),
      column("Because", "wide"),
      column("Who"),
      column("When (UTC)", "time"),
      column("Entry", "number"),
    ];
    blocks.push({ kind: "table", columns, rows });
  }
  if (notes.length > 0) {
    const rows = notes.map((note): Cell[] => [
      notedThing(note, story.findings),
      note.text,
      note.by,
      note.at,
      String(note.entry),
    ]);
    const columns = [
      column("Note on"),
      column("Note", "wide"),
      column("Who"),
      column("When (UTC)", "time"),
      column("Entry", "number"),
    ];
    blocks.push({ kind: "table", columns, rows });
  }
  if (conflicts.length > 0) blocks.push(...conflictBlocks(conflicts));
  return { id, title, blocks };
}

/** What a note is about: a span by its times, a finding by its id, which leads to it. */
function notedThing(note: Note, findings: readonly Finding[]): Cell {
  const { object } = note;
  const span = noteSpan(note, findings);
  if (span === null) return [code(object)];
  if (!object.startsWith("range:")) return [code(object.slice("finding:".length), object.slice("finding:".length))];
  const [from, to] = [dateTime(span.from, 3), dateTime(span.to, 3)];
  return from === to ? from : { lines: [`${from} to`, to] };
}

function conflictBlocks(conflicts: ReportModel["conflicts"]): Block[] {
  const rows = conflicts.map(({ object, what, here, there, entry }): Cell[] => [
    object === null ? `The ${what}` : [code(object, object)],
    here,
    there,
    String(entry),
  ]);
  const columns = [
    column("About", "code"),
    column("What stands", "wide"),
    column("What the other copy said", "wide"),
    column("Merge", "number"),
  ];
  return [
    { kind: "heading", level: 3, text: TEXTS.conflictsHeading },
    { kind: "text", text: TEXTS.conflicts },
    { kind: "table", columns, rows },
  ];
}

/** Techniques seen, with the findings that show them. */
export function attackSection(model: ReportModel): Section | null {
  const seen = techniques(model.story.findings);
  if (seen.length === 0) return null;
  const rows = seen.map(({ id, findings }): Cell[] => [
    [code(id)],
    ATTACK_NAMES[id] ?? "",
    countText(findings.length),
    Math.max(...findings.map((finding) => finding.confidence)).toFixed(2),
    dateTime(findings[0]!.tsFirst),
    findingLinks(
      findings.map((finding) => finding.id),
      12,
    ),
  ]);
  const columns = [
    column("Technique", "code"),
    column("Name"),
    column("Findings", "number"),
    column("Confidence", "number"),
    column("First seen (UTC)", "time"),
    column("Findings", "wide"),
  ];
  const names: Block = {
    kind: "text",
    role: "empty",
    text: `Names of ATT&CK for Enterprise v${ATTACK_VERSION}.`,
  };
  return { id: "attack", title: TEXTS.sections.attack, blocks: [{ kind: "table", columns, rows }, names] };
}

/** Hosts outside the site that findings name. */
export function indicatorsSection({ story }: ReportModel): Section | null {
  const outside = new Set(story.estate.assets.filter(({ internal }) => !internal).map(({ address }) => address));
  const named = new Map<string, Finding[]>();
  for (const finding of story.findings) {
    if (isDismissed(finding)) continue;
    for (const address of new Set([finding.source, finding.target])) {
      if (address === null || !outside.has(address)) continue;
      addTo(named, address, finding);
    }
  }
  if (named.size === 0) return null;
  const names = new Map(story.estate.assets.map(({ address, name }) => [address, name]));
  const rows = [...named].map(([address, findings]): Cell[] => [
    [code(address)],
    names.get(address) ?? "",
    dateTime(
      findings.reduce(
        (least, { tsFirst }) => (BigInt(tsFirst) < BigInt(least) ? tsFirst : least),
        findings[0]!.tsFirst,
      ),
    ),
    dateTime(
      findings.reduce((most, { tsLast }) => (BigInt(tsLast) > BigInt(most) ? tsLast : most), findings[0]!.tsLast),
    ),
    { lines: [...new Set(findings.map(({ title }) => title))].slice(0, 8) },
    findingLinks(
      findings.map(({ id }) => id),
      8,
    ),
  ]);
  const columns = [
    column("Address", "code"),
    column("Name", "wide"),
    column("First (UTC)", "time"),
    column("Last (UTC)", "time"),
    column("Because", "wide"),
    column("Findings", "code"),
  ];
  return {
    id: "indicators",
    title: TEXTS.sections.indicators,
    blocks: [
      { kind: "text", text: TEXTS.indicators },
      { kind: "table", columns, rows },
    ],
  };
}

/** Finding → records → frames → place in the file → hash of the file. */
export function evidenceSection(model: ReportModel): Section | null {
  if (model.evidence.length === 0) return null;
  const hashes = new Map(model.story.coverage.captures.map((capture) => [capture.number, capture.sha256]));
  const full = setOut(model);
  const rows = model.evidence
    .filter(({ finding }) => full.has(finding))
    .map((row): Cell[] => [
      [code(row.finding, row.finding)],
      { lines: [row.table, [code(row.rid)]] },
      dateTime(row.ts, 9),
      String(row.capture),
      row.frame === row.lastFrame && row.capture === row.lastCapture
        ? `${row.frame}`
        : `${row.frame} to ${row.lastFrame}`,
      row.fileOffset === null ? "in a compressed file" : countText(row.fileOffset),
      [code(`${(hashes.get(row.capture) ?? "").slice(0, 10)}…`)],
    ]);
  const columns = [
    column("Finding", "code"),
    column("Record", "code"),
    column("Time (UTC)", "time"),
    column("Capture", "number"),
    column("Frames", "number"),
    column("File offset", "number"),
    column("SHA-256 (capture)", "code"),
  ];
  const left = model.evidenceLeftOut;
  const rest =
    left > 0
      ? ` ${countOf(left, "further record")} behind findings of many events are in the case, not in this table.`
      : "";
  return {
    id: "evidence",
    title: TEXTS.sections.evidence,
    blocks: [
      {
        kind: "text",
        text: `${TEXTS.evidence}${rest}${full.size < model.story.findings.length ? TEXTS.evidenceApart : ""}`,
      },
      { kind: "table", columns, rows },
    ],
  };
}
