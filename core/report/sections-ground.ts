import { groupBy } from "../contracts/grouping.ts";
import type { HostNames } from "../contracts/host-names.ts";
import { ROLE_WORDS } from "../contracts/host-names.ts";
import { countText, dateTime, octetsText } from "../contracts/text-forms.ts";
import { coverageFacts } from "./coverage-text.ts";
import type { CaptureSummary, Coverage } from "../contracts/story.ts";
import type { Block, Cell, Piece, Rich, Section } from "./document.ts";
import { code, column } from "./document.ts";
import type { ReportModel, ReportOrigin } from "./model.ts";
import { TEXTS } from "./texts.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Which machines are the backup estate, and why that is thought. */
export function estateSection(model: ReportModel, hosts: HostNames): Section {
  const { estate } = model.story;
  const { id, title } = { id: "estate", title: TEXTS.sections.estate };
  const assets = estate.assets.filter((asset) => asset.inEstate || asset.roles.some((role) => role.confidence >= 0.5));
  if (assets.length === 0) return { id, title, blocks: [{ kind: "text", role: "empty", text: TEXTS.noEstate }] };
  const rows = assets.map((asset): Cell[] => [
    hosts.full(asset.address),
    asset.inEstate ? "yes" : "no",
    {
      lines: asset.roles.map(
        (role) => `${ROLE_WORDS[role.role]} (${role.source === "scope" ? "given" : role.confidence.toFixed(2)})`,
      ),
    },
    { lines: asset.roles.map((role) => role.reasons.join("; ")) },
  ]);
  const columns = [column("Machine"), column("In the estate"), column("Role (confidence)"), column("Because", "wide")];
  const blocks: Block[] = [{ kind: "table", columns, rows }];
  if (estate.windows.length > 0) {
    const windows = estate.windows.map((window): Cell[] => [
      window.name,
      window.days.map((day) => DAYS[day - 1] ?? "?").join(", "),
      `${clock(window.startMinute)} to ${clock(window.endMinute)} ${window.zone}`,
      window.source === "scope" ? "given" : "found in the traffic",
    ]);
    blocks.push({ kind: "heading", level: 3, text: "Job windows" });
    blocks.push({
      kind: "table",
      columns: [column("Job", "wide"), column("Days"), column("Time"), column("Source")],
      rows: windows,
    });
  }
  return { id, title, blocks };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** What the evidence could and could not show. */
export function coverageSection(model: ReportModel): Section {
  const { coverage, setAside } = model.story;
  const blocks: Block[] = [
    { kind: "facts", rows: coverageFacts(coverage).map(([label, value]) => ({ label, value })) },
    { kind: "text", text: TEXTS.absence },
  ];
  if (coverage.notEvaluated.length === 0) blocks.push({ kind: "text", role: "empty", text: TEXTS.allEvaluated });
  else {
    blocks.push(notEvaluatedTable(coverage.notEvaluated));
  }
  if (setAside.length > 0) {
    blocks.push({ kind: "heading", level: 3, text: TEXTS.setAside });
    blocks.push({
      kind: "table",
      columns: [column("Finding", "code"), column("What was seen", "wide"), column("Why it was set aside", "wide")],
      rows: setAside.map(({ finding, reason }) => [[code(finding.id)], finding.explanation, reason]),
    });
  }
  return { id: "coverage", title: TEXTS.sections.coverage, blocks };
}

/** Detections that could not be evaluated, by the reason that they share: those of the most common one first. */
function notEvaluatedTable(list: Coverage["notEvaluated"]): Block {
  const byReason = groupBy(list, ({ reason }) => reason);
  const rows = [...byReason]
    .sort(([a, first], [b, second]) => second.length - first.length || (a < b ? -1 : 1))
    .map(([reason, those]): Cell[] => [
      reason,
      those
        .toSorted((a, b) => (a.detection < b.detection ? -1 : 1))
        .flatMap(({ detection, title }, i) => [...(i === 0 ? [] : ["; "]), code(detection), ` ${title}`]),
    ]);
  return { kind: "table", columns: [column("Because", "wide"), column("Not evaluated", "wide")], rows };
}

/** Up to so many captures are set out one by one; more are rows of a table. */
const CAPTURES_SET_OUT = 12;

/** The evidence files with their hashes. */
export function captureSection(model: ReportModel): Section {
  const { captures } = model.story.coverage;
  const blocks = captures.length > CAPTURES_SET_OUT ? [captureTable(captures)] : captures.flatMap(captureFacts);
  const elsewhere: Block[] = model.origins.length === 0 ? [] : [{ kind: "text", text: TEXTS.capturesElsewhere }];
  return { id: "captures", title: TEXTS.sections.captures, blocks: [...elsewhere, ...blocks] };
}

function captureFacts(capture: CaptureSummary): Block[] {
  const span = spanOf(capture);
  const rows: { label: string; value: Rich }[] = [
    { label: "File", value: [code(capture.path)] },
    ...(capture.original === undefined ? [] : [{ label: "Copied from", value: [code(capture.original)] }]),
    { label: "SHA-256", value: [hashPiece(capture)] },
    { label: "Format", value: capture.format },
    { label: "Size", value: `${countText(capture.octets)} octets, ${countText(capture.packets)} packets` },
    { label: "Packets (UTC)", value: span === null ? noSpan(capture) : span.join(" to ") },
  ];
  if (capture.damage.length > 0) rows.push({ label: "Damage", value: capture.damage.join(" ") });
  return [
    { kind: "heading", level: 3, text: `Capture ${capture.number}` },
    { kind: "facts", rows },
  ];
}

function captureTable(captures: readonly CaptureSummary[]): Block {
  const rows = captures.map((capture): Cell[] => [
    String(capture.number),
    { lines: [[code(capture.path)], [hashPiece(capture)], ...capture.damage] },
    countText(capture.octets),
    countText(capture.packets),
    { lines: spanOf(capture) ?? [noSpan(capture)] },
  ]);
  const columns = [
    column("Capture", "number"),
    column("File and SHA-256", "wide"),
    column("Octets", "number"),
    column("Packets", "number"),
    column("First and last packet (UTC)", "time"),
  ];
  return { kind: "table", columns, rows };
}

function hashPiece({ sha256 }: CaptureSummary): Piece {
  return sha256 === "" ? "not known" : code(sha256);
}

function spanOf({ tsFirst, tsLast }: CaptureSummary): [first: string, last: string] | null {
  return tsFirst === null ? null : [dateTime(tsFirst, 6), dateTime(tsLast ?? tsFirst, 6)];
}

/** Packets without times are those of a capture that an import names. */
function noSpan({ packets }: CaptureSummary): string {
  return packets > 0 ? "not known" : "no packet";
}

/** Who did what with the case. */
export function custodySection(model: ReportModel): Section {
  return {
    id: "custody",
    title: TEXTS.sections.custody,
    blocks: [...journalBlocks(model), ...model.origins.flatMap(originBlocks)],
  };
}

/** Words that stay on one line if they are few. */
function unbroken(text: string): string {
  return text.length <= 24 ? text.replaceAll(" ", "\u00a0") : text;
}

/** What the case said of itself that this one was imported from. */
function originBlocks(origin: ReportOrigin): Block[] {
  const { name, id, version } = origin.case;
  return [
    { kind: "heading", level: 3, text: `Journal of the case ${name}` },
    {
      kind: "facts",
      rows: [
        { label: "Imported from", value: [code(origin.file)] },
        { label: "SHA-256", value: [code(origin.sha256)] },
        { label: "Case", value: [code(id)] },
        { label: "Written by", value: `Backtrail ${version}` },
      ],
    },
    ...journalBlocks(origin),
  ];
}

type Journal = Pick<ReportModel, "custody" | "journalHead" | "journalIntact">;

function journalBlocks({ custody, journalHead, journalIntact }: Journal): Block[] {
  const rows = custody.map((row): Cell[] => [
    String(row.seq),
    row.at,
    row.host === "" ? row.actor : unbroken(`${row.actor} on ${row.host}`),
    row.action,
    [code(row.object)],
    [code(`${row.hash.slice(0, 16)}…`)],
  ]);
  const columns = [
    column("Entry", "number"),
    column("Time (UTC)", "time"),
    column("Who"),
    column("Action"),
    column("Object", "wide"),
    column("Hash", "code"),
  ];
  return [
    { kind: "text", text: journalIntact ? TEXTS.chainHolds : TEXTS.chainBroken },
    { kind: "table", columns, rows },
    { kind: "text", role: "meta", text: ["Journal head ", code(journalHead)] },
  ];
}

/** What the detections behind the findings were set to. */
export function parametersSection({ story }: ReportModel): Section | null {
  const rows = new Map<string, Cell[]>();
  for (const { detection, title, parameters } of story.findings) {
    const set = Object.entries(parameters).map(([name, value]) => `${name} = ${value}`);
    const key = `${detection} ${set.join()}`;
    if (!rows.has(key)) rows.set(key, [[code(detection)], title, set.length === 0 ? "none" : set.join(", ")]);
  }
  if (rows.size === 0) return null;
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return {
    id: "parameters",
    title: TEXTS.sections.parameters,
    blocks: [
      { kind: "text", text: TEXTS.parameters },
      {
        kind: "table",
        columns: [column("Detection", "code"), column("Looks for", "wide"), column("Set to", "wide")],
        rows: sorted,
      },
    ],
  };
}

/** With what, and how to check it. */
export function methodSection(model: ReportModel): Section {
  const stored = model.story.coverage.captures.reduce((sum, capture) => sum + capture.octets, 0);
  const blocks: Block[] = [
    {
      kind: "text",
      text: `Backtrail read ${octetsText(stored)} of captured traffic once, hashing it as it read; it reconstructed connections with the meaning of Zeek's conn log, decoded the protocols it recognised by their content, and ran ${countText(model.evaluated)} detections as queries over the resulting records. Nothing was sent to any network.`,
    },
    { kind: "text", text: TEXTS.check },
    {
      kind: "table",
      columns: [column("Component", "wide"), column("Version", "wide")],
      rows: Object.entries(model.versions).map(([name, version]) => [name, [code(version)]]),
    },
  ];
  return { id: "method", title: TEXTS.sections.method, blocks };
}

/** What packets cannot show at all, and what these did not. */
export function limitsSection({ story }: ReportModel): Section {
  const blocks: Block[] = [{ kind: "list", items: TEXTS.limits }];
  if (story.coverage.limits.length > 0)
    blocks.push({ kind: "heading", level: 3, text: TEXTS.limitsHit }, { kind: "list", items: story.coverage.limits });
  return { id: "limits", title: TEXTS.sections.limits, blocks };
}

/** What the report's words mean. */
export function glossarySection(): Section {
  const rows = TEXTS.glossary.map(([label, value]) => ({ label, value }));
  return { id: "glossary", title: TEXTS.sections.glossary, blocks: [{ kind: "facts", rows }] };
}
