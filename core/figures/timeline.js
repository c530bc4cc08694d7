import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { area, curveStepAfter } from "d3-shape";
import { PHASES } from "../contracts/finding.js";
import { PHASE_STYLES, phaseMark } from "./phase-style.js";
import { element, figure, shortened } from "./svg.js";
import { timeAxis, timeScale, toMs } from "./time-axis.js";
const LEFT = 150;
const RIGHT_MARGIN = 16;
const TOP = 8;
const LANE = 30;
const VOLUME = 56;
const AXIS = 34;
const SIZES = { info: 7, low: 9, medium: 11, high: 14, critical: 17 };
/** Places findings in a lane for each phase that has any. */
export function layoutTimeline(input) {
    const present = PHASES.filter((phase) => input.findings.some((finding) => finding.phase === phase));
    const lanes = present.map((phase, i) => ({ phase, y: TOP + LANE * (i + 0.5) }));
    const right = input.width - RIGHT_MARGIN;
    const scale = timeScale(toMs(input.from), toMs(input.to), LEFT, right);
    const inside = (x) => Math.min(right, Math.max(LEFT, x));
    const marks = input.findings.map((finding) => ({
        finding,
        phase: finding.phase,
        x: inside(scale(toMs(finding.tsFirst))),
        x2: inside(scale(toMs(finding.tsLast))),
        y: lanes.find((lane) => lane.phase === finding.phase).y,
        size: SIZES[finding.severity],
    }));
    const lanesBottom = TOP + LANE * Math.max(1, lanes.length);
    const volumeTop = lanesBottom + (input.volume.length > 0 ? 10 : 0);
    const volumeBottom = volumeTop + (input.volume.length > 0 ? VOLUME : 0);
    return { lanes, marks, left: LEFT, right, lanesBottom, volumeTop, volumeBottom, height: volumeBottom + AXIS };
}
/** The timeline as SVG text. */
export function timelineSvg(input) {
    const layout = layoutTimeline(input);
    const scale = timeScale(toMs(input.from), toMs(input.to), layout.left, layout.right);
    const laneMarks = layout.lanes.flatMap(({ phase, y }, i) => [
        element("rect", {
            class: i % 2 === 0 ? "lane even" : "lane",
            x: layout.left,
            y: y - LANE / 2,
            width: layout.right - layout.left,
            height: LANE,
        }),
        phaseMark(phase, 10, y, 10, PHASE_STYLES[phase].label),
        element("text", { class: "lane-label", x: 22, y: y + 4 }, PHASE_STYLES[phase].label),
    ]);
    const gaps = input.gaps.map(({ from, to }) => {
        const [x, x2] = [scale(toMs(from)), scale(toMs(to))];
        return element("rect", { class: "gap", x, y: TOP, width: Math.max(1, x2 - x), height: layout.volumeBottom - TOP }, element("title", {}, "No packets were captured in this span"));
    });
    const spans = layout.marks
        .filter((mark) => mark.x2 - mark.x > mark.size)
        .map((mark) => element("line", { class: `span phase-${mark.phase}`, x1: mark.x, x2: mark.x2, y1: mark.y, y2: mark.y }));
    const marks = layout.marks.map((mark) => phaseMark(mark.phase, mark.x, mark.y, mark.size, markTitle(mark.finding)));
    return figure(input.width, layout.height, "Timeline of findings by phase", `${input.findings.length} findings in ${layout.lanes.length} phases; the same facts are in the tables of this report`, ...laneMarks, ...gaps, timeAxis(scale, layout.volumeBottom, TOP), ...volumeMarks(input, layout), ...spans, ...marks);
}
function markTitle(finding) {
    return `${finding.id} ${finding.title}: ${shortened(finding.explanation, 240)}`;
}
function volumeMarks(input, layout) {
    if (input.volume.length === 0)
        return [];
    const scale = timeScale(toMs(input.from), toMs(input.to), layout.left, layout.right);
    const most = max(input.volume, (bucket) => Math.max(bucket.octetsIn, bucket.octetsOut)) ?? 0;
    const middle = (layout.volumeTop + layout.volumeBottom) / 2;
    const height = scaleLinear([0, Math.max(1, most)], [0, (layout.volumeBottom - layout.volumeTop) / 2]);
    const shape = (sign, octets) => area()
        .x((bucket) => scale(toMs(bucket.from)))
        .y0(middle)
        .y1((bucket) => middle - sign * height(octets(bucket)))
        .curve(curveStepAfter)
        .digits(2)(input.volume) ?? "";
    return [
        element("path", { class: "volume in", d: shape(1, (bucket) => bucket.octetsIn) }, element("title", {}, "Octets into the backup estate")),
        element("path", { class: "volume out", d: shape(-1, (bucket) => bucket.octetsOut) }, element("title", {}, "Octets out of the backup estate")),
        element("line", { class: "axis-line", x1: layout.left, x2: layout.right, y1: middle, y2: middle }),
        element("text", { class: "lane-label", x: 22, y: middle - 8 }, "Into the estate"),
        element("text", { class: "lane-label", x: 22, y: middle + 16 }, "Out of the estate"),
    ];
}
//# sourceMappingURL=timeline.js.map