import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "./make-folder.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "backtrail-folder-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("making a folder", () => {
  it("makes those above it, and takes one that is there", () => {
    makeFolder(join(top, "a/b/c"));
    makeFolder(join(top, "a/b/c"));
    expect(existsSync(join(top, "a/b/c"))).toBe(true);
  });

  it("says what is wrong with a file in the way", () => {
    writeFileSync(join(top, "f"), "");
    expect(() => makeFolder(join(top, "f"))).toThrow("EEXIST");
    expect(() => makeFolder(join(top, "f/g"))).toThrow("ENOTDIR");
  });

  it.skipIf(!existsSync("/proc/self"))("ends where a file system has no place for folders", () => {
    expect(() => makeFolder("/proc/backtrail/case")).toThrow("ENOENT");
  });
});
