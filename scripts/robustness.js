// Writes captures that try to exhaust memory, analyses each with the built command and prints time and peak memory
// as the Markdown table of docs/robustness.md. Usage: node scripts/robustness.js [name ...] [--large] [--count N] [--keep]
// --large: those of millions, through a pipe. --count: another number of things.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CAPTURES } from "./robustness/captures.js";
import { Writer } from "./robustness/writer.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    // how this script calls itself to write one capture
    write: { type: "string" },
    count: { type: "string" },
  },
});
const unknown = positionals.find((each) => !(each in CAPTURES));
if (unknown !== undefined) {
  process.stderr.write(`There is no "${unknown}"; there are ${Object.keys(CAPTURES).join(", ")}.\n`);
  process.exit(2);
}
if (values.write !== undefined) await write(positionals[0], values.write);
else await tryAll(positionals.length > 0 ? positionals : Object.keys(CAPTURES));

function countOf(name) {
  const { count, large } = CAPTURES[name];
  if (values.count !== undefined) return Number(values.count);
  return values.large ? (large ?? count) : count;
}

async function write(name, path) {
  const writer = new Writer(path);
  await CAPTURES[name].write(writer, countOf(name));
  writer.close();
  process.stdout.write(String(writer.octets));
}

async function tryAll(names) {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-robustness-"));
  process.stdout.write(
    "| capture | what it does | size MB | wall s | CPU s | peak MB | exit | limits the story shows |\n",
  );
  process.stdout.write("|---|---|---|---|---|---|---|---|\n");
  try {
    for (const name of names.filter((each) => !values.large || CAPTURES[each].large !== undefined))
      await tryOne(name, folder);
  } finally {
    if (values.keep) process.stderr.write(`Kept in ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function tryOne(name, folder) {
  const path = join(folder, `${name}.pcap`);
  const target = join(folder, `${name}.case`);
  if (values.large) execFileSync("mkfifo", [path]);
  const size = [...(values.large ? ["--large"] : []), ...(values.count === undefined ? [] : ["--count", values.count])];
  const writer = spawn(process.execPath, [fileURLToPath(import.meta.url), name, "--write", path, ...size], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const written = output(writer);
  if (!values.large) await written;
  const { code, seconds, cpu, peak, stdout } = await analyze(path, target);
  if (code !== 0) writer.kill();
  const octets = Number(await written);
  const limits = code === 0 ? JSON.parse(stdout).story.coverage.limits.join(" ") : "";
  const what = CAPTURES[name].what.replace("#", countOf(name).toLocaleString("en-US"));
  process.stdout.write(
    `| ${name} | ${what} | ${Math.round(octets / 1e6).toLocaleString("en-US")} | ${seconds.toFixed(1)} | ${cpu.toFixed(1)} | ${Math.round(peak / 1e6)} | ${code} | ${limits === "" ? "none" : limits} |\n`,
  );
  if (!values.keep) for (const each of [path, target]) rmSync(each, { recursive: true, force: true });
}

/** Runs `backtrail analyze`; CPU time and peak memory are those of the process as Linux tells them (/proc). */
async function analyze(path, target) {
  const started = Date.now();
  const child = spawn(process.execPath, [join(root, "bin/backtrail.js"), "analyze", path, "--case", target, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let peak = 0;
  let cpu = 0;
  const timer = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peak = Math.max(peak, Number(high ?? 0) * 1024);
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
      cpu = Math.max(cpu, (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      clearInterval(timer); // it ended
    }
  }, 50);
  const stdout = output(child);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return { code, seconds: (Date.now() - started) / 1000, cpu, peak, stdout: await stdout };
}

/** All that a process prints. */
async function output(child) {
  let text = "";
  for await (const part of child.stdout.setEncoding("utf8")) text += part;
  return text;
}
