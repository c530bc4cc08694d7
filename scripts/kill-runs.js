// Kills `backtrail analyze` at random moments of its work (of its CPU time, where /proc tells it: then other work on the machine moves no moment) and looks at what is left: the case must open, its journal must hold, what was
// acknowledged must be there, and the capture must be taken. One moment in ten lies before there is a case, three behind the end of reading, the others
// between. Usage: node scripts/kill-runs.js [--runs 200] [--seed N] [--capture FILE] [--size 300KB]
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { run } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    capture: { type: "string" },
    size: { type: "string", default: "300KB" },
  },
});
const { openFor, readCaptures } = await import("../dist/core/engine/analyze.js");
const { verifyCase } = await import("../dist/core/engine/verify-case.js");
const { createWorkspace, openBare, openWorkspace } = await import("../dist/core/engine/workspace.js");

const folder = mkdtempSync(join(tmpdir(), "backtrail-kill-"));
const capture = values.capture ?? join(folder, "mixed.pcapng");
if (values.capture === undefined)
  run(process.execPath, ["dist/samples/make.js", "--profile", "mixed", "--size", values.size, "--out", capture]);
let state = Number(values.seed) >>> 0;
process.stderr.write(`seed ${values.seed}\n`);
const totals = { runs: 0, "no case yet": 0, "analysis taken back": 0, "analysis complete": 0, failed: 0 };
const whole = await wholeRun();
process.stderr.write(
  `A whole run takes ${whole.seconds.toFixed(1)} s of CPU time and gives ${whole.records} records; there is a case after ${whole.made.toFixed(1)} s, all is read after ${whole.read.toFixed(1)} s.\n`,
);
for (let i = 0; i < Number(values.runs); i++) {
  const moment = momentOf(random(), random());
  const target = join(folder, "killed.case");
  const child = analyze(target);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await Promise.race([ended, spent(child.pid, moment)]);
  child.kill("SIGKILL");
  await ended;
  totals.runs++;
  try {
    totals[await lookAt(target, i % 10 === 0)]++;
  } catch (error) {
    totals.failed++;
    process.stderr.write(`run ${i}, killed after ${moment.toFixed(3)} s: ${error.stack}\n`);
  }
  rmSync(target, { recursive: true, force: true });
  if (i % 20 === 19) process.stderr.write(`${JSON.stringify(totals)}\n`);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(totals)}\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** A moment of CPU time, s. @param part Decides in which part of a run it lies. @param share Where in that part. */
function momentOf(part, share) {
  const { made, read, seconds } = whole;
  const [from, to] = part < 0.1 ? [0, made] : part < 0.7 ? [made, read] : [read, seconds * 1.05];
  return from + share * (to - from);
}

async function wholeRun() {
  const target = join(folder, "whole.case");
  const began = process.hrtime.bigint();
  const child = analyze(target);
  let [seconds, made, read] = [0, 0, 0];
  const timer = setInterval(() => {
    seconds = cpuSeconds(child.pid) ?? seconds;
    if (!existsSync(join(target, "case.json"))) made = seconds;
    if (!journalText(target).includes('"analysis-finished"')) read = seconds;
  }, 5);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`the whole run ended with ${code}`);
  if (seconds === 0) seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const opened = await openWorkspace(target);
  try {
    return { seconds, made, read, records: await recordsOf(opened) };
  } finally {
    opened.close();
  }
}

function analyze(target) {
  const args = [join(root, "bin/backtrail.js"), "analyze", capture, "--case", target, "--no-report"];
  return spawn(process.execPath, args, { stdio: "ignore" });
}

function journalText(target) {
  const path = join(target, "journal.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Waits until a process has used so many seconds of CPU time, or of the clock where that is not told. */
function spent(pid, seconds) {
  const until = Date.now() + seconds * 1000;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const used = cpuSeconds(pid);
      if (used === null ? Date.now() < until : used < seconds) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
}

/** CPU time that a process used so far, to the hundredth; null where /proc does not tell. */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Opens what a killed process left, checks it, and takes the capture if it is not there. Gives what was left. @param tells Whether the story is told, too. */
async function lookAt(target, tells) {
  if (!existsSync(join(target, "case.json"))) {
    // The folder that was begun is no obstacle.
    const made = await createWorkspace(target);
    made.close();
    return "no case yet";
  }
  const opened = await (tells ? openWorkspace(target) : openBare(target, "killed"));
  try {
    const finished = opened.journal.entries.some(({ action }) => action === "analysis-finished");
    if (!opened.checkJournal().ok) throw new Error("the journal does not hold");
    const known = opened.ledger.entries.length > 0;
    if (finished && !known) throw new Error("an analysis that was acknowledged is gone");
    if (!known) {
      const captures = await openFor(opened, [capture], {});
      try {
        await readCaptures(opened, captures, { workers: 1 });
      } finally {
        await captures.close();
      }
    }
    const records = await recordsOf(opened);
    if (records !== whole.records) throw new Error(`${records} records instead of ${whole.records}`);
    const { ok } = verifyCase(opened);
    if (!ok) throw new Error("the case does not verify");
    return known ? "analysis complete" : "analysis taken back";
  } finally {
    opened.close();
  }
}

async function recordsOf(opened) {
  return (await opened.store.ingests()).reduce((sum, { rows }) => sum + rows, 0);
}

/** 0 to 1 (mulberry32). */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
