import type { Finding } from "../../contracts/finding.ts";
import { isoTime } from "../../contracts/text-forms.ts";
import { csvRow } from "../../records/csv.ts";
import type { Export, ExportModel } from "./export.ts";
import { TIME_ZONE } from "./origin.ts";

const COLUMNS: readonly [name: string, value: (finding: Finding, model: ExportModel) => string][] = [
  ["id", (finding) => finding.id],
  ["ts_first", (finding) => isoTime(finding.tsFirst)],
  ["ts_last", (finding) => isoTime(finding.tsLast)],
  ["phase", (finding) => finding.phase],
  ["severity", (finding) => finding.severity],
  ["confidence", (finding) => finding.confidence.toFixed(2)],
  ["basis", (finding) => finding.basis],
  ["outcome", (finding) => finding.outcome],
  ["attack", (finding) => finding.attack.join(" ")],
  ["source", (finding) => finding.source ?? ""],
  ["target", (finding) => finding.target ?? ""],
  ["user", (finding) => finding.user ?? ""],
  ["object", (finding) => finding.object ?? ""],
  ["count", (finding) => String(finding.count)],
  ["title", (finding) => finding.title],
  ["explanation", (finding) => finding.explanation],
  ["detection", (finding) => finding.detection],
  ["records", (finding) => finding.records.join(" ")],
  ["captures", (_, { origin }) => origin.captures.map(({ sha256 }) => sha256).join(" ")],
  ["case_id", (_, { origin }) => origin.caseId],
  ["tool", (_, { origin }) => `${origin.tool} ${origin.version}`],
  ["filter", (_, { origin }) => origin.filter],
  ["span", (_, { origin }) => (origin.span === null ? "" : `${isoTime(origin.span.from)}/${isoTime(origin.span.to)}`)],
  ["time_zone", () => TIME_ZONE],
];

/** The findings as CSV (RFC 4180), formula-safe, one row each; times RFC 3339 with nine digits. */
export const findingsCsv: Export = {
  format: "csv",
  endings: [".csv"],
  text: "the findings, a row each",
  holds: "findings",
  *write(model) {
    yield csvRow(COLUMNS.map(([name]) => name));
    for (const finding of model.findings) yield csvRow(COLUMNS.map(([, value]) => value(finding, model)));
  },
};
