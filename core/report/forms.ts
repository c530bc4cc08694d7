import { BacktrailError } from "../contracts/result.ts";
import { terminalSafe } from "../contracts/text-forms.ts";
import type { Export, ExportModel } from "./exports/export.ts";
import { EXPORTS } from "./exports/index.ts";
import type { Paper } from "./pdf/report-pdf.ts";
import { reportPdfInThread } from "./pdf/pdf-thread.ts";
import { reportHtml } from "./report-html.ts";
import type { ReportTemplate } from "./templates.ts";

/** One form of the report: for people, or an export, which has no need of the options. */
export interface ReportForm extends Omit<Export, "write"> {
  /** The file, piece by piece. The same model and options give the same octets. */
  write(model: ExportModel, options: ReportOptions): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
}

/** How a report for people is made. */
export interface ReportOptions {
  readonly template: ReportTemplate;
  readonly paper: Paper;
}

const html: ReportForm = {
  format: "html",
  endings: [".html"],
  text: "one self-contained page",
  holds: "all",
  *write({ report }, { template }) {
    yield reportHtml(report, template);
  },
};

const pdf: ReportForm = {
  format: "pdf",
  endings: [".pdf"],
  text: "pages to print and sign, PDF/UA",
  holds: "all",
  async *write({ report: model }, { template, paper }) {
    yield await reportPdfInThread({ model, template, paper });
  },
};

const json: ReportForm = {
  format: "json",
  endings: [".json"],
  text: "the whole model as JSON",
  holds: "all",
  *write({ report }) {
    yield `${terminalSafe(JSON.stringify(report, null, 2))}\n`;
  },
};

/** Every form of the report: those for people, then the exports. */
export const REPORT_FORMS: readonly ReportForm[] = [html, pdf, json, ...EXPORTS];

/**
 * The form that a name's ending asks for (the longest that fits: ".stix.json" before ".json"), or that is named.
 * @throws BacktrailError `report-form` with all that there are.
 */
export function formOf(path: string, format?: string): ReportForm {
  if (format !== undefined) {
    const named = REPORT_FORMS.find((form) => form.format === format);
    if (named !== undefined) return named;
    const known = REPORT_FORMS.map((form) => form.format).join(", ");
    throw new BacktrailError("report-form", `There is no format ${format}; there are: ${known}.`);
  }
  const name = path.toLowerCase();
  const known = REPORT_FORMS.flatMap((form) => form.endings.map((ending) => ({ form, ending })));
  const [found] = known.filter(({ ending }) => name.endsWith(ending)).sort((a, b) => b.ending.length - a.ending.length);
  if (found !== undefined) return found.form;
  throw new BacktrailError(
    "report-form",
    `${path} does not say which form of report it is to be: give a name that ends in ${known.map(({ ending }) => ending).join(", ")}, or say --format.`,
  );
}
