import { terminalSafe } from "../contracts/text-forms.ts";
import type { ReportModel } from "./model.ts";
import type { Paper } from "./pdf/report-pdf.ts";
import { reportPdf } from "./pdf/report-pdf.ts";
import { reportCsv } from "./report-csv.ts";
import { reportHtml } from "./report-html.ts";
import type { ReportTemplate } from "./templates.ts";

/** One form of the report: the ending of its file name, and the model in that form, as text or as octets. */
export interface ReportForm {
  readonly ending: string;
  readonly text: string;
  write(model: ReportModel, options: ReportOptions): ReportContent | Promise<ReportContent>;
}

/** How a report for people is made. */
export interface ReportOptions {
  readonly template: ReportTemplate;
  readonly paper: Paper;
}

export type ReportContent = string | Uint8Array;

/** Every form there is. A new one is a file and a line here. */
export const REPORT_FORMS: readonly ReportForm[] = [
  { ending: ".html", text: "one self-contained page", write: (model, { template }) => reportHtml(model, template) },
  {
    ending: ".pdf",
    text: "pages to print and sign, PDF/UA",
    write: (model, { template, paper }) => reportPdf(model, template, paper),
  },
  {
    ending: ".json",
    text: "the whole model as JSON",
    write: (model) => `${terminalSafe(JSON.stringify(model, null, 2))}\n`,
  },
  { ending: ".csv", text: "the findings, a row each", write: reportCsv },
];

/** The form that a file name asks for: the one with the longest ending (".stix.json" before ".json"); null if none. */
export function formOf(path: string): ReportForm | null {
  const name = path.toLowerCase();
  const known = REPORT_FORMS.filter(({ ending }) => name.endsWith(ending));
  return known.sort((a, b) => b.ending.length - a.ending.length)[0] ?? null;
}
