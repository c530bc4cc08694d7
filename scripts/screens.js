// Takes the pictures of docs/screens: every view of the window, light and dark, over the sample incident.
// They are kept small by pngquant where it is installed.
//   node scripts/screens.js [--case DIR] [--size 1440x900] [--out docs/screens] [--only Story]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { fail, run, RUNTIME, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1440x900" },
    out: { type: "string", default: "docs/screens" },
    only: { type: "string" },
    case: { type: "string" },
  },
});
const [width, height] = values.size.split("x").map(Number);
if (!(width > 0) || !(height > 0)) fail(`${values.size} is no size: write for example 1440x900.`, 2);
const program = process.env.BACKTRAIL_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(program)) fail(`${program} is missing: install Chromium, or name it in BACKTRAIL_CHROMIUM.`);

/** What each picture shows: view, tab of the Inspector, selection ("F" the first finding of tampering), and what to wait for. */
const SCENES = [
  ["story", "view=Story&pick=F", ".step"],
  ["timeline", "view=Timeline&pick=F&tab=Records", ".card"],
  ["movement", "view=Movement&pick=F&tab=Notes", "svg.figure"],
  ["exfiltration", "view=Exfiltration&pick=H", "svg.flows"],
  ["estate", "view=Estate&pick=H", "svg.matrix"],
  ["sessions", "view=Sessions&pick=F&tab=Stream&filter=dst in backup and port %3D%3D 445", ".piece"],
  ["files", "view=Files&pick=F&tab=Packets", ".field-tree"],
  ["evidence", "view=Evidence", "tbody"],
  ["report", "view=Report", ".preview h1"],
  ["live", "view=Live", ".message"],
  ["sql", "view=SQL", "#sql"],
];

setUp(RUNTIME);
const { openWorkspace } = await import("../dist/core/engine/workspace.js");
const { shownCase } = await import("../dist/core/engine/window/shown-case.js");
const { WindowCase } = await import("../dist/core/engine/window/window-case.js");
const { serveWindow } = await import("../dist/core/engine/window/loopback-server.js");
const { storyOf } = await import("../dist/core/engine/story-of.js");
const folder = mkdtempSync(join(tmpdir(), "backtrail-screens-"));
try {
  const place = values.case ?? join(folder, "incident.case");
  if (values.case === undefined) sampleInto(place);
  const opened = await openWorkspace(place);
  const { findings } = await storyOf(opened);
  const finding = findings.find(({ phase }) => phase === "tampering") ?? findings[0];
  const shown = new WindowCase(shownCase(opened), folder);
  const server = await serveWindow(shown, 0);
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
  mkdirSync(join(root, values.out), { recursive: true });
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  await page.goto(server.url);
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [name, hash, sign] of SCENES) {
      if (values.only !== undefined && values.only.toLowerCase() !== name) continue;
      const where = hash
        .replace("pick=F", `pick=finding:${finding.id}`)
        .replace("pick=H", `pick=host:${finding.target}`);
      await page.evaluate(`location.hash = ${JSON.stringify(where)}`);
      await page.locator(sign).first().waitFor();
      await page.waitForTimeout(1500); // figures are drawn a frame after their data came
      const path = join(root, values.out, `${name}-${theme}.png`);
      await page.screenshot({ path });
      spawnSync("pngquant", ["--force", "--ext", ".png", "--strip", "96", path]);
    }
  }
  await browser.close();
  await server.close();
  await shown.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function sampleInto(place) {
  const capture = join(folder, "incident.pcapng");
  run(process.execPath, ["dist/samples/make.js", "--out", capture]);
  run(process.execPath, ["bin/backtrail.js", "analyze", capture, "--case", place, "--name", "Sample incident"]);
}
