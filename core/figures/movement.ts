import type { Phase } from "../contracts/finding.ts";
import { PHASE_STYLES } from "./phase-style.ts";
import type { Svg } from "./svg.ts";
import { element, figure, shortened } from "./svg.ts";

/** A host of the movement graph. */
export interface MovementHost {
  readonly address: string;
  readonly name: string | null;
  /** Role in words, shown under the name; null if none is known. */
  readonly role: string | null;
  readonly inEstate: boolean;
  readonly internal: boolean;
}

/** What one host did to another, in time order. */
export interface MovementEdge {
  readonly source: string;
  readonly target: string;
  readonly phase: Phase;
  /** Number of the step in the chain, shown on the edge. */
  readonly step: number;
  readonly label: string;
}

export interface MovementInput {
  readonly hosts: readonly MovementHost[];
  readonly edges: readonly MovementEdge[];
  /** Address from which the chain begins; null: the source of the first edge. */
  readonly foothold: string | null;
  readonly width: number;
}

export interface MovementNode {
  readonly host: MovementHost;
  readonly column: number;
  readonly x: number;
  readonly y: number;
}

export interface MovementLayout {
  readonly nodes: readonly MovementNode[];
  readonly columns: readonly { readonly x: number; readonly title: string }[];
  /** Edges between the same two hosts in the same phase, joined. */
  readonly bundles: readonly MovementBundle[];
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  readonly height: number;
}

export interface MovementBundle {
  readonly source: MovementNode;
  readonly target: MovementNode;
  readonly phase: Phase;
  readonly steps: readonly number[];
  readonly labels: readonly string[];
}

const NODE_HEIGHT = 50;
const GAP_Y = 26;
const TOP = 34;
const MARGIN = 12;

/**
 * Places hosts in columns by hop from the foothold; the estate has the column behind the last hop, the outside world
 * the last one.
 */
export function layoutMovement(input: MovementInput): MovementLayout {
  const columnOf = hops(input);
  const inner = [...columnOf.values()];
  const estateColumn = (inner.length === 0 ? 0 : Math.max(...inner)) + 1;
  for (const host of input.hosts) {
    if (columnOf.has(host.address)) continue;
    columnOf.set(host.address, host.inEstate ? estateColumn : host.internal ? estateColumn - 1 : estateColumn + 1);
  }
  const used = [...new Set(input.hosts.map((host) => columnOf.get(host.address)!))].sort((a, b) => a - b);
  const nodeWidth = Math.min(170, (input.width - 2 * MARGIN) / Math.max(1, used.length) - 24);
  const step = used.length > 1 ? (input.width - 2 * MARGIN - nodeWidth) / (used.length - 1) : 0;
  const tallest = Math.max(
    1,
    ...used.map((column) => input.hosts.filter((h) => columnOf.get(h.address) === column).length),
  );
  const height = TOP + tallest * (NODE_HEIGHT + GAP_Y) + 6;
  const nodes: MovementNode[] = [];
  for (const [i, column] of used.entries()) {
    const hosts = input.hosts.filter((host) => columnOf.get(host.address) === column);
    const offset = TOP + ((tallest - hosts.length) * (NODE_HEIGHT + GAP_Y)) / 2 + GAP_Y / 2;
    for (const [row, host] of hosts.entries()) {
      nodes.push({ host, column, x: MARGIN + i * step, y: offset + row * (NODE_HEIGHT + GAP_Y) });
    }
  }
  const columns = used.map((column, i) => ({
    x: MARGIN + i * step,
    title:
      column === estateColumn
        ? "Backup estate"
        : column > estateColumn
          ? "Outside"
          : column === 0
            ? "Foothold"
            : `Hop ${column}`,
  }));
  return { nodes, columns, bundles: bundlesOf(input, nodes), nodeWidth, nodeHeight: NODE_HEIGHT, height };
}

/** Hop count of every inside host outside the estate that the chain reaches. */
function hops(input: MovementInput): Map<string, number> {
  const hosts = new Map(input.hosts.map((host) => [host.address, host]));
  const isHop = (address: string) => {
    const host = hosts.get(address);
    return host !== undefined && !host.inEstate && host.internal;
  };
  const columns = new Map<string, number>();
  const first = input.foothold ?? input.edges.find((edge) => isHop(edge.source))?.source;
  if (first !== undefined && isHop(first)) columns.set(first, 0);
  for (const edge of [...input.edges].sort((a, b) => a.step - b.step)) {
    if (isHop(edge.source) && !columns.has(edge.source)) columns.set(edge.source, 0);
    const at = columns.get(edge.source);
    if (at !== undefined && isHop(edge.target) && !columns.has(edge.target)) columns.set(edge.target, at + 1);
  }
  return columns;
}

function bundlesOf(input: MovementInput, nodes: readonly MovementNode[]): MovementBundle[] {
  const byAddress = new Map(nodes.map((node) => [node.host.address, node]));
  const bundles = new Map<
    string,
    { source: MovementNode; target: MovementNode; phase: Phase; steps: number[]; labels: string[] }
  >();
  for (const edge of input.edges) {
    const [source, target] = [byAddress.get(edge.source), byAddress.get(edge.target)];
    if (source === undefined || target === undefined || source === target) continue;
    const key = `${edge.source} ${edge.target} ${edge.phase}`;
    const bundle = bundles.get(key) ?? { source, target, phase: edge.phase, steps: [], labels: [] };
    if (!bundle.steps.includes(edge.step)) bundle.steps.push(edge.step);
    bundle.labels.push(edge.label);
    bundles.set(key, bundle);
  }
  return [...bundles.values()];
}

/** The movement graph as SVG text. */
export function movementSvg(input: MovementInput): Svg {
  const layout = layoutMovement(input);
  const headings = layout.columns.map(({ x, title }) =>
    element("text", { class: "column-title", x: x + layout.nodeWidth / 2, y: 18, "text-anchor": "middle" }, title),
  );
  const edges = layout.bundles.map((bundle, i) => edgeSvg(bundle, layout, parallelOffset(layout.bundles, i)));
  const nodes = layout.nodes.map((node) => nodeSvg(node, layout));
  return figure(
    input.width,
    layout.height,
    "Movement between hosts",
    `${layout.nodes.length} hosts and ${input.edges.length} steps; the numbers on the lines are the steps of the chain`,
    arrowHeads(),
    ...headings,
    ...edges.map(([line]) => line),
    ...nodes,
    ...edges.map(([, badge]) => badge),
  );
}

/** Lines between the same two hosts lie side by side. */
function parallelOffset(bundles: readonly MovementBundle[], index: number): number {
  const own = bundles[index]!;
  const pair = (bundle: MovementBundle) => [bundle.source.host.address, bundle.target.host.address].sort().join(" ");
  const siblings = bundles.filter((bundle) => pair(bundle) === pair(own));
  return (siblings.indexOf(own) - (siblings.length - 1) / 2) * 16;
}

function edgeSvg(bundle: MovementBundle, layout: MovementLayout, offset: number): [line: Svg, badge: Svg] {
  const { source, target } = bundle;
  const forward = target.x > source.x;
  const sameColumn = target.column === source.column;
  const [y1, y2] = [source.y + layout.nodeHeight / 2 + offset, target.y + layout.nodeHeight / 2 + offset];
  const x1 = sameColumn || forward ? source.x + layout.nodeWidth : source.x;
  const x2 = sameColumn ? target.x + layout.nodeWidth + 6 : forward ? target.x - 6 : target.x + layout.nodeWidth + 6;
  const bend = sameColumn ? 44 : Math.abs(x2 - x1) * 0.45;
  const [c1, c2] = sameColumn ? [x1 + bend, x2 + bend] : forward ? [x1 + bend, x2 - bend] : [x1 - bend, x2 + bend];
  const d = `M${point(x1, y1)}C${point(c1, y1)} ${point(c2, y2)} ${point(x2, y2)}`;
  const title = `${PHASE_STYLES[bundle.phase].label}: ${[...new Set(bundle.labels)].slice(0, 6).join("; ")}`;
  const line = element(
    "path",
    { class: `edge phase-${bundle.phase}`, d, "marker-end": `url(#arrow-${bundle.phase})` },
    element("title", {}, title),
  );
  const [bx, by] = [(x1 + 3 * c1 + 3 * c2 + x2) / 8, (y1 + 3 * y1 + 3 * y2 + y2) / 8];
  const text = shortened(bundle.steps.join(", "), 14);
  const half = 5 + text.length * 3.4;
  const badge = element(
    "g",
    { class: `badge phase-${bundle.phase}` },
    element("rect", { x: bx - half, y: by - 9, width: half * 2, height: 18, rx: 9 }),
    element("text", { x: bx, y: by + 4, "text-anchor": "middle" }, text),
    element("title", {}, title),
  );
  return [line, badge];
}

function nodeSvg(node: MovementNode, layout: MovementLayout): Svg {
  const { host, x, y } = node;
  const kind = host.inEstate ? "estate" : host.internal ? "inside" : "outside";
  const fits = Math.floor((layout.nodeWidth - 16) / 6.6);
  const lines = [host.name ?? host.address, host.name === null ? null : host.address, host.role].filter(
    (line) => line !== null,
  );
  const first = y + layout.nodeHeight / 2 + 4 - ((lines.length - 1) * 14) / 2;
  return element(
    "g",
    { class: `host ${kind}` },
    element("rect", { x, y, width: layout.nodeWidth, height: layout.nodeHeight, rx: host.inEstate ? 0 : 6 }),
    ...(host.inEstate ? [element("line", { x1: x + 4, x2: x + 4, y1: y, y2: y + layout.nodeHeight })] : []),
    ...lines.map((line, i) =>
      element(
        "text",
        { class: i === 0 ? "name" : "detail", x: x + layout.nodeWidth / 2, y: first + i * 14, "text-anchor": "middle" },
        shortened(line, fits),
      ),
    ),
    element("title", {}, lines.join(", ")),
  );
}

function arrowHeads(): Svg {
  const heads = Object.keys(PHASE_STYLES).map((phase) =>
    element(
      "marker",
      {
        id: `arrow-${phase}`,
        viewBox: "0 0 8 8",
        refX: 6,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        orient: "auto-start-reverse",
      },
      element("path", { class: `arrow phase-${phase}`, d: "M0 0L8 4L0 8Z" }),
    ),
  );
  return element("defs", {}, ...heads);
}

function point(x: number, y: number): string {
  return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;
}
