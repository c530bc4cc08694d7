import type { Finding, Phase } from "../contracts/finding.ts";
import type { Svg } from "./svg.ts";
/** Octets that entered and left the backup estate in one span of time. */
export interface VolumeBucket {
    /** Begin of the span, ns since 1970-01-01 UTC as text. */
    readonly from: string;
    readonly octetsIn: number;
    readonly octetsOut: number;
}
/** What the timeline shows. Times are ns since 1970-01-01 UTC as text. */
export interface TimelineInput {
    readonly findings: readonly Finding[];
    readonly from: string;
    readonly to: string;
    /** Volume of the estate over the span, evenly spaced; may be empty. */
    readonly volume: readonly VolumeBucket[];
    /** Spans without packets, hatched. */
    readonly gaps: readonly {
        readonly from: string;
        readonly to: string;
    }[];
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
/** Lanes, marks and sizes of a timeline, in pixels. */
export interface TimelineLayout {
    readonly lanes: readonly {
        readonly phase: Phase;
        readonly y: number;
    }[];
    readonly marks: readonly TimelineMark[];
    readonly left: number;
    readonly right: number;
    readonly lanesBottom: number;
    readonly volumeTop: number;
    readonly volumeBottom: number;
    readonly height: number;
}
/** Places findings in a lane for each phase that has any. */
export declare function layoutTimeline(input: TimelineInput): TimelineLayout;
/** The timeline as SVG text. */
export declare function timelineSvg(input: TimelineInput): Svg;
