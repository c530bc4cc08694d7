import type { Coverage } from "../contracts/story.ts";
import { FIRST_DAYS, PACKETS_WITH_A_PACE } from "../contracts/story.ts";
import { uncovered } from "../contracts/uncovered.ts";
import { countOf, countText, dateTime, octetsText, shareText, timeSpan } from "../contracts/text-forms.ts";

const DAY_NS = 86_400_000_000_000n;

/** What the evidence is, as label and value, for the terminal and the page. */
export function coverageFacts(coverage: Coverage): [label: string, value: string][] {
  const facts: [string, string][] = [];
  const stored = coverage.captures.reduce((sum, capture) => sum + capture.octets, 0);
  const captures = `${countOf(coverage.captures.length, "capture")}, ${octetsText(stored)}`;
  if (coverage.notKnown !== undefined) {
    if (coverage.captures.length > 0) facts.push(["Evidence", captures]);
    facts.push(["Not known", coverage.notKnown]);
    return facts;
  }
  facts.push([
    "Evidence",
    `${captures}; ${countOf(coverage.packets, "packet")}, ${countOf(coverage.connections, "connection")}`,
  ]);
  if (coverage.tsFirst !== null && coverage.tsLast !== null) {
    const span = timeSpan(BigInt(coverage.tsLast) - BigInt(coverage.tsFirst));
    facts.push(["Span", `${dateTime(coverage.tsFirst)} to ${dateTime(coverage.tsLast)} UTC (${span})`]);
  }
  facts.push(["Gaps", gapText(coverage)]);
  facts.push(["Losses", lossText(coverage)]);
  facts.push([
    "Readable",
    `${shareText(coverage.encryptedShare)} of the payload was sealed by its protocol, ${shareText(coverage.unknownShare)} in protocols not decoded; what programs encrypt themselves, in files, pages or pipes, is not counted`,
  ]);
  if (coverage.baseline !== undefined) facts.push(["What is usual", usualText(coverage, coverage.baseline)]);
  const damage = coverage.captures.flatMap((capture) => capture.damage);
  if (damage.length > 0) facts.push(["Damage", damage.slice(0, 5).join(" ")]);
  if (coverage.limits.length > 0) facts.push(["Limits hit", coverage.limits.join(" ")]);
  return facts;
}

function usualText({ tsFirst, tsLast }: Coverage, baseline: string): string {
  const span = tsFirst === null || tsLast === null ? 0n : BigInt(tsLast) - BigInt(tsFirst);
  if (baseline !== FIRST_DAYS || span >= DAY_NS) return `learned from ${baseline}`;
  return "not known: the evidence covers less than a day, and no reference capture was given";
}

function gapText(coverage: Coverage): string {
  const spans = uncovered(coverage);
  const lengthOf = ({ from, to }: (typeof spans)[number]) => BigInt(to) - BigInt(from);
  const [longest] = [...spans].sort((a, b) => Number(lengthOf(b) - lengthOf(a)));
  if (longest === undefined) {
    return coverage.packets < PACKETS_WITH_A_PACE
      ? `not judged: fewer than ${countText(PACKETS_WITH_A_PACE)} packets show no pace to judge them by`
      : "none: traffic was continuous at the pace of the capture";
  }
  return `${countOf(spans.length, "span")} without packets, the longest ${timeSpan(lengthOf(longest))} from ${dateTime(longest.from)} UTC`;
}

function lossText(coverage: Coverage): string {
  const parts = [
    coverage.droppedPackets === null
      ? "the recorder left no drop counters"
      : `${countOf(coverage.droppedPackets, "packet")} dropped by kernel, interface or recorder`,
    coverage.missedOctets > 0
      ? `${octetsText(coverage.missedOctets)} of TCP payload missing`
      : "no TCP payload missing",
  ];
  if (coverage.duplicatePackets > 0) parts.push(`${countOf(coverage.duplicatePackets, "duplicate packet")} left out`);
  if (coverage.cutPackets > 0) parts.push(`${countOf(coverage.cutPackets, "packet")} cut by the snap length`);
  if (coverage.oneWayConnections > 0)
    parts.push(`${countOf(coverage.oneWayConnections, "connection")} seen in one direction only`);
  if (coverage.midStreamConnections > 0)
    parts.push(`the handshake of ${countOf(coverage.midStreamConnections, "connection")} not captured`);
  return parts.join(", ");
}
