import type { Case } from "../case/case.ts";
import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Severity } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
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
  return {
    report,
    origin: {
      tool: TOOL.name,
      version: TOOL.version,
      caseId: source.info.id,
      caseName: source.info.name,
      captures: coverage.captures,
      filter: filterText(choice),
      span: tsFirst === null || tsLast === null ? null : { from: tsFirst, to: tsLast },
      asOf: report.custody.at(-1)?.at ?? source.info.created,
      journalHead: report.journalHead,
    },
    findings: report.story.findings.filter(({ severity }) => SEVERITIES.indexOf(severity) >= least).sort(inTimeOrder),
    behind: await sessionsByUid(source, [...new Set(report.evidence.map(({ uid }) => uid))]),
    sessions: sessions === undefined ? null : () => sessionsOf(source, sessions === true ? null : sessions),
    fileActs: () => fileActsOf(source),
  };
}

function filterText({ minSeverity, sessions }: ExportChoice): string {
  const findings =
    minSeverity === undefined || minSeverity === "info"
      ? "all findings but dismissed ones"
      : `findings of ${minSeverity} severity and above but dismissed ones`;
  if (sessions === undefined) return `${findings}, no connections beside those behind them`;
  return sessions === true ? `${findings}, all connections` : `${findings}, connections that fit: ${sessions}`;
}
