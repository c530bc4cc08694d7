// Times how soon `backtrail analyze` shows the first finding on a terminal, from the start of the process. Captures are given to it as one, those
// named first in front. Usage: node scripts/first-finding.js FILE... [--runs 3]
// Prints a Markdown row a run. Needs `script` (util-linux) for the terminal.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" } },
});
const folder = mkdtempSync(join(tmpdir(), "backtrail-first-"));
process.stdout.write(
  "| run | first finding s | its CPU s | what it said | all s | CPU s | peak MB |\n|---|---|---|---|---|---|---|\n",
);
try {
  for (let run = 1; run <= Number(values.runs); run++) {
    const seen = await analyze(join(folder, `run-${run}.case`));
    process.stdout.write(`| ${[run, ...seen].join(" | ")} |\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function analyze(target) {
  const words = [
    process.execPath,
    join(root, "bin/backtrail.js"),
    "analyze",
    ...positionals,
    "--case",
    target,
    "--no-report",
  ];
  const command = `stty cols 200 rows 50; exec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")} > /dev/null`;
  const began = process.hrtime.bigint();
  const seconds = () => (Number(process.hrtime.bigint() - began) / 1e9).toFixed(2);
  const child = spawn("script", ["-qfec", command, "/dev/null"], { stdio: ["ignore", "pipe", "inherit"] });
  let [first, cpu, peak] = [null, 0, 0];
  const timer = setInterval(() => {
    const pid = programUnder(child.pid);
    if (pid === null) return;
    cpu = Math.max(cpu, cpuSeconds(pid));
    peak = Math.max(peak, peakOctets(pid));
  }, 50);
  child.stdout.setEncoding("utf8").on("data", (text) => {
    const said = /preliminary: [^\n]*\n\s*(\S[^\r\n]*)/.exec(text)?.[1];
    if (said !== undefined && first === null) first = [seconds(), cpu.toFixed(2), said.slice(0, 90)];
  });
  await new Promise((resolve) => child.once("close", resolve));
  clearInterval(timer);
  return [...(first ?? ["none", "", ""]), seconds(), cpu.toFixed(1), Math.round(peak / 1e6)];
}

/** The process that `script` runs. */
function programUnder(pid) {
  try {
    const [under] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return under === "" ? null : under;
  } catch {
    return null;
  }
}

function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function peakOctets(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
