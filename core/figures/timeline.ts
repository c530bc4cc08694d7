import { max } from "d3-array";
import { scaleSqrt } from "d3-scale";
import { area, curveStepAfter } from "d3-shape";
import { octetsText } from "../contracts/text-forms.ts";
import type { Finding } from "../contracts/finding.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { PHASE_STYLES, phaseMark } from "./phase-style.ts";
import type { Svg } from "./svg.ts";
import { element, figure, shortened } from "./svg.ts";
import { timeAxis, timeScale, toMs } from "./time-axis.ts";
import type { TimelineInput, TimelineLayout } from "./timeline-layout.ts";
import { layoutTimeline, TIMELINE_TOP } from "./timeline-layout.ts";

/** The timeline as SVG text: a lane a phase, below them the volume of the estate, then the axis. */
export function timelineSvg(input: TimelineInput): Svg {
  const layout = layoutTimeline(input);
  const scale = timeScale(toMs(input.from), toMs(input.to), layout.left, layout.right);
  const lanes = layout.lanes.flatMap(({ phase, top, height, count }, i) => {
    const middle = top + height / 2;
    return [
      element("rect", {
        class: i % 2 === 0 ? "lane even" : "lane",
        x: 0,
        y: top,
        width: layout.right,
        height,
      }),
      phaseMark(phase, 12, middle, 10, PHASE_STYLES[phase].label),
      element("text", { class: "lane-label", x: 24, y: middle + 4 }, PHASE_STYLES[phase].label),
      element("text", { class: "tick", x: layout.left - 10, y: middle + 4, "text-anchor": "end" }, String(count)),
    ];
  });
  const gaps = input.gaps.flatMap(({ from, to }) => {
    const x = Math.max(layout.left, scale(toMs(from)));
    const width = Math.min(layout.right, scale(toMs(to))) - x;
    if (width < 0) return [];
    const height = layout.volumeBottom - TIMELINE_TOP;
    const title = element("title", {}, "No packets were captured in this span");
    return [element("rect", { class: "gap", x, y: TIMELINE_TOP, width: Math.max(1, width), height }, title)];
  });
  const spans = layout.marks
    .filter((mark) => mark.x2 - mark.x > mark.size)
    .map(({ phase, x, x2, y }) =>
      element("path", {
        class: `span phase-${phase}`,
        d: `M${two(x)} ${two(y)}H${two(x2)}M${two(x2)} ${two(y - 4)}v8`,
      }),
    );
  const marks = layout.marks.map((mark) => phaseMark(mark.phase, mark.x, mark.y, mark.size, markTitle(mark.finding)));
  const more = layout.more.map(({ phase, x, y, findings }) =>
    element(
      "text",
      { class: `more phase-${phase}`, x, y: y + 3, "text-anchor": "middle" },
      `+${findings.length}`,
      element("title", {}, `${findings.length} more: ${findings.slice(0, 5).map(markTitle).join("; ")}`),
    ),
  );
  return figure(
    input.width,
    layout.height,
    "Timeline of findings by phase",
    `${input.findings.length} findings in ${layout.lanes.length} phases; the same facts are in the list of findings`,
    ...lanes,
    ...gaps,
    timeAxis(scale, layout.volumeBottom, TIMELINE_TOP),
    ...volumeMarks(input, layout),
    ...spans,
    ...marks,
    ...more,
  );
}

function markTitle(finding: Finding): string {
  return `${finding.id} ${shortened(finding.title, 120)}: ${shortened(finding.explanation, 240)}`;
}

/** Octets into the estate above a middle line and out of it below, on a square-root scale. */
function volumeMarks(input: TimelineInput, layout: TimelineLayout): Svg[] {
  if (layout.volumeBottom === layout.volumeTop) return [];
  const scale = timeScale(toMs(input.from), toMs(input.to), layout.left, layout.right);
  const most = max(input.volume, (bucket) => Math.max(bucket.octetsIn, bucket.octetsOut)) ?? 0;
  const middle = (layout.volumeTop + layout.volumeBottom) / 2;
  const height = scaleSqrt([0, Math.max(1, most)], [0, (layout.volumeBottom - layout.volumeTop) / 2]);
  const within = (x: number) => Math.min(layout.right, Math.max(layout.left, x));
  const columns = input.volume.map((bucket) => ({ bucket, x: within(scale(toMs(bucket.from))) }));
  const [first, second, last] = [input.volume[0], input.volume[1], input.volume.at(-1)];
  if (first !== undefined && second !== undefined && last !== undefined) {
    const end = toMs(last.from) + toMs(second.from) - toMs(first.from); // the last bucket is as long as the others
    columns.push({ bucket: last, x: within(scale(end)) });
  }
  const shape = (sign: 1 | -1, octets: (bucket: VolumeBucket) => number) =>
    area<(typeof columns)[number]>()
      .x(({ x }) => x)
      .y0(middle)
      .y1(({ bucket }) => middle - sign * height(octets(bucket)))
      .curve(curveStepAfter)
      .digits(2)(columns) ?? "";
  const sum = (octets: (bucket: VolumeBucket) => number) =>
    octetsText(input.volume.reduce((total, bucket) => total + octets(bucket), 0));
  const [into, out] = [sum(({ octetsIn }) => octetsIn), sum(({ octetsOut }) => octetsOut)];
  return [
    element(
      "path",
      { class: "volume in", d: shape(1, (bucket) => bucket.octetsIn) },
      element("title", {}, `Into the backup estate: ${into}`),
    ),
    element(
      "path",
      { class: "volume out", d: shape(-1, (bucket) => bucket.octetsOut) },
      element("title", {}, `Out of the backup estate: ${out}`),
    ),
    element("line", { class: "axis-line", x1: layout.left, x2: layout.right, y1: middle, y2: middle }),
    element("text", { class: "lane-label", x: 24, y: middle - 8 }, "Into estate"),
    element("text", { class: "tick", x: layout.left - 10, y: middle - 8, "text-anchor": "end" }, into),
    element("text", { class: "lane-label", x: 24, y: middle + 16 }, "Out of estate"),
    element("text", { class: "tick", x: layout.left - 10, y: middle + 16, "text-anchor": "end" }, out),
  ];
}

function two(value: number): string {
  return String(Math.round(value * 100) / 100);
}
