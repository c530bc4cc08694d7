import type { HostNames } from "../contracts/host-names.ts";
import type { RepositoryState, TamperAct } from "../contracts/story.ts";
import { countOf, dateTime, octetsText } from "../contracts/text-forms.ts";
import type { Block, Cell, Section } from "./document.ts";
import { code, column, findingLinks } from "./document.ts";
import { actText } from "./ledger-text.ts";
import type { Flow, ReportModel } from "./model.ts";
import { figureBlock, wayOf } from "./sections-incident.ts";
import { flowsSvg } from "../figures/flows.ts";
import { tamperingTitle, TEXTS } from "./texts.ts";

const ACTS_SHOWN = 500;

/** What was done to the backups, store by store and object by object. */
export function tamperSection(model: ReportModel, hosts: HostNames): Section | null {
  const entries = model.story.incidents.flatMap((incident) => incident.tampering);
  const stores = storesBlocks(model, hosts);
  if (entries.length === 0 && stores.length === 0) return null;
  const rows = entries.map((entry): Cell[] => [
    dateTime(entry.ts, 3),
    [code(entry.object)],
    { lines: [entry.operation, entry.outcome] },
    wayOf(entry, hosts),
    [code(entry.finding, entry.finding)],
  ]);
  const columns = [
    column("Time (UTC)", "time"),
    column("Object", "wide"),
    column("Operation, outcome"),
    column("Way", "wide"),
    column("Finding", "code"),
  ];
  const blocks: Block[] = [...stores];
  if (rows.length > 0) blocks.push({ kind: "text", text: TEXTS.outcomes }, { kind: "table", columns, rows });
  return { id: "tampering", title: tamperingTitle(model.story), blocks: [...blocks, ...actBlocks(model, hosts)] };
}

/** Until when each store of backups was untouched, with what could have happened unseen. */
export function storesBlocks(model: ReportModel, hosts: HostNames, most = Infinity): Block[] {
  const stores = model.story.ledger?.repositories ?? [];
  if (stores.length === 0) return [];
  const columns = [
    column("Store"),
    column("Last known untouched (UTC)", "time"),
    column("First act seen"),
    column("Last backup before", "wide"),
    column("What could have happened unseen", "wide"),
  ];
  const rows = stores.slice(0, most).map((state) => storeRow(state, hosts));
  return [
    { kind: "text", text: TEXTS.stores },
    { kind: "table", columns, rows },
  ];
}

function storeRow(
  { address, untouchedUntil, touched, lastBackup, caveats }: RepositoryState,
  hosts: HostNames,
): Cell[] {
  return [
    hosts.full(address),
    touched === null ? { lines: [dateTime(untouchedUntil), "(end of the evidence)"] } : dateTime(untouchedUntil, 3),
    touched === null ? "none" : [`${touched.what} `, code(touched.finding, touched.finding)],
    lastBackup === null ? "none seen" : { lines: [[code(lastBackup.object)], `${dateTime(lastBackup.ts)} UTC`] },
    { lines: caveats },
  ];
}

/** Each object with what was done to it, as the storage protocols tell it. */
function actBlocks(model: ReportModel, hosts: HostNames): Block[] {
  const { acts, more } = model.story.ledger ?? { acts: [], more: 0 };
  if (acts.length === 0) return [];
  const shown = acts.slice(0, ACTS_SHOWN);
  const rows = shown.map((act): Cell[] => [
    dateTime(act.tsFirst, 3),
    actText(act, hosts),
    { lines: [act.kind, act.status].filter((line) => line !== null) },
    [code(act.records[0] ?? "")],
  ]);
  const columns = [
    column("First (UTC)", "time"),
    column("Act", "wide"),
    column("Kind of archive, answer"),
    column("Record", "code"),
  ];
  const blocks: Block[] = [
    { kind: "heading", level: 3, text: TEXTS.actsHeading },
    { kind: "table", columns, rows },
  ];
  const left = acts.length + more - shown.length;
  if (left > 0)
    blocks.push({ kind: "text", role: "meta", text: `${countOf(left, "more act")} in the case's table archive_op.` });
  return blocks;
}

/** Acts on backups by operation and outcome: "delete confirmed 31 times". */
export function actCounts(acts: readonly TamperAct[]): string[] {
  const counts = new Map<string, number>();
  for (const { operation, outcome, count } of acts) {
    const key = `${operation}, ${outcome}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([key, count]) => `${key}: ${countOf(count, "time")}`);
}

/** What left the site, by step, and how much each finding's connections carried. */
export function exfiltrationSection(model: ReportModel, hosts: HostNames, figureWidth: number): Section {
  const { id, title } = { id: "exfiltration", title: TEXTS.sections.exfiltration };
  const steps = model.story.incidents.flatMap((incident) => incident.wayOut);
  if (steps.length === 0 && model.flows.length === 0)
    return { id, title, blocks: [{ kind: "text", role: "empty", text: TEXTS.exfiltrationNone }] };
  const blocks: Block[] = [{ kind: "text", text: TEXTS.exfiltration }];
  blocks.push(...flowBlocks(model.flows, hosts, figureWidth));
  const rows = steps.map((step): Cell[] => [
    dateTime(step.tsFirst),
    wayOf(step, hosts),
    step.sentence,
    findingLinks(step.findings, 4),
  ]);
  const columns = [
    column("Began (UTC)", "time"),
    column("Way"),
    column("What was seen", "wide"),
    column("Findings", "code"),
  ];
  if (rows.length > 0) blocks.push({ kind: "table", columns, rows });
  return { id, title, blocks };
}

const FLOWS_DRAWN = 16;

function flowBlocks(flows: readonly Flow[], hosts: HostNames, figureWidth: number): Block[] {
  if (flows.length === 0) return [];
  const bars = flows.slice(0, FLOWS_DRAWN).map(({ source, target, octetsOut, octetsIn }) => {
    return { label: `${hosts.short(source)} → ${hosts.short(target)}`, octetsOut, octetsIn };
  });
  const rows = flows.map((flow): Cell[] => [
    [code(flow.finding, flow.finding)],
    hosts.full(flow.source),
    hosts.full(flow.target),
    String(flow.connections),
    octetsText(flow.octetsOut),
    octetsText(flow.octetsIn),
    `${dateTime(flow.tsFirst)} to ${dateTime(flow.tsLast)}`,
  ]);
  const columns = [
    column("Finding", "code"),
    column("From"),
    column("To"),
    column("Connections", "number"),
    column("Sent", "number"),
    column("Received", "number"),
    column("Between (UTC)"),
  ];
  return [
    ...figureBlock(flowsSvg(bars, figureWidth), "Octets that left", TEXTS.flowsCaption),
    { kind: "table", columns, rows },
  ];
}
