import type { ScaleTime } from "d3-scale";
import { scaleUtc } from "d3-scale";
import { utcFormat } from "d3-time-format";
import type { Svg } from "./svg.ts";
import { element } from "./svg.ts";
import { textWidth } from "./text-width.ts";

/** Room that the axis needs below its line. */
export const AXIS_HEIGHT = 34;

// Ends of the years 1 to 9999: near the last instant that a Date can hold, d3 looks for the next tick for ever.
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_000;
const SHORTEST_MS = 10;
const DAY_MS = 86_400_000;

/** Milliseconds since 1970 of a time in ns, within the years 1 to 9999: exact enough to place a mark. */
export function toMs(ns: string): number {
  const ms = Number(BigInt(ns) / 1000n) / 1000;
  return Math.min(LAST_MS, Math.max(FIRST_MS, ms));
}

/** UTC scale from two times to a pixel range; a span of no length is widened by a minute. */
export function timeScale(fromMs: number, toMsValue: number, left: number, right: number): ScaleTime<number, number> {
  const short = toMsValue - fromMs < SHORTEST_MS;
  const spare = toMsValue > fromMs ? SHORTEST_MS / 2 : 30_000;
  const [from, to] = short ? [fromMs - spare, toMsValue + spare] : [fromMs, toMsValue];
  return scaleUtc([from, to], [left, right]);
}

const MINUTE = utcFormat("%H:%M");
const SECOND = utcFormat("%H:%M:%S");
const FRACTION = utcFormat("%H:%M:%S.%L");
const DATE = utcFormat("%a %-d %b %Y");
const DAY = utcFormat("%-d %b");
const MONTH = utcFormat("%b %Y");
const YEAR = utcFormat("%Y");

/**
 * Axis line, ticks and labels in UTC. The first line of labels has the finest unit; the second says once, and where it
 * changes, what they belong to: the date below clock times, the year below days.
 */
export function timeAxis(scale: ScaleTime<number, number>, y: number, gridTop: number): Svg {
  const [left, right] = scale.range() as [number, number];
  const ticks = scale.ticks(Math.max(2, Math.floor((right - left) / 96)));
  const step =
    ticks.length > 1 ? +ticks[1]! - +ticks[0]! : Math.min(DAY_MS, (+scale.domain()[1]! - +scale.domain()[0]!) / 2);
  const [fine, coarse] =
    step >= 364 * DAY_MS
      ? [YEAR, null]
      : step >= 27 * DAY_MS
        ? [MONTH, null]
        : step >= DAY_MS
          ? [DAY, YEAR]
          : [step < 1000 ? FRACTION : step < 60_000 ? SECOND : MINUTE, DATE];
  const lines = ticks.map((tick) =>
    element("line", { class: "grid", x1: scale(tick), x2: scale(tick), y1: gridTop, y2: y }),
  );
  const upper = new LabelLine(left, right, y + 14, "tick");
  const lower = new LabelLine(left, right, y + 28, "tick day");
  for (const tick of ticks) upper.add(fine(tick), scale(tick));
  if (coarse !== null) {
    const begin = scale.domain()[0]!;
    let last = coarse(begin);
    const changes: [string, number][] = [];
    for (const tick of ticks) {
      const text = coarse(tick);
      if (text !== last) changes.push([text, scale(tick)]);
      last = text;
    }
    const first = changes[0];
    const beginText = coarse(begin);
    if (first === undefined || first[1] - left > textWidth(beginText, 11.5) * 1.5) lower.add(beginText, left, "start");
    for (const [text, x] of changes) lower.add(text, x);
  }
  return element(
    "g",
    { class: "axis" },
    element("line", { class: "axis-line", x1: left, x2: right, y1: y, y2: y }),
    ...lines,
    ...upper.labels,
    ...lower.labels,
  );
}

/** Labels on one line: none is cut by the frame, none runs into the one before it. */
class LabelLine {
  readonly labels: Svg[] = [];
  readonly #left: number;
  readonly #right: number;
  readonly #y: number;
  readonly #class: string;
  #taken = -Infinity;

  constructor(left: number, right: number, y: number, className: string) {
    this.#left = Math.max(0, left - 40);
    this.#right = right + 12;
    this.#y = y;
    this.#class = className;
  }

  add(text: string, x: number, anchor: "start" | "middle" = "middle"): void {
    const width = textWidth(text, 11.5);
    const wanted = anchor === "start" ? x : x - width / 2;
    const from = Math.max(this.#left, Math.min(this.#right - width, wanted));
    if (from < this.#taken + 8) return;
    this.#taken = from + width;
    const at = { x: anchor === "start" ? from : from + width / 2, y: this.#y, "text-anchor": anchor };
    this.labels.push(element("text", { class: this.#class, ...at }, text));
  }
}
