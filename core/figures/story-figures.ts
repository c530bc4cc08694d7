import type { Finding } from "../contracts/finding.ts";
import { isDismissed } from "../contracts/finding.ts";
import type { HostNames } from "../contracts/host-names.ts";
import type { Incident, Story } from "../contracts/story.ts";
import { uncovered } from "../contracts/uncovered.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { movementInput } from "./movement-input.ts";
import { movementSvg } from "./movement.ts";
import type { Svg } from "./svg.ts";
import { timelineSvg } from "./timeline.ts";

/** The findings that count over the time that they span; null if there are none. */
export function findingsTimeline(story: Story, volume: readonly VolumeBucket[], width: number): Svg | null {
  const findings = story.findings.filter((finding) => !isDismissed(finding));
  const span = findingsSpan(findings);
  if (span === null) return null;
  return timelineSvg({ findings, ...span, volume, gaps: uncovered(story.coverage), width });
}

/** The findings over the whole capture; null if that shows nothing that `findingsTimeline` does not. */
export function captureTimeline(story: Story, volume: readonly VolumeBucket[], width: number): Svg | null {
  const { tsFirst, tsLast } = story.coverage;
  const findings = story.findings.filter((finding) => !isDismissed(finding));
  const span = findingsSpan(findings);
  if (span === null || tsFirst === null || tsLast === null) return null;
  const [whole, part] = [BigInt(tsLast) - BigInt(tsFirst), BigInt(span.to) - BigInt(span.from)];
  if (whole * 2n <= part * 3n) return null;
  return timelineSvg({ findings, from: tsFirst, to: tsLast, volume, gaps: uncovered(story.coverage), width });
}

/** Movement between the hosts of an incident; its numbers are those of the incident's steps. Null if no host acted on another. */
export function incidentMovement(incident: Incident, hosts: HostNames, width: number): Svg | null {
  const input = movementInput(incident.steps, hosts, incident.foothold?.source ?? null, width);
  return input.edges.every(({ source, target }) => source === target) ? null : movementSvg(input);
}

/** From the first to the last finding with a margin on both sides; null without findings. */
function findingsSpan(findings: readonly Finding[]): { from: string; to: string } | null {
  const [first] = findings;
  if (first === undefined) return null;
  let [from, to] = [BigInt(first.tsFirst), BigInt(first.tsLast)];
  for (const { tsFirst, tsLast } of findings) {
    if (BigInt(tsFirst) < from) from = BigInt(tsFirst);
    if (BigInt(tsLast) > to) to = BigInt(tsLast);
  }
  const margin = (to - from) / 40n + 1_000_000_000n;
  return { from: (from - margin).toString(), to: (to + margin).toString() };
}
