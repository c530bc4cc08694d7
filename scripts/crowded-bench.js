// What each detection takes where the records of its own samples are there thousands of times, between the same hosts within a second: what pairs records with
// records takes four times as long for twice as many. npm run build, then
//   node scripts/crowded-bench.js [--copies 2000] [--patience 30] [--only BT-LM-031,BT-EX-016] [--place same|own|named] [--rows 200000] [--least 0.2]
// `same`: the copies are in the same connections, `own`: each round of copies is in its own (and each transfer over a port of its own), `named`: in the same, with names of their own. A sample has fewer copies where the largest table would get more than
// --rows. What takes less than --least CPU seconds is not asked with twice as many; --patience: CPU seconds after which a question is given up.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";
import { cancellable, isCancelled } from "../dist/core/case/cancellation.js";
import { RecordStore } from "../dist/core/case/store.js";
import { DETECTIONS } from "../dist/core/detections/index.js";
import { runDetections } from "../dist/core/detections/run.js";
import { withSlices } from "../dist/core/detections/slices.js";
import { RECORD_TYPES } from "../dist/core/engine/record-types.js";

const { values } = parseArgs({
  options: {
    copies: { type: "string", default: "2000" },
    patience: { type: "string", default: "30" },
    only: { type: "string" },
    place: { type: "string" },
    rows: { type: "string", default: "200000" },
    least: { type: "string", default: "0.2" },
  },
});
const patience = Number(values.patience);
const places = values.place === undefined ? ["same", "own", "named"] : [values.place];
const only = values.only?.split(",");

const fromTest = async (name) =>
  (await runnerImport(fileURLToPath(new URL(`../test/${name}.ts`, import.meta.url)), { logLevel: "error" })).module;
const { DetectionSamples } = await fromTest("detection-samples");
const { crowdSql, crowdTransfersSql, namedTypes, roundsSql } = await fromTest("crowded-records");

const folder = mkdtempSync(join(tmpdir(), "backtrail-crowded-bench-"));
const samples = new DetectionSamples("named");
const results = [];
try {
  for (const [sample, detections] of bySample()) {
    const base = join(folder, "sample.duckdb");
    const tables = await samples.tables(sample, base);
    await tables.rows("CHECKPOINT");
    tables.close();
    for (const place of places) for (const detection of detections) await measure(sample, base, detection, place);
    rmSync(base);
  }
} finally {
  await samples.remove();
  rmSync(folder, { recursive: true, force: true });
}
print();

/** Detections by the samples in which they find something; those that find something in none, by all of theirs. */
function bySample() {
  const found = new Map();
  for (const detection of DETECTIONS.filter(({ id }) => only === undefined || only.includes(id))) {
    const telling = detection.samples.filter(({ findings }) => findings > 0);
    for (const { capture } of telling.length > 0 ? telling : detection.samples)
      found.set(capture, [...(found.get(capture) ?? []), detection]);
  }
  return found;
}

async function measure(sample, base, detection, place) {
  const once = await ask(base, detection, place, Number(values.copies));
  if (once === null) return;
  const isLong = once.cpu >= Number(values.least) && once.end === "";
  const twice = isLong ? await ask(base, detection, place, 2 * once.copies, Infinity) : null;
  results.push({ sample, id: detection.id, place, once, twice });
  process.stderr.write(`${line(results.at(-1))}\n`);
}

/** One detection, alone, over copies of a sample's records and transfers; null where it reads none whose copies could be there. */
async function ask(base, detection, place, wanted, mostRows = Number(values.rows)) {
  const path = join(folder, "records.duckdb");
  copyFileSync(base, path);
  const store = await RecordStore.open(path, join(folder, "tmp"), RECORD_TYPES);
  try {
    const filled = await store.filledTables();
    const types = namedTypes(withSlices(detection.query), RECORD_TYPES).filter(({ name }) => filled.has(name));
    const transfers = place === "own" ? await transfersOf(store, detection) : 0;
    if (transfers === 0 && types.every(({ name }) => place !== "own" && name === "conn")) return null;
    const [rounds] = types.length === 0 ? [{ rows: 0 }] : await store.rows(roundsSql(types));
    const most = Math.max(rounds.rows, transfers);
    const copies = Math.max(1, Math.min(wanted, Math.floor(mostRows / most)));
    const crowd = types.length === 0 ? [] : crowdSql(types, copies, place, rounds);
    if (transfers > 0) crowd.push(crowdTransfersSql(copies));
    await store.change(crowd.map((sql) => ({ sql })));
    return { copies, rows: copies * most, ...(await timed(store, detection)) };
  } finally {
    store.close();
    for (const file of [path, `${path}.wal`]) rmSync(file, { force: true });
  }
}

/** How many transfers there are that a detection reads. */
async function transfersOf(store, { query }) {
  if (!/\btransfers\b/.test(query)) return 0;
  const [{ count }] = await store.rows("SELECT CAST(count(*) AS INTEGER) AS count FROM transfers");
  return count;
}

async function timed(store, detection) {
  const began = process.cpuUsage();
  const used = () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  };
  const stop = new AbortController();
  const timer = setInterval(() => {
    if (used() > patience) stop.abort();
  }, 200);
  let end = "";
  let findings = 0;
  try {
    const run = await cancellable(stop.signal, () => runDetections(store, [detection]));
    findings = run.findings.length;
    if (run.limits.some(({ sentence }) => sentence.includes("memory"))) end = "out of memory";
  } catch (error) {
    if (!isCancelled(error)) throw error;
    end = "given up";
  } finally {
    clearInterval(timer);
  }
  return { cpu: used(), end, findings };
}

function print() {
  const weight = ({ once, twice }) => Math.max(once.cpu, twice?.cpu ?? 0) + (once.end === "" ? 0 : 1e6);
  console.log("\n| detection | sample | connections | copies | rows | CPU s | with twice as many | ratio | findings |");
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const result of results.sort((a, b) => weight(b) - weight(a))) console.log(line(result));
}

function line({ sample, id, place, once, twice }) {
  const cell = (one) => (one === null ? "" : one.end === "" ? one.cpu.toFixed(2) : `${one.cpu.toFixed(2)} ${one.end}`);
  const ratio = twice === null || twice.end !== "" ? "" : (twice.cpu / once.cpu).toFixed(1);
  const cells = [id, sample, place, once.copies, once.rows, cell(once), cell(twice), ratio, once.findings];
  return `| ${cells.join(" | ")} |`;
}
