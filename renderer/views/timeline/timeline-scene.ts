import type { Finding } from "../../../core/contracts/finding.ts";
import type { Story } from "../../../core/contracts/story.ts";
import { windowSpans } from "../../../core/figures/job-windows.ts";
import type { TimedFinding } from "../../../core/figures/lanes.ts";
import { packLane } from "../../../core/figures/lanes.ts";
import { timeScale, toMs } from "../../../core/figures/time-axis.ts";
import type { Pick } from "../../data/place.ts";
import type { PlacedLane, Scene } from "./timeline-draw.ts";
import { LEFT, placeLanes, RIGHT, sceneHeight } from "./timeline-draw.ts";
import type { Span } from "./timeline-span.ts";
import type { LaneSessions } from "./use-lane-sessions.ts";

/** Findings of a lane, ready to be placed. */
interface TimedLane {
  readonly key: string;
  readonly label: string;
  readonly findings: readonly Finding[];
  readonly timed: readonly TimedFinding[];
}

/** All that a timeline shows but for the span. */
export interface SceneInput {
  readonly width: number;
  readonly lanes: readonly TimedLane[];
  /** Rows that each lane needs over the whole span. */
  readonly rows: ReadonlyMap<string, number>;
  /** Null where lanes show no sessions. */
  readonly sessions: LaneSessions | null;
  readonly volume: readonly { readonly ms: number; readonly into: number; readonly out: number }[];
  readonly gaps: Story["coverage"]["gaps"];
  readonly estate: Story["estate"];
  /** Times that notes are pinned to, ms. */
  readonly notes: readonly (readonly [from: number, to: number])[];
  readonly pick: Pick | null;
}

/** The scene of a span. */
export function sceneOf(input: SceneInput, span: Span): Scene {
  const { width, sessions, pick, estate } = input;
  const { scale, place } = placing(span, width);
  const { lanes, bottom } = placeLanes(input.lanes.map((lane) => placedLane(lane, input, place)));
  return {
    width,
    height: sceneHeight(bottom),
    scale,
    lanes,
    lanesBottom: bottom,
    gaps: input.gaps,
    windows: windowSpans(estate.windows, toMs(span[0].toString()), toMs(span[1].toString())).map(
      ([from, to]) => [scale(from), scale(to)] as const,
    ),
    hasEstate: estate.assets.some(({ inEstate }) => inEstate),
    counted: sessions === null ? [0, 1] : [at(sessions.from, scale), at(sessions.to, scale)],
    volume: input.volume
      .map(({ ms, into, out }) => ({ x: place(ms), into, out }))
      .filter((bucket, i, all) => (all[i + 1]?.x ?? bucket.x) >= LEFT && bucket.x <= width),
    notes: input.notes.map(([from, to]) => [place(from), place(to)] as const),
    picked: ({ finding }) => pick?.kind === "finding" && pick.id === finding.id,
    pickedLane: ({ key }) => pick?.kind === "host" && pick.id === key,
  };
}

function at(ns: bigint, scale: Scene["scale"]): number {
  return scale(toMs(ns.toString()));
}

function placedLane(
  { key, label, findings, timed }: TimedLane,
  { width, rows, sessions }: SceneInput,
  place: (ms: number) => number,
): Omit<PlacedLane, "top" | "height"> {
  const packed = packLane(timed, place, LEFT, width - RIGHT);
  return {
    key,
    label,
    count: findings.length,
    packed,
    rows: Math.max(packed.rows, rows.get(key) ?? 1),
    sessions: sessions === null ? null : (sessions.lanes.get(key) ?? { host: key, counts: [], bars: [], sessions: 0 }),
  };
}

/** Rows that each lane needs over a span. */
export function rowsOver(lanes: readonly TimedLane[], span: Span, width: number): ReadonlyMap<string, number> {
  if (width < LEFT + 60) return new Map();
  const { place } = placing(span, width);
  return new Map(lanes.map(({ key, timed }) => [key, packLane(timed, place, LEFT, width - RIGHT).rows]));
}

/** The scale of a span, and the same as plain arithmetic, for the thousands of marks of a frame. */
function placing([from, to]: Span, width: number): { scale: Scene["scale"]; place: (ms: number) => number } {
  const scale = timeScale(toMs(from.toString()), toMs(to.toString()), LEFT, width - RIGHT);
  const begin = +scale.domain()[0]!;
  const pixels = (width - RIGHT - LEFT) / (+scale.domain()[1]! - begin);
  return { scale, place: (ms) => LEFT + (ms - begin) * pixels };
}
