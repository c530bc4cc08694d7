import type { Phase } from "../contracts/finding.ts";
import { PHASES } from "../contracts/finding.ts";
import type { MovementLayout, MovementNode, MovementRoute } from "./movement-layout.ts";
import { BADGE_HEIGHT, layoutMovement } from "./movement-layout.ts";
import { PHASE_STYLES, phaseMark } from "./phase-style.ts";
import { stepRanges } from "./step-ranges.ts";
import type { Svg } from "./svg.ts";
import { element, figure, shortened } from "./svg.ts";
import { fitted, textWidth } from "./text-width.ts";

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
  /** Width asked for; the figure is wider where its columns need it. */
  readonly width: number;
  /** Hosts of the chain that are not among `hosts`, because they were too many. */
  readonly leftOut: number;
}

const LEGEND_LINE = 20;

/** The movement graph as SVG text. */
export function movementSvg(input: MovementInput): Svg {
  const layout = layoutMovement(input);
  const headings = layout.columns.map(({ x, title }) =>
    element("text", { class: "column-title", x: x + layout.nodeWidth / 2, y: 18, "text-anchor": "middle" }, title),
  );
  const legend = legendSvg(layout, input.leftOut);
  return figure(
    layout.width,
    layout.height + legend.height,
    "Movement between hosts",
    `${layout.nodes.length} hosts and ${input.edges.length} steps; the numbers on the lines are the steps of the chain`,
    ...headings,
    ...layout.routes.map(lineSvg),
    ...layout.nodes.map((node) => nodeSvg(node, layout.nodeWidth)),
    ...layout.routes.map(badgeSvg),
    ...legend.parts,
  );
}

function routeTitle({ source, target, phase, steps, labels }: MovementRoute): string {
  const said = [...new Set(labels)];
  const shown = said.slice(0, 6).map((label) => shortened(label, 240));
  const more = said.length > 6 ? `; and ${said.length - 6} more` : "";
  const way = `${source.name ?? source.address} to ${target.name ?? target.address}`;
  return `${PHASE_STYLES[phase].label}, ${way}, ${steps.length === 1 ? "step" : "steps"} ${stepRanges(steps)}: ${shown.join("; ")}${more}`;
}

function lineSvg(route: MovementRoute): Svg {
  return element(
    "g",
    { class: `route phase-${route.phase}` },
    element("path", { class: "edge", d: route.line }),
    element("path", { class: "arrow", d: route.arrow }),
    element("title", {}, routeTitle(route)),
  );
}

function badgeSvg(route: MovementRoute): Svg {
  const { x, y, width, text } = route.badge;
  return element(
    "g",
    { class: `badge phase-${route.phase}` },
    element("rect", { x, y, width, height: BADGE_HEIGHT, rx: BADGE_HEIGHT / 2 }),
    phaseMark(route.phase, x + 10, y + BADGE_HEIGHT / 2, 8, routeTitle(route)),
    element("text", { x: x + (width + 12) / 2, y: y + BADGE_HEIGHT / 2 + 4, "text-anchor": "middle" }, text),
    element("title", {}, routeTitle(route)),
  );
}

function nodeSvg({ host, x, y, height }: MovementNode, width: number): Svg {
  const kind = host.inEstate ? "estate" : host.internal ? "inside" : "outside";
  const room = width - (host.inEstate ? 20 : 12);
  const lines = [host.name ?? host.address, host.name === null ? null : host.address, host.role].filter(
    (line) => line !== null,
  );
  const first = y + height / 2 + 4 - ((lines.length - 1) * 14) / 2;
  const middle = x + width / 2 + (host.inEstate ? 3 : 0);
  return element(
    "g",
    { class: `host ${kind}` },
    element("rect", { x, y, width, height, rx: host.inEstate ? 0 : 6 }),
    ...(host.inEstate ? [element("line", { x1: x + 4, x2: x + 4, y1: y, y2: y + height })] : []),
    ...lines.map((line, i) =>
      element(
        "text",
        { class: i === 0 ? "name" : "detail", x: middle, y: first + i * 14, "text-anchor": "middle" },
        fitted(line, room, i === 0 ? 13 : 11, i === 0),
      ),
    ),
    element("title", {}, lines.join(", ")),
  );
}

/** Which shape and colour is which phase, and what the figure leaves out. */
function legendSvg(layout: MovementLayout, leftOut: number): { height: number; parts: Svg[] } {
  const present = PHASES.filter((phase) => layout.routes.some((route) => route.phase === phase));
  const parts: Svg[] = [];
  let [x, y] = [16, layout.height + 8];
  for (const phase of present) {
    const { label } = PHASE_STYLES[phase];
    const width = textWidth(label, 11.5) + 34;
    if (x + width > layout.width && x > 16) [x, y] = [16, y + LEGEND_LINE];
    parts.push(phaseMark(phase, x, y, 10, label));
    parts.push(element("text", { class: "lane-label", x: x + 11, y: y + 4 }, label));
    x += width;
  }
  if (leftOut > 0) {
    y += LEGEND_LINE;
    const text = `${leftOut} further ${leftOut === 1 ? "host" : "hosts"} with fewer steps not drawn.`;
    parts.push(element("text", { class: "tick", x: 10, y: y + 4 }, text));
  }
  return { height: y - layout.height + 12, parts };
}
