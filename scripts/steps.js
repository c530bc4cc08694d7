// Tells what each step of an analysis adds, over one generated capture: reading and hashing alone, then with decoding, with connections,
// with all analyzers, then the command as it is. CPU seconds, each step in a process of its own, steps alternating; prints the
// Markdown table. `--write` puts it into docs/performance.md.
// Usage: npm run steps -- [--size 1GB] [--profile mixed|bulk] [--runs 3] [--write]
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchCapture, benchFolder, childrenCpuSeconds, writePart } from "./bench-files.js";
import { RUNTIME, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    profile: { type: "string", default: "mixed" },
    runs: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    capture: { type: "string" },
  },
});

/** What each step adds to the one before, all in one thread but the last. */
const STEPS = [
  ["read", "reading, finding the frames, SHA-256 of the file"],
  ["decode", "headers up to TCP and UDP, fragments, tunnels"],
  ["connections", "connections followed, streams put in order, `conn` records; no analyzer"],
  ["analyzers", "all analyzers, their records as columns, carried files hashed"],
];

if (values.only !== undefined) {
  process.stdout.write(`${JSON.stringify(await measured(values.only, values.capture))}\n`);
  process.exit();
}
setUp(RUNTIME);
const capture = benchCapture(values.profile, values.size);
const caseFolder = join(benchFolder, "steps.case");
const results = new Map([...STEPS.map(([name]) => [name, []]), ["analyze", []]]);
let packets = 0;
for (let round = 0; round < Number(values.runs); round++) {
  for (const [name] of STEPS) {
    const command = ["scripts/steps.js", "--only", name, "--capture", capture];
    const result = JSON.parse(execFileSync(process.execPath, command, { cwd: root, encoding: "utf8" }));
    results.get(name).push(result.cpuSeconds);
    packets = result.packets;
  }
  rmSync(caseFolder, { recursive: true, force: true });
  const before = childrenCpuSeconds();
  execFileSync(process.execPath, ["bin/backtrail.js", "analyze", capture, "--case", caseFolder, "--no-report"], {
    cwd: root,
    stdio: "ignore",
  });
  results.get("analyze").push(childrenCpuSeconds() - before);
  rmSync(caseFolder, { recursive: true, force: true });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = [...STEPS, ["analyze", "the command: threads, DuckDB, packet index, estate, detections, story"]];
const table = [
  `\`npm run steps -- --profile ${values.profile} --size ${values.size} --runs ${values.runs}\`, ${new Date().toISOString().slice(0, 10)}: ` +
    `${packets.toLocaleString("en-US")} packets, Node ${process.versions.node}, medians. Each step does all that those above it do.`,
  "",
  "| with | what | CPU s | packets for a CPU second |",
  "|---|---|---|---|",
  ...rows.map(([name, what]) => {
    const seconds = median(results.get(name));
    return `| ${name} | ${what} | ${seconds.toFixed(1)} | ${Math.round(packets / seconds).toLocaleString("en-US")} |`;
  }),
].join("\n");
process.stdout.write(`${table}\n`);
if (values.write) writePart("performance.md", `steps ${values.profile}`, table);

/** Runs all steps up to the named one in this process. */
async function measured(last, file) {
  const { openCaptures } = await import("../dist/core/capture/open.js");
  const { PacketDecoder } = await import("../dist/core/net/decoder.js");
  const { ConnectionTracker } = await import("../dist/core/net/tracker.js");
  const { ShardAnalysis } = await import("../dist/core/engine/shard-analysis.js");
  const { ChunkedOutput } = await import("../dist/core/records/record-output.js");
  const { PROTOCOLS } = await import("../dist/core/protocols/index.js");
  const decoder = last === "read" ? null : new PacketDecoder({ verifyChecksums: false });
  const output = new ChunkedOutput(() => {});
  const nobody = { opened() {}, data() {}, gap() {}, closed() {} };
  const tracker = last === "connections" ? new ConnectionTracker(nobody, output) : null;
  const shard = last === "analyzers" ? new ShardAnalysis(PROTOCOLS, 0, 1, {}, () => {}) : null;
  const captures = await openCaptures([file]);
  const started = process.cpuUsage();
  let count = 0;
  for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
    count += frames.count;
    if (decoder !== null) {
      const batch = decoder.decode(frames);
      tracker?.process(batch, 0, 1);
      shard?.process(batch);
      decoder.release(batch);
    }
    captures.release(frames);
  }
  tracker?.finish();
  shard?.finish();
  const { user, system } = process.cpuUsage(started);
  await captures.close();
  return { cpuSeconds: (user + system) / 1e6, packets: count };
}
