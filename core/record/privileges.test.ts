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

/** What a process that is started so says of itself once it runs. */
async function said(kind: "recorder" | "analysis"): Promise<{ readonly score: string }> {
  const entry = join(folder, "says.cjs");
  writeFileSync(
    entry,
    `process.once("message", () => {
      const score = require("node:fs").readFileSync("/proc/self/oom_score_adj", "utf8").trim();
      process.send({ score }, () => process.disconnect());
    });`,
  );
  const child = startProcess(kind, entry);
  child.send({});
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as { readonly score: string }));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

describe.skipIf(process.platform !== "linux")("a process of a recording", () => {
  it("is what the system ends first for memory if it analyses, and not if it records", async () => {
    const own = readFileSync("/proc/self/oom_score_adj", "utf8").trim();
    expect((await said("recorder")).score).toBe(own);
    expect((await said("analysis")).score).toBe("500");
  });
});
