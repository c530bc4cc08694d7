import { dateTime, visible } from "../../contracts/text-forms.ts";
import { csvRow } from "../../records/csv.ts";
import { evidenceOf } from "./evidence.ts";
import type { Export, ExportModel } from "./export.ts";
import { noteEvents } from "./notes.ts";
import { captureText, fileName, originText, TIME_ZONE } from "./origin.ts";
import { findingText, fitting, plain, sessionText } from "./words.ts";

/** The 17 columns of l2tcsv; none may be added or left out. plaso, Output-format-l2tcsv */
const COLUMNS = [
  "date",
  "time",
  "timezone",
  "MACB",
  "source",
  "sourcetype",
  "type",
  "user",
  "host",
  "short",
  "desc",
  "version",
  "filename",
  "inode",
  "notes",
  "format",
  "extra",
] as const;

/** Characters of the short description, as log2timeline keeps to. */
const SHORT = 80;

interface Event {
  readonly ts: bigint | string;
  readonly sourcetype: string;
  readonly type: string;
  readonly user?: string | null;
  readonly host?: string | null;
  readonly desc: string;
  readonly filename?: string;
  readonly notes?: string;
  readonly extra: readonly (readonly [name: string, value: string | number | null])[];
}

/** Plaso's l2tcsv. Whole seconds only: the nine digits are in `extra`. */
export const l2tcsv: Export = {
  format: "l2tcsv",
  endings: [".l2t.csv"],
  text: "a timeline as log2timeline and Plaso write it (17 columns, whole seconds)",
  holds: "sessions",
  async *write(model) {
    yield row(COLUMNS);
    for await (const event of events(model)) yield row(cells(event));
  },
};

/** As Plaso writes it: a line feed alone ends a line, and no cell holds a comma or a quote, because many readers split at commas. */
function row(values: readonly string[]): string {
  return csvRow(values.map((value) => plain(value).replaceAll(",", " ").replaceAll('"', "'"))).replace(/\r\n$/, "\n");
}

function cells(event: Event): string[] {
  const [date = "", time = ""] = dateTime(event.ts).split(" ");
  const [year, month, day] = date.split("-");
  const extra = [["timestamp_ns", String(event.ts)] as const, ...event.extra]
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}: ${String(value)}`);
  return [
    `${month}/${day}/${year}`,
    time,
    TIME_ZONE,
    "....",
    "NET",
    event.sourcetype,
    event.type,
    orNothing(event.user),
    orNothing(event.host),
    [...event.desc].slice(0, SHORT).join(""),
    event.desc,
    "2",
    orNothing(event.filename),
    "0",
    orNothing(event.notes),
    "backtrail",
    extra.join("; "),
  ];
}

/** Nothing is an empty cell: a dash alone would be taken for a formula. */
function orNothing(value: string | null | undefined): string {
  return value === null || value === undefined ? "" : visible(value);
}

async function* events(model: ExportModel): AsyncGenerator<Event, void> {
  const { origin } = model;
  const common = [
    ["case_id", origin.caseId],
    ["tool", `${origin.tool} ${origin.version}`],
  ] as const;
  for (const capture of origin.captures) {
    if (capture.tsFirst === null) continue;
    yield {
      ts: capture.tsFirst,
      sourcetype: "Backtrail capture",
      type: "Capture Start",
      desc: captureText(capture),
      filename: fileName(capture.path),
      notes: originText(origin),
      extra: [...common, ["capture_sha256", capture.sha256]],
    };
  }
  const behind = evidenceOf(model);
  for (const finding of model.findings) {
    const { session, captures, rows } = behind(finding);
    const event: Omit<Event, "ts" | "type"> = {
      sourcetype: "Backtrail finding",
      user: finding.user,
      host: finding.source,
      desc: fitting(findingText(finding), 32_000),
      notes: finding.attack.join(" "),
      extra: [
        ["finding_id", finding.id],
        ["detection", finding.detection],
        ["severity", finding.severity],
        ["confidence", finding.confidence],
        ["outcome", finding.outcome],
        ["target", finding.target],
        ["uid", session?.uid ?? null],
        ["community_id", session?.communityId ?? null],
        ["frame_first", rows[0]?.frame ?? null],
        ["capture_sha256", captures.join(" ")],
        ...common,
      ],
    };
    yield { ...event, ts: finding.tsFirst, type: "Finding Start" };
    if (finding.tsLast !== finding.tsFirst) yield { ...event, ts: finding.tsLast, type: "Finding End" };
  }
  for (const { ts, type, text, finding, by, written } of noteEvents(model, 32_000))
    yield {
      ts,
      type,
      sourcetype: "Backtrail note",
      user: by,
      desc: text,
      extra: [["finding_id", finding], ["written", written], ...common],
    };
  if (model.sessions === null) return;
  for await (const batch of model.sessions()) {
    for (const session of batch) {
      const event: Omit<Event, "ts" | "type"> = {
        sourcetype: "Backtrail session",
        host: session.source,
        desc: fitting(sessionText(session), 32_000),
        extra: [
          ["uid", session.uid],
          ["community_id", session.communityId],
          ["source_octets", session.sourceOctets],
          ["target_octets", session.targetOctets],
          ["frame_first", session.frame],
          ["frame_last", session.lastFrame],
          ["capture", session.capture],
          ...common,
        ],
      };
      yield { ...event, ts: session.first, type: "Session Start" };
      yield { ...event, ts: session.last, type: "Session End" };
    }
  }
}
