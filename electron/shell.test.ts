// The shell against a stand-in of the electron module, because no Electron binary can be had on every machine that runs
// the tests. What this holds: which settings, handlers and messages the shell gives to Electron, and what it answers
// when they are called. What it cannot hold: that Electron does with them what its documentation says, that windows
// are drawn, that native menus and dialogs work. renderer/window.test.ts drives the same page in a browser.
import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";

type Handler = (...args: unknown[]) => unknown;

const fake = vi.hoisted(() => ({
  calls: [] as [string, ...unknown[]][],
  handlers: new Map<string, (...args: unknown[]) => unknown>(),
  windows: [] as { options: Record<string, unknown>; url: string }[],
  engine: null as null | { emit(name: string, ...args: unknown[]): boolean; sent: unknown[] },
  userData: "",
}));

vi.mock("electron", async () => {
  const { EventEmitter: Emitter } = await import("node:events");
  const note = (name: string) =>
    vi.fn((...args: unknown[]) => {
      fake.calls.push([name, ...args]);
    });
  class FakeSession extends Emitter {
    webRequest = { onBeforeRequest: (handler: Handler) => fake.handlers.set("request", handler) };
    protocol = { handle: (_scheme: string, handler: Handler) => fake.handlers.set("protocol", handler) };
    setPermissionRequestHandler = (handler: Handler) => fake.handlers.set("permission", handler);
    setPermissionCheckHandler = (handler: Handler) => fake.handlers.set("permissionCheck", handler);
    setDevicePermissionHandler = (handler: Handler) => fake.handlers.set("device", handler);
  }
  let nextId = 1;
  class BrowserWindow extends Emitter {
    static readonly getAllWindows = () => fake.windows;
    webContents = { id: nextId++ };
    url = "";
    readonly options: Record<string, unknown>;
    constructor(options: Record<string, unknown>) {
      super();
      this.options = options;
      fake.windows.push(this);
    }
    loadURL(url: string): Promise<void> {
      this.url = url;
      return Promise.resolve();
    }
    show = note("show");
    focus = note("focus");
    maximize = note("maximize");
    isMaximized = () => false;
    getNormalBounds = () => ({ x: 1, y: 2, width: 1440, height: 900 });
  }
  const app = Object.assign(new Emitter(), {
    commandLine: { appendSwitch: note("switch") },
    enableSandbox: note("enableSandbox"),
    requestSingleInstanceLock: () => true,
    whenReady: () => {
      fake.calls.push(["whenReady"]);
      return Promise.resolve();
    },
    quit: note("quit"),
    getPath: () => fake.userData,
  });
  return {
    app,
    BrowserWindow,
    Menu: { setApplicationMenu: note("menu"), buildFromTemplate: (template: unknown) => template },
    dialog: {
      showMessageBox: note("message"),
      showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] }),
    },
    ipcMain: { handle: (channel: string, handler: Handler) => fake.handlers.set(channel, handler) },
    protocol: { registerSchemesAsPrivileged: note("schemes") },
    session: { defaultSession: new FakeSession() },
    utilityProcess: {
      fork: (entry: string, args: string[]) => {
        fake.calls.push(["fork", entry, args]);
        const engine = Object.assign(new Emitter(), {
          sent: [] as unknown[],
          postMessage(message: unknown) {
            engine.sent.push(message);
          },
          kill: note("kill"),
        });
        fake.engine = engine;
        return engine;
      },
    },
  };
});

const { session } = await import("electron");
const { APP_ORIGIN, serveAppProtocol } = await import("./app-protocol.ts");
const { CaseWindows } = await import("./case-windows.ts");
const { caseArgument } = await import("./case-argument.ts");
const { answerCalls, CALL_CHANNEL } = await import("./ipc.ts");
const { menuTemplate } = await import("./menu.ts");
const { lockContents, lockSession } = await import("./security.ts");
const { keepWindowState, readWindowState } = await import("./window-state.ts");

const folder = mkdtempSync(join(tmpdir(), "backtrail-shell-"));
fake.userData = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  fake.calls.length = 0;
});

describe("session", () => {
  lockSession(session.defaultSession);

  it.each([
    "https://example.org/",
    "http://127.0.0.1/",
    "ws://localhost/",
    "file:///etc/passwd",
    "app://other/",
    "app://backtrail.example/",
  ])("lets no request to %s leave", (url) => {
    const decide = vi.fn();
    fake.handlers.get("request")!({ url }, decide);
    expect(decide).toHaveBeenCalledWith({ cancel: true });
  });

  it("lets its own page load", () => {
    const decide = vi.fn();
    fake.handlers.get("request")!({ url: `${APP_ORIGIN}/index.html` }, decide);
    expect(decide).toHaveBeenCalledWith({ cancel: false });
  });

  it("answers every permission with no", () => {
    const decide = vi.fn();
    fake.handlers.get("permission")!(null, "media", decide);
    expect(decide).toHaveBeenCalledWith(false);
    expect(fake.handlers.get("permissionCheck")!()).toBe(false);
    expect(fake.handlers.get("device")!()).toBe(false);
  });
});

describe("page contents", () => {
  it("neither navigate, nor open windows, nor embed pages", () => {
    const contents = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn() });
    lockContents(contents as unknown as Parameters<typeof lockContents>[0]);
    for (const [name, event] of [
      ["will-navigate", { url: "https://example.org/" }],
      ["will-frame-navigate", { url: `${APP_ORIGIN}/`, isMainFrame: false }],
      ["will-redirect", {}],
      ["will-attach-webview", {}],
    ] as const) {
      const preventDefault = vi.fn();
      contents.emit(name, { ...event, preventDefault });
      expect(preventDefault, name).toHaveBeenCalled();
    }
    expect((contents.setWindowOpenHandler.mock.calls[0]![0] as () => unknown)()).toEqual({ action: "deny" });
  });
});

describe("app: protocol", () => {
  const built = join(folder, "renderer");
  rmSync(built, { recursive: true, force: true });

  it("serves the built files with a strict policy and nothing outside them", async () => {
    const { mkdirSync } = await import("node:fs");
    mkdirSync(built);
    writeFileSync(join(built, "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "secret.html"), "secret");
    serveAppProtocol(session.defaultSession, built);
    const get = (url: string, method = "GET") => fake.handlers.get("protocol")!({ url, method }) as Promise<Response>;
    const page = await get(`${APP_ORIGIN}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    for (const url of ["/..%2fsecret.html", "/%2e%2e/secret.html", "/none.html", "/%", "/x%00.html", "/index.html/"])
      expect((await get(`${APP_ORIGIN}${url}`)).status, url).toBe(404);
    expect((await get("app://other/index.html")).status).toBe(404);
    expect((await get(`${APP_ORIGIN}/`, "POST")).status).toBe(404);
  });
});

describe("bridge", () => {
  const target = { call: vi.fn(() => Promise.resolve({ ok: true as const, value: 1 })) };
  answerCalls((id) => (id === 7 ? target : undefined));
  const main = { url: `${APP_ORIGIN}/` };
  const call = (frame: unknown, id: number, method: unknown, arg: unknown) =>
    fake.handlers.get(CALL_CHANNEL)!({ senderFrame: frame, sender: { id, mainFrame: main } }, method, arg);

  it("uses the same channel on both sides", () => {
    const preload = readFileSync(new URL("./preload.cts", import.meta.url), "utf8");
    expect(preload).toContain(`ipcRenderer.invoke("${CALL_CHANNEL}"`);
    expect(preload.match(/expose\w+/g)).toEqual(["exposeInMainWorld"]);
  });

  it("answers our page", async () => {
    expect(await call(main, 7, "case.view", {})).toEqual({ ok: true, value: 1 });
    expect(target.call).toHaveBeenCalledWith("case.view", {});
  });

  it("refuses other frames, other pages, other windows", async () => {
    target.call.mockClear();
    const refused = { ok: false, error: { code: "wrong-sender" } };
    expect(await call(null, 7, "case.view", {})).toMatchObject(refused);
    expect(await call({ url: `${APP_ORIGIN}/` }, 7, "case.view", {})).toMatchObject(refused); // a subframe
    expect(await call(main, 8, "case.view", {})).toMatchObject(refused);
    main.url = "https://example.org/";
    expect(await call(main, 7, "case.view", {})).toMatchObject(refused);
    main.url = `${APP_ORIGIN}/`;
    expect(target.call).not.toHaveBeenCalled();
  });

  it.each([
    ["toString", {}, "unknown-method"],
    [42, {}, "unknown-method"],
    ["case.view", { more: 1 }, "bad-argument"],
    ["records.page", { table: "conn", filter: "", latestFirst: false, first: -1, count: 10 }, "bad-argument"],
    ["records.page", { table: "conn", filter: "", latestFirst: false, first: 0, count: 100_000 }, "bad-argument"],
    ["finding.evidence", { finding: "x".repeat(101) }, "bad-argument"],
    ["finding.evidence", null, "bad-argument"],
  ])("refuses %j with %j", async (method, arg, code) => {
    target.call.mockClear();
    expect(await call(main, 7, method, arg)).toMatchObject({ ok: false, error: { code } });
    expect(target.call).not.toHaveBeenCalled();
  });
});

describe("windows", () => {
  it("open a case in a sandboxed page with an engine of its own, and tell when that ends", async () => {
    const windows = new CaseWindows();
    const opening = windows.open("/cases/a");
    expect(fake.calls[0]).toMatchObject(
      ["fork", /engine-process\.js$/, ["/cases/a"]].map((v) =>
        v instanceof RegExp ? (expect.stringMatching(v) as unknown) : v,
      ),
    );
    fake.engine!.emit("message", { kind: "opened", name: "a", notes: [] });
    await opening;
    const window = fake.windows.at(-1) as unknown as {
      options: { webPreferences: object };
      url: string;
      webContents: { id: number };
    };
    expect(window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    });
    expect(window.url).toBe(`${APP_ORIGIN}/`);
    const engine = windows.engineOf(window.webContents.id)!;
    const answer = engine.call("case.view", {});
    expect(fake.engine!.sent).toEqual([{ kind: "call", id: 1, method: "case.view", arg: {} }]);
    fake.engine!.emit("message", { kind: "answer", id: 1, result: { ok: true, value: "view" } });
    expect(await answer).toEqual({ ok: true, value: "view" });
    const unanswered = engine.call("case.verify", {});
    fake.engine!.emit("exit", 1);
    expect(await unanswered).toMatchObject({ ok: false, error: { code: "engine-ended" } });
    expect(await engine.call("case.view", {})).toMatchObject({ ok: false, error: { code: "engine-ended" } });
  });

  it("say in a dialog why a case cannot be opened", async () => {
    const before = fake.windows.length;
    const opening = new CaseWindows().open("/cases/none");
    fake.engine!.emit("message", { kind: "failed", message: "There is no case in /cases/none." });
    await opening;
    expect(fake.calls).toContainEqual([
      "message",
      expect.objectContaining({ detail: "There is no case in /cases/none." }),
    ]);
    expect(fake.windows).toHaveLength(before);
  });

  it("keep their size, and fall back where the file is bad", () => {
    const file = join(folder, "state.json");
    keepWindowState(file, { width: 1200, height: 800, x: 5, y: 6, maximized: true });
    expect(readWindowState(file)).toEqual({ width: 1200, height: 800, x: 5, y: 6, maximized: true });
    for (const bad of ["", "{}", '{"width":1e9,"height":1,"maximized":0}']) {
      writeFileSync(file, bad);
      expect(readWindowState(file)).toMatchObject({ width: 1440, height: 900 });
    }
    keepWindowState(join(folder, "none", "state.json"), { width: 1200, height: 800, maximized: false });
  });
});

describe("menu and arguments", () => {
  it("opens a case by accelerator and offers no developer tools", () => {
    const onOpen = vi.fn();
    const items = menuTemplate("linux", onOpen).flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    const open = items.find(({ accelerator }) => accelerator === "CmdOrCtrl+O")!;
    (open.click as () => void)();
    expect(onOpen).toHaveBeenCalled();
    expect(items.some(({ role }) => /devtools|forcereload/i.test(role ?? ""))).toBe(false);
  });

  it("takes the case folder from --case alone", () => {
    expect(caseArgument(["electron", "main.js", "--case", "b"], "/a")).toBe("/a/b");
    expect(caseArgument(["electron", "main.js", "b"], "/a")).toBeNull();
    expect(caseArgument(["electron", "main.js", "--case"], "/a")).toBeNull();
    expect(caseArgument(["electron", "main.js", "--case", "--inspect"], "/a")).toBeNull();
  });
});

describe("main", () => {
  it("closes the doors before Electron is ready, and ends when no case is chosen", async () => {
    const built = new URL("../dist/renderer/index.html", import.meta.url);
    vi.doMock("../core/engine/window/window-files.ts", async (original) => ({
      ...(await original<object>()),
      windowFolder: () => built.pathname,
    }));
    fake.windows.length = 0;
    await import("./main.ts");
    const names = fake.calls.map(([name]) => name);
    for (const name of ["enableSandbox", "schemes"]) {
      expect(names.indexOf(name), name).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(name), name).toBeLessThan(names.indexOf("whenReady"));
    }
    expect(fake.calls).toContainEqual(["switch", "host-resolver-rules", "MAP * ~NOTFOUND"]);
    expect(names.at(-1)).toBe("quit");
  });
});
