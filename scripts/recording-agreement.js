#!/usr/bin/env node
// Plays captures one after another over a cable between two network namespaces while `backtrail record` records and analyses them, with each
// driver in turn; then analyses the recorded segments from the files into another case. Both must find the same: it prints a Markdown table of
// what was found of each capture live and afterwards, and what differs. Ends with 1 if anything does. Needs root, iproute2, tcpreplay, capinfos.
//
//   node scripts/recording-agreement.js [--drivers dumpcap,pcap] [--rate 3000] [--rotate 2M] CAPTURE...
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Cable, packetsOf } from "./recording-cable.js";

const { values, positionals: captures } = parseArgs({
  allowPositionals: true,
  options: {
    drivers: { type: "string", default: "dumpcap,pcap" },
    rate: { type: "string", default: "3000" },
    rotate: { type: "string", default: "2M" },
  },
});
if (captures.length === 0) {
  process.stderr.write("Name captures to play: node scripts/recording-agreement.js CAPTURE...\n");
  process.exit(2);
}
const { analyzeIntoCase } = await import("../dist/core/engine/analyze-into-case.js");
const { storyOf } = await import("../dist/core/engine/story-of.js");
const { withCase } = await import("../dist/core/engine/workspace.js");

const BACKTRAIL = fileURLToPath(new URL("../bin/backtrail.js", import.meta.url));
/** Captures are told apart by their times. */
const PAUSE_MS = 300;

/** Records all captures with a driver. @returns when each was played, ns, and the frames that were sent. */
async function record(cable, driver, folder) {
  const options = ["-i", "mirror", "--case", folder, "--driver", driver, "--rotate", values.rotate, "--json"];
  const recording = cable.start([process.execPath, BACKTRAIL, "record", ...options], '"analysis":{');
  await recording.ready();
  const played = [];
  for (const path of captures) {
    const from = BigInt(Date.now()) * 1_000_000n;
    const { sent } = await cable.play("-p", values.rate, path);
    await sleep(PAUSE_MS);
    played.push({ path, sent, from, to: BigInt(Date.now()) * 1_000_000n });
  }
  // What a driver has not given out yet when it is stopped stays behind in the kernel.
  await sleep(2000);
  await recording.stop();
  return played;
}

/** What is compared of a finding: which it is, and all that it says but its place among others. */
function saidBy({ id, detection, severity, outcome, source, target, user, object, count, recordCount, tsFirst, also }) {
  const others = also.map((other) => `${other.detection} ${other.severity}`).sort();
  return JSON.stringify([
    id,
    detection,
    severity,
    outcome,
    source,
    target,
    user,
    object,
    count,
    recordCount,
    tsFirst,
    others,
  ]);
}

/** What only one of two has. */
function differences(live, after) {
  const [a, b] = [new Set(live.map(saidBy)), new Set(after.map(saidBy))];
  return [
    ...[...a].filter((each) => !b.has(each)).map((each) => `only live: ${each}`),
    ...[...b].filter((each) => !a.has(each)).map((each) => `only afterwards: ${each}`),
  ];
}

const nameOf = (path) => `${basename(dirname(path))}/${basename(path)}`;
const found = new Map(captures.map((path) => [path, []]));
const all = [];
const notes = [];
const drivers = values.drivers.split(",");
const folder = mkdtempSync(join(tmpdir(), "backtrail-agreement-"));
try {
  for (const driver of drivers) {
    const cable = new Cable("agree");
    const live = join(folder, `${driver}-live.case`);
    let played;
    try {
      cable.make();
      played = await record(cable, driver, live);
    } finally {
      cable.remove();
    }
    const segments = readdirSync(join(live, "evidence/live"))
      .filter((name) => name.endsWith(".pcapng"))
      .sort()
      .map((name) => join(live, "evidence/live", name));
    const during = (await withCase(live, storyOf)).findings;
    const after = (await analyzeIntoCase({ captures: segments, folder: join(folder, `${driver}-after.case`) })).story
      .findings;
    const sent = played.reduce((sum, each) => sum + each.sent, 0);
    const recorded = segments.reduce((sum, path) => sum + packetsOf(path), 0);
    const different = differences(during, after);
    all.push(...different.map((each) => `${driver}, ${each}`));
    notes.push(
      `${driver}: ${sent} frames played, ${recorded} recorded in ${segments.length} segments; ${during.length} findings live, ${after.length} afterwards, ${different.length} different.`,
    );
    for (const { path, from, to } of played) {
      const isOf = ({ tsFirst }) => BigInt(tsFirst) >= from && BigInt(tsFirst) < to;
      const [a, b] = [during.filter(isOf), after.filter(isOf)];
      found.get(path).push(a.length, b.length, differences(a, b).length === 0 ? "yes" : "**no**");
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

process.stdout.write(`| capture | ${drivers.map((name) => `${name}: live | afterwards | the same`).join(" | ")} |\n`);
process.stdout.write(`|---|${"---|---|---|".repeat(drivers.length)}\n`);
for (const [path, cells] of found) process.stdout.write(`| ${nameOf(path)} | ${cells.join(" | ")} |\n`);
process.stdout.write(`\n${notes.join("\n")}\n${all.map((each) => `${each}\n`).join("")}`);
process.exitCode = all.length === 0 ? 0 : 1;
