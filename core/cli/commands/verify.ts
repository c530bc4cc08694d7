import { octetsText } from "../../contracts/text-forms.ts";
import { verifyCase } from "../../engine/verify-case.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { clearProgress, note, print, printJson } from "../terminal.ts";

export function verifyCommand() {
  return command("verify", "check evidence hashes and the journal chain", "backtrail verify --case ./incident-7")
    .addOption(caseOption())
    .addOption(jsonOption())
    .action(async (options: { case: string; json?: boolean }) => {
      const result = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return Promise.resolve(
          verifyCase(opened, (path, octets) => {
            if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2Khashing ${path}: ${octetsText(octets)}`);
          }),
        );
      });
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
      clearProgress();
      if (options.json === true) {
        printJson(result);
      } else {
        for (const { number, path, state, difference } of result.evidence) {
          print(`capture ${number}  ${state.padEnd(10)} ${path}${difference === null ? "" : `: ${difference}`}\n`);
        }
        const { journal } = result;
        print(
          journal.ok
            ? `journal    intact     ${journal.entries} entries, head ${journal.head}\n`
            : `journal    broken     line ${journal.firstBad?.line ?? 0}: ${journal.firstBad?.reason ?? ""}\n`,
        );
        print(result.ok ? "Everything is as it was when it was read.\n" : "Not everything is as it was: see above.\n");
      }
      if (!result.ok) process.exitCode = 3;
    });
}
