import type { RecorderStatus, RecordingHistory, RecordingStatus } from "../contracts/recording.ts";
import { countOf, countText, octetsText } from "../contracts/text-forms.ts";

const BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
/** Seconds that the little figure behind each interface shows. */
const SECONDS_SHOWN = 30;
const FILL_WIDTH = 20;

/**
 * How a recording is doing, as lines: interfaces with what was lost by whom, segments, analysis, alerts, alarms.
 * @param width Columns there are: what is longer goes on in a line of its own.
 */
export function recordingLines(status: RecordingStatus, history: RecordingHistory, width = Infinity): string[] {
  const { recorder, analysis, alerts } = status;
  if (recorder === null) return ["The recorder is starting."];
  const { baseline, windowProblem } = analysis ?? { baseline: null, windowProblem: null };
  const texts = [
    `Segments  ${ringText(recorder)}`,
    `Analysis  ${analysisText(analysis)}`,
    ...(windowProblem === null ? [] : [`Window    ${windowProblem}`]),
    ...(baseline === null ? [] : [`Baseline  ${baseline}`]),
    ...alerts
      .filter(({ waiting, problem }) => waiting > 0 || problem !== null)
      .map(
        ({ name, waiting, problem }) =>
          `Alerts    ${name}: ${countText(waiting)} waiting${problem === null ? "" : `, ${problem}`}`,
      ),
    ...recorder.alarms.map(({ message }) => `ALARM     ${message}`),
  ];
  return [...interfaceLines(recorder, history, width), ...texts.flatMap((text) => hanging(text, width))];
}

const LABEL = " ".repeat("Segments  ".length);

/** A line in as many as it needs, between words where there are any. */
function hanging(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > Math.max(width, LABEL.length + 1)) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > LABEL.length ? space : Math.max(LABEL.length + 1, width);
    lines.push(rest.slice(0, end));
    rest = LABEL + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const HEADER = ["interface", "packets/s", "octets/s", "packets", "lost: kernel", "interface", "recorder"];
const STATE = { recording: "", "link-down": "no link", lost: "away" } as const;
/** With less room the figure of the last seconds is left out. */
const LEAST_SECONDS = "last 10 s".length;

function interfaceLines(
  { interfaces, state: recording }: RecorderStatus,
  history: RecordingHistory,
  width: number,
): string[] {
  const rows = interfaces.map(({ name, state, packets, packetsPerSecond, octetsPerSecond, losses }) => {
    // In place of the rate: it is seen however narrow the terminal is.
    const stands = recording === "stopped" ? "ended" : STATE[state];
    return [
      name,
      stands === "" ? countText(packetsPerSecond) : stands,
      octetsText(octetsPerSecond),
      countText(packets),
      losses.kernel === null ? "not told" : countText(losses.kernel),
      countText(losses.driver),
      countText(losses.own),
    ];
  });
  const widths = HEADER.map((_, column) => Math.max(...[HEADER, ...rows].map((row) => row[column]!.length)));
  const seconds = Math.min(SECONDS_SHOWN, width - widths.reduce((sum, each) => sum + each + 2, 0));
  const figures = interfaces.map(({ name }) => {
    const rates = history.interfaces.find((each) => each.name === name)?.packetsPerSecond ?? [];
    return barsText(rates.slice(-seconds));
  });
  const last = seconds < LEAST_SECONDS ? [] : [`last ${seconds} s`, ...figures];
  return [HEADER, ...rows].map((row, at) =>
    [...row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))), last[at] ?? ""]
      .join("  ")
      .trimEnd(),
  );
}

/** Values as bars, the newest last; what was 0 has none. */
function barsText(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values.map((value) => (value <= 0 ? " " : BARS[Math.ceil((value / most) * BARS.length) - 1]!)).join("");
}

function ringText({ ring, segment, settings, diskFreeOctets, queuedOctets, backlogOctets }: RecorderStatus): string {
  const octets = ring.octets + (segment?.octets ?? 0);
  const { keepOctets } = settings;
  const fill = keepOctets === null ? "" : ` of ${octetsText(keepOctets)} ${fillText(octets / keepOctets)}`;
  const parts = [
    `${octetsText(octets)}${fill} in ${countOf(ring.segments + (segment === null ? 0 : 1), "segment")}`,
    `${octetsText(ring.heldOctets)} held by findings`,
    `${octetsText(diskFreeOctets)} free`,
    ...(queuedOctets > 1_000_000 ? [`${octetsText(queuedOctets)} wait for the disk`] : []),
    ...(backlogOctets > 1_000_000 ? [`${octetsText(backlogOctets)} wait in files`] : []),
  ];
  return parts.join(", ");
}

function fillText(share: number): string {
  const full = Math.min(FILL_WIDTH, Math.round(share * FILL_WIDTH));
  return `[${"#".repeat(full)}${"-".repeat(FILL_WIDTH - full)}]`;
}

function secondsBehind(lagSeconds: number): string {
  return `${Math.round(lagSeconds)} s behind the wire`;
}

function analysisText(analysis: RecordingStatus["analysis"]): string {
  if (analysis === null) return "is starting";
  const { ending } = analysis;
  if (analysis.isRunning && ending !== null)
    return `all is read and judged for the last time: ${ending.done} of ${countOf(ending.all, "detection")}`;
  const { behindOctets, lagSeconds, findings, evaluatedAt, evaluationSeconds, promptSeconds, segmentsShed } = analysis;
  const waits = analysis.waitsForDisk ? "waits for room on the disk, " : "";
  const state = behindOctets === 0 ? "all is read" : `${octetsText(behindOctets)}, ${secondsBehind(lagSeconds)}`;
  const parts = [
    analysis.isRunning ? `${waits}${state}` : `not running, ${secondsBehind(lagSeconds)}`,
    countOf(findings, "finding"),
    ...(evaluatedAt === null
      ? []
      : [
          `latest records asked in ${promptSeconds.toFixed(1)} s`,
          `all last at ${evaluatedAt.slice(11, 19)}, in ${evaluationSeconds.toFixed(1)} s`,
        ]),
    ...(segmentsShed === 0 ? [] : [`${countOf(segmentsShed, "segment")} left out`]),
  ];
  return parts.join(", ");
}
