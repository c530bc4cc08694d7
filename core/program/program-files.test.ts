import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { faultText } from "./fault-text.ts";
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

it("tells a fault by the places of the sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-fault-"));
  try {
    const program = join(folder, "dist/program");
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
