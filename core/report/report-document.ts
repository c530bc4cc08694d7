import { HostNames } from "../contracts/host-names.ts";
import { isDismissed } from "../contracts/finding.ts";
import { countOf, countText, dateOf, octetsText } from "../contracts/text-forms.ts";
import type { Coverage } from "../contracts/story.ts";
import type { ReportDocument, Section } from "./document.ts";
import type { ReportModel } from "./model.ts";
import { techniques } from "./model.ts";
import { summarySection } from "./section-summary.ts";
import {
  attackSection,
  evidenceSection,
  findingsSection,
  indicatorsSection,
  reviewsSection,
  timelineSection,
} from "./sections-findings.ts";
import {
  captureSection,
  coverageSection,
  custodySection,
  estateSection,
  glossarySection,
  limitsSection,
  methodSection,
  parametersSection,
} from "./sections-ground.ts";
import { chainSection, figuresSection } from "./sections-incident.ts";
import { exfiltrationSection, tamperSection } from "./sections-tampering.ts";
import type { ReportTemplate, SectionName } from "./templates.ts";
import { reportTitle } from "./texts.ts";
import { withShortTexts } from "./long-texts.ts";

type SectionMaker = (model: ReportModel, hosts: HostNames, figureWidth: number) => Section | null;

const SECTIONS: Readonly<Record<SectionName, SectionMaker>> = {
  summary: summarySection,
  chain: chainSection,
  figures: figuresSection,
  timeline: timelineSection,
  tampering: tamperSection,
  exfiltration: exfiltrationSection,
  findings: findingsSection,
  reviews: reviewsSection,
  attack: attackSection,
  indicators: indicatorsSection,
  estate: estateSection,
  coverage: coverageSection,
  evidence: evidenceSection,
  captures: captureSection,
  custody: custodySection,
  parameters: parametersSection,
  method: methodSection,
  limits: limitsSection,
  glossary: glossarySection,
};

/**
 * The report of a model as a document, with the sections that the template names, in its order.
 * @param figureWidth Width for which figures are laid out, in pixels of the figure's own text.
 */
export function reportDocument(whole: ReportModel, template: ReportTemplate, figureWidth: number): ReportDocument {
  const model = withShortTexts(whole);
  const { story } = model;
  const hosts = new HostNames(story.estate);
  const sections = template.sections.flatMap(({ name, title, text }) => {
    const section = SECTIONS[name](model, hosts, figureWidth);
    if (section === null) return [];
    const blocks = text === null ? section.blocks : [{ kind: "text", text } as const, ...section.blocks];
    return [{ id: section.id, title: title ?? section.title, blocks }];
  });
  return {
    title: template.title ?? reportTitle(story),
    caseName: story.case.name,
    caseId: story.case.id,
    version: story.case.version,
    journalHead: model.journalHead,
    date: model.custody.at(-1)?.at ?? "1970-01-01T00:00:00.000Z",
    verdict: story.verdict,
    facts: keyFacts(model),
    sections,
  };
}

function keyFacts(model: ReportModel): { value: string; label: string }[] {
  const { story } = model;
  const { coverage } = story;
  const counted = story.findings.filter((finding) => !isDismissed(finding));
  const severe = counted.filter(({ severity }) => severity === "high" || severity === "critical").length;
  const dismissed = story.findings.length - counted.length;
  const stored = coverage.captures.reduce((sum, capture) => sum + capture.octets, 0);
  const techniqueCount = techniques(story.findings).length;
  const facts: [string, string][] = [
    [countText(story.incidents.length), story.incidents.length === 1 ? "incident" : "incidents"],
    [
      countText(counted.length),
      `${counted.length === 1 ? "finding" : "findings"}, ${countText(severe)} high or critical${dismissed === 0 ? "" : `; ${countText(dismissed)} more dismissed`}`,
    ],
    [countText(techniqueCount), techniqueCount === 1 ? "ATT&CK technique" : "ATT&CK techniques"],
    [octetsText(stored), `in ${countOf(coverage.captures.length, "capture")}, ${countOf(coverage.packets, "packet")}`],
    [countText(coverage.connections), `${coverage.connections === 1 ? "connection" : "connections"} reconstructed`],
    [coverage.tsFirst === null ? "none" : dateOf(coverage.tsFirst), packetDays(coverage)],
  ];
  return facts.map(([value, label]) => ({ value, label }));
}

/** What the day of the first packet is, in words. */
function packetDays({ tsFirst, tsLast, notKnown }: Coverage): string {
  if (tsFirst === null || tsLast === null) return "no packet";
  if (notKnown !== undefined) return `first finding; the last ends on ${dateOf(tsLast)}`;
  return dateOf(tsFirst) === dateOf(tsLast) ? "first and last packet" : `first packet; the last on ${dateOf(tsLast)}`;
}
