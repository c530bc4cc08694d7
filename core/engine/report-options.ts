import type { Json } from "../case/journal.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import type { ReportOptions } from "../report/forms.ts";
import { PAPERS } from "../report/pdf/report-pdf.ts";
import type { ReportTemplate, SectionName } from "../report/templates.ts";
import { FULL_TEMPLATE, namedTemplate, SECTION_NAMES } from "../report/templates.ts";
import type { ExportChoice } from "./export-model.ts";

/** How a report was made, as the journal keeps it: a template of one's own stands there whole. */
export function writtenOptions({ template, paper }: ReportOptions): { readonly [key: string]: Json } {
  if (namedTemplate(template.name) !== null) return { template: template.name, paper };
  const sections = template.sections.map(({ name, title, text }) => ({ name, title, text }));
  return { template: { name: template.name, title: template.title, sections }, paper };
}

/** The same read back; null if the detail says something else. Entries from before there were templates say nothing. */
export function readOptions(detail: { readonly [key: string]: Json }): ReportOptions | null {
  const paper = PAPERS.find((name) => name === (detail["paper"] ?? PAPERS[0]));
  const template = templateOf(detail["template"]);
  return paper === undefined || template === null ? null : { template, paper };
}

/** What of the case an export was to hold. */
export function exportChoice(detail: { readonly [key: string]: Json }): ExportChoice {
  const { minSeverity, sessions } = detail;
  const severity = SEVERITIES.find((name) => name === minSeverity);
  return {
    ...(severity === undefined ? {} : { minSeverity: severity }),
    ...(sessions === true || typeof sessions === "string" ? { sessions } : {}),
  };
}

function templateOf(value: Json | undefined): ReportTemplate | null {
  if (value === undefined) return FULL_TEMPLATE;
  if (typeof value === "string") return namedTemplate(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const { name, title, sections } = value as { readonly [key: string]: Json };
  if (typeof name !== "string" || !Array.isArray(sections)) return null;
  const read = (sections as readonly Json[]).flatMap((section) => {
    const { name: part, title: heading, text } = (section ?? {}) as { readonly [key: string]: Json };
    if (!SECTION_NAMES.some((known) => known === part)) return [];
    return [{ name: part as SectionName, title: textOrNull(heading), text: textOrNull(text) }];
  });
  return { name, title: textOrNull(title), sections: read };
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
