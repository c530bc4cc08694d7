import { countOf, visible } from "../../contracts/text-forms.ts";
import { importExport } from "../../engine/import-export.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function importCommand() {
  return command(
    "import",
    "make a case from an export of Backtrail (.json, STIX, ECS, Timesketch) or from a court pack (docs/exports.md)",
    "backtrail import findings.stix.json --case ./from-a-colleague",
  )
    .argument("<file>", "the export, or a court pack as folder or zip")
    .addOption(caseOption())
    .addOption(jsonOption())
    .action(async (file: string, options: { readonly case: string; readonly json?: boolean }) => {
      const outcome = await importExport(file, options.case);
      for (const id of outcome.cut) note(`${id} is left out: the file names it and has no room for it whole.`);
      if (options.json === true) printJson(outcome);
      else
        print(
          visible(
            `${countOf(outcome.findings, "finding")} of ${outcome.format} imported into ${options.case}, SHA-256 ${outcome.sha256}`,
          ) + "\n",
        );
    });
}
