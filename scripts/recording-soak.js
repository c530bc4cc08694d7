#!/usr/bin/env node
// Plays a capture in a loop over a cable between two network namespaces while `backtrail record` records and analyses it, and prints
// every minute (or --every SECONDS) what that takes: memory of each process, lag, losses. Captures given with --among are played once
// each beside it, evenly over the time. At the end it prints how long after its last packet each finding was told, in sum and one by one (those apart that by their nature
// rest on all records: docs/recording.md, "Analysis"), which were withdrawn, verifies every segment and counts the frames. Needs root, iproute2, tcpreplay, tcpdump and capinfos, and room for what is played.
//
//   node scripts/recording-soak.js CAPTURE [--rate 20000] [--minutes 30] [--every 60] [--case DIR] [--among CAPTURE]...
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Cable, packetsOf } from "./recording-cable.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: "string", default: "20000" },
    minutes: { type: "string", default: "30" },
    every: { type: "string", default: "60" },
    case: { type: "string" },
    among: { type: "string", multiple: true, default: [] },
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
const folderOfSegments = join(folder, "evidence/live");
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

function row(second, before) {
  const { recorder, analysis } = JSON.parse(readFileSync(join(folderOfSegments, "status.json"), "utf8"));
  const [iface] = recorder.interfaces;
  const { kernel, driver, own } = iface.losses;
  const uses = [useOf(recorder.pid), useOf(analysis?.pid)];
  const cpu = uses.map((use, i) => use.cpu - (before[i]?.cpu ?? 0));
  const cells = [
    second,
    iface.packets,
    (kernel ?? 0) + driver + own,
    uses[0].mb,
    uses[1].mb,
    cpu[0].toFixed(0),
    cpu[1].toFixed(0),
    mb(analysis?.behindOctets ?? 0),
    (analysis?.lagSeconds ?? 0).toFixed(1),
    (analysis?.promptSeconds ?? 0).toFixed(1),
    (analysis?.evaluationSeconds ?? 0).toFixed(1),
    analysis?.findings ?? 0,
    recorder.ring.segments,
    recorder.alarms.length,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  return uses;
}

/** Findings with the time at which they were told, ms. */
const told = [];
const first = new Set();
/** Findings that were withdrawn, and how often. */
const withdrawn = new Map();
const alarms = [];

const reasons = (finding) => [finding.detection, ...finding.also.map(({ detection }) => detection)];

/** True if two findings are one that another detection leads now: each names the other's, and they rest on the same record. */
const isSameAct = (a, b) =>
  reasons(a).includes(b.detection) &&
  reasons(b).includes(a.detection) &&
  a.records.some((rid) => b.records.includes(rid));

function hear(line) {
  if (line.startsWith('{"kind":"alarm"')) alarms.push(JSON.parse(line).alarm);
  if (line.startsWith('{"kind":"finding-withdrawn"')) {
    const { detection, id } = JSON.parse(line).finding;
    withdrawn.set(`${detection} ${id}`, (withdrawn.get(`${detection} ${id}`) ?? 0) + 1);
  }
  if (!line.startsWith('{"kind":"finding"')) return;
  const { finding } = JSON.parse(line);
  const at = Date.now();
  // Told again when it became more severe, or more telling: the packet that made it so is not known.
  if (!first.has(finding.id) && !told.some((other) => isSameAct(other.finding, finding)))
    told.push({ at, last: Number(BigInt(finding.tsLast) / 1000000n), finding });
  first.add(finding.id);
}

/** What rests on all records by its nature: on what did not happen, on volume, on transfers and jobs, or on a comparison with all others. */
const BY_NATURE = new Set(
  ["LM-019", "CO-002", "EX-008", "BL-001", "BL-007", "BL-009", "BL-010", "AD-014", "IA-026"].map((id) => `BT-${id}`),
);
const isByNature = ({ finding }) => reasons(finding).every((id) => BY_NATURE.has(id) || /^BT-(IN|DR)-/.test(id));

const RATE_AMONG = "2000";

/** Plays the captures of --among, evenly over the time. Resolves with the frames sent. */
async function playAmong(seconds) {
  let sent = 0;
  const began = Date.now();
  for (const [i, path] of values.among.entries()) {
    await sleep(Math.max(0, began + (seconds * 1000 * (i + 0.5)) / values.among.length - Date.now()));
    const from = Date.now();
    sent += (await cable.play("--timer=nano", "-p", RATE_AMONG, path)).sent;
    intervals.push({ path, from, to: Date.now() });
  }
  return sent;
}

/** When each capture of --among was played. */
const intervals = [];

const share = (sorted, part) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]?.toFixed(1) ?? "-";

function lateness(name, list) {
  const seconds = list.map(({ at, last }) => (at - last) / 1000).sort((a, b) => a - b);
  const within = seconds.filter((each) => each <= 5).length;
  const cells = [name, seconds.length, within, share(seconds, 0.5), share(seconds, 0.9), share(seconds, 1)];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

try {
  cable.make();
  const command = [process.execPath, BACKTRAIL, "record", "-i", "mirror", "--case", folder, "--json"];
  const recording = cable.start(command, '"analysis":{', hear);
  await recording.ready();
  process.stdout.write(
    "| second | recorded | lost | recorder MB | analysis MB | recorder CPU s | analysis CPU s | behind MB | lag s | latest s | all s | findings | segments | alarms |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
  );
  let uses = row(0, []);
  const seconds = Number(values.minutes) * 60;
  const every = Number(values.every);
  // Bursts of a hundredth of a second, and sleeps between them: tcpreplay's usual clock takes a core for itself, which no mirrored port does.
  const burst = String(Math.max(1, Math.round(Number(values.rate) / 100)));
  const played = cable.play(
    ...[
      "--timer=nano",
      "-p",
      values.rate,
      "--pps-multi",
      burst,
      "-l",
      "1000000",
      "--duration",
      String(seconds),
      "-K",
      capture,
    ],
  );
  const among = playAmong(seconds);
  for (let second = every; second <= seconds; second += every) {
    await sleep(every * 1000);
    uses = row(second, uses);
  }
  const { sent, reached } = await played;
  const more = await among;
  // What a driver has not given out yet when it is stopped stays behind in the kernel.
  await sleep(2000);
  const live = told.length;
  const began = performance.now();
  await recording.stop();
  const stopped = (performance.now() - began) / 1000;
  const check = verifyRecording(folderOfSegments);
  const segments = readdirSync(folderOfSegments).filter((name) => name.endsWith(".pcapng"));
  const recorded = segments.reduce((sum, name) => sum + packetsOf(join(folderOfSegments, name)), 0);
  process.stdout.write(
    `\nPlayed ${sent} frames at ${reached}/s and ${more} among them, recorded ${recorded}: ${sent + more - recorded} lost. Reading to the end and stopping took ${stopped.toFixed(1)} s.\n` +
      `Verified ${check.segments} segments, ${mb(check.octets)} MB: ${check.ok ? "all as they were written" : check.wrong.join(" ")}.\n`,
  );
  for (const [name, times] of withdrawn) process.stdout.write(`Withdrawn ${times} times: ${name}.\n`);
  for (const { at, message } of alarms) process.stdout.write(`Alarm ${at}: ${message}\n`);
  process.stdout.write(
    "\nSeconds from the last packet of a finding until it was told:\n\n| findings | told | within 5 s | half | nine of ten | all |\n|---|---|---|---|---|---|\n",
  );
  lateness("all while it was recorded", told.slice(0, live));
  const during = told.slice(0, live);
  lateness("of these, resting on all records by nature", during.filter(isByNature));
  lateness(
    "of these, all others",
    during.filter((each) => !isByNature(each)),
  );
  lateness("told when recording ended", told.slice(live));
  for (const { path, from, to } of intervals)
    lateness(
      basename(path),
      told.filter(({ last }) => last >= from - 50 && last <= to + 50),
    );
  process.stdout.write("\n| finding | severity | seconds |\n|---|---|---|\n");
  for (const { at, last, finding } of told)
    process.stdout.write(
      `| ${reasons(finding).join(", ")} | ${finding.severity} | ${((at - last) / 1000).toFixed(1)} |\n`,
    );
} finally {
  cable.remove();
  if (values.case === undefined) rmSync(folder, { recursive: true, force: true });
}
