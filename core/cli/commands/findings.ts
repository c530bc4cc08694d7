import type { Finding, Severity } from "../../contracts/finding.ts";
import { isDismissed } from "../../contracts/finding.ts";
import { dateTime } from "../../contracts/text-forms.ts";
import { storyOf } from "../../engine/story-of.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, isAtLeast, jsonOption, severityOption } from "../options.ts";
import { note, print, printJson, tableText } from "../terminal.ts";

interface FindingsOptions {
  readonly case: string;
  readonly minSeverity?: Severity;
  readonly failOn?: Severity;
  readonly json?: boolean;
}

export function findingsCommand() {
  return command(
    "findings",
    "what the detections found",
    "backtrail findings --case ./incident-7 --min-severity high --json",
  )
    .addOption(caseOption())
    .addOption(severityOption("--min-severity <severity>", "leave out what is below"))
    .addOption(
      severityOption(
        "--fail-on <severity>",
        "exit with 1 if a finding that was not dismissed is at or above this severity",
      ),
    )
    .addOption(jsonOption())
    .action(async (options: FindingsOptions) => {
      const story = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return storyOf(opened);
      });
      const least = options.minSeverity ?? "info";
      const findings = story.findings.filter(({ severity }) => isAtLeast(severity, least));
      if (options.json === true) printJson(findings.map(forMachines));
      else if (findings.length === 0) print("No findings.\n");
      else
        print(
          tableText(["time (UTC)", "severity", "conf", "phase", "finding", "what was seen"], findings.map(forPeople)),
        );
      const { failOn } = options;
      if (failOn !== undefined && findings.some((each) => !isDismissed(each) && isAtLeast(each.severity, failOn)))
        process.exitCode = 1;
    });
}

function forPeople(finding: Finding): string[] {
  return [
    dateTime(finding.tsFirst),
    finding.severity,
    finding.confidence.toFixed(2),
    finding.phase,
    finding.id,
    finding.review === undefined ? finding.explanation : `[${finding.review.verdict}] ${finding.explanation}`,
  ];
}

/** A finding with the names that other tooling reads (`ts_first`, ...). */
function forMachines({ tsFirst, tsLast, recordCount, ...rest }: Finding): Record<string, unknown> {
  return { ...rest, ts_first: tsFirst, ts_last: tsLast, record_count: recordCount };
}
