import { readSigningKey } from "../../case/signing.ts";
import { countOf, visible } from "../../contracts/text-forms.ts";
import type { MergeOutcome } from "../../engine/merge-cases.ts";
import { mergeCases } from "../../engine/merge-cases.ts";
import { conflictLines } from "../conflict-text.ts";
import type { KeyOptions } from "../key-options.ts";
import { keyOptions, passphraseOf } from "../key-options.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { clearProgress, note, print, printJson, progressLine } from "../terminal.ts";

interface MergeOptions extends KeyOptions {
  readonly case: string;
  readonly json?: boolean;
}

export function mergeCommand() {
  const made = command(
    "merge",
    "take over what was done in another copy of the case; the two journals are joined by a signed entry (docs/custody.md)",
    "backtrail merge --case ./incident-7 /media/laptop/incident-7",
  )
    .addOption(caseOption())
    .argument("<copy>", "folder of the other copy; it is only read");
  for (const option of keyOptions()) made.addOption(option);
  return made.addOption(jsonOption()).action(async (copy: string, options: MergeOptions) => {
    const key = readSigningKey(options.key, passphraseOf(options));
    const outcome = await mergeCases(options.case, copy, key, { progress: progressLine() });
    clearProgress();
    outcome.notes.forEach(note);
    if (options.json === true) printJson(outcome);
    else print(mergeText(outcome));
  });
}

function mergeText(outcome: MergeOutcome): string {
  const { journal, fork, news, taken, captures, references, conflicts, left, signature } = outcome;
  const lines = [
    `merged     ${countOf(news, "entry", "entries")} since entry ${fork}, ${taken} taken over; the other journal is kept as ${journal}`,
    ...captures.map((path) => `analysed   ${path}`),
    ...references.map((path) => `reference  ${path}`),
    ...left.map((sentence) => `left out   ${sentence}`),
    `signed     head ${signature.sha256}, key ${signature.fingerprint}`,
    ...conflictLines(conflicts),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}
