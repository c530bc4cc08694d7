import type { Finding } from "../contracts/finding.ts";
import { isoTime } from "../contracts/text-forms.ts";
import { csvRow } from "../records/csv.ts";
import type { ReportModel } from "./model.ts";

const COLUMNS: readonly [name: string, value: (finding: Finding) => string][] = [
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
  ["captures", () => ""],
];

/** The findings as CSV (RFC 4180), formula-safe, one row each; times RFC 3339 with nine digits. */
export function reportCsv(model: ReportModel): string {
  const hashes = model.story.coverage.captures.map(({ sha256 }) => sha256).join(" ");
  const value = (name: string, finding: Finding, of: (finding: Finding) => string) =>
    name === "captures" ? hashes : of(finding);
  const rows = model.story.findings.map((finding) => csvRow(COLUMNS.map(([name, of]) => value(name, finding, of))));
  return [csvRow(COLUMNS.map(([name]) => name)), ...rows].join("");
}
