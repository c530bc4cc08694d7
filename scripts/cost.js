// Tells where the analysis' CPU time goes, folder by folder of core/, by V8's sampling profiler over one generated or given capture
// analysed in one thread; prints the Markdown table. `--write` puts it into docs/performance.md.
// Usage: npm run cost -- [--size 100MB] [--profile mixed|bulk] [--capture FILE] [--write]
import { statSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { benchCapture, writePart } from "./bench-files.js";
import { RUNTIME, setUp } from "./setup.js";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "100MB" },
    profile: { type: "string", default: "mixed" },
    capture: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
/** Folders below this share of the time are one row. */
const LEAST_SHARE = 0.005;

setUp(RUNTIME);
const capture = values.capture ?? benchCapture(values.profile, values.size);

const { openCaptures } = await import("../dist/core/capture/open.js");
const { PacketDecoder } = await import("../dist/core/net/decoder.js");
const { ShardAnalysis } = await import("../dist/core/engine/shard-analysis.js");
const { PROTOCOLS } = await import("../dist/core/protocols/index.js");

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: 500 });
let rows = 0;
let packets = 0;
const shard = new ShardAnalysis(PROTOCOLS, 0, 1, {}, (chunk) => void (rows += chunk.rows));
const decoder = new PacketDecoder({ verifyChecksums: false });
const captures = await openCaptures([capture]);
await session.post("Profiler.start");
const started = process.cpuUsage();
for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
  packets += frames.count;
  const batch = decoder.decode(frames);
  shard.process(batch);
  decoder.release(batch);
  captures.release(frames);
}
shard.finish();
const spent = process.cpuUsage(started);
const { profile } = await session.post("Profiler.stop");
await captures.close();

const byPlace = new Map();
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
let total = 0;
profile.samples.forEach((id, i) => {
  const micros = profile.timeDeltas[i];
  const { url, functionName } = nodes.get(id).callFrame;
  if (functionName === "(idle)") return;
  const place = placeOf(url, functionName);
  byPlace.set(place, (byPlace.get(place) ?? 0) + micros);
  total += micros;
});
const sorted = [...byPlace].sort((a, b) => b[1] - a[1]);
const shown = sorted.filter(([, micros]) => micros >= LEAST_SHARE * total);
const rest = sorted.slice(shown.length).reduce((sum, [, micros]) => sum + micros, 0);
if (rest > 0) shown.push([`the other ${sorted.length - shown.length} folders`, rest]);
const what =
  values.capture === undefined ? `--profile ${values.profile} --size ${values.size}` : `--capture ${basename(capture)}`;
const table = [
  `\`npm run cost -- ${what}\`, ${new Date().toISOString().slice(0, 10)}: ${statSync(capture).size.toLocaleString("en-US")} octets, ` +
    `${packets.toLocaleString("en-US")} packets, ${rows.toLocaleString("en-US")} records; ${((spent.user + spent.system) / 1e6).toFixed(1)} CPU s in one process, ` +
    `sampled every 0.5 ms, Node ${process.versions.node}. Octets hashed and compression run in native code, under node.`,
  "",
  "| place | self time ms | % | ns a packet |",
  "|---|---|---|---|",
  ...shown.map(
    ([place, micros]) =>
      `| ${place} | ${(micros / 1000).toFixed(0)} | ${((100 * micros) / total).toFixed(1)} | ${((1000 * micros) / packets).toFixed(0)} |`,
  ),
].join("\n");
process.stdout.write(`${table}\n`);
if (values.write) writePart("performance.md", "cost", table);

/** Folder of core/ that a function belongs to, a protocol by its own. */
function placeOf(url, functionName) {
  const [, path] = /\/dist\/core\/(.*)$/.exec(url) ?? [];
  if (path !== undefined) {
    const parts = path.split("/");
    return parts[0] === "protocols" && parts.length > 2 ? `protocols/${parts[1]}` : parts[0];
  }
  if (functionName === "(garbage collector)") return "garbage collector";
  return url.startsWith("node:") || url === "" ? "node" : "packages";
}
