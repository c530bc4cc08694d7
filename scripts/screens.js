// Takes the pictures of docs/screens: every view of the window, light and dark, at 1440x900, at 1100x700 and at 200 % zoom, over the
// sample incident. They are kept small by pngquant where it is installed.
//   node scripts/screens.js [--case DIR | --place DIR] [--size 1440x900] [--zoom 1] [--theme light] [--only story,timeline] [--out docs/screens]
// "states" in --only are those without content: loading, nothing found, damaged, locked, away; they are taken at the first size only.
// Live shows a recording under way (scripts/live-recording.js), which needs root and network namespaces; elsewhere its pictures stay as they are.
// The sample incident is recorded into --place, a folder whose path the pictures show. Pictures of another size or zoom have it in their names.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { showStates } from "./screen-states.js";
import { recordInto, whyNoRecording } from "./live-recording.js";
import { fail, run, RUNTIME, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: "string" },
    zoom: { type: "string" },
    place: { type: "string" },
    theme: { type: "string" },
    out: { type: "string", default: "docs/screens" },
    only: { type: "string" },
    case: { type: "string" },
  },
});
/** Size of the window, in pixels of the screen, and how far it is zoomed. */
const SIZES = [
  ["1440x900", "1"],
  ["1100x700", "1"],
  ["1440x900", "2"],
].filter(([size, zoom]) => (values.size ?? size) === size && (values.zoom ?? zoom) === zoom);
if (SIZES.length === 0) fail("There is no such picture: choose --size 1440x900 or 1100x700, --zoom 1 or 2.", 2);
const program = process.env.BACKTRAIL_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(program)) fail(`${program} is missing: install Chromium, or name it in BACKTRAIL_CHROMIUM.`);

/** What each picture shows: view, tab of the Inspector, selection ("F" the first finding of tampering), what to wait for, and what is done then. */
const SCENES = [
  ["welcome", null, ".welcome"],
  ["story", "view=Story&pick=F", ".step"],
  ["timeline", "view=Timeline&pick=F&tab=Records", ".card"],
  ["movement", "view=Movement&pick=F&tab=Notes", "svg.figure"],
  ["exfiltration", "view=Exfiltration&pick=H", "svg.flows"],
  ["estate", "view=Estate&pick=H", "svg.matrix"],
  ["sessions", "view=Sessions&pick=F&tab=Stream&filter=dst in backup and port %3D%3D 445", ".piece"],
  ["files", "view=Files&pick=F&tab=Packets", ".field-tree"],
  ["evidence", "view=Evidence", "tbody"],
  ["report", "view=Report", ".preview h1"],
  ["live", "view=Live", ".arrivals li"],
  ["sql", "view=SQL", "#sql", (page) => page.locator("#sql").press("Control+Enter")],
];

setUp(RUNTIME);
const { openWorkspace } = await import("../dist/core/engine/workspace.js");
const { WindowCase } = await import("../dist/core/engine/window/window-case.js");
const { serveWindow } = await import("../dist/core/engine/window/loopback-server.js");
const { storyOf } = await import("../dist/core/engine/story-of.js");
const themes = values.theme === undefined ? ["light", "dark"] : [values.theme];
const isWanted = (name) => values.only === undefined || values.only.toLowerCase().split(",").includes(name);
const noRecording = whyNoRecording();
if (noRecording !== null) process.stderr.write(`Live is left as it is: ${noRecording}.\n`);
/** Begun with the first picture of Live. */
let recording = null;
const folder = mkdtempSync(join(tmpdir(), "backtrail-screens-"));
try {
  const cases = resolve(values.place ?? folder);
  const place = resolve(values.case ?? join(cases, "incident.case"));
  if (values.case === undefined && !existsSync(join(place, "case.json"))) sampleInto(place);
  const watched = join(cases, "watch.case");
  const opened = await openWorkspace(place);
  const { findings } = await storyOf(opened);
  const finding = findings.find(({ phase }) => phase === "tampering") ?? findings[0];
  opened.close();
  const shown = new WindowCase(null, join(folder, "cases"));
  const server = await serveWindow(shown, 0);
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
  mkdirSync(join(root, values.out), { recursive: true });
  const context = await browser.newContext();
  await (await context.newPage()).goto(server.url); // the token is good for one visit
  const names = SCENES.map(([name]) => name);
  for (const [size, zoom] of names.some(isWanted) ? SIZES : []) {
    const page = await pageOf(size, Number(zoom));
    const suffix = `${size === "1440x900" ? "" : `-${size}`}${zoom === "1" ? "" : "-200"}`;
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [name, hash, sign, act] of SCENES) {
        if (!isWanted(name)) continue;
        if (name === "live" && noRecording !== null) continue;
        if (name === "live") recording ??= await recordInto(watched, folder);
        await showCase(page, hash === null ? null : name === "live" ? watched : place);
        if (hash !== null) {
          const where = hash
            .replace("pick=F", `pick=finding:${finding.id}`)
            .replace("pick=H", `pick=host:${finding.target}`);
          await page.evaluate(`location.hash = ${JSON.stringify(where)}`);
        }
        await page.locator(sign).first().waitFor();
        await act?.(page);
        await picture(page, `${name}-${theme}${suffix}`);
      }
    }
    await page.context().close();
  }
  await server.close();
  await shown.close();
  if (isWanted("states") && values.size !== "1100x700" && values.zoom !== "2")
    await showStates({ place, folder: dirname(place), open, openWorkspace, take });
  await browser.close();

  async function picture(page, name) {
    await page.waitForTimeout(1500); // figures are drawn a frame after their data came
    const path = join(root, values.out, `${name}.png`);
    await page.screenshot({ path });
    spawnSync("pngquant", ["--force", "--ext", ".png", "--strip", "96", path]);
  }

  /** A window of its own. */
  async function open(own) {
    const window = new WindowCase(null, own);
    const its = await serveWindow(window, 0);
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(its.url);
    return { page, shown: window, server: its };
  }

  /** Takes a picture of a page in each theme. */
  async function take(page, name) {
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme });
      await picture(page, `${name}-${theme}`);
    }
  }

  /** A page of its own store, with the right to the window. */
  async function pageOf(size, zoom) {
    const [width, height] = size.split("x").map((part) => Math.round(Number(part) / zoom));
    const own = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: zoom });
    await own.addCookies(await context.cookies());
    const page = await own.newPage();
    await page.goto(new URL("/", server.url).href);
    return page;
  }

  /** Opens the case, or none, and the page anew if that is another one. */
  async function showCase(page, path) {
    if ((shown.source?.folder ?? null) === path) return;
    await (path === null ? shown.handlers["case.close"]({}) : shown.handlers["case.open"]({ folder: path }));
    await page.goto(new URL("/", server.url).href);
  }
} finally {
  await recording?.stop();
  rmSync(folder, { recursive: true, force: true });
}

function sampleInto(place) {
  mkdirSync(dirname(place), { recursive: true });
  const capture = join(dirname(place), "incident.pcapng");
  run(process.execPath, ["dist/samples/make.js", "--out", capture]);
  run(process.execPath, ["bin/backtrail.js", "analyze", capture, "--case", place, "--name", "Sample incident"]);
}
