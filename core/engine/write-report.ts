import { resolve } from "node:path";
import type { Case } from "../case/case.ts";
import type { Json } from "../case/journal.ts";
import { refuseEvidence, writeWhole } from "../case/output-file.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { ReportForm, ReportOptions } from "../report/forms.ts";
import { formOf, REPORT_FORMS } from "../report/forms.ts";
import type { RedactionRules } from "../report/redaction/rules.ts";
import { FULL_TEMPLATE } from "../report/templates.ts";
import { buildIdentity } from "./build-identity.ts";
import type { ExportChoice } from "./export-model.ts";
import { exportModel } from "./export-model.ts";
import { writtenOptions } from "./report-options.ts";
import { redactedModel } from "./redaction.ts";
import { reportModel } from "./report-model.ts";

export interface ReportChoice extends Partial<ReportOptions>, ExportChoice {
  /** What the report is not to name. */
  readonly redaction?: RedactionRules;
  /** Name of a form, where the file name's ending does not say it. */
  readonly format?: string;
}

/**
 * Writes the report in the form that the file name asks for, and its hash into the journal.
 * @returns SHA-256 of the file, in hex.
 * @throws BacktrailError `report-form` for a name with no known ending, or what prevents writing.
 */
export async function writeReport(source: Case, path: string, choice: ReportChoice = {}): Promise<string> {
  const form = formOf(path, choice.format);
  refuseChoice(form, choice);
  refuseEvidence(source, path);
  const options = optionsOf(choice);
  const { redaction } = choice;
  const whole = await reportModel(source);
  const masked = redaction === undefined ? null : redactedModel(source, whole, redaction);
  const model = await exportModel(source, masked?.model ?? whole, choice);
  const sha256 = await writeWhole(path, form.write(model, options));
  if (!source.isReadOnly) {
    source.journal.append("report-written", {
      object: resolve(path),
      sha256,
      detail: {
        form: form.endings[0]!,
        build: buildIdentity(),
        ...detailOf(form, options, choice),
        ...(masked === null ? {} : { redacted: true, keySha256: masked.keySha256 }),
      },
    });
  }
  return sha256;
}

/**
 * The octets of a report, piece by piece.
 * @param before As for `reportModel`.
 */
export async function reportContent(
  source: Case,
  form: ReportForm,
  choice: ReportChoice,
  before?: number,
): Promise<ReturnType<ReportForm["write"]>> {
  const model = await exportModel(source, await reportModel(source, before), choice);
  return form.write(model, optionsOf(choice));
}

function optionsOf({ template = FULL_TEMPLATE, paper = "a4" }: ReportChoice): ReportOptions {
  return { template, paper };
}

/** What else decided on the file's octets. */
function detailOf({ holds }: ReportForm, options: ReportOptions, choice: ExportChoice): { [key: string]: Json } {
  if (holds !== "all") {
    const { minSeverity, sessions } = choice;
    return {
      ...(minSeverity === undefined ? {} : { minSeverity }),
      ...(sessions === undefined ? {} : { sessions }),
    };
  }
  return writtenOptions(options);
}

/** A choice that the form would pass over in silence is refused, and masks where it writes more than the report's model. */
function refuseChoice({ format, holds }: ReportForm, { minSeverity, sessions, redaction }: ReportChoice): void {
  if (redaction !== undefined && holds !== "all") {
    const able = REPORT_FORMS.filter((form) => form.holds === "all").map((form) => form.format);
    throw new BacktrailError(
      "report-form",
      `The form ${format} is for tools, which a mask in place of an address misleads: redact ${able.join(", ")}.`,
    );
  }
  if (sessions !== undefined && holds !== "sessions")
    throw new BacktrailError(
      "report-form",
      `The form ${format} holds no connections of its own: leave --sessions out.`,
    );
  if (minSeverity !== undefined && holds !== "findings" && holds !== "sessions")
    throw new BacktrailError("report-form", `The form ${format} is not chosen by severity: leave --min-severity out.`);
}
