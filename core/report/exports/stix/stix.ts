import type { Finding } from "../../../contracts/finding.ts";
import { ATTACK_VERSION } from "../../../contracts/attack-names.ts";
import type { Incident } from "../../../contracts/story.ts";
import { isoTime, visible } from "../../../contracts/text-forms.ts";
import { techniques } from "../../model.ts";
import { evidenceOf } from "../evidence.ts";
import type { Export, ExportModel } from "../export.ts";
import { indicators } from "../indicators.ts";
import { captureText, originObject, originText } from "../origin.ts";
import { findingText, fitting, techniqueName, techniqueUrl } from "../words.ts";
import type { StixObject } from "./objects.ts";
import { patternText, StixCase, stixLine } from "./objects.ts";
import { Observables } from "./observables.ts";
import { reportTitle } from "../../texts.ts";

/** Longest text of one property. */
const LONGEST_TEXT = 32_000;

/**
 * STIX 2.1 bundle: a report that refers to all, an incident and its notes, a technique each, an observation and a note for each finding
 * with its hosts, account and connections, and an indicator for each host outside. Connections that no finding rests on are left out.
 */
export const stix: Export = {
  format: "stix",
  endings: [".stix.json"],
  text: "a STIX 2.1 bundle of findings, techniques and indicators",
  holds: "findings",
  *write(model) {
    const objects = objectsOf(model);
    const id = caseOf(model).id("bundle", objects.map(({ id: object }) => object).join(" "));
    yield `{"type":"bundle","id":"${id}","objects":[\n`;
    for (const [i, object] of objects.entries()) yield `${i === 0 ? "" : ",\n"}${stixLine(object)}`;
    yield "\n]}\n";
  },
};

/** Name of the extension that carries a finding whole. */
const EXTENSION = "backtrail-finding";

function caseOf({ report, origin }: ExportModel): StixCase {
  return new StixCase(origin.caseId, report.custody[0]?.at ?? origin.asOf, origin.asOf);
}

function objectsOf(model: ExportModel): StixObject[] {
  const { origin, findings } = model;
  const { story } = model.report;
  const make = caseOf(model);
  const seen = new Observables();
  const extension = extensionDefinition(make);
  const patterns = new Map(techniques(findings).map(({ id }) => [id, attackPattern(make, id)]));
  const behind = evidenceOf(model);
  const about: StixObject[] = [];
  for (const finding of findings) {
    const refs = seen.of(finding, behind(finding).sessions);
    // An observation must observe something: a finding without hosts has only its note, on the bundle's author.
    const observed = refs.length === 0 ? null : observation(make, finding, refs, extension.id);
    if (observed !== null) about.push(observed);
    about.push(findingNote(make, finding, observed ?? identity(make), extension.id));
    for (const id of finding.attack) {
      if (observed !== null) about.push(make.relation(observed.id, "related-to", patterns.get(id)!.id));
    }
  }
  const known = new Set(about.map(({ id }) => id));
  const incidents = story.incidents.flatMap((incident) => incidentObjects(make, incident, known));
  const signs = indicators(model).map(({ address, first, why }) =>
    make.object("indicator", address, {
      name: `Host outside the site: ${address}`,
      description: visible(why),
      pattern: `[${address.includes(":") ? "ipv6-addr" : "ipv4-addr"}:value = ${patternText(address)}]`,
      pattern_type: "stix",
      valid_from: isoTime(first),
    }),
  );
  const all = [identity(make), extension, ...patterns.values(), ...seen.all, ...incidents, ...about, ...signs];
  return [
    make.object("report", "report", {
      name: fitting(visible(`${reportTitle(story)}: ${story.case.name}`), LONGEST_TEXT),
      description: fitting(
        [visible(story.verdict), originText(origin), ...origin.captures.map(captureText)].join("\n"),
        LONGEST_TEXT,
      ),
      report_types: ["threat-report"],
      published: origin.asOf,
      object_refs: all.filter(({ type }) => type !== "extension-definition").map(({ id }) => id),
      extensions: { [extension.id]: { extension_type: "property-extension", origin: originObject(origin) } },
    }),
    ...all,
  ];
}

function identity(make: StixCase): StixObject {
  return make.object("identity", "backtrail", {
    name: "Backtrail",
    description: "Packet-capture forensic workbench that wrote this bundle",
    identity_class: "system",
  });
}

function extensionDefinition(make: StixCase): StixObject {
  return make.object("extension-definition", EXTENSION, {
    name: "Backtrail finding",
    description:
      "The finding as Backtrail's own JSON has it, and where the bundle comes from; times are ns since 1970 UTC",
    schema: "Backtrail docs/exports.md, STIX 2.1",
    version: "1.0.0",
    extension_types: ["property-extension"],
  });
}

function attackPattern(make: StixCase, id: string): StixObject {
  return make.object("attack-pattern", id, {
    name: techniqueName(id),
    external_references: [{ source_name: "mitre-attack", external_id: id, url: techniqueUrl(id) }],
    labels: [`ATT&CK ${ATTACK_VERSION}`],
  });
}

function observation(make: StixCase, finding: Finding, refs: readonly string[], extension: string): StixObject {
  return make.object("observed-data", finding.id, {
    first_observed: isoTime(finding.tsFirst),
    last_observed: isoTime(finding.tsLast),
    number_observed: Math.min(999_999_999, Math.max(1, finding.count)),
    object_refs: refs,
    labels: [finding.phase, `severity-${finding.severity}`],
    confidence: Math.round(finding.confidence * 100),
    extensions: { [extension]: { extension_type: "property-extension", finding: finding.id } },
  });
}

function findingNote(make: StixCase, finding: Finding, about: StixObject, extension: string): StixObject {
  return make.object("note", finding.id, {
    abstract: fitting(`${finding.id}: ${visible(finding.title)}`, LONGEST_TEXT),
    content: fitting(findingText(finding), LONGEST_TEXT),
    object_refs: [about.id],
    confidence: Math.round(finding.confidence * 100),
    extensions: { [extension]: { extension_type: "property-extension", finding } },
  });
}

function incidentObjects(make: StixCase, incident: Incident, known: ReadonlySet<string>): StixObject[] {
  const object = make.object("incident", incident.id, {
    name: `Incident ${incident.id}`,
    description: fitting(visible(incident.verdict), LONGEST_TEXT),
    confidence: Math.round(incident.confidence * 100),
  });
  const findings = [...new Set(incident.steps.flatMap((step) => step.findings))];
  const observed = findings.map((id) => make.id("observed-data", id)).filter((id) => known.has(id));
  return [object, ...observed.map((id) => make.relation(object.id, "related-to", id))];
}
