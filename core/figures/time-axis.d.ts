import type { ScaleTime } from "d3-scale";
import type { Svg } from "./svg.ts";
/** Milliseconds since 1970 of a time in ns: exact enough to place a mark. */
export declare function toMs(ns: string): number;
/** UTC scale from two times to a pixel range; a span of no length is widened by a minute. */
export declare function timeScale(fromMs: number, toMsValue: number, left: number, right: number): ScaleTime<number, number>;
/** Axis line, ticks and labels in UTC; the date is written where the day changes and at the first tick. */
export declare function timeAxis(scale: ScaleTime<number, number>, y: number, gridTop: number): Svg;
