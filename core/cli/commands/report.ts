import { basename, dirname, join, resolve } from "node:path";
import { writeReport } from "../../engine/write-report.ts";
import { withCase } from "../../engine/workspace.ts";
import { REPORT_FORMS } from "../../report/forms.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function reportCommand() {
  const endings = REPORT_FORMS.map(({ ending, text }) => `${ending} (${text})`).join(", ");
  return command("report", "write the report of a case", "backtrail report --case ./incident-7 --out report.html")
    .addOption(caseOption())
    .requiredOption("--out <file>", `where to; its ending says in which form: ${endings}`)
    .addOption(jsonOption())
    .action(async (options: { case: string; out: string; json?: boolean }) => {
      const sha256 = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return writeReport(opened, options.out);
      });
      if (options.json === true) printJson({ report: resolve(options.out), sha256 });
      else print(`${options.out}  SHA-256 ${sha256}\n`);
    });
}

/** Where `analyze` puts the report: beside the case, so that the case folder holds the case only. */
export function defaultReportPath(folder: string): string {
  const path = resolve(folder);
  return join(dirname(path), `${basename(path).replace(/\.case$/, "")}-report.html`);
}
