import { createHash } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { ReportOptions } from "../report/forms.ts";
import { formOf, REPORT_FORMS } from "../report/forms.ts";
import { FULL_TEMPLATE } from "../report/templates.ts";
import { reportModel } from "./report-model.ts";

/**
 * Writes the report in the form that the file name asks for, and its hash into the journal.
 * @returns SHA-256 of the file, in hex.
 * @throws BacktrailError `report-form` for a name with no known ending.
 */
export async function writeReport(
  source: Case,
  path: string,
  { template = FULL_TEMPLATE, paper = "a4" }: Partial<ReportOptions> = {},
): Promise<string> {
  const form = formOf(path);
  if (form === null) {
    const known = REPORT_FORMS.map(({ ending }) => ending).join(", ");
    throw new BacktrailError(
      "report-form",
      `${path} does not say which form of report it is to be: give a name that ends in ${known}.`,
    );
  }
  const content = await form.write(await reportModel(source), { template, paper });
  const sha256 = createHash("sha256").update(content).digest("hex");
  const draft = `${path}.part`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new BacktrailError(
      "report-unwritable",
      `The report could not be written to ${path} (${reason}): give another place.`,
      { cause: error },
    );
  }
  if (!source.isReadOnly)
    source.journal.append("report-written", {
      object: resolve(path),
      sha256,
      detail: {
        form: form.ending,
        template:
          template.name === "own"
            ? { ...template, sections: template.sections.map((section) => ({ ...section })) }
            : template.name,
        paper,
      },
    });
  return sha256;
}
