import { readFileSync } from "node:fs";
import { ioProblem } from "../../case/io-problem.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { attachStamp, requestStamp, stampByService } from "../../engine/seal.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface StampOptions {
  readonly case: string;
  readonly request?: string;
  readonly answer?: string;
  readonly service?: string;
  readonly roots?: string;
  readonly json?: boolean;
}

export function stampCommand() {
  return command(
    "stamp",
    "a time stamp (RFC 3161) on the case's journal from an authority outside",
    "backtrail stamp --case ./incident-7 --request head.tsq\n  backtrail stamp --case ./incident-7 --answer head.tsr --roots authority.pem",
  )
    .addOption(caseOption())
    .option("--request <file>", "write the request to a file, to be carried to an authority")
    .option("--answer <file>", "check the authority's answer and keep it in the journal")
    .option("--service <url>", "ask this service now; only a hash is sent")
    .option("--roots <file>", "certificates (PEM) that are trusted to stamp")
    .addOption(jsonOption())
    .action(async (options: StampOptions) => {
      const asked = [options.request, options.answer, options.service].filter((given) => given !== undefined);
      if (asked.length !== 1)
        throw new BacktrailError("usage", "Give one of --request FILE, --answer FILE and --service URL.");
      if (options.request === undefined && options.roots === undefined)
        throw new BacktrailError("usage", "Say with --roots FILE whose certificates are trusted to stamp.");
      const result = await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        if (options.request !== undefined) return requestStamp(opened, options.request);
        const roots = read(options.roots!).toString("utf8");
        return options.answer === undefined
          ? stampByService(opened, options.service!, roots)
          : attachStamp(opened, read(options.answer), roots);
      });
      if (options.json === true) printJson(result);
      else if ("head" in result)
        print(`${options.request ?? ""}  asks for a time stamp on journal head ${result.head}\n`);
      else print(`Stamped ${result.time} by ${result.authority}, journal head ${result.sha256}\n`);
    });
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
}
