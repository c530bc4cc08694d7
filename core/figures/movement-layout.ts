import type { Phase } from "../contracts/finding.ts";
import { movementColumns } from "./movement-columns.ts";
import type { LayerItem } from "./movement-layers.ts";
import { arrange, centre } from "./movement-layers.ts";
import type { MovementHost, MovementInput } from "./movement.ts";
import { shortStepRanges } from "./step-ranges.ts";
import { textWidth } from "./text-width.ts";

/** Places of everything in a movement figure, in pixels. */
export interface MovementLayout {
  readonly nodes: readonly MovementNode[];
  readonly columns: readonly { readonly x: number; readonly title: string }[];
  readonly routes: readonly MovementRoute[];
  readonly nodeWidth: number;
  readonly width: number;
  readonly height: number;
}

export interface MovementNode {
  readonly host: MovementHost;
  readonly column: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** The steps of one phase between two hosts, as one line with a badge at its beginning. */
export interface MovementRoute {
  readonly source: MovementHost;
  readonly target: MovementHost;
  readonly phase: Phase;
  readonly steps: readonly number[];
  readonly labels: readonly string[];
  /** Path data of the line, and its arrow head. */
  readonly line: string;
  readonly arrow: string;
  readonly badge: { readonly x: number; readonly y: number; readonly width: number; readonly text: string };
}

export const BADGE_HEIGHT = 16;
const TOP = 36;
const MARGIN = 10;
const NODE_HEIGHT = 50;
const PORT = 20;
const LANE_HEIGHT = 8;
const GAP = 14;
const CURVE = 40;
const ARROW = 7;
const STUB = 12;
const WIDEST_NODE = 176;
const NARROWEST_NODE = 112;

interface Node extends LayerItem {
  readonly host: MovementHost;
  readonly ports: Record<Side, Port[]>;
}

type Side = "left" | "right";

/** Where a line meets a host; `toward` is what it leads to next. */
interface Port {
  readonly toward: LayerItem;
  y: number;
}

interface Wire {
  readonly bundle: Bundle;
  /** Source, the lanes it takes through the columns between, target. */
  readonly way: readonly LayerItem[];
  readonly out: Port;
  readonly in: Port;
  readonly exit: Side;
  readonly text: string;
  readonly badgeWidth: number;
}

interface Bundle {
  readonly source: MovementHost;
  readonly target: MovementHost;
  readonly phase: Phase;
  readonly steps: number[];
  readonly labels: string[];
}

/**
 * Hosts in columns (`movementColumns`). Every line has a port of its own at both hosts and, where it passes a column, a
 * lane of its own there, so that no line runs behind a host; its badge sits at its beginning, where no other line is.
 */
export function layoutMovement(input: MovementInput): MovementLayout {
  const { of, titles } = movementColumns(input);
  const bundles = bundlesOf(input);
  const nodes = nodesOf(input, bundles, of);
  const columns: LayerItem[][] = titles.map((_, column) => nodes.filter((node) => node.column === column));
  const byHost = new Map(nodes.map((node) => [node.host, node]));
  const wires = bundles.map((bundle) => wire(bundle, byHost, columns));
  const height = arrange(columns, TOP, GAP);
  for (const node of nodes) for (const side of [node.ports.left, node.ports.right]) spread(side, centre(node));
  const place = horizontal(input.width, columns.length, wires);
  return {
    nodes: nodes.map(({ host, column, y, height }) => ({ host, column, x: place.x[column]!, y, height })),
    columns: titles.map((title, column) => ({ x: place.x[column]!, title })),
    routes: wires.map((each) => route(each, place)),
    nodeWidth: place.nodeWidth,
    width: place.width,
    height: TOP + height + GAP,
  };
}

/** Steps between the same two hosts in the same phase, joined. */
function bundlesOf(input: MovementInput): Bundle[] {
  const hosts = new Map(input.hosts.map((host) => [host.address, host]));
  const bundles = new Map<string, Bundle>();
  for (const { source, target, phase, step, label } of input.edges) {
    const [from, to] = [hosts.get(source), hosts.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${source} ${target} ${phase}`;
    const bundle = bundles.get(key) ?? { source: from, target: to, phase, steps: [], labels: [] };
    if (!bundle.steps.includes(step)) bundle.steps.push(step);
    bundle.labels.push(label);
    bundles.set(key, bundle);
  }
  return [...bundles.values()];
}

function nodesOf(input: MovementInput, bundles: readonly Bundle[], of: ReadonlyMap<string, number>): Node[] {
  return input.hosts.map((host) => {
    const column = of.get(host.address)!;
    let [left, right] = [0, 0];
    for (const { source, target } of bundles) {
      if (source !== host && target !== host) continue;
      const other = of.get((source === host ? target : source).address)!;
      if (other < column) left++;
      else right++;
    }
    const height = Math.max(NODE_HEIGHT, Math.max(left, right) * PORT + 6);
    return { host, column, height, beside: [], y: 0, ports: { left: [], right: [] } };
  });
}

function wire(bundle: Bundle, nodes: ReadonlyMap<MovementHost, Node>, columns: LayerItem[][]): Wire {
  const [source, target] = [nodes.get(bundle.source)!, nodes.get(bundle.target)!];
  const way: LayerItem[] = [source];
  const step = Math.sign(target.column - source.column);
  for (let column = source.column + step; step !== 0 && column !== target.column; column += step) {
    const lane: LayerItem = { column, height: LANE_HEIGHT, beside: [], y: 0 };
    columns[column]!.push(lane);
    way.push(lane);
  }
  way.push(target);
  for (let i = 1; step !== 0 && i < way.length; i++) {
    way[i - 1]!.beside.push(way[i]!);
    way[i]!.beside.push(way[i - 1]!);
  }
  const exit: Side = step < 0 ? "left" : "right";
  const out: Port = { toward: way[1]!, y: 0 };
  const entry: Port = { toward: way.at(-2)!, y: 0 };
  source.ports[exit].push(out);
  target.ports[step > 0 ? "left" : "right"].push(entry);
  const text = shortStepRanges(bundle.steps, 3);
  return { bundle, way, out, in: entry, exit, text, badgeWidth: Math.ceil(textWidth(text, 11, true)) + 24 };
}

/** Ports of one side of a host, in the order of what they lead to. */
function spread(ports: readonly Port[], middle: number): void {
  const order = new Map(ports.map((port, i) => [port, i]));
  const sorted = [...ports].sort((a, b) => centre(a.toward) - centre(b.toward) || order.get(a)! - order.get(b)!);
  for (const [i, port] of sorted.entries()) port.y = middle + (i - (sorted.length - 1) / 2) * PORT;
}

/** Columns and the gutter behind each: the part of its left and of its right that badges and arrows need. */
interface Horizontal {
  readonly x: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly curve: number;
  readonly nodeWidth: number;
  readonly width: number;
}

function horizontal(width: number, columns: number, wires: readonly Wire[]): Horizontal {
  const left = Array.from({ length: columns }, () => STUB);
  const right = Array.from({ length: columns }, () => STUB);
  let hasLoopAtEnd = false;
  for (const { way, exit, badgeWidth } of wires) {
    const [from, to] = [way[0]!.column, way.at(-1)!.column];
    if (exit === "right") left[from] = Math.max(left[from]!, badgeWidth + 8);
    else right[from - 1] = Math.max(right[from - 1]!, badgeWidth + 8);
    if (from === to && from === columns - 1) hasLoopAtEnd = true;
  }
  const gutters = hasLoopAtEnd ? columns : columns - 1;
  const zones = [...left.slice(0, gutters), ...right.slice(0, gutters)].reduce((sum, zone) => sum + zone, 0);
  const room = width - 2 * MARGIN - zones;
  const nodeWidth = Math.max(NARROWEST_NODE, Math.min(WIDEST_NODE, (room - gutters * CURVE) / Math.max(1, columns)));
  const curve = Math.max(CURVE, Math.min(160, (room - columns * nodeWidth) / Math.max(1, gutters)));
  const x: number[] = [];
  let at = MARGIN;
  for (let column = 0; column < columns; column++) {
    x.push(at);
    at += nodeWidth + (column < gutters ? left[column]! + curve + right[column]! : 0);
  }
  return { x, left, right, curve, nodeWidth, width: Math.max(width, at + MARGIN) };
}

function route(wire: Wire, place: Horizontal): MovementRoute {
  const { bundle, way, out, in: entry, exit, badgeWidth, text } = wire;
  const [from, to] = [way[0]!.column, way.at(-1)!.column];
  const rightOf = (column: number) => place.x[column]! + place.nodeWidth;
  const start = exit === "right" ? rightOf(from) : place.x[from]!;
  const end = to > from ? place.x[to]! : rightOf(to);
  let line = `M${point(start, out.y)}`;
  if (from === to) {
    const turn = rightOf(from) + place.left[from]!;
    line += `H${two(turn)}C${point(turn + place.curve, out.y)} ${point(turn + place.curve, entry.y)} ${point(turn, entry.y)}`;
  } else {
    let y = out.y;
    for (let i = 1; i < way.length; i++) {
      const gutter = Math.min(way[i - 1]!.column, way[i]!.column);
      const low = rightOf(gutter) + place.left[gutter]!;
      const [a, b] = to > from ? [low, low + place.curve] : [low + place.curve, low];
      const next = i === way.length - 1 ? entry.y : centre(way[i]!);
      line += `H${two(a)}C${point((a + b) / 2, y)} ${point((a + b) / 2, next)} ${point(b, next)}`;
      y = next;
    }
  }
  const tail = to > from ? end - ARROW : end + ARROW;
  line += `H${two(tail)}`;
  const arrow = `M${point(end, entry.y)}L${point(tail, entry.y - 4)}L${point(tail, entry.y + 4)}Z`;
  const badge = {
    x: exit === "right" ? start + 4 : start - 4 - badgeWidth,
    y: out.y - BADGE_HEIGHT / 2,
    width: badgeWidth,
    text,
  };
  return { ...bundle, line, arrow, badge };
}

function point(x: number, y: number): string {
  return `${two(x)} ${two(y)}`;
}

function two(value: number): string {
  return String(Math.round(value * 100) / 100);
}
