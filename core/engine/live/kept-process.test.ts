import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { KeptProcess } from "./kept-process.ts";

describe("a process that is kept running", () => {
  it("is started again when it could not be started, and when it ended", async () => {
    const ends: string[] = [];
    const programs = ["/nowhere/no-such-program", process.execPath];
    const answered = new Promise<unknown>((resolve) => {
      const kept: KeptProcess<{ kind: string }, unknown> = new KeptProcess(
        () =>
          spawn(
            programs[Math.min(ends.length, 1)]!,
            ["-e", "process.on('message', (m) => m.kind === 'stop' ? process.exit(0) : process.send(m))"],
            { stdio: ["ignore", "ignore", "ignore", "ipc"] },
          ),
        () => ({ kind: "start" }),
        {
          message: (message) => {
            if (ends.length === 1) kept.post({ kind: "stop" });
            else resolve(kept.end({ kind: "stop" }).then(() => message));
          },
          ended: (how) => {
            ends.push(how);
            return true;
          },
        },
        1,
      );
      kept.start();
    });
    expect(await answered).toEqual({ kind: "start" });
    expect(ends).toEqual([expect.stringContaining("ENOENT"), "code 0", "code 0"]);
  });
});
