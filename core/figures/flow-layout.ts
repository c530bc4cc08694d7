/** A flow from one end to another, by what it weighs. */
export interface FlowInput {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
}

export interface FlowEnd {
  readonly key: string;
  readonly y: number;
  readonly height: number;
  readonly weight: number;
}

export interface FlowRibbon {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
  /** SVG path of the closed ribbon. */
  readonly d: string;
}

export interface FlowLayout {
  readonly sources: readonly FlowEnd[];
  readonly targets: readonly FlowEnd[];
  readonly ribbons: readonly FlowRibbon[];
  readonly height: number;
}

const GAP = 8;
/** An end that weighs little still has room for its name. */
const SHORTEST = 16;
/** One end that outweighs all others would fill the figure otherwise. */
const TALLEST = 112;

/**
 * Ends in two columns, the heaviest on top, and a ribbon for each pair; heights by weight.
 * @param left Right edge of the sources, `right` left edge of the targets, in pixels.
 * @param room Height that the heavier column fills at most, gaps not counted; no end is higher than `TALLEST`.
 */
export function layoutFlows(flows: readonly FlowInput[], left: number, right: number, room: number): FlowLayout {
  const total = flows.reduce((sum, { weight }) => sum + weight, 0);
  const heaviest = Math.max(weightiest(flows, "source"), weightiest(flows, "target"));
  const scale = total === 0 ? 0 : Math.min(room / total, TALLEST / heaviest);
  const sources = column(flows, "source", scale);
  const targets = column(flows, "target", scale);
  const used = { source: new Map<string, number>(), target: new Map<string, number>() };
  const ribbons = [...flows]
    .sort((a, b) => sources.order.indexOf(a.source) - sources.order.indexOf(b.source) || b.weight - a.weight)
    .map(({ source, target, weight }) => {
      const height = Math.max(1, weight * scale);
      const a = sources.ends.get(source)!.y + (used.source.get(source) ?? 0);
      const b = targets.ends.get(target)!.y + (used.target.get(target) ?? 0);
      used.source.set(source, (used.source.get(source) ?? 0) + weight * scale);
      used.target.set(target, (used.target.get(target) ?? 0) + weight * scale);
      const middle = (left + right) / 2;
      const d =
        `M${two(left)} ${two(a)}C${two(middle)} ${two(a)} ${two(middle)} ${two(b)} ${two(right)} ${two(b)}` +
        `V${two(b + height)}C${two(middle)} ${two(b + height)} ${two(middle)} ${two(a + height)} ${two(left)} ${two(a + height)}Z`;
      return { source, target, weight, d };
    });
  return {
    sources: [...sources.ends.values()],
    targets: [...targets.ends.values()],
    ribbons,
    height: Math.max(sources.height, targets.height),
  };
}

function weightsOf(flows: readonly FlowInput[], end: "source" | "target"): Map<string, number> {
  const weights = new Map<string, number>();
  for (const flow of flows) weights.set(flow[end], (weights.get(flow[end]) ?? 0) + flow.weight);
  return weights;
}

function weightiest(flows: readonly FlowInput[], end: "source" | "target"): number {
  return Math.max(0, ...weightsOf(flows, end).values());
}

function column(flows: readonly FlowInput[], end: "source" | "target", scale: number) {
  const weights = weightsOf(flows, end);
  const order = [...weights.keys()].sort((a, b) => weights.get(b)! - weights.get(a)! || (a < b ? -1 : 1));
  const ends = new Map<string, FlowEnd>();
  let y = 0;
  for (const key of order) {
    const weight = weights.get(key)!;
    const height = Math.max(SHORTEST, weight * scale);
    ends.set(key, { key, y, height, weight });
    y += height + GAP;
  }
  return { order, ends, height: Math.max(0, y - GAP) };
}

function two(value: number): string {
  return String(Math.round(value * 100) / 100);
}
