// Runs the detections over the labelled captures of the corpus, with no scope and no baseline, and says which labelled
// techniques were found and what was said about harmless traffic. What the analysis of a capture wrote is kept in a cache:
// use --fresh after a change of an analyzer.
// Usage: npm run accuracy [-- --only BT-LM-001,BT-LM-002] [--set attack|benign|conformance|scenarios] [--jobs 2] [--write] [--fresh]
// "conformance" are captures that test readers of formats and protocols, nearly all of them harmless: measured only where they are asked for.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fail, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    set: { type: "string" },
    write: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
  },
});
const corpus = process.env.BACKTRAIL_CORPUS ?? join(root, "..", "shared", "corpus");
if (!existsSync(join(corpus, "manifest.tsv")))
  fail(`The corpus is not at ${corpus}: set BACKTRAIL_CORPUS to where it is.`, 2);
/** Folders of the corpus by the name of their set. */
const FOLDERS = { attack: ["attack"], benign: ["benign"], conformance: ["zeek/Traces", "format"] };
const SETS = [...Object.keys(FOLDERS), "scenarios"];
if (values.set !== undefined && !SETS.includes(values.set)) fail(`--set is one of ${SETS.join(", ")}.`, 2);
setUp(["core", "samples"]);
const { labelled } = await import("./accuracy/labels.js");
const { DETECTION_COUNT, isSevere, measure } = await import("./accuracy/measure.js");
const { scenarioResults } = await import("./accuracy/scenarios.js");
const { accuracyPage, judge } = await import("./accuracy/page.js");

const only = values.only === undefined ? null : new Set(values.only.split(","));
const cache = process.env.BACKTRAIL_ACCURACY_CACHE ?? join(root, ".cache", "accuracy");
const manifest = readFileSync(join(corpus, "manifest.tsv"), "utf8");
const ledgerFile = join(root, "test", "ledgers", "accuracy.json");
const ledger = JSON.parse(readFileSync(ledgerFile, "utf8"));

async function over(set) {
  const captures = FOLDERS[set].flatMap((folder) => labelled(manifest, folder));
  const done = [];
  /** The same file may lie in several places; it is measured once. */
  const known = new Map();
  const measured = ({ path, sha256 }) => {
    if (!known.has(sha256))
      known.set(sha256, measure(join(corpus, path), sha256, { cache, isFresh: values.fresh, only }));
    return known.get(sha256);
  };
  let next = 0;
  const lane = async () => {
    while (next < captures.length) {
      const at = next++;
      const capture = captures[at];
      const result = await measured(capture);
      done[at] = { capture, result };
      if (result.refused !== null && set === "attack") process.stderr.write(`${capture.path}: ${result.refused}\n`);
      for (const limit of result.limits ?? []) process.stderr.write(`${capture.path}: ${limit}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  return done;
}

const isSet = (set) => (values.set ?? set) === set;
const attacks = isSet("attack") ? await over("attack") : [];
const harmless = values.set === "conformance" ? "conformance" : "benign";
const benign = isSet(harmless) ? await over(harmless) : [];
const isAsked = only === null && (values.set === undefined || values.set === "scenarios");
const scenarios = isAsked
  ? await scenarioResults(join(root, ".cache", "scenarios"), { cache, isFresh: values.fresh })
  : [];
const line = ({ detection, severity, attack, explanation }) =>
  `  ${severity.padEnd(8)} ${detection} ${attack.join(" ")}: ${explanation.slice(0, 300)}\n`;
if (values.write && only === null && values.set === undefined) {
  const file = join(root, "docs", "accuracy.md");
  const [before] = readFileSync(file, "utf8").split("<!-- measured: begin -->");
  const page = accuracyPage(attacks, benign, scenarios, ledger);
  const today = new Date().toISOString().slice(0, 10);
  const made = `\`npm run accuracy -- --write\`, ${today}: ${DETECTION_COUNT} detections, no scope, no baseline.`;
  writeFileSync(file, `${before}<!-- measured: begin -->\n\n${made}\n\n${page}\n\n<!-- measured: end -->\n`);
}
for (const { capture, result } of attacks) {
  const { wanted, met, isFound } = judge(capture, result);
  const state = isFound === null ? "doubted" : isFound ? "found" : "MISSED";
  if (only !== null && result.findings.length === 0) continue;
  process.stdout.write(`${capture.path}: ${state} ${met.join(" ")} of ${wanted.join(" ")} (${capture.phrase})\n`);
  for (const finding of result.findings) process.stdout.write(line(finding));
}
for (const { capture, result } of benign) {
  if (result.findings.length === 0) continue;
  process.stdout.write(
    `${capture.path}${result.findings.some(isSevere) ? " HIGH" : ""} (${result.sessions} sessions)\n`,
  );
  for (const finding of result.findings) process.stdout.write(line(finding));
}
for (const { name, seed, steps, outside, isInOrder } of scenarios) {
  const missed = steps.filter(({ found }) => !found);
  const state = `${steps.length - missed.length} of ${steps.length} steps${isInOrder ? " in order" : ", OUT OF ORDER"}`;
  process.stdout.write(`${name} (seed ${seed}): ${state}, ${outside.length} high findings outside\n`);
  for (const { id, what } of missed) process.stdout.write(`  missed ${id}: ${what}\n`);
  for (const finding of outside) process.stdout.write(line(finding));
}
const judged = attacks.map(({ capture, result }) => judge(capture, result)).filter(({ isFound }) => isFound !== null);
const sessions = benign.reduce((sum, { result }) => sum + result.sessions, 0);
const alarms = benign.flatMap(({ result }) => result.findings);
process.stdout.write(
  `\nattack: ${judged.filter(({ isFound }) => isFound).length} of ${judged.length} found; ` +
    `${harmless}: ${alarms.length} findings in ${sessions} sessions, ` +
    `${benign.filter(({ result }) => result.findings.some(isSevere)).length} of ${benign.length} captures with a high one\n`,
);
