import { scaleLinear } from "d3-scale";
import { octetsText } from "../contracts/text-forms.ts";
import type { Svg } from "./svg.ts";
import { element, figure } from "./svg.ts";
import { fitted, textWidth } from "./text-width.ts";

/** What one way carried. */
export interface FlowBar {
  readonly label: string;
  readonly octetsOut: number;
  readonly octetsIn: number;
}

const ROW = 30;
const BAR = 9;
const TOP = 6;
const FONT = 11.5;

/** A pair of bars for each way, what was sent above what came back, in the order given; null without any. */
export function flowsSvg(bars: readonly FlowBar[], width: number): Svg | null {
  if (bars.length === 0) return null;
  const left = Math.min(width * 0.42, Math.max(...bars.map(({ label }) => textWidth(label, FONT))) + 16);
  const right = width - 150;
  const most = Math.max(1, ...bars.flatMap(({ octetsOut, octetsIn }) => [octetsOut, octetsIn]));
  const scale = scaleLinear([0, most], [0, right - left]);
  const rows = bars.flatMap(({ label, octetsOut, octetsIn }, i) => {
    const y = TOP + i * ROW;
    const bar = (octets: number, way: "sent" | "received", top: number) => [
      element("rect", {
        class: way === "sent" ? "volume out" : "volume in",
        x: left,
        y: top,
        width: Math.max(octets > 0 ? 1 : 0, scale(octets)),
        height: BAR,
      }),
      element(
        "text",
        { class: "tick", x: left + scale(octets) + 6, y: top + BAR - 0.5 },
        `${octetsText(octets)} ${way}`,
      ),
    ];
    return [
      element(
        "text",
        { class: "lane-label", x: left - 10, y: y + 14, "text-anchor": "end" },
        fitted(label, left - 14, FONT),
        element("title", {}, label),
      ),
      ...bar(octetsOut, "sent", y + 2),
      ...bar(octetsIn, "received", y + 3 + BAR),
    ];
  });
  const height = TOP + bars.length * ROW + 4;
  const axis = element("line", { class: "axis-line", x1: left, x2: left, y1: TOP, y2: height - 4 });
  const said = bars.map(({ label, octetsOut }) => `${label}: ${octetsText(octetsOut)} sent`).slice(0, 8);
  return figure(width, height, "Octets sent and received", said.join("; "), ...rows, axis);
}
