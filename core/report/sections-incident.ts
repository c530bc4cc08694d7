import type { Incident, Step } from "../contracts/story.ts";
import { accountText, stepMarks, stepText, weighed } from "../contracts/story.ts";
import type { Finding, Phase } from "../contracts/finding.ts";
import { isDismissed } from "../contracts/finding.ts";
import { clockTime, confidenceWord, countOf, dateOf, dateTime, untilText } from "../contracts/text-forms.ts";
import { uncovered } from "../contracts/uncovered.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import { captureTimeline, findingsTimeline, incidentMovement } from "../figures/story-figures.ts";
import type { Svg } from "../figures/svg.ts";
import type { HostNames } from "../contracts/host-names.ts";
import { beforeText, roleNotes } from "../contracts/incident-notes.ts";
import type { Block, Cell, Section, StepBlock } from "./document.ts";
import { code, column, findingLinks } from "./document.ts";
import type { ReportModel } from "./model.ts";
import { TEXTS } from "./texts.ts";

const FINDINGS_LINKED = 6;

/** The chain of each incident, in time order. */
export function chainSection(model: ReportModel, hosts: HostNames): Section {
  const { incidents, unknowns } = model.story;
  const title = incidents.length > 1 ? TEXTS.sections.chains : TEXTS.sections.chain;
  if (incidents.length === 0)
    return {
      id: "chain",
      title,
      blocks: [{ kind: "text", role: "empty", text: `No incident: ${nothingFound(model)}` }],
    };
  const blocks: Block[] = incidents.flatMap((incident) =>
    incidentBlocks(incident, incidents.length > 1, model.story.findings, hosts),
  );
  if (unknowns.length > 0)
    blocks.push({ kind: "heading", level: 3, text: TEXTS.unknowns }, { kind: "list", items: unknowns });
  return { id: "chain", title, blocks };
}

/** Why there is no incident, as the end of a sentence. */
export function nothingFound(model: ReportModel): string {
  const { findings } = model.story;
  const apart = findings.filter((finding) => !isDismissed(finding)).length;
  const dismissed = findings.length - apart;
  const found = apart === 0 ? "no detection found anything" : `${countOf(apart, "finding")} did not join into one`;
  const rest =
    dismissed === 0 ? found : `${found} beside ${countOf(dismissed, "finding")} that an investigator dismissed`;
  return `${rest}. ${countOf(model.evaluated, "detection")} ran over the evidence; “${TEXTS.sections.coverage}” says what it could not show.`;
}

function incidentBlocks(incident: Incident, several: boolean, findings: readonly Finding[], hosts: HostNames): Block[] {
  const confidence = `an intrusion: ${confidenceWord(incident.confidence)} (${incident.confidence.toFixed(2)})`;
  const blocks: Block[] = [];
  if (several) {
    blocks.push({ kind: "heading", level: 3, text: `Incident ${incident.id}`, id: incident.id });
    blocks.push({ kind: "text", role: "lead", text: incident.verdict });
  }
  const counts = [
    countOf(incident.steps.length, "step"),
    countOf(incident.hosts.length, "host"),
    countOf(incident.accounts.length, "account"),
  ];
  const span = `${dateTime(incident.tsFirst)} to ${dateTime(incident.tsLast)} UTC`;
  blocks.push({ kind: "text", role: "meta", text: [span, ...counts, confidence].join(" · ") });
  if (incident.confidenceText !== undefined) blocks.push({ kind: "text", role: "meta", text: incident.confidenceText });
  blocks.push(...phaseBlocks(incident.steps));
  const before = beforeText(incident, hosts);
  if (before !== null) blocks.push({ kind: "heading", level: 4, text: TEXTS.before }, { kind: "text", text: before });
  let day = "";
  let steps: StepBlock[] = [];
  for (const [i, step] of incident.steps.entries()) {
    if (dateOf(step.tsFirst) !== day) {
      day = dateOf(step.tsFirst);
      steps = [];
      blocks.push({ kind: "heading", level: 4, text: day }, { kind: "steps", steps });
    }
    steps.push(stepBlock(step, i + 1, stepText(step, incident, findings), hosts));
  }
  const roles = roleNotes(incident, hosts);
  if (roles.length > 0) blocks.push({ kind: "heading", level: 4, text: TEXTS.roles }, { kind: "list", items: roles });
  const orElse = incident.orElse ?? [];
  if (orElse.length > 0)
    blocks.push({ kind: "heading", level: 4, text: TEXTS.orElse }, { kind: "list", items: orElse });
  if (incident.open.length > 0)
    blocks.push({ kind: "heading", level: 4, text: TEXTS.open }, { kind: "list", items: incident.open });
  blocks.push(...sumBlocks(incident));
  return blocks;
}

/** The sum that the confidence of an incident is. */
function sumBlocks({ confidenceSum, confidence }: Incident): Block[] {
  if (confidenceSum === undefined) return [];
  const columns = [
    column("Finding", "code"),
    column("What", "wide"),
    column("Its confidence", "number"),
    column("Severity"),
    column("Phase"),
    column("Share", "number"),
  ];
  const rows = confidenceSum.parts.map(({ finding, title, weights, ...part }): Cell[] => [
    [code(finding, finding)],
    title,
    part.confidence.toFixed(2),
    weighed(part.severity, weights?.severity),
    weighed(PHASE_STYLES[part.phase].label, weights?.phase),
    part.share.toFixed(2),
  ]);
  return [
    { kind: "heading", level: 4, text: `${TEXTS.sum} ${confidence.toFixed(2)}` },
    { kind: "text", role: "meta", text: confidenceSum.rule },
    { kind: "table", columns, rows },
  ];
}

/** The phases of a chain with the number of their steps, in the order in which they began; nothing for a single one. */
function phaseBlocks(steps: readonly Step[]): Block[] {
  const count = new Map<Step["phase"], number>();
  for (const { phase } of steps) count.set(phase, (count.get(phase) ?? 0) + 1);
  if (count.size < 2) return [];
  const phases = [...count].map(([phase, n]) => {
    return { phase, label: PHASE_STYLES[phase].label, text: countOf(n, "step") };
  });
  return [{ kind: "phases", phases }];
}

function stepBlock(step: Step, number: number, sentence: string, hosts: HostNames): StepBlock {
  const until = untilText(step.tsFirst, step.tsLast);
  return {
    number,
    time: clockTime(step.tsFirst, 3),
    phase: step.phase,
    label: PHASE_STYLES[step.phase].label,
    way: wayOf(step, hosts),
    sentence,
    meta: [
      [
        ...(until === null ? [] : [until]),
        `this step: ${confidenceWord(step.confidence)} (${step.confidence.toFixed(2)})`,
        ...stepMarks(step),
        "",
      ].join(" · "),
      ...findingLinks(step.findings, FINDINGS_LINKED),
    ],
  };
}

/** "A → B as user"; the state of a host that nobody changed in the evidence (its clock, its identity) has no host that acts. */
export function wayOf(
  {
    source,
    target,
    user,
    byTicket,
    phase,
  }: Pick<Step, "source" | "target" | "user" | "byTicket"> & { readonly phase?: Phase },
  hosts: HostNames,
): string {
  const isState = source === null && target !== null && phase === "integrity";
  const way = [...(isState ? [] : [source]), ...(target === null ? [] : [target])].map((host) => hosts.full(host));
  return `${way.join(" → ")}${accountText({ user, byTicket })}`;
}

/** Timeline of the findings, of the whole capture, and the movement between hosts of each incident. */
export function figuresSection(model: ReportModel, hosts: HostNames, figureWidth: number): Section | null {
  const { story, volume } = model;
  const blocks = [
    ...figureBlock(
      findingsTimeline(story, volume.incident, figureWidth),
      "Timeline of the findings",
      `The findings over the time they span. ${timelineKey(model, volume.incident)}`,
    ),
    ...figureBlock(
      captureTimeline(story, volume.whole, figureWidth),
      "Timeline of the whole capture",
      `The same in the whole capture. ${timelineKey(model, volume.whole)}`,
    ),
    ...story.incidents.flatMap((incident) => movementBlock(incident, story.incidents.length > 1, hosts, figureWidth)),
  ];
  return blocks.length === 0 ? null : { id: "figures", title: TEXTS.sections.figures, blocks };
}

/** What the marks of a timeline mean, of those that are drawn. */
function timelineKey({ story }: ReportModel, volume: readonly VolumeBucket[]): string {
  const hasVolume = volume.some(({ octetsIn, octetsOut }) => octetsIn + octetsOut > 0);
  return [
    TEXTS.timelineKey,
    ...(uncovered(story.coverage).length === 0 ? [] : [TEXTS.timelineGaps]),
    ...(hasVolume ? [TEXTS.timelineVolume] : []),
  ].join(" ");
}

/** Movement between the hosts of an incident. */
export function movementBlock(incident: Incident, several: boolean, hosts: HostNames, figureWidth: number): Block[] {
  const of = several ? ` of incident ${incident.id}` : "";
  return figureBlock(
    incidentMovement(incident, hosts, figureWidth),
    `Movement between the hosts${of}`,
    `Movement between the hosts${of}. ${TEXTS.movementKey}`,
  );
}

/** A figure with its caption; nothing where there is no figure. */
export function figureBlock(figure: Svg | null, title: string, caption: string): Block[] {
  return figure === null ? [] : [{ kind: "figure", figure, title, caption }];
}
