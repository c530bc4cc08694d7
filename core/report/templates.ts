import { TEXTS } from "./texts.ts";

/** Parts that a report can be made of. */
export const SECTION_NAMES = [
  "summary",
  "chain",
  "figures",
  "timeline",
  "tampering",
  "exfiltration",
  "findings",
  "reviews",
  "attack",
  "indicators",
  "estate",
  "coverage",
  "evidence",
  "captures",
  "custody",
  "parameters",
  "method",
  "limits",
  "glossary",
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/** Which parts a report has, in which order, and under which headings. */
export interface ReportTemplate {
  /** Word by which the journal names it. */
  readonly name: string;
  /** In place of the usual heading; null for that. */
  readonly title: string | null;
  readonly sections: readonly {
    readonly name: SectionName;
    readonly title: string | null;
    /** Words before the section's own; null if none. */
    readonly text: string | null;
  }[];
}

const NAMED: Readonly<Record<string, readonly SectionName[]>> = {
  full: SECTION_NAMES.filter((name) => name !== "summary" && name !== "timeline"),
  executive: ["summary"],
  timeline: ["figures", "timeline", "captures"],
  custody: ["captures", "custody", "evidence", "method"],
};

/** Names of the templates that come with the program. */
export const TEMPLATE_NAMES: readonly string[] = Object.keys(NAMED);

/** A template that comes with the program; null for another name. */
export function namedTemplate(name: string): ReportTemplate | null {
  const sections = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (sections === undefined) return null;
  return {
    name,
    title: TEXTS.templateTitles[name] ?? null,
    sections: sections.map((section) => ({ name: section, title: null, text: null })),
  };
}

/** Everything: what a report is when nothing else is asked for. */
export const FULL_TEMPLATE = namedTemplate("full")!;
