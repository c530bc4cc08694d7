// How quick the window is on a case of many sessions, in Chromium: the sample incident's case with connections added by SQL, and a case
// with one long stream. Prints medians; --write puts them into docs/benchmarks.md.
//   node scripts/window-bench.js [--rows 10000000] [--findings 5000] [--runs 5] [--keep FOLDER] [--write]
// FOLDER keeps the cases, and a later run uses them again.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { saveStory, storyOf } from "../dist/core/engine/story-of.js";
import { analyzeIntoCase } from "../dist/core/engine/analyze-into-case.js";
import { makeSampleCase } from "../dist/core/engine/window/sample-case.js";
import { openWorkspace } from "../dist/core/engine/workspace.js";
import { serveWindow } from "../dist/core/engine/window/loopback-server.js";
import { WindowCase } from "../dist/core/engine/window/window-case.js";
import { fillRecords } from "./many-records.js";
import { ACK, CLIENT, FIN, PSH, SERVER, SYN, Writer } from "./robustness/writer.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    findings: { type: "string", default: "5000" },
    runs: { type: "string", default: "5" },
    keep: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const [rows, findings, runs] = [Number(values.rows), Number(values.findings), Number(values.runs)];
const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
const folder = values.keep ?? mkdtempSync(join(tmpdir(), "backtrail-window-bench-"));
mkdirSync(folder, { recursive: true });
const FILTERS = ["port == 445", 'service == "dns"', "src == 10.1.3.7", "dst in backup", "orig_bytes > 4000"];
/** Rows of the grid and what the top bar counts are there, of the filter that is asked for now. */
const SETTLED = `() => document.querySelector(".content .grid:not(.old) [role=gridcell]") !== null && document.querySelector(".count.old") === null && document.querySelector(".count b") !== null`;

/** CPU time of the engine and of the page's main thread, ms: on a busy machine the only measure of what an action costs. */
let meter = null;
async function cpuTimes() {
  const { user, system } = process.cpuUsage();
  const { metrics } = await meter.send("Performance.getMetrics");
  return { engine: (user + system) / 1e3, page: 1e3 * metrics.find(({ name }) => name === "ThreadTime").value };
}
async function withCpu(action) {
  const before = await cpuTimes();
  const value = await action();
  const after = await cpuTimes();
  return { value, engine: Math.round(after.engine - before.engine), page: Math.round(after.page - before.page) };
}
const medianCpu = (all) =>
  `CPU: engine ${median(all.map(({ engine }) => engine))} ms, page ${median(all.map(({ page: own }) => own))} ms`;

const results = [];
const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
const result = (action, at, budget, value, unit = "ms", cpu = "") => {
  results.push({ action, at, budget, value: `${value} ${unit}`, cpu });
  process.stderr.write(`${action}, ${at}: ${value} ${unit} (${budget}) ${cpu}\n`);
};

try {
  const many = await manySessions(join(folder, "many"));
  const long = await longStream(join(folder, "long"));
  const browser = await chromium.launch({
    executablePath: process.env.BACKTRAIL_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"],
  });
  try {
    await withWindow(browser, (tab) => measureMany(tab, many));
    await withWindow(browser, (tab) => measureStream(tab, long));
  } finally {
    await browser.close();
  }
  const table = pageOf();
  if (values.write) writePage(table);
  else process.stdout.write(table);
} finally {
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
}

async function manySessions(place) {
  const made = join(place, "sample-incident.case");
  if (existsSync(join(place, "filled"))) return made;
  const path = await makeSampleCase(place, new AbortController().signal, () => undefined);
  const source = await openWorkspace(path);
  try {
    const story = await storyOf(source);
    const [first, last] = [BigInt(story.coverage.tsFirst), BigInt(story.coverage.tsLast)];
    await fillRecords(source.store, rows, first, last - first);
    await source.store.change([
      {
        sql: `INSERT INTO assets SELECT address, NULL, starts_with(address, '10.0.5.'), starts_with(address, '10.') FROM hosts WHERE address NOT IN (SELECT address FROM assets)`,
      },
    ]);
    await saveStory(source, { ...story, findings: moreFindings(story.findings, first, last) });
  } finally {
    source.close();
  }
  writeFileSync(join(place, "filled"), "");
  return path;
}

/** The story's findings again and again, spread over the capture. */
function moreFindings(own, first, last) {
  const more = Array.from({ length: Math.max(0, findings - own.length) }, (_, i) => {
    const at = (first + ((last - first) * BigInt(i)) / BigInt(findings)).toString();
    return { ...own[i % own.length], id: `F-${i.toString(16).padStart(12, "0")}`, tsFirst: at, tsLast: at };
  });
  return [...own, ...more].sort((a, b) => (BigInt(a.tsFirst) < BigInt(b.tsFirst) ? -1 : 1));
}

/** A case whose capture is one TCP connection of 100 MB. */
async function longStream(place) {
  const path = join(place, "long.case");
  if (existsSync(join(path, "case.json"))) return path;
  mkdirSync(place, { recursive: true });
  const capture = join(place, "long.pcap");
  writeStream(capture, 100_000_000);
  await analyzeIntoCase({ captures: [capture], folder: path, name: "Long stream" });
  return path;
}

function writeStream(path, octets) {
  const writer = new Writer(path);
  const [client, server] = [
    { address: CLIENT, port: 50_000, next: 1 },
    { address: SERVER, port: 9000, next: 1 },
  ];
  let us = 0;
  const send = (from, to, flags, payload) => {
    writer.tcp(us / 1e6, from.address, from.port, to.address, to.port, flags, from.next, to.next, payload);
    from.next += payload.length + (flags & (FIN | SYN) ? 1 : 0);
    us += 20;
  };
  const none = Buffer.alloc(0);
  send(client, server, SYN, none);
  send(server, client, SYN | ACK, none);
  send(client, server, ACK, none);
  const payload = Buffer.alloc(1448, "backup block ");
  for (let sent = 0; sent < octets; sent += payload.length) {
    send(client, server, PSH | ACK, payload);
    if (sent % (payload.length * 16) === 0) send(server, client, ACK, none);
  }
  send(client, server, FIN | ACK, none);
  send(server, client, FIN | ACK, none);
  writer.close();
}

/** A window without a case, and what is done in it. */
async function withWindow(browser, work) {
  const shown = new WindowCase(null, join(folder, "none"));
  const server = await serveWindow(shown, 0);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const tab = await context.newPage();
  try {
    await tab.goto(server.url);
    meter = await tab.context().newCDPSession(tab);
    await meter.send("Performance.enable");
    await work(tab);
  } finally {
    await context.close();
    await server.close();
    await shown.close();
  }
}

/** Milliseconds from an act in the page until a condition holds there, looked at each frame. */
function timed(tab, act, condition) {
  return tab.evaluate(`new Promise((done) => {
    const began = performance.now();
    const isThere = ${condition};
    const look = () => (isThere() ? done(Math.round(performance.now() - began)) : requestAnimationFrame(look));
    (${act})();
    requestAnimationFrame(look);
  })`);
}

/** Waits for a condition in the page, whose policy lets no text be run from within. */
async function until(tab, condition) {
  while (!(await tab.evaluate(`(${condition})()`))) await tab.waitForTimeout(50);
}

async function openCase(tab, path) {
  await tab.getByLabel("Folder").fill(path);
  return timed(
    tab,
    `() => [...document.querySelectorAll("button")].find((each) => each.textContent === "Open").click()`,
    `() => document.querySelector(".verdict") !== null`,
  );
}

async function closeCase(tab) {
  const command = tab.getByRole("combobox", { name: "Command" });
  while (!(await command.isVisible())) {
    await tab.keyboard.press("Control+k");
    await tab.waitForTimeout(200);
  }
  await command.fill("close the case");
  await command.press("Enter");
  await tab.getByLabel("Folder").waitFor({ timeout: 120_000 });
}

async function measureMany(tab, path) {
  const at = `${(rows / 1e6).toLocaleString("en")} M sessions`;
  const opens = [];
  for (let i = 0; i < runs; i++) {
    opens.push(await withCpu(() => openCase(tab, path)));
    if (i + 1 < runs) await closeCase(tab);
  }
  result(
    "open an existing case",
    at,
    "first view in 1 s",
    median(opens.map(({ value }) => value)),
    "ms",
    medianCpu(opens),
  );
  await until(tab, `() => document.querySelector(".count b") !== null`);
  // What filters need is made ready while the first view is read.
  await tab.evaluate(
    `fetch("api/case.prepare", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then((answer) => answer.json()).then(() => 0)`,
  );
  await tab.evaluate(`location.hash = "view=Sessions"`);
  await tab.locator("[role=gridcell]").first().waitFor({ timeout: 120_000 });
  const filters = [];
  for (const filter of FILTERS) {
    await tab.evaluate(`location.hash = "view=Sessions"`);
    await until(tab, SETTLED);
    const hash = `view=Sessions&filter=${encodeURIComponent(filter)}`;
    filters.push(
      await withCpu(() =>
        timed(
          tab,
          `() => { location.hash = ${JSON.stringify(hash)}; }`,
          `(() => { let frames = 0; return () => ++frames > 2 && (${SETTLED})(); })()`,
        ),
      ),
    );
    process.stderr.write(`  ${filter}: ${JSON.stringify(filters.at(-1))}\n`);
  }
  const took = filters.map(({ value }) => value);
  const slowest = `${median(took)}, slowest ${Math.max(...took)}`;
  result("change the filter", at, "rows and figures in 150 ms", slowest, "ms", medianCpu(filters));
  await tab.evaluate(`location.hash = "view=Sessions"`);
  await until(tab, SETTLED);
  const scroll = await measureScroll(tab);
  result(
    "scroll Sessions",
    at,
    "no blank rows at wheel speed",
    `${scroll.blank} of ${scroll.frames}`,
    "frames with a blank row",
  );
  for (const mode of ["phase", "host"]) {
    await tab.evaluate(`location.hash = "view=Timeline"`);
    await tab.getByRole("button", { name: mode, exact: true }).click();
    await tab.waitForTimeout(3000);
    const canvas = await tab.locator("canvas").boundingBox();
    const { value: frames, page: cpu } = await withCpu(() => measureTimeline(tab));
    result(
      `pan and zoom the timeline by ${mode}`,
      `${at}, ${findings.toLocaleString("en")} findings`,
      "95 % of frames under 16.7 ms",
      framesText(frames),
      "ms",
      `CPU: page ${(cpu / frames.count).toFixed(1)} ms a frame`,
    );
    const size = `${Math.round(canvas.width)} x ${Math.round(canvas.height)} pixels`;
    const bare = await measureBare(tab.context(), canvas);
    await tab.bringToFront();
    result(`the same of a bare canvas, one picture a frame`, size, "none: what the browser takes", framesText(bare));
  }
  result("window memory", at, "under 500 MB", await memoryOf(tab), "MB of script heap");
}

function framesText({ share, p50, p95 }) {
  return `${Math.round(100 * share)} % under 16.7, half under ${p50}, 95 % under ${p95}`;
}

async function measureScroll(tab) {
  await tab.evaluate(`{
    window.blank = { frames: 0, blank: 0, on: true };
    const look = () => {
      const box = document.querySelector("[role=grid]").getBoundingClientRect();
      const rows = [...document.querySelectorAll("[role=row]:not(.head)")].filter((row) => { const { top, bottom } = row.getBoundingClientRect(); return bottom > box.top + 30 && top < box.bottom; });
      window.blank.frames++;
      if (rows.length === 0 || rows.some((row) => row.textContent === "")) window.blank.blank++;
      if (window.blank.on) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }`);
  const box = await tab.locator("[role=grid]").boundingBox();
  await tab.mouse.move(box.x + 200, box.y + 200);
  for (let i = 0; i < 120; i++) {
    await tab.mouse.wheel(0, 120);
    await tab.waitForTimeout(16);
  }
  return tab.evaluate(`(window.blank.on = false, window.blank)`);
}

/** Work of the page in each frame while the wheel zooms and the pointer pans, as long tasks would delay the next one. */
async function measureTimeline(tab) {
  return measureFrames(tab, await tab.locator("canvas").boundingBox());
}

/** The same where a frame does no more than clear a canvas as large and put one picture onto it: what the browser itself takes here. */
async function measureBare(context, { width, height }) {
  const tab = await context.newPage();
  try {
    await tab.setContent(
      `<body style="margin:0"><canvas width="${Math.round(width)}" height="${Math.round(height)}"></canvas>`,
    );
    await tab.evaluate(`{
      const canvas = document.querySelector("canvas");
      const pen = canvas.getContext("2d", { alpha: false });
      const picture = new OffscreenCanvas(canvas.width, canvas.height);
      const other = picture.getContext("2d");
      other.fillStyle = "#357";
      for (let x = 0; x < canvas.width; x += 20) other.fillRect(x, 0, 8, canvas.height);
      let [at, frame] = [0, 0];
      const draw = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); pen.drawImage(picture, at++ % 20, 0); };
      const move = (event) => { event.preventDefault(); cancelAnimationFrame(frame); frame = requestAnimationFrame(draw); };
      canvas.addEventListener("wheel", move, { passive: false });
      canvas.addEventListener("pointermove", move);
    }`);
    return await measureFrames(tab, await tab.locator("canvas").boundingBox());
  } finally {
    await tab.close();
  }
}

async function measureFrames(tab, box) {
  await tab.evaluate(`{
    window.took = [];
    window.measuring = true;
    const frame = () => {
      const began = performance.now();
      // What was asked for in this frame is drawn before a message that is sent in it comes back.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.took.push(performance.now() - began);
        if (window.measuring) requestAnimationFrame(frame);
      };
      port2.postMessage(0);
    };
    requestAnimationFrame(frame);
  }`);
  await tab.mouse.move(box.x + 600, box.y + 40);
  for (let i = 0; i < 60; i++) {
    await tab.mouse.wheel(0, i < 30 ? -60 : 60);
    await tab.waitForTimeout(16);
  }
  await tab.mouse.down();
  for (let i = 0; i < 60; i++) {
    await tab.mouse.move(box.x + 600 - 5 * i, box.y + 40);
    await tab.waitForTimeout(16);
  }
  await tab.mouse.up();
  const took = await tab.evaluate(`(window.measuring = false, window.took)`);
  const sorted = took.toSorted((a, b) => a - b);
  return {
    p50: sorted[sorted.length >> 1].toFixed(1),
    p95: sorted[Math.floor(sorted.length * 0.95)].toFixed(1),
    share: took.filter((ms) => ms < 16.7).length / took.length,
    count: took.length,
  };
}

async function measureStream(tab, path) {
  await openCase(tab, path);
  const uid = await tab.evaluate(
    `fetch("api/records.page", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ filter: "", from: null, to: null, table: "conn", sort: null, first: 0, count: 1 }) }).then((answer) => answer.json()).then(({ value }) => value.rows[0][value.columns.findIndex(({ name }) => name === "uid")])`,
  );
  const times = [];
  for (let i = 0; i < runs; i++) {
    await tab.evaluate(`location.hash = "view=Evidence"`);
    await until(tab, `() => document.querySelector(".piece") === null`);
    const hash = `view=Evidence&pick=session:${uid}&tab=Stream`;
    times.push(
      await withCpu(() =>
        timed(
          tab,
          `() => { location.hash = ${JSON.stringify(hash)}; }`,
          `() => document.querySelector(".piece pre") !== null`,
        ),
      ),
    );
  }
  const took = times.map(({ value }) => value);
  result("follow a stream", "100 MB stream", "first screen in 200 ms", median(took), "ms", medianCpu(times));
}

async function memoryOf(tab) {
  const session = await tab.context().newCDPSession(tab);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await session.send("Runtime.getHeapUsage");
  return Math.round((usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6);
}

function pageOf() {
  const today = new Date().toISOString().slice(0, 10);
  return [
    "### The window",
    "",
    `\`node scripts/window-bench.js --rows ${rows} --runs ${runs}\`, ${today}: the sample incident's case with connections and records of eleven other`,
    `types added by SQL, in headless Chromium without a GPU; medians of ${runs} (of ${FILTERS.length} filters for the filter). ${availableParallelism()} cores, load average ${loadavg()[0].toFixed(0)}, Node ${process.versions.node}.`,
    "",
    "| action | at | budget | measured | |",
    "| --- | --- | --- | --- | --- |",
    ...results.map(({ action, at, budget, value, cpu }) => `| ${action} | ${at} | ${budget} | ${value} | ${cpu} |`),
    "",
  ].join("\n");
}

function writePage(table) {
  const text = readFileSync(page, "utf8");
  const parts = text.split(/\n(?=### )/).filter((part) => !part.startsWith("### The window"));
  writeFileSync(page, `${parts.join("\n").trimEnd()}\n\n${table}`);
}
