// The shell against a stand-in of the electron module, because no Electron binary can be had on every machine that runs
// the tests. What this holds: which settings, handlers and messages the shell gives to Electron, and what it answers
// when they are called. What it cannot hold: that Electron does with them what its documentation says, that windows
// are drawn, that native menus and dialogs work (docs/packaging.md). renderer/window.test.ts drives the same page in a browser, and in
// Electron where its binary is installed.
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FakeEngine } from "../test/electron-stand-in.ts";
import { fake } from "../test/electron-stand-in.ts";
import type { FromEngine } from "./engine-messages.ts";

vi.mock("electron", () => import("../test/electron-stand-in.ts"));

const { session } = await import("electron");
const { APP_ORIGIN, serveAppProtocol } = await import("./app-protocol.ts");
const { CaseWindows } = await import("./case-windows.ts");
const { answerCalls, CHANNELS } = await import("./ipc.ts");
const { lockContents, lockSession } = await import("./security.ts");
const { keep, readWindows } = await import("./window-state.ts");

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

  it("gives no permission but that a page of ours may put text on the clipboard", () => {
    const asked = (url: string, permission: string) => {
      const decide = vi.fn();
      fake.handlers.get("permission")!({ getURL: () => url }, permission, decide);
      expect(fake.handlers.get("permissionCheck")!(null, permission, new URL(url).href)).toBe(decide.mock.calls[0]![0]);
      return decide.mock.calls[0]![0] as boolean;
    };
    for (const permission of ["media", "geolocation", "clipboard-read", "fileSystem", "openExternal"])
      expect(asked(`${APP_ORIGIN}/`, permission), permission).toBe(false);
    expect(asked(`${APP_ORIGIN}/`, "clipboard-sanitized-write")).toBe(true);
    expect(asked("https://example.org/", "clipboard-sanitized-write")).toBe(false);
    expect(fake.handlers.get("device")!()).toBe(false);
  });

  it("saves what the page itself made, where the person says, and nothing else", () => {
    const download = (url: string) => {
      const event = { preventDefault: vi.fn() };
      const item = { getURL: () => url, getFilename: () => "figure.svg", setSaveDialogOptions: vi.fn() };
      session.defaultSession.emit("will-download", event, item);
      return { prevented: event.preventDefault.mock.calls.length, asked: item.setSaveDialogOptions.mock.calls.length };
    };
    expect(download(`blob:${APP_ORIGIN}/5f2a`)).toEqual({ prevented: 0, asked: 1 });
    expect(download("https://example.org/a.exe")).toEqual({ prevented: 1, asked: 0 });
    expect(download("blob:https://example.org/5f2a")).toEqual({ prevented: 1, asked: 0 });
  });
});

describe("page contents", () => {
  it("neither navigate, nor open windows, nor embed pages", () => {
    const contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler: vi.fn(),
      setWebRTCIPHandlingPolicy: vi.fn(),
    });
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
    expect(contents.setWebRTCIPHandlingPolicy).toHaveBeenCalledWith("disable_non_proxied_udp");
    expect((contents.setWindowOpenHandler.mock.calls[0]![0] as () => unknown)()).toEqual({ action: "deny" });
  });
});

describe("app: protocol", () => {
  const built = join(folder, "renderer");
  rmSync(built, { recursive: true, force: true });

  it("serves the built files with a strict policy and nothing outside them", async () => {
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
  const answered = () => Promise.resolve({ ok: true as const, value: 1 });
  const target = { call: vi.fn(answered), shell: vi.fn(answered), drop: vi.fn(answered) };
  answerCalls((id) => (id === 7 ? target : undefined));
  const main = { url: `${APP_ORIGIN}/` };
  const on = (channel: string, frame: unknown, id: number, ...args: unknown[]) =>
    fake.handlers.get(channel)!({ senderFrame: frame, sender: { id, mainFrame: main } }, ...args);
  const call = (frame: unknown, id: number, method: unknown, arg: unknown) => on(CHANNELS.call, frame, id, method, arg);
  beforeEach(() => vi.clearAllMocks());

  it("uses the same channels on both sides", () => {
    const preload = readFileSync(new URL("./preload.cts", import.meta.url), "utf8");
    expect(new Set(preload.match(/backtrail:\w+/g))).toEqual(new Set(Object.values(CHANNELS)));
    expect(preload.match(/expose\w+/g)).toEqual(["exposeInMainWorld"]);
  });

  it("answers our page", async () => {
    expect(await call(main, 7, "case.view", {})).toEqual({ ok: true, value: 1 });
    expect(target.call).toHaveBeenCalledWith("case.view", {});
  });

  it("takes what the shell answers and what was dropped, checked", async () => {
    expect(await call(main, 7, "shell.openCase", { folder: null })).toEqual({ ok: true, value: 1 });
    expect(target.shell).toHaveBeenCalledWith("shell.openCase", { folder: null });
    expect(await on(CHANNELS.drop, main, 7, ["/a.pcap"])).toEqual({ ok: true, value: 1 });
    expect(target.drop).toHaveBeenCalledWith(["/a.pcap"]);
    vi.clearAllMocks();
    const wrong = { ok: false, error: { code: "bad-argument" } };
    expect(await call(main, 7, "shell.openCase", { folder: "a\0b" })).toMatchObject(wrong);
    expect(
      await call(main, 7, "shell.savePackets", { subject: { kind: "file", id: "/etc" }, whole: true }),
    ).toMatchObject(wrong);
    for (const paths of [[], "x", [1], ["a\0"], ["x".repeat(5000)], null])
      expect(await on(CHANNELS.drop, main, 7, paths)).toMatchObject(wrong);
    expect(await on(CHANNELS.drop, { url: `${APP_ORIGIN}/` }, 7, ["/a"])).toMatchObject({ ok: false });
    expect(target.shell).not.toHaveBeenCalled();
    expect(target.drop).not.toHaveBeenCalled();
  });

  it("refuses other frames, other pages, other windows", async () => {
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
    expect(await call(main, 7, method, arg)).toMatchObject({ ok: false, error: { code } });
    expect(target.call).not.toHaveBeenCalled();
  });
});

/** The state of an engine with a case, or with none. */
function deskState(caseFolder: string | null, analysis: unknown = null): FromEngine {
  const open = caseFolder === null ? null : { folder: caseFolder, name: "a" };
  const state = { case: open, offers: [], analysis, casesFolder: "/cases", version: "0" };
  return { kind: "state", state } as FromEngine;
}

/** Answers the engine's last question. */
function answerLast(engine: FakeEngine, result: unknown = { ok: true, value: null }): void {
  const last = engine.sent.at(-1)!;
  engine.emit("message", { kind: "answer", id: last.id, result });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("windows", () => {
  const onRecent = vi.fn();
  const windows = new CaseWindows(onRecent);
  const last = () => ({ window: fake.windows.at(-1)!, engine: fake.engines.at(-1)! });

  it("open a case in a sandboxed page with an engine of its own", async () => {
    const opening = windows.openCase("/cases/a");
    const { window, engine } = last();
    expect(engine.sent).toEqual([{ kind: "own", id: 1, order: { kind: "open", folder: "/cases/a" } }]);
    engine.emit("message", deskState("/cases/a"));
    answerLast(engine);
    await opening;
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
    expect(fake.calls).toContainEqual(["title", "a — Backtrail"]);
    expect(fake.calls).toContainEqual(["recent", "/cases/a"]);
    const target = windows.targetOf(window.webContents.id)!;
    const asked = target.call("case.view", {});
    answerLast(engine, { ok: true, value: "view" });
    expect(await asked).toEqual({ ok: true, value: "view" });
    const before = fake.windows.length;
    await windows.openCase("/cases/a"); // is open: shown, not opened again
    expect(fake.windows).toHaveLength(before);
    expect(fake.calls.at(-1)![0]).toBe("focus");
  });

  it("tell the page what changed once it is there, and show progress on the task bar", () => {
    const { window, engine } = last();
    expect(window.webContents.sent).toEqual([]);
    window.webContents.emit("did-finish-load");
    expect(window.webContents.sent).toEqual([{ kind: "desk" }]);
    engine.emit("message", deskState("/cases/a", { state: "running", progress: null, name: "b" }));
    expect(fake.calls.at(-1)).toEqual(["progress", 2]);
    window.emit("close", { preventDefault: () => fake.calls.push(["kept"]) }); // asks first; the answer is "Go on"
    expect(fake.calls.map(([name]) => name)).toContain("kept");
    engine.emit("message", deskState("/cases/a"));
    expect(fake.calls.at(-1)).toEqual(["progress", -1]);
  });

  it("start a lost engine again on the same case, load a lost page again, and ask when that goes round in circles", async () => {
    const { window, engine } = last();
    const unanswered = windows.targetOf(window.webContents.id)!.call("case.verify", {});
    engine.emit("exit", 134);
    expect(await unanswered).toMatchObject({ ok: false, error: { code: "engine-ended" } });
    const again = last().engine;
    expect(again).not.toBe(engine);
    expect(again.sent).toEqual([{ kind: "own", id: 1, order: { kind: "open", folder: "/cases/a" } }]);
    again.emit("message", deskState("/cases/a"));
    answerLast(again);
    await settled();
    expect(fake.calls.at(-1)![0]).toBe("reload");
    fake.calls.length = 0;
    for (let i = 0; i < 3; i++) window.webContents.emit("render-process-gone", {}, { reason: "crashed" });
    await settled();
    expect(fake.calls.map(([name]) => name)).toEqual(["reload", "reload", "reload"]);
    window.webContents.emit("render-process-gone", {}, { reason: "clean-exit" });
    window.webContents.emit("render-process-gone", {}, { reason: "oom" });
    await settled();
    expect(fake.calls.slice(3).map(([name]) => name)).toEqual(["message", "reload"]);
  });

  it("offer captures, open cases, say what is not there, and ask before a link opens a case", async () => {
    const { window, engine } = last();
    const capture = join(folder, "a.pcap");
    writeFileSync(capture, "");
    const dropped = windows.targetOf(window.webContents.id)!.drop([capture]);
    expect(engine.sent.at(-1)).toMatchObject({ order: { kind: "offer", paths: [capture] } });
    answerLast(engine);
    expect(await dropped).toMatchObject({ ok: true });
    await windows.targetOf(window.webContents.id)!.drop(["/nowhere/b.pcap"]);
    expect(fake.calls).toContainEqual(["message", expect.objectContaining({ message: "Not found" })]);
    fake.answer = 1;
    const link = { folder: "/cases/linked", finding: "F-0123456789ab" };
    const before = fake.windows.length;
    await windows.show({ cases: [], captures: [], missing: [], links: [link] });
    expect(fake.windows).toHaveLength(before); // the answer was no
    fake.answer = 0;
    await windows.show({ cases: [], captures: [], missing: [], links: [{ ...link, folder: "/cases/a" }] });
    expect(window.webContents.sent.at(-1)).toEqual({ kind: "go", hash: "view=Story&pick=finding:F-0123456789ab" });
  });

  it("carve packets into the file that was chosen, and take over recent cases for the menu", async () => {
    const { window, engine } = last();
    const target = windows.targetOf(window.webContents.id)!;
    const arg = { subject: { kind: "session", id: "C1" }, whole: false } as const;
    expect(await target.shell("shell.savePackets", arg)).toMatchObject({ ok: true, value: { path: null } });
    fake.saved = { canceled: false, filePath: "/out/x.pcapng" };
    const saving = target.shell("shell.savePackets", arg);
    await settled();
    expect(engine.sent.at(-1)).toMatchObject({ order: { kind: "carve", path: "/out/x.pcapng" } });
    answerLast(engine, { ok: true, value: { path: "/out/x.pcapng", frames: 3 } });
    expect(await saving).toEqual({ ok: true, value: { path: "/out/x.pcapng", frames: 3 } });
    const cases = [{ folder: "/cases/a", name: "a" }];
    await target.shell("shell.recent", { cases });
    expect(onRecent).toHaveBeenCalledWith(cases);
  });

  it("come back after the program was lost, on screens that are there", async () => {
    const kept = readWindows(join(folder, "windows.json"));
    expect(kept).toMatchObject([{ folder: "/cases/a", hash: "" }]);
    keep(join(folder, "windows.json"), [{ ...kept[0]!, hash: "view=Files" }]);
    const restoring = new CaseWindows(onRecent).restore();
    const { window, engine } = last();
    expect(window.url).toBe(`${APP_ORIGIN}/#view=Files`);
    answerLast(engine);
    expect(await restoring).toBe(true);
  });

  it("say in a dialog why a case cannot be opened", async () => {
    const opening = windows.openCase("/cases/none");
    answerLast(last().engine, { ok: false, error: { code: "no-case", message: "There is no case in /cases/none." } });
    await opening;
    expect(fake.calls).toContainEqual([
      "message",
      expect.objectContaining({ detail: "There is no case in /cases/none." }),
    ]);
  });
});

describe("main", () => {
  it("closes the doors before Electron is ready, then shows a window", async () => {
    const built = new URL("../dist/renderer/index.html", import.meta.url);
    vi.doMock("../core/engine/window/window-files.ts", async (original) => ({
      ...(await original<object>()),
      windowFolder: () => built.pathname,
    }));
    rmSync(join(folder, "windows.json"), { force: true });
    const argv = process.argv;
    process.argv = ["/opt/backtrail"];
    fake.windows.length = 0;
    await import("./main.ts");
    process.argv = argv;
    const names = fake.calls.map(([name]) => name);
    for (const name of ["enableSandbox", "schemes"]) {
      expect(names.indexOf(name), name).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(name), name).toBeLessThan(names.indexOf("whenReady"));
    }
    expect(fake.calls).toContainEqual(["switch", "host-resolver-rules", "MAP * ~NOTFOUND"]);
    expect(fake.calls).toContainEqual(["scheme", "backtrail"]);
    expect(fake.windows).toHaveLength(1);
  });
});
