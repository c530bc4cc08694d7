// How long estate and detections take over a case of many connections, filled by SQL: npm run build, then
//   node scripts/detection-bench.js [--rows 10000000] [--slowest 10] [--keep FOLDER] [--all-memory]
// FOLDER keeps the filled case, and a later run uses it again. The database has as much memory as `analyze` gives it then; --all-memory: all that it may have.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RecordStore } from "../dist/core/case/store.js";
import { DETECTIONS } from "../dist/core/detections/index.js";
import { runDetections } from "../dist/core/detections/run.js";
import { RECORD_TYPES } from "../dist/core/engine/record-types.js";
import { inferEstate } from "../dist/core/estate/infer.js";
import { EMPTY_SCOPE } from "../dist/core/estate/scope.js";
import { fillRecords } from "./many-records.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    slowest: { type: "string", default: "10" },
    keep: { type: "string" },
    "all-memory": { type: "boolean", default: false },
  },
});
const rows = Number(values.rows);
if (values.keep !== undefined) mkdirSync(values.keep, { recursive: true });
const folder = values.keep ?? mkdtempSync(join(tmpdir(), "backtrail-detection-bench-"));
const isFilled = existsSync(join(folder, "records.duckdb"));
const store = await RecordStore.open(join(folder, "records.duckdb"), join(folder, "tmp"), RECORD_TYPES, { threads: 2 });

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const seconds = (since) => (performance.now() - since) / 1000;

try {
  const began = performance.now();
  if (!isFilled) await fillRecords(store, rows);
  console.log(`filled: ${rows.toLocaleString("en")} connections in ${seconds(began).toFixed(1)} s`);
  await (values["all-memory"] ? measure() : store.thriftily(measure));
} finally {
  store.close();
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  let began = performance.now();
  let cpu = cpuSeconds();
  const estate = await inferEstate(store, EMPTY_SCOPE);
  const estateSeconds = seconds(began);
  const estateCpu = cpuSeconds() - cpu;
  const [{ n: transfers }] = await store.rows("SELECT count(*) AS n FROM transfers");
  console.log(
    `estate: ${estateSeconds.toFixed(1)} s (CPU ${estateCpu.toFixed(1)} s), ${estate.assets.length} machines with roles, ${transfers} transfers, ${estate.windows.length} windows`,
  );
  const times = [];
  let last = performance.now();
  let lastCpu = cpuSeconds();
  cpu = lastCpu;
  began = last;
  const run = await runDetections(store, DETECTIONS, {
    progress: (done) => {
      times.push([DETECTIONS[done - 1].id, seconds(last), cpuSeconds() - lastCpu]);
      last = performance.now();
      lastCpu = cpuSeconds();
    },
  });
  const all = seconds(began);
  console.log(
    `${DETECTIONS.length} detections: ${all.toFixed(1)} s (CPU ${(cpuSeconds() - cpu).toFixed(1)} s), ${run.findings.length} findings, ${run.limits.length} limits`,
  );
  for (const [id, time, used] of times.sort((a, b) => b[2] - a[2]).slice(0, Number(values.slowest)))
    console.log(`  ${id} ${time.toFixed(2)} s (CPU ${used.toFixed(2)} s)`);
  for (const { sentence } of run.limits.slice(0, 5)) console.log(`  ${sentence}`);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`estate and detections: ${(estateSeconds + all).toFixed(1)} s; peak of the process ${peak} MiB`);
}
