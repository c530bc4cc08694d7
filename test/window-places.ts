// Where the window's specs can run on this machine: in Chromium over `backtrail serve`, and in Electron where its binary is.
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { _electron, chromium } from "playwright-core";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { Result } from "../core/contracts/result.ts";
import { serveWindow } from "../core/engine/window/loopback-server.ts";
import { SWITCHES } from "../electron/switches.ts";
import { openShown } from "../core/engine/window/shown-case.ts";
import { WindowCase } from "../core/engine/window/window-case.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const CHROMIUM = process.env["BACKTRAIL_CHROMIUM"] ?? "/usr/bin/chromium";

/** A window that is open, as a person has it before them. */
export interface OpenWindow {
  readonly page: Page;
  /** Another window beside it, on the same case where it has one. */
  another(): Promise<Page>;
  /** Gives the engine's side where it runs in this process; null in Electron. */
  readonly shown: WindowCase | null;
  /** Address that `backtrail serve` printed; null in Electron. */
  readonly url: string | null;
  /** A call as the page makes it. */
  call<M extends ApiMethod>(method: M, arg: Api[M][0]): Promise<Result<Api[M][1]>>;
  /** Presses what saves a file, and gives the file's path. */
  saved(press: () => Promise<void>): Promise<string>;
  close(): Promise<void>;
}

interface WindowPlace {
  readonly name: "Chromium" | "Electron";
  /** Why the specs cannot run there; null where they can. */
  readonly missing: string | null;
  /**
   * @param cases Where new cases go.
   * @param folder Case to open; null for none.
   */
  open(cases: string, folder: string | null): Promise<OpenWindow>;
}

/** All places, with those that are missing told once. */
export function windowPlaces(): readonly WindowPlace[] {
  const isBuilt = ["dist/renderer/index.html", "dist/electron/main.js", "dist/samples/make.js"].every((file) =>
    existsSync(join(root, file)),
  );
  const unbuilt = isBuilt ? null : "npm run setup was not run";
  const noChromium = existsSync(CHROMIUM) ? null : `${CHROMIUM} is not installed`;
  const { program, reason } = electronHere();
  const places: readonly WindowPlace[] = [
    { name: "Chromium", missing: unbuilt ?? noChromium, open: openInChromium },
    { name: "Electron", missing: unbuilt ?? reason, open: (cases, folder) => openInElectron(program!, cases, folder) },
  ];
  for (const { name, missing } of places)
    if (missing !== null) process.stderr.write(`The window is not driven in ${name} here: ${missing}.\n`);
  return places;
}

/** Electron's program as npm installed it, or why it cannot run here. */
function electronHere(): { readonly program: string | null; readonly reason: string | null } {
  const module = join(root, "node_modules/electron");
  const pathFile = join(module, "path.txt");
  const program =
    process.env["BACKTRAIL_ELECTRON"] ??
    (existsSync(pathFile) ? join(module, "dist", readFileSync(pathFile, "utf8").trim()) : null);
  if (program === null || !existsSync(program)) return { program: null, reason: "its binary is not installed" };
  const hasDisplay = process.platform !== "linux" || process.env["DISPLAY"] !== undefined;
  return hasDisplay ? { program, reason: null } : { program: null, reason: "there is no display (try xvfb-run)" };
}

async function openInChromium(cases: string, folder: string | null): Promise<OpenWindow> {
  const shown = new WindowCase(folder === null ? null : await openShown(folder), cases);
  const server = await serveWindow(shown, 0);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      ...SWITCHES.map(([name, value]) => `--${name}${value === undefined ? "" : `=${value}`}`),
      // The window itself is on loopback here; in Electron it needs no host at all.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(server.url);
  return {
    page,
    shown,
    url: server.url,
    another: async () => {
      const second = await context.newPage();
      await second.goto(new URL("/", server.url).href);
      return second;
    },
    call: (method, arg) =>
      page.evaluate(
        `fetch("api/${method}", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(JSON.stringify(arg))} }).then((answer) => answer.json())`,
      ),
    saved: async (press) => {
      const [download] = await Promise.all([page.waitForEvent("download"), press()]);
      return download.path();
    },
    close: async () => {
      await browser.close();
      await server.close();
      await shown.close();
    },
  };
}

async function openInElectron(program: string, cases: string, folder: string | null): Promise<OpenWindow> {
  const isRoot = process.getuid?.() === 0;
  const app = await _electron.launch({
    executablePath: program,
    args: [
      ...(isRoot ? ["--no-sandbox"] : []),
      join(root, "dist/electron/main.js"),
      `--user-data-dir=${join(cases, ".electron")}`,
      ...(folder === null ? [] : [folder]),
    ],
    env: { ...process.env, BACKTRAIL_CASES: cases },
  });
  const page = await app.firstWindow();
  return {
    page,
    shown: null,
    url: null,
    another: async () => {
      const next = app.waitForEvent("window");
      await app.evaluate(({ Menu }) => {
        const file = Menu.getApplicationMenu()?.items.find(({ label }) => label === "&File");
        file?.submenu?.items.find(({ label }) => label === "&New window")?.click();
      });
      return next;
    },
    call: (method, arg) => page.evaluate(`backtrail.call(${JSON.stringify(method)}, ${JSON.stringify(arg)})`),
    saved: async (press) => {
      const path = join(mkdtempSync(join(cases, "saved-")), "file");
      // Without this a dialog would ask where.
      const isDone = app.evaluate(
        ({ session }, to) =>
          new Promise<void>((done) =>
            session.defaultSession.once("will-download", (_event, item) => {
              item.setSavePath(to);
              item.once("done", () => done());
            }),
          ),
        path,
      );
      await Promise.all([isDone, press()]);
      return path;
    },
    close: () => app.close(),
  };
}
