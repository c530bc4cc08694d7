import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { faultText } from "./fault-text.ts";
import type * as ProgramFiles from "./program-files.ts";
import { projectFile } from "./program-files.ts";

it("joins every module that a thread or a process starts with, each under a name of its own", () => {
  const started = ["core", "electron"].flatMap((part) =>
    readdirSync(projectFile(part), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .flatMap((name) => [
        ...readFileSync(join(projectFile(part), name), "utf8").matchAll(/programEntry\("([^"]+)"\)/g),
      ])
      .map((match) => match[1]!),
  );
  const script = readFileSync(projectFile("scripts/build-program.js"), "utf8");
  const [, list = ""] = /const ENTRIES = \[([^\]]+)\]/.exec(script) ?? [];
  const joined = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
  expect([...joined].sort()).toEqual(["core/cli/main", ...started].sort());
  expect(new Set(joined.map((name) => basename(name))).size).toBe(joined.length);
});

it("starts what was joined of the present build, by content and not by time, goes on with the build it began with, and says which are in use", async () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-program-"));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const loaded = (name: string, nth: number): Promise<typeof ProgramFiles> =>
    import(/* @vite-ignore */ `${pathToFileURL(join(folder, name)).href}?${nth}`) as Promise<typeof ProgramFiles>;
  try {
    const built = "dist/core/program/program-files.js";
    write("package.json", '{"type":"module"}');
    write(built, readFileSync(projectFile(built), "utf8"));
    write("dist/.tsbuild/core.json", "first");
    const first = `${(await loaded(built, 1)).buildStamp()}-tools`;
    const main = join(folder, "dist/program", first, "main.js");
    write(`dist/program/${first}/main.js`, "");
    write(`dist/program/${first}/again.js`, readFileSync(projectFile(built), "utf8"));
    write("dist/program/current", first);
    utimesSync(main, 0, 0);
    const current = await loaded(built, 2);
    expect(current.buildsInUse()).toEqual(new Map());
    expect(current.programEntry("core/cli/main")).toBe(main);
    write(`dist/.in-use/gone-tools.${goneProcess()}`, "");
    expect(current.buildsInUse()).toEqual(new Map([[first, process.pid]]));
    expect(readdirSync(join(folder, "dist/.in-use"))).toEqual([`${first}.${process.pid}`]);
    write("dist/.tsbuild/core.json", "second");
    expect((await loaded(built, 3)).programEntry("core/cli/main")).toBe(join(folder, "dist/core/cli/main.js"));
    expect((await loaded(`dist/program/${first}/again.js`, 4)).programEntry("core/cli/main")).toBe(main);
    rmSync(join(folder, "dist/.tsbuild"), { recursive: true });
    expect((await loaded(built, 5)).programEntry("core/cli/main"), "in a package").toBe(main);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Number of a process that was there and has ended. */
function goneProcess(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

it("tells a fault by the places of the sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-fault-"));
  try {
    const program = join(folder, "dist/program/0123");
    mkdirSync(program, { recursive: true });
    // Line 1, column 1 of the joined file is line 3, column 1 of the source.
    const map = { version: 3, sources: ["../../core/net/tracker.ts"], names: [], mappings: "AAEA" };
    writeFileSync(join(program, "worker.js.map"), JSON.stringify(map));
    const error = new Error("broken");
    const at = (file: string) => `    at process (${pathToFileURL(join(program, file)).href}:1:1)`;
    error.stack = `Error: broken\n${at("worker.js")}\n${at("without-map.js")}`;
    expect(faultText(error, program)).toBe(
      `Error: broken\n    at process (core/net/tracker.ts:3:1)\n${at("without-map.js")}`,
    );
    expect(faultText(error)).toBe(error.stack);
    expect(faultText("text")).toBe("text");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
