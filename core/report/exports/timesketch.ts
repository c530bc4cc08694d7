import type { Finding } from "../../contracts/finding.ts";
import { visible } from "../../contracts/text-forms.ts";
import { csvRow } from "../../records/csv.ts";
import { terminalSafeJson } from "../../records/log-values.ts";
import type { Behind } from "./evidence.ts";
import { endsOf, evidenceOf, hasPorts } from "./evidence.ts";
import type { Export, ExportModel, Session } from "./export.ts";
import { noteEvents } from "./notes.ts";
import { captureText, originText } from "./origin.ts";
import { MICROSECOND, microsecondTime, wholeUnits } from "./times.ts";
import { findingText, fitting, sessionText } from "./words.ts";

/** Longest value that Timesketch's index takes as a keyword (32,766 octets), with room for what escaping adds. */
const LONGEST_VALUE = 32_000;

/** Columns, in order; those of `Row` that a row does not set are empty. */
const COLUMNS = [
  "message",
  "datetime",
  "timestamp",
  "timestamp_desc",
  "timestamp_ns",
  "data_type",
  "tag",
  "severity",
  "confidence",
  "outcome",
  "src_ip",
  "src_port",
  "dst_ip",
  "dst_port",
  "protocol",
  "user",
  "attack_technique",
  "detection",
  "finding_id",
  "uid",
  "community_id",
  "frame_first",
  "frame_last",
  "capture_sha256",
  "case_id",
  "tool",
  "finding",
] as const;
type Column = (typeof COLUMNS)[number];
type Row = Partial<Record<Column, string | number>> & { readonly message: string };

export const timesketchCsv: Export = {
  format: "timesketch-csv",
  endings: [".timesketch.csv"],
  text: "a timeline for Timesketch",
  holds: "sessions",
  async *write(model) {
    yield csvRow(COLUMNS);
    for await (const row of rowsOf(model)) yield csvRow(COLUMNS.map((column) => String(row[column] ?? "")));
  },
};

export const timesketchJsonl: Export = {
  format: "timesketch-jsonl",
  endings: [".timesketch.jsonl", ".jsonl"],
  text: "the same timeline, a JSON object a line",
  holds: "sessions",
  async *write(model) {
    for await (const row of rowsOf(model)) {
      yield `${terminalSafeJson(Object.fromEntries(COLUMNS.filter((name) => row[name] !== undefined).map((name) => [name, row[name]])))}\n`;
    }
  },
};

/** What the evidence is, the findings, then the connections: a row for each instant. */
async function* rowsOf(model: ExportModel): AsyncGenerator<Row, void> {
  yield* originRows(model);
  const behind = evidenceOf(model);
  for (const finding of model.findings) yield* findingRows(model, finding, behind(finding));
  yield* noteRows(model);
  if (model.sessions === null) return;
  for await (const batch of model.sessions()) for (const session of batch) yield* sessionRows(model, session);
}

/** Each capture's first and last packet: what hash the events rest on, and where the evidence begins and ends. */
function* originRows(model: ExportModel): Generator<Row, void> {
  for (const capture of model.origin.captures) {
    const { tsFirst, tsLast, sha256 } = capture;
    if (tsFirst === null || tsLast === null) continue;
    const row = { data_type: "backtrail:capture", ...common(model), capture_sha256: sha256 };
    const text = `${captureText(capture)}. ${originText(model.origin)}`;
    yield { ...instant(tsFirst, "Capture Start"), message: fitting(text, LONGEST_VALUE), ...row };
    yield { ...instant(tsLast, "Capture End"), message: fitting(text, LONGEST_VALUE), ...row };
  }
}

function* noteRows(model: ExportModel): Generator<Row, void> {
  for (const { ts, type, text, finding, by } of noteEvents(model, LONGEST_VALUE))
    yield {
      ...instant(ts, type),
      message: text,
      data_type: "backtrail:note",
      tag: JSON.stringify(["backtrail", "note"]),
      user: fitting(visible(by), LONGEST_VALUE),
      ...defined("finding_id", finding),
      ...common(model),
    };
}

function* findingRows(model: ExportModel, finding: Finding, behind: Behind): Generator<Row, void> {
  const { session, rows } = behind;
  const ends = endsOf(finding, session);
  const row: Row = {
    message: fitting(findingText(finding), LONGEST_VALUE),
    data_type: "backtrail:finding",
    tag: JSON.stringify(["backtrail", finding.phase, finding.severity]),
    severity: finding.severity,
    confidence: finding.confidence,
    outcome: finding.outcome,
    ...defined("src_ip", ends.source),
    ...defined("src_port", ends.sourcePort),
    ...defined("dst_ip", ends.target),
    ...defined("dst_port", ends.targetPort),
    ...defined("protocol", session === null ? null : protocolOf(session)),
    ...defined("user", finding.user === null ? null : fitting(visible(finding.user), LONGEST_VALUE)),
    ...defined("attack_technique", finding.attack.length === 0 ? null : finding.attack.join(" ")),
    detection: finding.detection,
    finding_id: finding.id,
    ...defined("uid", session?.uid ?? null),
    ...defined("community_id", session?.communityId ?? null),
    ...defined("frame_first", rows[0]?.frame ?? null),
    ...defined("frame_last", rows.at(-1)?.lastFrame ?? null),
    ...defined("capture_sha256", behind.captures.length === 0 ? null : behind.captures.join(" ")),
    ...common(model),
  };
  const whole = wholeFinding(finding);
  yield { ...instant(finding.tsFirst, "Finding Start"), ...row, ...defined("finding", whole) };
  if (finding.tsLast !== finding.tsFirst) yield { ...instant(finding.tsLast, "Finding End"), ...row };
}

/** The finding itself as JSON, so that it can be read back whole; null where that is too long for the index. */
function wholeFinding(finding: Finding): string | null {
  const json = terminalSafeJson(finding);
  return Buffer.byteLength(json) > LONGEST_VALUE ? null : json;
}

function* sessionRows(model: ExportModel, session: Session): Generator<Row, void> {
  const ports = hasPorts(session);
  const row: Row = {
    message: fitting(sessionText(session), LONGEST_VALUE),
    data_type: "backtrail:session",
    src_ip: session.source,
    ...defined("src_port", ports ? session.sourcePort : null),
    dst_ip: session.target,
    ...defined("dst_port", ports ? session.targetPort : null),
    protocol: protocolOf(session),
    uid: session.uid,
    ...defined("community_id", session.communityId),
    frame_first: session.frame,
    frame_last: session.lastFrame,
    ...defined(
      "capture_sha256",
      model.origin.captures.find(({ number }) => number === session.capture)?.sha256 ?? null,
    ),
    ...common(model),
  };
  yield { ...instant(session.first, "Session Start"), ...row };
  yield { ...instant(session.last, "Session End"), ...row };
}

/** Recognised protocols, outer first, else the transport. */
function protocolOf({ services, proto }: Session): string {
  return fitting(services.length === 0 ? proto : services.join(","), LONGEST_VALUE);
}

function common({ origin }: ExportModel): Pick<Row, "case_id" | "tool"> {
  return { case_id: origin.caseId, tool: `${origin.tool} ${origin.version}` };
}

/**
 * The time in the three forms: Timesketch computes its own from `datetime` in a CSV and takes `timestamp` (µs) in JSONL as it
 * stands; `timestamp_ns` has the digits that both cut.
 */
function instant(
  ns: bigint | string,
  desc: string,
): Pick<Row, "datetime" | "timestamp" | "timestamp_desc" | "timestamp_ns"> {
  return {
    datetime: microsecondTime(ns).replace("Z", "+00:00"),
    timestamp: Number(wholeUnits(ns, MICROSECOND)),
    timestamp_desc: desc,
    timestamp_ns: String(ns),
  };
}

function defined<C extends Column>(column: C, value: string | number | null): Partial<Row> {
  return value === null ? {} : { [column]: value };
}
