import { ATTACK_VERSION } from "../../contracts/attack-names.ts";
import type { Finding } from "../../contracts/finding.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import { isoTime, visible } from "../../contracts/text-forms.ts";
import { terminalSafe } from "../../contracts/text-forms.ts";
import { techniques } from "../model.ts";
import type { Export, ExportModel } from "./export.ts";
import { fileName, originText, TIME_ZONE } from "./origin.ts";
import { findingText, fitting, SEVERITY_RANK, techniqueUrl } from "./words.ts";

/** Colour of a severity; also the gradient's stops. */
const COLOURS: Readonly<Record<Finding["severity"], string>> = {
  info: "#dbe7f3",
  low: "#f7e9a0",
  medium: "#f5b95f",
  high: "#e5714a",
  critical: "#b3203c",
};

/** Findings told in a technique's comment before the rest is only counted. */
const TOLD = 6;

/**
 * ATT&CK Navigator layer 4.5. The score is the severity of the worst finding (20 for info to 100 for critical). `versions.attack` is left out:
 * the Navigator refuses or warns about layers of another version than it has loaded, and says so in metadata instead.
 */
export const navigator: Export = {
  format: "navigator",
  endings: [".navigator.json"],
  text: "an ATT&CK Navigator layer",
  holds: "findings",
  *write(model) {
    yield `${terminalSafe(JSON.stringify(layerOf(model), null, 1))}\n`;
  },
};

function layerOf(model: ExportModel): Record<string, unknown> {
  const { origin, findings, report } = model;
  const shown = techniques(findings);
  const ids = new Set(shown.map(({ id }) => id));
  const parents = [...new Set([...ids].filter((id) => id.includes(".")).map((id) => id.split(".")[0]!))];
  return {
    name: fitting(visible(`Backtrail: ${report.story.case.name}`), 200),
    versions: { navigator: "4.9.0", layer: "4.5" },
    domain: "enterprise-attack",
    description: fitting(`${visible(report.story.verdict)} ${originText(origin)}`, 8000),
    sorting: 3,
    layout: { layout: "side", showID: true, showName: true },
    hideDisabled: false,
    techniques: [
      ...shown.map(({ id, findings: of }) => techniqueOf(id, of, parents.includes(id))),
      ...parents
        .filter((id) => !ids.has(id))
        .map((id) => ({ techniqueID: id, enabled: true, showSubtechniques: true })),
    ],
    gradient: { colors: SEVERITIES.map((severity) => COLOURS[severity]), minValue: 20, maxValue: 100 },
    legendItems: SEVERITIES.map((severity) => ({ label: severity, color: COLOURS[severity] })),
    metadata: [
      { name: "tool", value: `${origin.tool} ${origin.version}` },
      { name: "case", value: origin.caseId },
      { name: "as of", value: origin.asOf },
      { name: "filter", value: visible(origin.filter) },
      { name: "ATT&CK version of the ids", value: ATTACK_VERSION },
      ...(origin.span === null
        ? []
        : [{ name: "packets", value: `${isoTime(origin.span.from)} to ${isoTime(origin.span.to)} ${TIME_ZONE}` }]),
      ...origin.captures.map(({ number, path, sha256 }) => ({
        name: `capture ${number}`,
        value: visible(`${fileName(path)} SHA-256 ${sha256}`),
      })),
    ],
    showTacticRowBackground: false,
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
}

function techniqueOf(id: string, findings: readonly Finding[], isParent: boolean): Record<string, unknown> {
  const worst = findings.reduce((a, b) => (SEVERITY_RANK[b.severity] > SEVERITY_RANK[a.severity] ? b : a));
  const told = findings.slice(0, TOLD).map((finding) => `${finding.id}: ${findingText(finding)}`);
  const more = findings.length - told.length;
  return {
    techniqueID: id,
    score: SEVERITY_RANK[worst.severity] * 20,
    comment: fitting([...told, ...(more > 0 ? [`... and ${more} more`] : [])].join("\n"), 8000),
    enabled: true,
    showSubtechniques: isParent,
    metadata: [
      { name: "findings", value: String(findings.length) },
      { name: "worst", value: worst.severity },
      { name: "ids", value: fitting(findings.map((finding) => finding.id).join(" "), 8000) },
    ],
    links: [{ label: id, url: techniqueUrl(id) }],
  };
}
