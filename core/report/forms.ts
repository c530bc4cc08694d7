import { terminalSafe } from "../contracts/text-forms.ts";
import type { ReportModel } from "./model.ts";
import { reportCsv } from "./report-csv.ts";
import { reportHtml } from "./report-html.ts";

/** One form of the report: the ending of its file name, and the model as text. */
export interface ReportForm {
  readonly ending: string;
  readonly text: string;
  write(model: ReportModel): string;
}

/** Every form there is. A new one is a file and a line here. */
export const REPORT_FORMS: readonly ReportForm[] = [
  { ending: ".html", text: "one self-contained page", write: reportHtml },
  {
    ending: ".json",
    text: "the whole model as JSON",
    write: (model) => `${terminalSafe(JSON.stringify(model, null, 2))}\n`,
  },
  { ending: ".csv", text: "the findings, a row each", write: reportCsv },
];
