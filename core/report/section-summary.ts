import type { HostNames } from "../contracts/host-names.ts";
import type { Incident, Step, Story } from "../contracts/story.ts";
import { accountText, stepMarks, stepText } from "../contracts/story.ts";
import { dateTime, leadingSentences } from "../contracts/text-forms.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import { coverageFacts } from "./coverage-text.ts";
import type { Block, Cell, Section } from "./document.ts";
import { column } from "./document.ts";
import type { ReportModel } from "./model.ts";
import { movementBlock, nothingFound } from "./sections-incident.ts";
import { actCounts, storesBlocks } from "./sections-tampering.ts";
import { TEXTS } from "./texts.ts";

const INCIDENTS_SHOWN = 2;
const STORES_SHOWN = 4;
const LINES_SHOWN = 5;
const SENTENCE = 280;

/** The case on two pages: how far the intruder came, what became of the backups, what is not known. */
export function summarySection(model: ReportModel, hosts: HostNames, figureWidth: number): Section {
  const { story } = model;
  const blocks: Block[] = [];
  if (story.incidents.length === 0)
    blocks.push({ kind: "text", role: "empty", text: `No incident: ${nothingFound(model)}` });
  const shown = mostSevere(story.incidents);
  for (const incident of shown) blocks.push(...phaseTable(incident, story, hosts));
  if (story.incidents.length > shown.length)
    blocks.push({
      kind: "text",
      role: "meta",
      text: `${story.incidents.length - shown.length} more incidents are in the full report.`,
    });
  blocks.push(
    ...shown.slice(0, 1).flatMap((incident) => movementBlock(incident, story.incidents.length > 1, hosts, figureWidth)),
  );
  const acts = actCounts(story.ledger?.acts ?? []);
  const stores = storesBlocks(model, hosts, STORES_SHOWN);
  if (acts.length > 0 || stores.length > 0) blocks.push({ kind: "heading", level: 3, text: TEXTS.sections.tampering });
  if (acts.length > 0)
    blocks.push({
      kind: "text",
      text: `Acts on backup objects: ${acts.slice(0, LINES_SHOWN).join("; ")}. ${TEXTS.outcomes}`,
    });
  blocks.push(...stores.slice(1));
  const orElse = shown.flatMap(({ id, orElse: [first] = [] }) =>
    first === undefined ? [] : [shown.length > 1 ? `Incident ${id}: ${first}` : first],
  );
  if (orElse.length > 0)
    blocks.push({ kind: "heading", level: 3, text: TEXTS.orElse }, { kind: "list", items: orElse });
  const open = shown.flatMap((incident) => incident.open);
  if (open.length > 0)
    blocks.push({ kind: "heading", level: 3, text: TEXTS.open }, { kind: "list", items: open.slice(0, LINES_SHOWN) });
  blocks.push({ kind: "heading", level: 3, text: TEXTS.sections.coverage });
  blocks.push({
    kind: "facts",
    rows: coverageFacts(story.coverage).map(([label, value]) => ({ label, value: shortened(value, SENTENCE) })),
  });
  return { id: "summary", title: TEXTS.sections.summary, blocks };
}

/** By names alone: the sentence beside it has the addresses. */
function shortWay(step: Step, hosts: HostNames): Cell {
  const { source, target, user, phase } = step;
  const isState = source === null && target !== null && phase === "integrity";
  const way = [...(isState ? [] : [source]), ...(target === null ? [] : [target])].map((host) => hosts.short(host));
  return { lines: [way.join(" → "), ...(user === null ? [] : [accountText(step).trimStart()])] };
}

/** A sentence that ends between two words where it is too long. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length - 2);
  const end = kept.lastIndexOf(" ");
  return `${kept.slice(0, end > length / 2 ? end : kept.length).replace(/[\ud800-\udbff]$|[,;:]$/, "")} …`;
}

function mostSevere(incidents: readonly Incident[]): Incident[] {
  return [...incidents]
    .sort((a, b) => b.tampering.length - a.tampering.length || b.confidence - a.confidence)
    .slice(0, INCIDENTS_SHOWN);
}

/** One row a phase: when it began, and its most certain step. */
function phaseTable(incident: Incident, { incidents, findings }: Story, hosts: HostNames): Block[] {
  const best = new Map<Step["phase"], Step>();
  for (const step of incident.steps) {
    const known = best.get(step.phase);
    if (known === undefined || step.confidence > known.confidence) best.set(step.phase, step);
  }
  const rows = [...best.values()].map((step): Cell[] => [
    dateTime(incident.steps.find(({ phase }) => phase === step.phase)!.tsFirst),
    [{ text: PHASE_STYLES[step.phase].label, phase: step.phase }],
    shortWay(step, hosts),
    { lines: [leadingSentences(stepText(step, incident, findings), SENTENCE), ...stepMarks(step)] },
  ]);
  const columns = [
    column("Began (UTC)", "time"),
    column("Phase"),
    column("Way"),
    column("Its most certain step", "wide"),
  ];
  const head: Block[] =
    incidents.length > 1
      ? [
          { kind: "heading", level: 3, text: `Incident ${incident.id}` },
          { kind: "text", text: leadingSentences(incident.verdict, 2 * SENTENCE) },
        ]
      : [];
  return [...head, { kind: "table", columns, rows }];
}
