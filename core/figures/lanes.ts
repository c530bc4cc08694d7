import type { Finding, Severity } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import { toMs } from "./time-axis.ts";

/** A row of the timeline: findings that have something in common. */
export interface Lane {
  readonly key: string;
  readonly label: string;
  readonly findings: readonly Finding[];
}

/** A finding with its times as a scale takes them, in ms since 1970. */
export interface TimedFinding {
  readonly finding: Finding;
  readonly from: number;
  readonly to: number;
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
const MARGIN = 10;

/** Findings with their times, in the order in which they get their places: the most severe first. A lane is timed once, and packed often. */
export function timedFindings(findings: readonly Finding[]): TimedFinding[] {
  return findings
    .map((finding) => ({ finding, from: toMs(finding.tsFirst), to: toMs(finding.tsLast) }))
    .sort((a, b) => rank(b.finding) - rank(a.finding) || a.from - b.from);
}

/**
 * Places findings of a lane beside and below each other; those in sight only.
 * @param place Pixel of a time in ms.
 */
export function packLane(
  findings: readonly TimedFinding[],
  place: (ms: number) => number,
  left: number,
  right: number,
): PackedLane {
  // Pixels that marks stand on, row by row: looking beside a pixel takes as long however many marks there are.
  const [begin, width] = [Math.floor(left) - MARGIN, Math.ceil(right - left) + 2 * MARGIN + 1];
  const taken = new Uint8Array(MOST_ROWS * width);
  const isFree = (row: number, at: number, apart: number) => {
    const end = row * width + Math.min(width - 1, at + apart);
    for (let pixel = row * width + Math.max(0, at - apart); pixel <= end; pixel++) if (taken[pixel] === 1) return false;
    return true;
  };
  const marks: LaneMark[] = [];
  const crowded: LaneMark[] = [];
  let rows = 1;
  for (const { finding, from, to } of findings) {
    const x = place(from);
    const x2 = to === from ? x : place(to);
    if (x2 < left - MARGIN || x > right + MARGIN) continue;
    const size = SIZES[finding.severity];
    const at = Math.max(0, Math.min(width - 1, Math.round(x) - begin));
    let row = 0;
    while (row < MOST_ROWS && !isFree(row, at, size + 2)) row++;
    if (row === MOST_ROWS) {
      crowded.push({ finding, x, x2, row: MOST_ROWS - 1, size });
      continue;
    }
    taken[row * width + at] = 1;
    rows = Math.max(rows, row + 1);
    marks.push({ finding, x, x2, row, size });
  }
  return { marks, crowded, rows };
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
