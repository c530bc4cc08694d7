import { Option } from "commander";
import type { LogFormat } from "../../case/logs.ts";
import { LOG_FORMATS } from "../../case/logs.ts";
import { countOf } from "../../contracts/text-forms.ts";
import { writeTables } from "../../engine/write-tables.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface LogsOptions {
  readonly case: string;
  readonly out: string;
  readonly format: LogFormat;
  readonly table?: string[];
  readonly fullTime?: boolean;
  readonly json?: boolean;
}

export function logsCommand() {
  return command(
    "logs",
    "record tables as files, with Zeek's names and order",
    "backtrail logs --case ./incident-7 --out logs --format zeek-json --table conn dns",
  )
    .addOption(caseOption())
    .requiredOption("--out <dir>", "folder to write to")
    .addOption(new Option("--format <form>", "form of the files").choices(Object.keys(LOG_FORMATS)).default("zeek-tsv"))
    .option("--table <tables...>", "only these tables (default: all that have rows)")
    .option("--full-time", "nine digits of the second in Zeek's forms instead of six")
    .addOption(jsonOption())
    .action(async (options: LogsOptions) => {
      const written = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return writeTables(opened, options.out, {
          format: options.format,
          decimals: options.fullTime === true ? 9 : 6,
          ...(options.table === undefined ? {} : { tables: options.table }),
        });
      });
      if (options.json === true) printJson(written);
      else for (const { path, rows } of written) print(`${path}  ${countOf(rows, "row")}\n`);
    });
}
