import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFile } from "../core/program/program-files.ts";

const UNIT = projectFile("docs/systemd/backtrail-record.service");
const text = readFileSync(UNIT, "utf8");
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

/** Values of a setting of the unit, in order. */
function values(setting: string): string[] {
  return [...text.matchAll(new RegExp(`^${setting}=(.*)$`, "gm"))].map(([, value]) => value!);
}

/** System calls of a set, with those of the sets in it. */
function calls(name: string): string[] {
  if (!name.startsWith("@")) return [name];
  const listed = execFileSync("systemd-analyze", ["syscall-filter", "--no-pager", name], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((line) => /^ +[@\w]/.test(line))
    .flatMap((line) => calls(line.trim()));
}

/** What systemd has against the unit; other units of the machine that it reads with it may have faults, too. */
function faults(path: string): string[] {
  const { stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
  return stderr.split("\n").filter((line) => line.includes(basename(path)));
}

describe("the unit of systemd", () => {
  it("leaves the program what it calls, and refuses the rest without killing it", () => {
    expect(values("SystemCallErrorNumber")).toEqual(["EPERM"]);
    expect(values("SystemCallFilter").join(" ")).toContain("@pkey");
  });

  it("fills no journal with how the recording stands every second", () => {
    expect(values("ExecStart").join(" ")).toContain("backtrail record ");
    expect(values("ExecStart").join(" ")).not.toContain("--json");
  });

  it("is started again however often it fails", () => {
    expect([values("Restart"), values("StartLimitIntervalSec")]).toEqual([["always"], ["0"]]);
  });

  it("goes on when the analysis is ended for memory", () => {
    expect(values("OOMPolicy")).toEqual(["continue"]);
  });

  it.skipIf(!hasSystemd)("is one that systemd takes, with the system calls of a recording", () => {
    const folder = mkdtempSync(join(tmpdir(), "backtrail-unit-"));
    try {
      const path = join(folder, "backtrail-record.service");
      const unit = text.replace("ExecStart=backtrail", `ExecStart=${process.execPath}`);
      writeFileSync(path, unit);
      expect(faults(path)).toEqual([]);
      writeFileSync(path, `${unit}\n[Service]\nNoSuchSetting=yes\n`);
      expect(faults(path)).toEqual([expect.stringContaining("NoSuchSetting")]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const allowed = new Set<string>();
    for (const value of values("SystemCallFilter"))
      for (const name of value.replace("~", "").split(" ").flatMap(calls))
        if (value.startsWith("~")) allowed.delete(name);
        else allowed.add(name);
    // Node 20 asks for memory protection keys when it starts; `nice` and `setpriv` are in front of the analysis.
    const needed = ["pkey_alloc", "clone3", "prlimit64", "setpriority", "capset", "prctl", "bind", "setsockopt"];
    expect(needed.filter((name) => !allowed.has(name))).toEqual([]);
  });
});
