// Recorder and analysis are processes that only say how they stand; one of them is stopped by a signal.
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Alarm, RecordingStatus } from "../../contracts/recording.ts";
import { RECORD_DEFAULTS } from "../../record/record-options.ts";
import { RecordingSession } from "./recording-session.ts";

const { program } = vi.hoisted(() => ({ program: { path: "", started: [] as ChildProcess[] } }));
vi.mock("../../record/privileges.ts", () => ({
  startProcess: (kind: string, entry: string) => {
    const child = fork(program.path, [entry.includes("verify-process") ? "verifier" : kind]);
    program.started.push(child);
    return child;
  },
}));

const SPEAKS = `
const { existsSync } = require("node:fs");
const kind = process.argv[2];
const say = () => process.send({ kind: "status", status: { pid: process.pid, state: "recording", alarms: [] } });
if (kind === "verifier") {
  const check = { ok: true, segments: 2, octets: 10, head: "ab", wrong: [] };
  process.send(check, () => process.disconnect());
} else process.on("message", (message) => {
  if (message.kind === "verified") return;
  if (message.kind !== "start") process.exit(0);
  if (kind === "recorder" && existsSync(__dirname + "/hangs")) return;
  say();
  if (kind === "recorder") setInterval(say, 20);
});
process.on("disconnect", () => process.exit(1));
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-session-"));
  mkdirSync(join(folder, "evidence", "live"), { recursive: true });
  program.path = join(folder, "speaks.cjs");
  writeFileSync(program.path, SPEAKS);
});
afterAll(() => {
  for (const child of program.started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

describe("a recording", () => {
  it("has an alarm while its recorder hangs, and none when it goes on, and says what checks came to", async () => {
    const told: string[] = [];
    const checked: string[] = [];
    let latest: RecordingStatus | null = null;
    const events = {
      findings: () => undefined,
      withdrawn: () => undefined,
      status: (status: RecordingStatus) => (latest = status),
      verified: (isOk: boolean, result: string) => checked.push(`${isOk} ${result}`),
      alarm: ({ code }: Alarm, isOver: boolean) => told.push(isOver ? `${code}-over` : code),
    };
    const analysis = { workers: 1, intervalMs: 1000, shedOctets: 0, scope: null, trainingSeconds: null };
    const outside = { destinations: [], healthPort: null, verifySeconds: 1 };
    const options = { ...RECORD_DEFAULTS, interfaces: ["lo"] };
    const session = new RecordingSession(folder, options, analysis, outside, events, 500);
    await session.start();
    const pid = session.status.recorder!.pid;
    await vi.waitFor(() => expect(latest).not.toBeNull(), 10_000);
    process.kill(pid, "SIGSTOP");
    await vi.waitFor(() => expect(told.at(-1)).toBe("recorder-silent"), 10_000);
    expect(session.status.recorder!.alarms).toMatchObject([{ message: expect.stringContaining(`kill -9 ${pid}`) }]);
    process.kill(pid, "SIGCONT");
    await vi.waitFor(() => expect(told.at(-1)).toBe("recorder-silent-over"), 10_000);
    await vi.waitFor(() => expect(checked[0]).toMatch(/^true 2 segments, .* as they were written/), 10_000);
    // One that is started again and never says a word.
    writeFileSync(join(folder, "hangs"), "");
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(told.at(-1)).toBe("recorder-silent"), 20_000);
    const next = program.started.findLast(({ spawnargs }) => spawnargs.includes("recorder"))!.pid;
    const alarm = session.status.recorder!.alarms.find(({ code }) => code === "recorder-silent");
    expect(alarm!.message).toContain(`kill -9 ${next}`);
    expect(await session.stop()).toBe(true);
  });
});
