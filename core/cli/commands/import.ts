import { countOf, visible } from "../../contracts/text-forms.ts";
import type { ImportOutcome } from "../../engine/import-export.ts";
import { importExport } from "../../engine/import-export.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { print, printJson } from "../terminal.ts";

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
      if (options.json === true) printJson(outcome);
      else print(importText(outcome, options.case));
    });
}

function importText({ findings, format, sha256, held, notHeld, cut }: ImportOutcome, folder: string): string {
  const lines = [
    `imported   ${countOf(findings, "finding")} of ${format} into ${folder}, SHA-256 ${sha256}`,
    ...held.map((what) => `with       ${what}`),
    ...notHeld.map((sentence) => `not held   ${sentence}`),
    ...cut.map((id) => `left out   ${id}: the file names it and has no room for it whole.`),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}
