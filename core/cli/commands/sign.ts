import { readSigningKey } from "../../case/signing.ts";
import { signJournal, signReport } from "../../engine/seal.ts";
import { withCase } from "../../engine/workspace.ts";
import type { KeyOptions } from "../key-options.ts";
import { keyOptions, passphraseOf } from "../key-options.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface SignOptions extends KeyOptions {
  readonly case: string;
  readonly report?: string;
  readonly json?: boolean;
}

export function signCommand() {
  const made = command(
    "sign",
    "sign the case's journal, and a report",
    "backtrail sign --case ./incident-7 --report report.pdf",
  )
    .addOption(caseOption())
    .option("--report <file>", "a report of the case; its signature is written to FILE.sig.json");
  for (const option of keyOptions()) made.addOption(option);
  return made.addOption(jsonOption()).action(async (options: SignOptions) => {
    const key = readSigningKey(options.key, passphraseOf(options));
    const signed = await withCase(options.case, (opened) => {
      opened.notes.forEach(note);
      const report = options.report === undefined ? null : signReport(opened, key, options.report);
      return Promise.resolve({ report, journal: signJournal(opened, key) });
    });
    if (options.json === true) {
      printJson(signed);
      return;
    }
    if (signed.report !== null) print(`report   ${signed.report.file}\n`);
    print(`journal  head ${signed.journal.sha256}\nkey      ${key.fingerprint}\n`);
  });
}
