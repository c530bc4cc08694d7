import { max } from "d3-array";
import type { Finding, Phase, Severity } from "../contracts/finding.ts";
import { PHASES, SEVERITIES } from "../contracts/finding.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { AXIS_HEIGHT, timeScale, toMs } from "./time-axis.ts";

/** What the timeline shows. Times are ns since 1970-01-01 UTC as text. */
export interface TimelineInput {
  readonly findings: readonly Finding[];
  readonly from: string;
  readonly to: string;
  /** Volume of the estate over the span, evenly spaced; may be empty. */
  readonly volume: readonly VolumeBucket[];
  /** Spans without packets, hatched. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  readonly width: number;
}

/** A finding's place: pixels, ready to draw as SVG or on a canvas, and to hit. */
export interface TimelineMark {
  readonly finding: Finding;
  readonly phase: Phase;
  readonly x: number;
  /** Right end for a finding that spans time; `x` otherwise. */
  readonly x2: number;
  readonly y: number;
  readonly size: number;
}

/** Findings that found no room as marks of their own, told as a number. */
export interface TimelineMore {
  readonly phase: Phase;
  readonly x: number;
  readonly y: number;
  readonly findings: readonly Finding[];
}

export interface TimelineLane {
  readonly phase: Phase;
  readonly top: number;
  readonly height: number;
  /** How many findings the lane has, drawn or told as a number. */
  readonly count: number;
}

/** Lanes, marks and sizes of a timeline, in pixels. */
export interface TimelineLayout {
  readonly lanes: readonly TimelineLane[];
  /** No two of them overlap. */
  readonly marks: readonly TimelineMark[];
  readonly more: readonly TimelineMore[];
  readonly left: number;
  readonly right: number;
  readonly lanesBottom: number;
  readonly volumeTop: number;
  /** Equal to `volumeTop` where there is no volume to show. */
  readonly volumeBottom: number;
  readonly height: number;
}

const LEFT = 188;
const RIGHT_MARGIN = 16;
export const TIMELINE_TOP = 8;
const ROW = 20;
const ROWS = 4;
const MORE_ROW = 14;
const MORE_WIDTH = 40;
const LANE_PADDING = 5;
const VOLUME = 56;
const SIZES: Readonly<Record<Severity, number>> = { info: 7, low: 9, medium: 11, high: 14, critical: 16 };

/**
 * Places findings in a lane for each phase that has any. Findings near each other in time are put below one another;
 * where a lane is full, the least severe are told as a number.
 */
export function layoutTimeline(input: TimelineInput): TimelineLayout {
  const right = input.width - RIGHT_MARGIN;
  const scale = timeScale(toMs(input.from), toMs(input.to), LEFT, right);
  const lanes: TimelineLane[] = [];
  const marks: TimelineMark[] = [];
  const more: TimelineMore[] = [];
  let top = TIMELINE_TOP;
  for (const phase of PHASES) {
    const findings = input.findings.filter((finding) => finding.phase === phase);
    if (findings.length === 0) continue;
    const packed = pack(findings, (ns) => Math.min(right, Math.max(LEFT, scale(toMs(ns)))), right);
    const moreTop = top + LANE_PADDING + packed.rows * ROW;
    for (const { row, ...mark } of packed.marks)
      marks.push({ ...mark, phase, y: top + LANE_PADDING + ROW * (row + 0.5) });
    for (const { x, findings: rest } of packed.more) more.push({ phase, x, y: moreTop + MORE_ROW / 2, findings: rest });
    const height = 2 * LANE_PADDING + packed.rows * ROW + (packed.more.length > 0 ? MORE_ROW : 0);
    lanes.push({ phase, top, height, count: findings.length });
    top += height;
  }
  const lanesBottom = Math.max(top, TIMELINE_TOP + ROW + 2 * LANE_PADDING);
  const most = max(input.volume, ({ octetsIn, octetsOut }) => Math.max(octetsIn, octetsOut)) ?? 0;
  const volumeTop = lanesBottom + (most > 0 ? 10 : 0);
  const volumeBottom = volumeTop + (most > 0 ? VOLUME : 0);
  const height = volumeBottom + AXIS_HEIGHT;
  return { lanes, marks, more, left: LEFT, right, lanesBottom, volumeTop, volumeBottom, height };
}

interface Placed {
  readonly finding: Finding;
  readonly x: number;
  readonly x2: number;
  readonly size: number;
  readonly row: number;
}

/** Rows of one lane: the most severe findings are given their place first, each the topmost row that is free there. */
function pack(findings: readonly Finding[], place: (ns: string) => number, right: number) {
  const taken: [from: number, to: number][][] = Array.from({ length: ROWS }, () => []);
  const marks: Placed[] = [];
  const rest: { readonly x: number; readonly finding: Finding }[] = [];
  const order = [...findings.entries()].sort(
    ([i, a], [j, b]) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || i - j,
  );
  for (const [, finding] of order) {
    const size = SIZES[finding.severity];
    const half = size * 0.7;
    const x = Math.min(right - half, Math.max(LEFT + half, place(finding.tsFirst)));
    const row = taken.findIndex((spans) => spans.every(([from, to]) => x + half < from || x - half > to));
    if (row < 0) {
      rest.push({ x, finding });
      continue;
    }
    taken[row]!.push([x - half - 1, x + half + 1]);
    marks.push({ finding, x, x2: Math.max(x, Math.min(right, place(finding.tsLast))), size, row });
  }
  marks.sort((a, b) => a.x - b.x || a.row - b.row);
  return { marks, more: grouped(rest, right), rows: Math.max(1, ...marks.map(({ row }) => row + 1)) };
}

/** Findings near each other as one number each, so that the numbers stand apart. */
function grouped(rest: readonly { readonly x: number; readonly finding: Finding }[], right: number) {
  const groups: { x: number; findings: Finding[]; sum: number }[] = [];
  for (const { x, finding } of [...rest].sort((a, b) => a.x - b.x)) {
    const last = groups.at(-1);
    if (last !== undefined && x < last.x + MORE_WIDTH) {
      last.findings.push(finding);
      last.sum += x;
      last.x = Math.max(
        groups.at(-2) === undefined ? LEFT : groups.at(-2)!.x + MORE_WIDTH,
        last.sum / last.findings.length,
      );
    } else groups.push({ x, findings: [finding], sum: x });
  }
  return groups.map(({ x, findings }) => ({ x: Math.min(right - MORE_WIDTH / 2, x), findings }));
}
