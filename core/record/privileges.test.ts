import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProcess } from "./privileges.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-privileges-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly score: string;
  /** Effective capabilities, hexadecimal. capabilities(7) */
  readonly capabilities: string;
}

/** What a process that is started so says of itself once it runs. */
async function said(kind: "recorder" | "analysis"): Promise<Said> {
  const entry = join(folder, "says.cjs");
  writeFileSync(
    entry,
    `process.once("message", () => {
      const { readFileSync } = require("node:fs");
      const score = readFileSync("/proc/self/oom_score_adj", "utf8").trim();
      const [, capabilities] = /^CapEff:\\s*(\\w+)/m.exec(readFileSync("/proc/self/status", "utf8"));
      process.send({ score, capabilities }, () => process.disconnect());
    });`,
  );
  const child = startProcess(kind, entry);
  child.send({});
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Said));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

describe.skipIf(process.platform !== "linux")("a process of a recording", () => {
  it("is what the system ends first for memory if it analyses, with no more capabilities than are documented, and not if it records", async () => {
    const own = readFileSync("/proc/self/oom_score_adj", "utf8").trim();
    expect((await said("recorder")).score).toBe(own);
    const analysis = await said("analysis");
    expect(analysis.score).toBe(String(Math.max(500, Number(own))));
    // docs/recording.md names what is left: CAP_DAC_OVERRIDE, bit 1, where root started it.
    expect(Number.parseInt(analysis.capabilities, 16)).toBe(process.getuid?.() === 0 ? 2 : 0);
  });
});
