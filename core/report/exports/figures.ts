import { HostNames } from "../../contracts/host-names.ts";
import { captureTimeline, findingsTimeline, incidentMovement } from "../../figures/story-figures.ts";
import { standaloneSvg } from "../../figures/standalone.ts";
import type { Svg } from "../../figures/svg.ts";
import type { Export, ExportModel } from "./export.ts";
import { captureText, originText } from "./origin.ts";

const WIDTH = 1032;

/** The timeline figures of the report: over the findings, and over the whole capture where that shows more. */
export const timelineSvgFile: Export = {
  format: "timeline-svg",
  endings: [".timeline.svg", ".svg"],
  text: "the timeline as a figure",
  holds: "findings",
  *write(model) {
    const { story, volume } = model.report;
    const shown = { ...story, findings: model.findings };
    yield figureFile(model, [
      findingsTimeline(shown, volume.incident, WIDTH),
      captureTimeline(shown, volume.whole, WIDTH),
    ]);
  },
};

/** The movement between hosts, a figure for each incident. */
export const movementSvgFile: Export = {
  format: "movement-svg",
  endings: [".movement.svg"],
  text: "the movement between hosts as a figure",
  holds: "all",
  *write(model) {
    const { story } = model.report;
    const hosts = new HostNames(story.estate);
    yield figureFile(
      model,
      story.incidents.map((incident) => incidentMovement(incident, hosts, WIDTH)),
    );
  },
};

function figureFile(model: ExportModel, figures: readonly (Svg | null)[]): string {
  const { origin } = model;
  const metadata = [originText(origin), ...origin.captures.map(captureText)].join("\n");
  return standaloneSvg(
    figures.filter((figure) => figure !== null),
    metadata,
  );
}
