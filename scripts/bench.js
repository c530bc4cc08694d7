// Measures Backtrail against other readers of the same capture, alternating in one run; prints the Markdown table.
// Usage: npm run bench -- [--size 1GB] [--profile mixed|bulk] [--runs 3] [--without NAME]... [--write]
// The others are those of tshark, capinfos, ndpiReader (Debian: libndpi-bin), argus (argus-server), nfpcapd (nfdump), sha256sum and openssl
// that are installed; `--without "tshark -T fields"` leaves one out that would take too long.
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchCapture, benchFolder, childrenCpuSeconds } from "./bench-files.js";
import { RUNTIME, setUp, setUpChecks } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    profile: { type: "string", default: "mixed" },
    runs: { type: "string", default: "3" },
    without: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
  },
});

/** What an analyst asks tshark for; one read of the capture with every dissector (wireshark-filter(4)). */
const TSHARK_FIELDS = [
  "frame.time_epoch",
  "ip.src",
  "ip.dst",
  "_ws.col.Protocol",
  "http.request.uri",
  "dns.qry.name",
  "tls.handshake.extensions_server_name",
  "smb2.filename",
  "dcerpc.opnum",
  "nfs.name",
  "ssh.protocol",
];

setUp(RUNTIME);
await setUpChecks();
const capture = benchCapture(values.profile, values.size);
const octets = statSync(capture).size;
const caseFolder = join(benchFolder, "bench.case");
const flowFolder = join(benchFolder, "nfpcapd");
const contenders = [
  {
    name: "backtrail analyze",
    does: "hash, packet index, connections, all dissectors, records in DuckDB, estate, detections, story",
    command: [process.execPath, "bin/backtrail.js", "analyze", capture, "--case", caseFolder, "--no-report"],
    before: () => rmSync(caseFolder, { recursive: true, force: true }),
  },
  {
    name: "tshark -q -z conv,tcp",
    does: "TCP conversations",
    command: ["tshark", "-q", "-r", capture, "-z", "conv,tcp"],
  },
  {
    name: "tshark -T fields",
    does: "eleven fields of the protocols that both read",
    command: ["tshark", "-r", capture, "-T", "fields", ...TSHARK_FIELDS.flatMap((field) => ["-e", field])],
  },
  { name: "ndpiReader", does: "flows and the protocol of each", command: ["ndpiReader", "-q", "-i", capture] },
  { name: "argus", does: "flow records", command: ["argus", "-r", capture, "-w", "/dev/null"] },
  {
    name: "nfpcapd",
    does: "NetFlow records",
    command: ["nfpcapd", "-r", capture, "-w", flowFolder],
    before: () => mkdirSync(flowFolder, { recursive: true }),
  },
  { name: "capinfos", does: "counts, times and hashes of the file", command: ["capinfos", capture] },
  { name: "sha256sum", does: "SHA-256 of the file", command: ["sha256sum", capture] },
  { name: "openssl sha256", does: "SHA-256 of the file", command: ["openssl", "sha256", capture] },
].filter(({ name, command }) => !values.without.includes(name) && (command[0].includes("/") || onPath(command[0])));

const results = new Map(contenders.map(({ name }) => [name, []]));
for (let round = 0; round < Number(values.runs); round++) {
  for (const contender of contenders) {
    contender.before?.();
    const measured = await measure(contender.command);
    results.get(contender.name).push(measured);
    process.stderr.write(`round ${round + 1}: ${contender.name} ${measured.seconds.toFixed(2)} s\n`);
  }
}
const packets = Number(/(\d+)\s*$/m.exec(execFileSync("capinfos", ["-Mc", capture], { encoding: "utf8" }))?.[1] ?? 0);
for (const made of [caseFolder, flowFolder]) rmSync(made, { recursive: true, force: true });

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const own = median(results.get("backtrail analyze").map(({ seconds }) => seconds));
const rows = contenders.map(({ name, does }) => {
  const list = results.get(name);
  const seconds = median(list.map((each) => each.seconds));
  const cpu = median(list.map((each) => each.cpuSeconds));
  const peak = median(list.map((each) => each.peakOctets));
  const rate = Math.round(packets / seconds).toLocaleString("en-US");
  return `| ${name} | ${does} | ${seconds.toFixed(2)} | ${cpu.toFixed(2)} | ${(peak / 1e6).toFixed(0)} | ${rate} | ${(seconds / own).toFixed(2)} |`;
});
const table = [
  `### ${values.profile}, ${values.size}`,
  "",
  `\`npm run bench -- --profile ${values.profile} --size ${values.size} --runs ${values.runs}${values.without.map((name) => ` --without "${name}"`).join("")}\`, ${new Date().toISOString().slice(0, 10)}: ${octets.toLocaleString("en-US")} octets, ${packets.toLocaleString("en-US")} packets (${Math.round(octets / packets)} octets each in the file). ` +
    `${cpus().length} cores (${cpus()[0].model.trim()}), ${(totalmem() / 1e9).toFixed(0)} GB, Node ${process.versions.node}; medians of ${values.runs}, alternating; memory is the peak of the whole process tree.`,
  "",
  "| program | does | wall s | CPU s | peak MB | packets/s | wall / ours |",
  "|---|---|---|---|---|---|---|",
  ...rows,
  "",
].join("\n");
process.stdout.write(`${table}\n`);
if (values.write) {
  const page = join(root, "docs", "benchmarks.md");
  const heading = `### ${values.profile}, ${values.size}`;
  const text = existsSync(page) ? readFileSync(page, "utf8") : "# Benchmarks\n\n";
  const at = text.indexOf(heading);
  const next = at < 0 ? -1 : text.indexOf("\n### ", at + 1);
  const rest = at < 0 ? text : text.slice(0, at) + (next < 0 ? "" : text.slice(next + 1));
  writeFileSync(page, `${rest.trimEnd()}\n\n${table}`);
}

/** Runs a command; wall time, CPU time and peak resident memory of its process tree. */
async function measure([program, ...args]) {
  const cpuBefore = childrenCpuSeconds();
  const started = process.hrtime.bigint();
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  let peakOctets = 0;
  const timer = setInterval(() => {
    peakOctets = Math.max(peakOctets, treeOctets(child.pid));
  }, 20);
  const code = await new Promise((resolve) => child.on("exit", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { seconds, cpuSeconds: childrenCpuSeconds() - cpuBefore, peakOctets };
}

function treeOctets(pid) {
  let sum = 0;
  for (const each of tree(pid)) {
    try {
      sum += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, "utf8"))?.[1] ?? 0) * 1024;
    } catch {
      continue; // it ended between the two reads
    }
  }
  return sum;
}

function tree(pid) {
  const all = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
      if (children !== "") for (const child of children.split(" ")) all.push(...tree(Number(child)));
    }
  } catch {
    return all; // it ended meanwhile
  }
  return all;
}

function onPath(program) {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
