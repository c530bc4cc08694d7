import { HostNames } from "../../contracts/host-names.ts";
import { dateTime } from "../../contracts/text-forms.ts";
import { captureTimeline, findingsTimeline, incidentMovement } from "../../figures/story-figures.ts";
import { standaloneSvg } from "../../figures/standalone.ts";
import type { Svg } from "../../figures/svg.ts";
import { figurePng } from "../figure-png.ts";
import type { Export, ExportModel } from "./export.ts";
import type { Origin } from "./origin.ts";
import { captureText, originText, TIME_ZONE } from "./origin.ts";

const WIDTH = 1032;

/** The timeline figures of the report: over the findings, and over the whole capture where that shows more. */
export const timelineSvgFile: Export = {
  format: "timeline-svg",
  endings: [".timeline.svg", ".svg"],
  text: "the timeline as a figure",
  holds: "findings",
  *write(model) {
    yield svgFile(model, timelines(model));
  },
};

/** The movement between hosts, a figure for each incident. */
export const movementSvgFile: Export = {
  format: "movement-svg",
  endings: [".movement.svg"],
  text: "the movement between hosts as a figure",
  holds: "all",
  *write(model) {
    yield svgFile(model, movements(model));
  },
};

export const timelinePngFile: Export = {
  format: "timeline-png",
  endings: [".timeline.png", ".png"],
  text: "the timeline as a picture",
  holds: "findings",
  async *write(model) {
    yield await pngFile(model, timelines(model));
  },
};

export const movementPngFile: Export = {
  format: "movement-png",
  endings: [".movement.png"],
  text: "the movement between hosts as a picture",
  holds: "all",
  async *write(model) {
    yield await pngFile(model, movements(model));
  },
};

function timelines(model: ExportModel): (Svg | null)[] {
  const { story, volume } = model.report;
  const shown = { ...story, findings: model.findings };
  return [findingsTimeline(shown, volume.incident, WIDTH), captureTimeline(shown, volume.whole, WIDTH)];
}

function movements({ report: { story } }: ExportModel): (Svg | null)[] {
  const hosts = new HostNames(story.estate);
  return story.incidents.map((incident) => incidentMovement(incident, hosts, WIDTH));
}

function svgFile({ origin }: ExportModel, figures: readonly (Svg | null)[]): string {
  return standaloneSvg(
    figures.filter((figure) => figure !== null),
    descriptionOf(origin),
    captionOf(origin),
  );
}

function pngFile(model: ExportModel, figures: readonly (Svg | null)[]): Promise<Uint8Array> {
  return figurePng(svgFile(model, figures), descriptionOf(model.origin));
}

/** Captures that a caption names; the file's description has all. */
const CAPTURES_NAMED = 3;

function descriptionOf(origin: Origin): string {
  return [originText(origin), ...origin.captures.map(captureText)].join("\n");
}

/** What stands below a figure: the case, what was chosen, the time zone, and the hash that the case stood at. */
function captionOf({ caseName, caseId, captures, filter, span, journalHead, tool, version }: Origin): string[] {
  const packets = span === null ? "no packets" : `packets from ${dateTime(span.from)} to ${dateTime(span.to)}`;
  return [
    `Case ${caseName} (${caseId}): ${filter}`,
    `All times ${TIME_ZONE}; ${packets}`,
    ...captures
      .slice(0, CAPTURES_NAMED)
      .map(({ number, sha256 }) => `Capture ${number}: SHA-256 ${sha256 || "unknown"}`),
    ...(captures.length > CAPTURES_NAMED ? [`and ${captures.length - CAPTURES_NAMED} more captures`] : []),
    `Journal head ${journalHead}; ${tool} ${version}`,
  ];
}
