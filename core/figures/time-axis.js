import { scaleUtc } from "d3-scale";
import { utcFormat } from "d3-time-format";
import { element } from "./svg.js";
/** Milliseconds since 1970 of a time in ns: exact enough to place a mark. */
export function toMs(ns) {
    return Number(BigInt(ns) / 1000n) / 1000;
}
/** UTC scale from two times to a pixel range; a span of no length is widened by a minute. */
export function timeScale(fromMs, toMsValue, left, right) {
    const [from, to] = toMsValue > fromMs ? [fromMs, toMsValue] : [fromMs - 30_000, toMsValue + 30_000];
    return scaleUtc([from, to], [left, right]);
}
const DAY = utcFormat("%d %b");
const MINUTE = utcFormat("%H:%M");
const SECOND = utcFormat("%H:%M:%S");
const FRACTION = utcFormat("%S.%Ls");
/** Axis line, ticks and labels in UTC; the date is written where the day changes and at the first tick. */
export function timeAxis(scale, y, gridTop) {
    const [left, right] = scale.range();
    const ticks = scale.ticks(Math.max(2, Math.floor((right - left) / 96)));
    const step = ticks.length > 1 ? +ticks[1] - +ticks[0] : 60_000;
    const clock = step < 1000 ? FRACTION : step < 60_000 ? SECOND : MINUTE;
    const marks = [];
    let lastDay = "";
    for (const tick of ticks) {
        const x = scale(tick);
        const day = DAY(tick);
        marks.push(element("line", { class: "grid", x1: x, x2: x, y1: gridTop, y2: y }));
        marks.push(element("text", { class: "tick", x, y: y + 14, "text-anchor": "middle" }, step >= 86_400_000 ? day : clock(tick)));
        if (day !== lastDay && step < 86_400_000) {
            marks.push(element("text", { class: "tick day", x, y: y + 27, "text-anchor": "middle" }, day));
        }
        lastDay = day;
    }
    return element("g", { class: "axis" }, element("line", { class: "axis-line", x1: left, x2: right, y1: y, y2: y }), ...marks);
}
//# sourceMappingURL=time-axis.js.map