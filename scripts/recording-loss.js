#!/usr/bin/env node
// Plays a capture at rising rates over a cable between two network namespaces and counts what tcpdump, dumpcap and `backtrail record`
// each wrote of it, at the same time on the same interface. Needs root, iproute2, tcpreplay, tcpdump, dumpcap and capinfos.
//
//   node scripts/recording-loss.js CAPTURE [--rates 10000,50000,100000,0] [--seconds 5] [--drivers tcpdump,dumpcap]
//
// A rate of 0 is as fast as tcpreplay can. Prints a Markdown table: frames that were not written, of those that were played.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Cable, packetsOf } from "./recording-cable.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rates: { type: "string", default: "10000,20000,50000,100000,0" },
    seconds: { type: "string", default: "5" },
    drivers: { type: "string", default: "tcpdump,dumpcap" },
  },
});
const [capture] = positionals;
if (capture === undefined) {
  process.stderr.write("Name a capture to play: node scripts/recording-loss.js CAPTURE\n");
  process.exit(2);
}

const BACKTRAIL = fileURLToPath(new URL("../bin/backtrail.js", import.meta.url));
const cable = new Cable("loss");
const BUFFER_MIB = 64;

async function measure(rate, folder) {
  const kib = String(BUFFER_MIB * 1024);
  const files = { tcpdump: join(folder, "tcpdump.pcap"), dumpcap: join(folder, "dumpcap.pcapng") };
  const programs = [
    cable.start(
      ["tcpdump", "-n", "-i", "mirror", "-s", "0", "-B", kib, "-Z", "root", "-w", files.tcpdump],
      "listening on",
    ),
    cable.start(["dumpcap", "-q", "-i", "mirror", "-s", "0", "-B", String(BUFFER_MIB), "-w", files.dumpcap], "File:"),
  ];
  const cases = values.drivers.split(",").map((driver) => ({ driver, folder: join(folder, `${driver}.case`) }));
  for (const each of cases)
    programs.push(
      cable.start(
        [
          process.execPath,
          BACKTRAIL,
          "record",
          "-i",
          "mirror",
          "--case",
          each.folder,
          "--driver",
          each.driver,
          "--json",
          "--interval",
          "3600",
        ],
        '"recorder":{',
      ),
    );
  for (const each of programs) await each.ready();
  await sleep(1500);
  const speed = rate === 0 ? ["--topspeed"] : ["-p", String(rate)];
  const parameters = ["-K", "-l", "1000000", "--duration", values.seconds, ...speed, capture];
  const { sent, reached } = await cable.play(...parameters);
  await sleep(3000);
  const said = [];
  for (const each of programs) said.push(await each.stop());
  const lost = [packetsOf(files.tcpdump), packetsOf(files.dumpcap)];
  for (const each of cases) {
    const live = join(each.folder, "evidence/live");
    const segments = readdirSync(live).filter((name) => name.endsWith(".pcapng"));
    lost.push(segments.reduce((sum, name) => sum + packetsOf(join(live, name)), 0));
  }
  return { reached, sent, lost: lost.map((count) => sent - count) };
}

const folder = mkdtempSync(join(tmpdir(), "backtrail-loss-"));
try {
  cable.make();
  const drivers = values.drivers.split(",");
  const names = ["tcpdump", "dumpcap", ...drivers.map((driver) => `backtrail (${driver})`)];
  process.stdout.write(`| packets/s | played | ${names.join(" | ")} |\n|${"---|".repeat(names.length + 2)}\n`);
  for (const rate of values.rates.split(",").map(Number)) {
    const into = mkdtempSync(join(folder, "rate-"));
    const { reached, sent, lost } = await measure(rate, into);
    rmSync(into, { recursive: true });
    const cells = lost.map((count) => (count === 0 ? "0" : `${count} (${((100 * count) / sent).toFixed(2)} %)`));
    process.stdout.write(`| ${reached} | ${sent} | ${cells.join(" | ")} |\n`);
  }
} finally {
  cable.remove();
  rmSync(folder, { recursive: true, force: true });
}
