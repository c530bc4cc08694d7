// Takes the picture of the report of the sample incident, light, into docs/images; scripts/screens.js takes those of the window.
//   node scripts/screenshots.js [CASE]     CASE: out/demo/incident.case (npm run demo makes it)
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { fail, run } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "out/demo/incident.case"));
const executablePath = process.env.BACKTRAIL_CHROMIUM ?? "/usr/bin/chromium";
const images = join(root, "docs/images");

if (!existsSync(join(folder, "case.json"))) fail(`There is no case in ${folder}: run npm run demo first.`, 2);
if (!existsSync(executablePath)) fail(`${executablePath} is not installed: name Chromium in BACKTRAIL_CHROMIUM.`, 2);
mkdirSync(images, { recursive: true });
const work = mkdtempSync(join(tmpdir(), "backtrail-screenshots-"));
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath, args });
try {
  const report = join(work, "report.html");
  run(process.execPath, ["bin/backtrail.js", "report", "--case", folder, "--out", report], { stdio: "ignore" });
  const page = await browser.newPage({ viewport: { width: 1240, height: 800 }, colorScheme: "light" });
  await page.goto(pathToFileURL(report).href);
  await page.screenshot({ path: join(images, "report.png") });
  await page.close();
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
process.stderr.write("docs/images/report.png is written.\n");
