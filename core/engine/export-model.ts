import type { Case } from "../case/case.ts";
import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding, Severity } from "../contracts/finding.ts";
import { isDismissed, SEVERITIES } from "../contracts/finding.ts";
import type { ExportModel } from "../report/exports/export.ts";
import type { ReportModel } from "../report/model.ts";
import { fileActsOf, sessionsByUid, sessionsOf } from "./export-rows.ts";
import { TOOL } from "./version.ts";

/** What of a case an export is to hold. */
export interface ExportChoice {
  /** Leaves out findings below. */
  readonly minSeverity?: Severity;
  /** Connections too: all, or those that a filter fits. */
  readonly sessions?: true | string;
}

/** What exports say of a case. Findings that an investigator dismissed are left out. */
export async function exportModel(source: Case, report: ReportModel, choice: ExportChoice = {}): Promise<ExportModel> {
  const { coverage } = report.story;
  const { tsFirst, tsLast } = coverage;
  const least = SEVERITIES.indexOf(choice.minSeverity ?? "info");
  const { sessions } = choice;
  const { findings } = report.story;
  return {
    report,
    origin: {
      tool: TOOL.name,
      version: TOOL.version,
      caseId: source.info.id,
      caseName: report.story.case.name,
      captures: coverage.captures,
      filter: filterText(choice, findings.filter(isDismissed)),
      span: tsFirst === null || tsLast === null ? null : { from: tsFirst, to: tsLast },
      asOf: report.custody.at(-1)?.at ?? source.info.created,
      journalHead: report.journalHead,
    },
    findings: findings
      .filter((finding) => !isDismissed(finding) && SEVERITIES.indexOf(finding.severity) >= least)
      .sort(inTimeOrder),
    behind: await sessionsByUid(source, [...new Set(report.evidence.map(({ uid }) => uid))]),
    sessions: sessions === undefined ? null : () => sessionsOf(source, sessions === true ? null : sessions),
    fileActs: () => fileActsOf(source),
  };
}

/** Ids of dismissed findings that the filter's text names before the rest is only counted. */
const NAMED = 6;

function filterText({ minSeverity, sessions }: ExportChoice, dismissed: readonly Finding[]): string {
  const named = dismissed.slice(0, NAMED).map(({ id }) => id);
  const more = dismissed.length > NAMED ? ` and ${dismissed.length - NAMED} more` : "";
  const but = dismissed.length === 0 ? "dismissed ones" : `dismissed ones (${named.join(" ")}${more})`;
  const findings =
    minSeverity === undefined || minSeverity === "info"
      ? `all findings but ${but}`
      : `findings of ${minSeverity} severity and above but ${but}`;
  if (sessions === undefined) return `${findings}, no connections beside those behind them`;
  return sessions === true ? `${findings}, all connections` : `${findings}, connections that fit: ${sessions}`;
}
