import type { Finding, Severity } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";

/** A row of the timeline: findings that have something in common. */
export interface Lane {
  readonly key: string;
  readonly label: string;
  readonly findings: readonly Finding[];
}

/** A finding in its lane: pixels, ready to draw on a canvas and to hit. */
export interface LaneMark {
  readonly finding: Finding;
  readonly x: number;
  /** Right end for a finding that spans time; `x` otherwise. */
  readonly x2: number;
  /** Row within the lane, 0 for the topmost. */
  readonly row: number;
  readonly size: number;
}

export interface PackedLane {
  readonly marks: readonly LaneMark[];
  readonly rows: number;
  /** Findings for which there was no room of their own; they are drawn as ticks on the last row. */
  readonly crowded: readonly LaneMark[];
}

const SIZES: Readonly<Record<Severity, number>> = { info: 8, low: 9, medium: 11, high: 14, critical: 16 };
const MOST_ROWS = 4;

/**
 * Places findings of a lane beside and below each other, the most severe first; those in sight only.
 * @param place Pixel of a time.
 */
export function packLane(
  findings: readonly Finding[],
  place: (ns: string) => number,
  left: number,
  right: number,
): PackedLane {
  const inSight = findings
    .map((finding) => ({ finding, x: place(finding.tsFirst), x2: place(finding.tsLast) }))
    .filter(({ x, x2 }) => x2 >= left - 10 && x <= right + 10)
    .sort((a, b) => rank(b.finding) - rank(a.finding) || a.x - b.x);
  const taken: number[][] = Array.from({ length: MOST_ROWS }, () => []);
  const marks: LaneMark[] = [];
  const crowded: LaneMark[] = [];
  for (const { finding, x, x2 } of inSight) {
    const size = SIZES[finding.severity];
    const row = taken.findIndex((places) => places.every((other) => Math.abs(other - x) >= size + 3));
    if (row < 0) {
      crowded.push({ finding, x, x2, row: MOST_ROWS - 1, size });
      continue;
    }
    taken[row]!.push(x);
    marks.push({ finding, x, x2, row, size });
  }
  return { marks, crowded, rows: Math.max(1, ...marks.map(({ row }) => row + 1)) };
}

function rank({ severity }: Finding): number {
  return SEVERITIES.indexOf(severity);
}

/** Lanes in the order in which their first finding comes. */
export function lanesBy(
  findings: readonly Finding[],
  keysOf: (finding: Finding) => readonly string[],
  labelOf: (key: string) => string,
): Lane[] {
  const lanes = new Map<string, Finding[]>();
  for (const finding of findings) {
    for (const key of new Set(keysOf(finding))) {
      const own = lanes.get(key);
      if (own === undefined) lanes.set(key, [finding]);
      else own.push(finding);
    }
  }
  return [...lanes].map(([key, own]) => ({ key, label: labelOf(key), findings: own }));
}
