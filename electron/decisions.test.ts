// What the shell decides by itself, as plain functions: no Electron is needed for it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { caseLink, parseCaseLink } from "../core/contracts/case-link.ts";
import { menuTemplate } from "./menu.ts";
import { openingOf, ownArguments } from "./opening.ts";
import { Recovery } from "./recovery.ts";
import { taskBarProgress } from "./task-bar.ts";
import { fitToScreens, keep, readPlace, readWindows } from "./window-state.ts";
import { wiresharkPlaces } from "./wireshark.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-decisions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what is kept of windows", () => {
  it("survives a bad file and a place that cannot be written", () => {
    const file = join(folder, "state.json");
    const place = { width: 1200, height: 800, x: 5, y: 6, maximized: true };
    keep(file, place);
    expect(readPlace(file)).toEqual(place);
    for (const bad of ["", "{}", '{"width":1e9,"height":1,"maximized":0}']) {
      writeFileSync(file, bad);
      expect(readPlace(file)).toMatchObject({ width: 1440, height: 900 });
      expect(readWindows(file)).toEqual([]);
    }
    keep(join(folder, "none", "state.json"), { width: 1200, height: 800, maximized: false });
  });

  it("fits the screens that are there now", () => {
    const left = { x: -1920, y: 0, width: 1920, height: 1040 };
    const main = { x: 0, y: 25, width: 2560, height: 1400 };
    const place = { width: 1440, height: 900, x: -1800, y: 40, maximized: false };
    expect(fitToScreens(place, [main, left])).toEqual(place);
    expect(fitToScreens(place, [main])).toEqual({ width: 1440, height: 900, maximized: false }); // that screen is gone
    expect(fitToScreens({ ...place, x: 100, width: 4000 }, [main])).toMatchObject({ x: 100, width: 2560 });
    expect(fitToScreens({ ...place, x: 100, y: 0 }, [main])).not.toHaveProperty("y"); // title bar under the menu bar
    expect(fitToScreens(place, [])).toEqual({ width: 1440, height: 900, maximized: false });
    expect(fitToScreens({ ...place, width: 3000 }, [{ ...main, width: 800, height: 600 }])).toMatchObject({
      width: 1100,
      height: 700,
    });
  });
});

describe("decisions", () => {
  it("goes on by itself after three losses in a minute, and asks at the fourth", () => {
    const recovery = new Recovery();
    expect([0, 1000, 2000, 3000].map((at) => recovery.after(at))).toEqual(["again", "again", "again", "ask"]);
    recovery.forget();
    expect([4000, 70_000, 140_000, 210_000, 280_000].map((at) => recovery.after(at))).not.toContain("ask");
  });

  it("shows how far an analysis is", () => {
    const progress = { stage: "reading", octetsRead: 30, octetsTotal: 60 } as const;
    const analysis = { state: "running", progress } as unknown as Parameters<typeof taskBarProgress>[0] & object;
    expect(taskBarProgress(null)).toBe(-1);
    expect(taskBarProgress(analysis)).toBe(0.5);
    expect(taskBarProgress({ ...analysis, state: "finished" })).toBe(-1);
    expect(taskBarProgress({ ...analysis, progress: { ...analysis.progress!, octetsTotal: null } })).toBe(2);
    expect(taskBarProgress({ ...analysis, progress: { ...analysis.progress!, stage: "detections" } })).toBe(2);
  });

  it("tells cases, captures and links among arguments", () => {
    const directory = join(folder, "arguments");
    mkdirSync(join(directory, "x.case"), { recursive: true });
    mkdirSync(join(directory, "captures"));
    writeFileSync(join(directory, "x.case", "case.json"), "{}");
    writeFileSync(join(directory, "a b.pcapng"), "");
    const link = "backtrail://open?case=%2Fcases%2Fa&finding=F-0123456789ab";
    expect(openingOf(["x.case", "a b.pcapng", "captures", "none.pcap", link, "backtrail://run"], directory)).toEqual({
      cases: [join(directory, "x.case")],
      captures: [join(directory, "a b.pcapng"), join(directory, "captures")],
      links: [{ folder: "/cases/a", finding: "F-0123456789ab" }],
      missing: ["backtrail://run", join(directory, "none.pcap")],
    });
    expect(ownArguments(["electron", "--no-zygote", "main.js", "--case", "b"], false)).toEqual(["b"]);
    expect(ownArguments(["/opt/backtrail", "--lang=de", "b"], true)).toEqual(["b"]);
  });

  it("finds Wireshark itself and not the file's association", () => {
    expect(wiresharkPlaces("linux", { PATH: "/opt/bin:relative" })[0]).toBe("/opt/bin/wireshark");
    expect(wiresharkPlaces("win32", { ProgramFiles: "C:\\Program Files" })).toEqual([
      "C:\\Program Files\\Wireshark\\Wireshark.exe",
    ]);
    expect(wiresharkPlaces("darwin", {})[0]).toMatch(/Wireshark\.app/);
  });
});

describe("menu", () => {
  const actions = { newWindow: vi.fn(), openCase: vi.fn(), openCaptures: vi.fn(), openRecent: vi.fn(), tell: vi.fn() };
  const itemsOf = (platform: NodeJS.Platform) =>
    menuTemplate(platform, actions, [{ folder: "/c/R&D", name: "R&D\n\u202eesac" }]).flatMap(({ submenu }) =>
      Array.isArray(submenu) ? submenu : [],
    );

  it.each(["linux", "win32", "darwin"] as const)(
    "has accelerators that are each one's own, and no developer tools (%s)",
    (platform) => {
      const items = itemsOf(platform);
      const accelerators = items.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]));
      expect(accelerators.length).toBeGreaterThan(15);
      expect(new Set(accelerators).size).toBe(accelerators.length);
      expect(items.some(({ role }) => /devtools|forcereload/i.test(role ?? ""))).toBe(false);
    },
  );

  it("opens cases and captures, and stands for keys of the window", () => {
    const press = (label: RegExp) =>
      (itemsOf("linux").find((item) => label.test(item.label ?? ""))!.click as () => void)();
    press(/Open case/);
    expect(actions.openCase).toHaveBeenCalled();
    press(/captures/);
    expect(actions.openCaptures).toHaveBeenCalled();
    press(/Next finding/);
    expect(actions.tell).toHaveBeenCalledWith({ kind: "key", key: "]", ctrl: false, shift: false });
    const [recent] = itemsOf("linux").find(({ label }) => label === "Open &recent")!.submenu as { label: string }[];
    expect(recent!.label).toBe("R&&D··esac (/c/R&&D)");
  });
});

describe("links", () => {
  it("name a case and a finding, and come back as they were", () => {
    for (const folder of ["/cases/Ümlaut & 50 %/a.case", "C:\\Cases\\a b.case"])
      for (const finding of [null, "F-0123456789ab"])
        expect(parseCaseLink(caseLink({ folder, finding }))).toEqual({ folder, finding });
  });

  it.each([
    "backtrail://open",
    "backtrail://open?finding=F-0123456789ab",
    "backtrail://run?case=/a",
    "https://open?case=/a",
    "backtrail://open?case=relative/a",
    "backtrail://open?case=//server/share",
    "backtrail://open?case=%5C%5Cserver%5Cshare",
    "backtrail://open?case=/%5Cserver",
    "backtrail://open?case=/a%00b",
    "backtrail://open?case=%E0%A4%A",
    "backtrail://open?case=/a&case=/b",
    "backtrail://open?case=/a&finding=../x",
    "backtrail://open?case=/a&run=calc",
    `backtrail://open?case=/${"a".repeat(5000)}`,
  ])("name nothing that may be opened: %s", (text) => {
    expect(parseCaseLink(text)).toBeNull();
  });
});
