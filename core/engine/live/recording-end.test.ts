import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CaseLock } from "../../case/lock.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { RecordingEnd } from "./recording-end.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-recording-end-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = (number: number) => `segment-0000000${number}-20261130T000000Z.pcapng`;

it("is where the recorder has let go, however long it writes, or where it writes nothing for long", () => {
  expect(new RecordingEnd(folder).isOver(0)).toBe(true);
  const lock = CaseLock.take(join(folder, RECORDING_FILES.lock));
  const end = new RecordingEnd(folder);
  expect(end.isOver(0)).toBe(false);
  writeFileSync(join(folder, nameOf(1)), "");
  for (let minute = 1; minute <= 10; minute++) {
    appendFileSync(join(folder, nameOf(minute < 5 ? 1 : 2)), "frames");
    expect(end.isOver(minute * 60_000)).toBe(false);
  }
  expect(end.isOver(600_000 + 74_000)).toBe(false);
  expect(end.isOver(600_000 + 75_000)).toBe(true);
  lock.release();
  expect(end.isOver(600_000)).toBe(true);
});

it("does not wait for another recorder that begins after it", () => {
  const path = join(folder, RECORDING_FILES.lock);
  const lock = CaseLock.take(path, process.ppid);
  const end = new RecordingEnd(folder);
  expect(end.isOver(0)).toBe(false);
  lock.release();
  const next = CaseLock.take(path);
  expect(end.isOver(1)).toBe(true);
  next.release();
});
