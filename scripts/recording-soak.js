#!/usr/bin/env node
// Plays a capture in a loop over a cable between two network namespaces while `backtrail record` records and analyses it, and prints
// every minute what that takes: memory of each process, lag, losses. At the end every segment is verified and the frames are counted.
// Needs root, iproute2, tcpreplay, tcpdump and capinfos, and room for what is played.
//
//   node scripts/recording-soak.js CAPTURE [--rate 20000] [--minutes 30] [--case DIR]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Cable, packetsOf } from "./recording-cable.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: "string", default: "20000" },
    minutes: { type: "string", default: "30" },
    case: { type: "string" },
  },
});
const [capture] = positionals;
if (capture === undefined) {
  process.stderr.write("Name a capture to play: node scripts/recording-soak.js CAPTURE\n");
  process.exit(2);
}
const { verifyRecording } = await import("../dist/core/record/verify-recording.js");

const BACKTRAIL = fileURLToPath(new URL("../bin/backtrail.js", import.meta.url));
const TICKS_PER_SECOND = 100;
const folder = values.case ?? mkdtempSync(join(tmpdir(), "backtrail-soak-"));
const live = join(folder, "evidence/live");
const cable = new Cable("soak");

/** Memory in MB and CPU seconds of a process. */
function useOf(pid) {
  try {
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { mb: Math.round(resident / 1024), cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
  } catch {
    return { mb: 0, cpu: 0 }; // it is being started again
  }
}

const mb = (octets) => (octets / 1e6).toFixed(0);

function row(minute, before) {
  const { recorder, analysis } = JSON.parse(readFileSync(join(live, "status.json"), "utf8"));
  const [iface] = recorder.interfaces;
  const { kernel, driver, own } = iface.losses;
  const uses = [useOf(recorder.pid), useOf(analysis?.pid)];
  const cpu = uses.map((use, i) => use.cpu - (before[i]?.cpu ?? 0));
  const cells = [
    minute,
    iface.packets,
    (kernel ?? 0) + driver + own,
    uses[0].mb,
    uses[1].mb,
    cpu[0].toFixed(0),
    cpu[1].toFixed(0),
    mb(analysis?.behindOctets ?? 0),
    (analysis?.lagSeconds ?? 0).toFixed(1),
    (analysis?.evaluationSeconds ?? 0).toFixed(1),
    analysis?.findings ?? 0,
    recorder.ring.segments,
    recorder.alarms.length,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  return uses;
}

try {
  cable.make();
  const command = [process.execPath, BACKTRAIL, "record", "-i", "mirror", "--case", folder, "--json"];
  const recording = cable.start(command, '"analysis":{');
  await recording.ready();
  process.stdout.write(
    "| minute | recorded | lost | recorder MB | analysis MB | recorder CPU s | analysis CPU s | behind MB | lag s | detections s | findings | segments | alarms |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
  );
  let uses = row(0, []);
  const minutes = Number(values.minutes);
  const played = cable.play("-p", values.rate, "-l", "1000000", "--duration", String(minutes * 60), capture);
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(60_000);
    uses = row(minute, uses);
  }
  const { sent, reached } = await played;
  const began = performance.now();
  await recording.stop();
  const check = verifyRecording(live);
  const segments = readdirSync(live).filter((name) => name.endsWith(".pcapng"));
  const recorded = segments.reduce((sum, name) => sum + packetsOf(join(live, name)), 0);
  process.stdout.write(
    `\nPlayed ${sent} frames at ${reached}/s, recorded ${recorded}: ${sent - recorded} lost. Reading to the end and stopping took ${((performance.now() - began) / 1000).toFixed(1)} s.\n` +
      `Verified ${check.segments} segments, ${mb(check.octets)} MB: ${check.ok ? "all as they were written" : check.wrong.join(" ")}.\n`,
  );
} finally {
  cable.remove();
  if (values.case === undefined) rmSync(folder, { recursive: true, force: true });
}
