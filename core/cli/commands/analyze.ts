import { basename, dirname, join, relative, resolve } from "node:path";
import { analyzeIntoCase } from "../../engine/analyze-into-case.ts";
import { captureStem, newCaseFolder } from "../../engine/new-case-folder.ts";
import type { SecretInputs } from "../../engine/secrets/read-secrets.ts";
import { countOf } from "../../contracts/text-forms.ts";
import { storyText } from "../../report/story-text.ts";
import { command, isAtLeast, jsonOption, octets, positive, severityOption } from "../options.ts";
import {
  clearProgress,
  isProgressShown,
  isStyled,
  note,
  print,
  printJson,
  progressLine,
  terminalWidth,
} from "../terminal.ts";
import type { Severity } from "../../contracts/finding.ts";
import { isDismissed } from "../../contracts/finding.ts";

interface AnalyzeOptions {
  readonly case?: string;
  readonly name?: string;
  readonly scope?: string;
  readonly baseline?: readonly string[];
  readonly manifest?: readonly string[];
  readonly workers?: number;
  readonly copy?: boolean;
  readonly checksums?: boolean;
  readonly keepDuplicates?: boolean;
  readonly follow?: boolean;
  readonly hashFiles?: number;
  readonly extractFiles?: string;
  readonly tlsKeylog?: readonly string[];
  readonly keytab?: readonly string[];
  readonly ntHash?: readonly string[];
  readonly report?: string | boolean;
  readonly failOn?: Severity;
  readonly json?: boolean;
}

export function analyzeCommand() {
  return command(
    "analyze",
    "read captures into a case and print the story",
    "backtrail analyze monday.pcapng tuesday.pcapng.gz --case ./incident-7 --scope estate.yaml",
  )
    .argument("<captures...>", "capture files, folders, or - for standard input")
    .option("--case <dir>", "the case folder, new or existing (default: the first capture's name and .case)")
    .option("--name <name>", "name of a new case")
    .option("--scope <file>", "the backup estate as YAML (docs/scope.md)")
    .option(
      "--baseline <capture...>",
      "captures of the same site when all was well: what is usual is learned from them (docs/estate.md)",
    )
    .option(
      "--manifest <file...>",
      "lists of what archives should be, as verify --manifest takes them (docs/manifests.md)",
    )
    .option(
      "--workers <n>",
      "worker threads; the result depends on it only where a bound is hit (docs/connections.md)",
      positive,
    )
    .option("--copy", "copy the captures into the case, write-once where the file system allows (docs/custody.md)")
    .option("--checksums", "leave out packets with a wrong checksum")
    .option("--keep-duplicates", "analyse every copy of a datagram that a mirror port made, as Zeek does")
    .option("--hash-files <size>", "hash carried files up to this size; or: all, none (default: 16M)", octets)
    .option("--extract-files <dir>", "write carried files into a new or empty folder (docs/files.md)")
    .option("--follow", "one capture that is still being written: wait for more until Ctrl+C, then tell the story")
    .option("--tls-keylog <file>", "TLS key log (SSLKEYLOGFILE) to decrypt with; may be repeated", collect)
    .option("--keytab <file>", "MIT keytab to decrypt Kerberos-protected traffic with; may be repeated", collect)
    .option(
      "--nt-hash <hash>",
      "NT hash to decrypt NTLM-protected traffic with, [DOMAIN\\]USER:HASH or @FILE with one a line; may be repeated. " +
        `Others on this machine can see arguments: prefer @FILE or the variable ${NT_HASH_VARIABLE}`,
      collect,
    )
    .option("--no-report", "do not write the HTML report")
    .addOption(
      severityOption(
        "--fail-on <severity>",
        "exit with 1 if a finding that was not dismissed is at or above this severity",
      ),
    )
    .addOption(jsonOption())
    .action(async (captures: string[], options: AnalyzeOptions) => {
      const folder = options.case ?? defaultCase(captures);
      const stop = new AbortController();
      const followed = new AbortController();
      const interrupt = () => {
        clearProgress();
        note("Stopping: what was read so far stays in the case. Press Ctrl+C again to end at once.");
        if (options.follow === true) followed.abort();
        else stop.abort();
        process.once("SIGINT", () => process.exit(130));
      };
      process.once("SIGINT", interrupt);
      const result = await analyzeIntoCase({
        captures,
        folder,
        progress: progressLine(),
        ...(isProgressShown() ? { early: {} } : {}),
        files: {
          ...(options.hashFiles === undefined ? {} : { hashLimit: options.hashFiles }),
          ...(options.extractFiles === undefined ? {} : { extractTo: resolve(options.extractFiles) }),
        },
        signal: stop.signal,
        ...(options.follow === true ? { follow: followed.signal } : {}),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.scope === undefined ? {} : { scopeFile: options.scope }),
        ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
        ...(options.manifest === undefined ? {} : { manifests: options.manifest }),
        ...(options.copy === undefined ? {} : { copy: options.copy }),
        secretInputs: secretInputs(options),
        ...(options.workers === undefined ? {} : { workers: options.workers }),
        ...(options.checksums === undefined ? {} : { verifyChecksums: options.checksums }),
        ...(options.keepDuplicates === undefined ? {} : { keepDuplicates: options.keepDuplicates }),
        ...(options.report === false ? {} : { report: defaultReportPath(folder) }),
      });
      process.off("SIGINT", interrupt);
      clearProgress();
      for (const line of result.notes) note(line);
      const { story } = result;
      if (options.json === true) {
        printJson({ case: resolve(folder), report: result.report, seconds: result.seconds, story });
      } else {
        print(storyText(story, { width: terminalWidth(), styled: isStyled() }));
        const lines = [`\nCase:    ${shown(folder)}`];
        if (result.report !== null) lines.push(`Report:  ${shown(result.report)}`);
        if (story.setAside.length > 0)
          lines.push(`${countOf(story.setAside.length, "finding")} explained and set aside; the report lists them.`);
        print(`${lines.join("\n")}\n`);
      }
      const { failOn } = options;
      if (failOn !== undefined && story.findings.some((each) => !isDismissed(each) && isAtLeast(each.severity, failOn)))
        process.exitCode = 1;
    });
}

/** Where NT hashes may stand instead of on the command line, white space between them. */
const NT_HASH_VARIABLE = "BACKTRAIL_NT_HASH";

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function secretInputs(options: AnalyzeOptions): SecretInputs {
  const fromEnvironment = (process.env[NT_HASH_VARIABLE] ?? "").split(/\s+/).filter((text) => text !== "");
  return {
    tlsKeylogs: options.tlsKeylog ?? [],
    keytabs: options.keytab ?? [],
    ntHashes: [...(options.ntHash ?? []), ...fromEnvironment],
  };
}

/** A folder in the working directory, named for the first capture. */
function defaultCase([first = "-"]: readonly string[]): string {
  return newCaseFolder("", first === "-" ? "stdin" : captureStem(resolve(first)));
}

/** Where the report goes: beside the case, so that the case folder holds the case only. */
function defaultReportPath(folder: string): string {
  const path = resolve(folder);
  return join(dirname(path), `${basename(path).replace(/\.case$/, "")}-report.html`);
}

function shown(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  return near.startsWith("..") ? resolve(path) : near === "" ? "." : near;
}
