import type { RecorderStatus, RecordingHistory, RecordingStatus } from "../contracts/recording.ts";
import { countOf, countText, octetsText } from "../contracts/text-forms.ts";

const BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
/** Seconds that the little figure behind each interface shows. */
const SECONDS_SHOWN = 30;
const FILL_WIDTH = 20;

/** How a recording is doing, as lines: interfaces with what was lost by whom, segments, analysis, alerts, alarms. */
export function recordingLines(status: RecordingStatus, history: RecordingHistory): string[] {
  const { recorder, analysis, alerts } = status;
  if (recorder === null) return ["The recorder is starting."];
  const { baseline, windowProblem } = analysis ?? { baseline: null, windowProblem: null };
  return [
    ...interfaceLines(recorder, history),
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
}

const HEADER = ["interface", "packets/s", "octets/s", "packets", "lost: kernel", "interface", "recorder", "last 30 s"];
const STATE = { recording: "", "link-down": "no link", lost: "away" } as const;

function interfaceLines({ interfaces, state: recording }: RecorderStatus, history: RecordingHistory): string[] {
  const rows = interfaces.map(({ name, state, packets, packetsPerSecond, octetsPerSecond, losses }) => {
    const rates = history.interfaces.find((each) => each.name === name)?.packetsPerSecond ?? [];
    return [
      name,
      countText(packetsPerSecond),
      octetsText(octetsPerSecond),
      countText(packets),
      losses.kernel === null ? "not told" : countText(losses.kernel),
      countText(losses.driver),
      countText(losses.own),
      recording === "stopped" ? "ended" : STATE[state] || barsText(rates.slice(-SECONDS_SHOWN)),
    ];
  });
  const widths = HEADER.map((_, column) => Math.max(...[HEADER, ...rows].map((row) => row[column]!.length)));
  return [HEADER, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === 7 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
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
