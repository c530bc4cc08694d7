// The window as a person uses it: a case made from a small sample, served over loopback, driven in Debian's Chromium.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkspace } from "../core/engine/workspace.ts";
import { apiHandlers } from "../core/engine/window/api-handlers.ts";
import type { LoopbackServer } from "../core/engine/window/loopback-server.ts";
import { serveWindow } from "../core/engine/window/loopback-server.ts";

/** What the page waits for comes from the engine, which on a busy machine takes longer than the second that polls wait. */
const PATIENCE = { timeout: 20_000 };

const CHROMIUM = process.env["BACKTRAIL_CHROMIUM"] ?? "/usr/bin/chromium";
const root = fileURLToPath(new URL("..", import.meta.url));
const isBuilt = ["dist/renderer/index.html", "dist/samples/make.js"].every((file) => existsSync(join(root, file)));
const missing = !existsSync(CHROMIUM) ? `${CHROMIUM} is not installed` : !isBuilt ? "npm run setup was not run" : null;
if (missing !== null) process.stderr.write(`The window is not driven here: ${missing}.\n`);

describe.skipIf(missing !== null)("window in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-window-"));
  const complaints: string[] = [];
  let server: LoopbackServer;
  let browser: Browser;
  let page: Page;
  let close = () => {};

  beforeAll(async () => {
    const capture = join(folder, "sample.pcapng");
    node("dist/samples/make.js", "--out", capture);
    node(
      "bin/backtrail.js",
      "analyze",
      capture,
      "--case",
      join(folder, "case"),
      "--name",
      "<img src=x onerror=alert(1)>",
    );
    const opened = await openWorkspace(join(folder, "case"));
    close = () => opened.close();
    server = await serveWindow(apiHandlers(opened), 0);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await (await browser.newContext({ viewport: { width: 1100, height: 700 } })).newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (sent) => {
      if (!sent.url().startsWith(`http://127.0.0.1:${server.port}/`)) complaints.push(`request to ${sent.url()}`);
    });
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("leads from the story over a finding to its evidence", async () => {
    await page.waitForSelector(".verdict");
    expect(await page.textContent(".bar strong")).toBe("<img src=x onerror=alert(1)>");
    expect(await page.locator("svg.figure").count()).toBeGreaterThan(1);
    await page.locator(".step").first().click();
    const evidence = page.getByRole("region", { name: "Evidence of the finding" });
    await evidence.waitFor();
    expect(await evidence.locator("tbody tr").count()).toBeGreaterThan(0);
    expect(new URL(page.url()).hash).toMatch(/view=Findings&finding=F-[0-9a-f]{12}$/);
  });

  it("keeps the finding over a reload, and moves on with the keys", async () => {
    const before = new URL(page.url()).hash;
    await page.reload();
    await page.waitForSelector(".row[aria-current=true]");
    expect(new URL(page.url()).hash).toBe(before);
    await page.keyboard.press("]");
    await expect.poll(() => new URL(page.url()).hash, PATIENCE).not.toBe(before);
    await page.keyboard.press("[");
    await page.goBack();
    await page.goForward();
    await page.keyboard.press("1");
    await page.waitForSelector(".verdict");
  });

  it("filters sessions, and says what is wrong with a filter", async () => {
    await page.keyboard.press("/");
    const filter = page.getByLabel("Filter");
    await expect.poll(() => page.evaluate<string>("document.activeElement.tagName"), PATIENCE).toBe("INPUT");
    await page.waitForSelector(".pager");
    const all = await page.textContent(".pager [role=status]");
    await filter.fill("port = 445");
    await filter.press("Enter");
    await expect.poll(() => page.textContent(".pager [role=status]"), PATIENCE).not.toBe(all);
    await expect.poll(() => page.locator("tbody tr").first().innerText(), PATIENCE).toContain("445");
    await filter.fill("port = ");
    await filter.press("Enter");
    await page.waitForSelector("#filter-problem");
    expect((await page.textContent("#filter-problem"))!.length).toBeGreaterThan(20);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByLabel("Order").selectOption("latest");
    await page.waitForSelector(".pager");
    const isLatestFirst = async (): Promise<boolean> => {
      const times = await page.locator("tbody tr td:first-child").allInnerTexts();
      return times.length > 1 && times.join() === [...times].sort().reverse().join();
    };
    await expect.poll(isLatestFirst, PATIENCE).toBe(true);
  });

  it("verifies the evidence on demand", async () => {
    await page.getByRole("button", { name: "Evidence" }).click();
    await page.getByRole("button", { name: /Verify/ }).click();
    await page.waitForSelector(".checked");
    expect(await page.textContent(".checked h3")).toBe("Everything is as it was recorded");
  });

  it("has logged no error, asked nobody else, run nothing foreign", () => {
    expect(complaints).toEqual([]);
  });

  it("has one door", async () => {
    const { pathname, search } = new URL(server.url);
    expect((await ask(`${pathname}${search}`)).status).toBe(403); // the token was used
    expect((await ask("/?token=AAAA")).status).toBe(403);
    expect((await ask("/")).status).toBe(403); // no cookie
    expect((await ask("/api/case.view", { method: "POST" })).status).toBe(403);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    const mine = { cookie: `${cookie!.name}=${cookie!.value}` };
    expect((await ask("/", { headers: mine })).status).toBe(200);
    expect((await ask("/", { headers: { ...mine, host: "backtrail.example" } })).status).toBe(403);
    expect((await ask("/", { headers: { ...mine, host: "127.0.0.1" } })).status).toBe(403);
    expect((await ask("/", { headers: { ...mine, origin: "http://example.org" } })).status).toBe(403);
    expect((await ask("/", { headers: { ...mine, origin: "null" } })).status).toBe(403);
    for (const path of [
      "/../package.json",
      "/..%2f..%2fpackage.json",
      "/%2e%2e/index.js",
      "/assets/",
      "/x%00.html",
      "/%",
    ])
      expect((await ask(path, { headers: mine })).status, path).toBe(404);
    expect((await ask("/", { method: "DELETE", headers: mine })).status).toBe(405);
    const form = { ...mine, "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("/api/case.view", { method: "POST", headers: form })).status).toBe(415);
    const json = { ...mine, "content-type": "application/json" };
    const wrong = await ask("/api/constructor", { method: "POST", headers: json, body: "{}" });
    expect(JSON.parse(wrong.text)).toMatchObject({ ok: false, error: { code: "unknown-method" } });
    const page1 = await ask("/", { headers: mine });
    expect(page1.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'/);
    expect((await ask("//example.org/", { headers: mine })).status).toBe(404);
  });

  function node(...args: string[]): void {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  }

  interface Asked {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }

  /** A request exactly as given: fetch would tidy up the path and refuse to set Host. */
  function ask(path: string, { method = "GET", headers = {}, body }: Asked = {}) {
    return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (text += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
});
