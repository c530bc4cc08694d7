import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { tellRefusal } from "./tell-refusal.ts";

let folder: string;
const told: Alert[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (octets: Buffer) => (body += octets.toString()));
  request.on("end", () => {
    told.push(...(JSON.parse(body) as Alert[]));
    response.end();
  });
});
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-refusal-"));
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
});
afterAll(() => {
  vi.unstubAllEnvs();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

it("tells that a recording cannot be begun, the same reason once an hour, however often it is started", async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const named = { name: "hook", minSeverity: "low", ca: null } as const;
  const hook = { ...named, kind: "webhook", url, index: "", token: null } as const;
  const full = new BacktrailError("disk-full", "No space left while writing recording.jsonl");
  const at = Date.UTC(2026, 10, 30);
  const tell = (error: Error, seconds: number) => tellRefusal(folder, [hook], error, at + seconds * 1000);
  // Neither a disk that takes no file nor a folder that cannot be looked into is a reason to say nothing, or to say it at each start.
  vi.stubEnv("RUNTIME_DIRECTORY", join(folder, "none"));
  writeFileSync(join(folder, "evidence"), "");
  await tell(full, 0);
  rmSync(join(folder, "evidence"));
  vi.stubEnv("RUNTIME_DIRECTORY", folder);
  await tell(new BacktrailError("capture-refused", "No such interface"), 1);
  await tell(new BacktrailError("capture-refused", "No such interface"), 2);
  mkdirSync(join(folder, "evidence", "live", "alerts"), { recursive: true });
  for (const seconds of [2, 4, 6, 3599, 3603]) await tell(full, seconds);
  await tell(new BacktrailError("no-permission", "No permission for writing"), 3604);
  await tell(new BacktrailError("recorder-running", "Another recorder writes to this case"), 3605);
  expect(told.map(({ at: time }) => (Date.parse(time) - at) / 1000)).toEqual([0, 1, 2, 3603, 3604]);
  expect(told[0]).toMatchObject({ code: "recording-refused", message: expect.stringContaining("No space left") });
});
