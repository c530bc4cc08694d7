import { readFileSync } from "node:fs";
import { Option } from "commander";
import { ioProblem } from "../../case/io-problem.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { attachStamp, requestStamp, stampByService } from "../../engine/seal.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import type { StampChoice } from "../stamp-service.ts";
import { stampService, trustedRoots } from "../stamp-service.ts";
import { note, print, printJson } from "../terminal.ts";

interface StampOptions extends StampChoice {
  readonly case: string;
  readonly request?: string;
  readonly answer?: string;
  readonly json?: boolean;
}

export function stampCommand() {
  return command(
    "stamp",
    "a time stamp (RFC 3161) on the case's journal from an authority outside: the configured service (docs/custody.md), or offline by --request and --answer",
    "backtrail stamp --case ./incident-7\n  backtrail stamp --case ./incident-7 --request head.tsq\n  backtrail stamp --case ./incident-7 --answer head.tsr --roots authority.pem",
  )
    .addOption(caseOption())
    .option("--request <file>", "write the request to a file, to be carried to an authority")
    .option("--answer <file>", "check the authority's answer and keep it in the journal")
    .addOption(
      new Option("--service <url>", "ask this service now; only a hash is sent").env("BACKTRAIL_STAMP_SERVICE"),
    )
    .addOption(
      new Option("--roots <file>", "certificates (PEM) that are trusted to stamp").env("BACKTRAIL_STAMP_ROOTS"),
    )
    .addOption(jsonOption())
    .action(async (options: StampOptions) => {
      const { request, answer } = options;
      if (request !== undefined && answer !== undefined)
        throw new BacktrailError("usage", "Give one of --request FILE and --answer FILE.");
      const service = request === undefined && answer === undefined ? stampService(options) : null;
      const roots = request === undefined ? trustedRoots(options) : "";
      const result = await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        if (request !== undefined) return requestStamp(opened, request);
        return service === null ? attachStamp(opened, read(answer!), roots) : stampByService(opened, service, roots);
      });
      if (options.json === true) printJson(result);
      else if ("head" in result) print(`${request ?? ""}  asks for a time stamp on journal head ${result.head}\n`);
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
