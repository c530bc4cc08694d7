import { Argument } from "commander";
import { ARGS } from "../../contracts/api.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { visible } from "../../contracts/text-forms.ts";
import { reviewFinding } from "../../engine/annotate.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface VerdictOptions {
  readonly case: string;
  readonly reason?: string;
  readonly json?: boolean;
}

const VERDICTS = ["confirmed", "dismissed", "none"] as const;

export function verdictCommand() {
  return command(
    "verdict",
    "confirm or dismiss a finding, or take the verdict back (none); it stands in the journal and the report",
    'backtrail verdict --case ./incident-7 F-275f3d60e1b9 dismissed --reason "the restore drill of 3 March"',
  )
    .addOption(caseOption())
    .argument("<finding>", "its id, as backtrail findings lists it")
    .addArgument(new Argument("<verdict>", "what it is to be").choices(VERDICTS))
    .option("--reason <text>", "why; a dismissal needs it")
    .addOption(jsonOption())
    .action(async (finding: string, verdict: (typeof VERDICTS)[number], options: VerdictOptions) => {
      const asked = ARGS["finding.review"].safeParse({
        finding,
        verdict: verdict === "none" ? null : verdict,
        reason: options.reason ?? null,
      });
      if (!asked.success)
        throw new BacktrailError("usage", "A dismissal needs --reason TEXT, and a reason has 1 to 10,000 characters.");
      const review = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        const { verdict: decided, reason } = asked.data;
        return reviewFinding(opened, finding, decided, reason);
      });
      if (options.json === true) printJson({ finding, review });
      else if (review === null) print(`${visible(finding)}  no verdict\n`);
      else {
        const why = review.reason === null ? "" : `: ${review.reason}`;
        print(`${visible(`${finding}  ${review.verdict} by ${review.by}, journal entry ${review.entry}${why}`)}\n`);
      }
    });
}
