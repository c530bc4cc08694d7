import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { BacktrailError } from "../core/contracts/result.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { corpusDir } from "./corpus.ts";
import { BACKTRAIL, scratchFolder } from "./sample-captures.ts";
import { Watchdog } from "./watchdog.ts";

const corpus = corpusDir();
const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** Files that go through the command as a whole, and through the case and the report in this process. */
const BY_COMMAND = 4;
const INTO_CASES = 24;

function filesIn(folder: string): string[] {
  const path = join(corpus ?? "", folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Every nth of a list, so that `count` are left. */
function spread(list: readonly string[], count: number): string[] {
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

const ALL = ["malformed", "format", "attack", "benign", join("zeek", "Traces")].flatMap(filesIn);
const isCapture = (path: string): boolean => /\.(pcap|pcapng|cap|trace|dump|ntar)(\.(gz|zst|lz4))?$/i.test(path);
const DAMAGED = ALL.filter((path) => isCapture(path) && /[\\/](malformed|format)[\\/]/.test(path));

// The corpus is no part of the project; without it these tests are skipped.
describe.skipIf(corpus === null)("the shared corpus", () => {
  it("is analysed to the last file: nothing is thrown, no analyzer fails, and a refusal is a sentence", async () => {
    const watchdog = new Watchdog(60);
    const wrong: string[] = [];
    let analysed = 0;
    try {
      for (const path of ALL) {
        const name = relative(corpus!, path);
        watchdog.begin(name);
        try {
          const { failures } = await analyzeInline([path]);
          analysed++;
          for (const { protocol, frame, message } of failures)
            wrong.push(`${name}: ${protocol} failed at frame ${frame}: ${message}`);
        } catch (error) {
          if (!(error instanceof BacktrailError)) wrong.push(`${name}: ${String(error)}`);
          else if (!isSentence(error.message, path))
            wrong.push(`${name} is refused without a sentence: ${error.message}`);
        }
      }
    } finally {
      await watchdog.end();
    }
    expect(wrong).toEqual([]);
    expect(analysed).toBeGreaterThan(100);
  });

  it("goes into cases with their reports, damaged captures first", async () => {
    const watchdog = new Watchdog(60);
    const wrong: string[] = [];
    try {
      for (const path of spread(DAMAGED, INTO_CASES)) {
        watchdog.begin(relative(corpus!, path));
        const folder = join(scratch.path, "one.case");
        try {
          const { notes } = await analyzeIntoCase({ captures: [path], folder, report: `${folder}.html`, workers: 1 });
          wrong.push(...notes.filter((note) => note.includes("analyzer")));
        } catch (error) {
          if (!(error instanceof BacktrailError)) wrong.push(`${path}: ${String(error)}`);
        }
        rmSync(folder, { recursive: true, force: true });
      }
    } finally {
      await watchdog.end();
    }
    expect(wrong).toEqual([]);
  });

  it("goes through the command, which ends with 0 or explains itself", async () => {
    for (const path of spread(DAMAGED, BY_COMMAND)) {
      const folder = join(scratch.path, "command.case");
      const args = [BACKTRAIL, "analyze", path, "--case", folder];
      const { code, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 }).then(
        () => ({ code: 0, stderr: "" }),
        (error: unknown) => error as { code: number; stderr: string },
      );
      expect([0, 2], `${path}: ${stderr}`).toContain(code);
      if (code === 2) expect(stderr).toContain(path);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** One sentence that names the file. */
function isSentence(message: string, path: string): boolean {
  return message.includes(path) && message.endsWith(".") && !message.includes("\n");
}
