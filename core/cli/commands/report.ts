import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { BacktrailError } from "../../contracts/result.ts";
import type { Severity } from "../../contracts/finding.ts";
import { countOf } from "../../contracts/text-forms.ts";
import type { WrittenPack } from "../../engine/write-pack.ts";
import { writePack } from "../../engine/write-pack.ts";
import { writeReport } from "../../engine/write-report.ts";
import { withCase } from "../../engine/workspace.ts";
import type { ReportOptions } from "../../report/forms.ts";
import { REPORT_FORMS } from "../../report/forms.ts";
import { PAPERS } from "../../report/pdf/report-pdf.ts";
import type { RedactionRules } from "../../report/redaction/rules.ts";
import { parseRules } from "../../report/redaction/rules.ts";
import { parseTemplate } from "../../report/template-file.ts";
import type { ReportTemplate } from "../../report/templates.ts";
import { namedTemplate, TEMPLATE_NAMES } from "../../report/templates.ts";
import { readSigningKey } from "../../case/signing.ts";
import type { KeyOptions } from "../key-options.ts";
import { keyOptions, passphraseOf } from "../key-options.ts";
import { caseOption, command, jsonOption, severityOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface ReportArguments extends KeyOptions {
  readonly case: string;
  readonly out?: string;
  readonly pack?: string;
  readonly template: string;
  readonly paper: (typeof PAPERS)[number];
  readonly redact?: string;
  readonly format?: string;
  readonly minSeverity?: Severity;
  readonly sessions?: true | string;
  readonly sign?: boolean;
  readonly json?: boolean;
}

export function reportCommand() {
  const endings = REPORT_FORMS.map(({ endings: [ending = ""], text }) => `${ending} (${text})`).join(", ");
  const made = command(
    "report",
    "write the report of a case, or export it for another tool (docs/exports.md)",
    "backtrail report --case ./incident-7 --out report.pdf",
  )
    .addOption(caseOption())
    .option("--out <file>", `where to; its ending says in which form: ${endings}`)
    .option("--pack <dir>", "in place of --out: a court pack, as a new folder and a zip (docs/exports.md)")
    .option(
      "--template <name>",
      `what is in it: ${TEMPLATE_NAMES.join(", ")}, or a YAML file of your own (docs/report.md)`,
      "full",
    )
    .addOption(new Option("--paper <size>", "sheet of the PDF").choices([...PAPERS]).default(PAPERS[0]))
    .addOption(
      new Option("--format <form>", "the form, for a file name with another ending").choices(
        REPORT_FORMS.map(({ format }) => format),
      ),
    )
    .option(
      "--redact <rules>",
      "mask hosts, accounts or payload by rules (YAML, docs/report.md); the key stays in the case folder",
    )
    .addOption(severityOption("--min-severity <severity>", "in an export, leave out findings below"))
    .option("--sessions [filter]", "in a timeline or log form, the connections too: all, or those that a filter fits")
    .option("--sign", "with --pack: sign it with the investigator's key");
  for (const option of keyOptions()) made.addOption(option);
  return made.addOption(jsonOption()).action(async (options: ReportArguments) => {
    const people = { template: readTemplate(options.template), paper: options.paper };
    const { out, pack } = options;
    if (pack === undefined && options.sign === true)
      throw new BacktrailError("usage", "--sign goes with --pack; backtrail sign --report FILE signs one report.");
    if (out !== undefined && pack === undefined) return writeOne(options, out, people);
    if (pack === undefined || out !== undefined)
      throw new BacktrailError("usage", "Say what to write: --out FILE, or --pack DIR.");
    const { format, minSeverity, sessions, redact } = options;
    if ([format, minSeverity, sessions, redact].some((option) => option !== undefined))
      throw new BacktrailError(
        "usage",
        "A pack holds all: leave --format, --min-severity, --sessions and --redact out.",
      );
    return writeWholePack(options, pack, people);
  });
}

async function writeWholePack(options: ReportArguments, pack: string, people: ReportOptions): Promise<void> {
  const key = options.sign === true ? { key: readSigningKey(options.key, passphraseOf(options)) } : {};
  const written = await withCase(options.case, (opened) => {
    opened.notes.forEach(note);
    return writePack(opened, pack, { ...people, ...key });
  });
  for (const line of withoutPacketsText(written)) note(line);
  if (options.json === true) {
    printJson(written);
    return;
  }
  print(
    `${pack}  ${countOf(written.files, "file")}, SHA-256 of SHA256SUMS ${written.sha256}: note it down elsewhere\n` +
      `${pack.replace(/(?<![\\/])[\\/]+$/, "")}.zip  SHA-256 ${written.zipSha256}\n` +
      (written.signedBy === null ? "" : `signed by key ${written.signedBy}\n`),
  );
}

/** A line for each reason, however many findings it is the reason for. */
function withoutPacketsText({ withoutPackets }: WrittenPack): string[] {
  const reasons = new Set(withoutPackets.map(({ reason }) => reason));
  return [...reasons].map((reason) => {
    const findings = withoutPackets.filter((each) => each.reason === reason);
    const [named, more] = [findings.slice(0, NAMED).map(({ finding }) => finding), findings.length - NAMED];
    return `No packets in the pack for ${named.join(", ")}${more > 0 ? ` and ${more} more (pack.json lists them)` : ""}: ${reason}`;
  });
}

/** Findings named one by one where many have no packets. */
const NAMED = 3;

async function writeOne(options: ReportArguments, out: string, people: ReportOptions): Promise<void> {
  const redaction = options.redact === undefined ? null : readRules(options.redact);
  const sha256 = await withCase(options.case, (opened) => {
    opened.notes.forEach(note);
    return writeReport(opened, out, {
      ...people,
      ...(redaction === null ? {} : { redaction }),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.minSeverity === undefined ? {} : { minSeverity: options.minSeverity }),
      ...(options.sessions === undefined ? {} : { sessions: options.sessions }),
    });
  });
  if (options.json === true) printJson({ report: resolve(out), sha256 });
  else print(`${out}  SHA-256 ${sha256}\n`);
}

function readTemplate(name: string): ReportTemplate {
  const known = namedTemplate(name);
  if (known !== null) return known;
  let text: string;
  try {
    text = readFileSync(name, "utf8");
  } catch (error) {
    throw new BacktrailError(
      "no-template",
      `There is no template ${name}: give ${TEMPLATE_NAMES.join(", ")}, or a YAML file that is there.`,
      { cause: error },
    );
  }
  return parseTemplate(text, name);
}

function readRules(path: string): RedactionRules {
  try {
    return parseRules(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof BacktrailError) throw error;
    throw new BacktrailError("no-rules", `The redaction rules ${path} cannot be read: check the path.`, {
      cause: error,
    });
  }
}
