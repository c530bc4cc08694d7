// The report in a real browser, with a case in which every string is an attack.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Phase } from "../contracts/finding.ts";
import { PHASES } from "../contracts/finding.ts";
import { hostileModel } from "../../test/hostile-report.ts";
import { reportHtml } from "./report-html.ts";

const CHROMIUM = process.env["BACKTRAIL_CHROMIUM"] ?? "/usr/bin/chromium";
const isMissing = !existsSync(CHROMIUM);
if (isMissing) process.stderr.write(`The report is not opened in a browser here: ${CHROMIUM} is not installed.\n`);

describe("HTML report", () => {
  it("is the same octets for the same model", () => {
    expect(reportHtml(hostileModel())).toBe(reportHtml(hostileModel()));
  });

  it.skipIf(isMissing)("runs no script, asks for nothing, breaks no policy and does not overflow", async () => {
    const folder = mkdtempSync(join(tmpdir(), "backtrail-report-"));
    const file = join(folder, "report.html");
    writeFileSync(file, reportHtml(hostileModel()));
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1240, height: 800 } });
      const seen: string[] = [];
      page.on("console", (message) => seen.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
      page.on("dialog", (dialog) => {
        seen.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("request", (request) => {
        if (request.url() !== pathToFileURL(file).href) seen.push(`request: ${request.url()}`);
      });
      await page.goto(pathToFileURL(file).href);
      await page.hover("article.finding");
      for (const name of [
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "form",
        "[onload]",
        "[onerror]",
        "[onmouseover]",
      ])
        expect(await page.locator(name).count(), name).toBe(0);
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow).toBe(0);
      expect(await page.locator("ol.chain > li").count()).toBe(60);
      const phases = new Set<Phase>(PHASES);
      expect(await page.locator(".strip li").count()).toBe(phases.size);
      expect(seen).toEqual([]);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
