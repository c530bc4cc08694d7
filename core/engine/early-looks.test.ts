import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import type { Finding } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import { EMPTY_SCOPE } from "../estate/scope.ts";
import { EarlyLooks } from "./early-looks.ts";
import { RECORD_TYPES } from "./record-types.ts";
import { analyzeInline } from "./run-inline.ts";

const CAPTURE = fileURLToPath(new URL("../../samples/recorded/s3.pcapng", import.meta.url));

/** All was handed over before. */
const POOL = { flush: () => Promise.resolve() };

/** So little is read of so much that a look is always worth it. */
const BEGINNING = { octetsRead: 1e6, octetsTotal: 1e15 };

it("tells what the records so far show, first without the estate, then with it, the most severe first", async () => {
  let told: readonly Finding[] = [];
  const looks = new EarlyLooks(RECORD_TYPES, EMPTY_SCOPE, {}, (findings) => (told = findings));
  const detections = () => told.map(({ detection }) => detection);
  for (const chunks of (await analyzeInline([CAPTURE])).chunks.values())
    for (const chunk of chunks) looks.append(chunk);
  await looks.goOn(POOL, 0, BEGINNING);
  await vi.waitFor(() => expect(detections()).toContain("BT-TI-013"), 20_000);
  expect(detections()).not.toContain("BT-EX-001");
  await vi.waitFor(async () => {
    await looks.goOn(POOL, 0, BEGINNING);
    expect(detections()).toContain("BT-EX-001");
  }, 60_000);
  const severities = told.map(({ severity }) => SEVERITIES.indexOf(severity));
  expect(severities).toEqual(severities.toSorted((a, b) => b - a));
  await looks.end();
  expect(looks.problem).toBeNull();
});

it("does not look where the end is near", async () => {
  const flush = vi.fn(() => Promise.resolve());
  const looks = new EarlyLooks(RECORD_TYPES, EMPTY_SCOPE, {}, () => undefined);
  await looks.goOn({ flush }, 0, { octetsRead: 1e6, octetsTotal: 2e6 });
  expect(flush).not.toHaveBeenCalled();
  await looks.end();
});

it("looks once more at once where the first look found nothing, and then only as often as reading allows", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const flush = vi.fn(() => Promise.resolve());
  const tell = vi.fn();
  const looks = new EarlyLooks(RECORD_TYPES, EMPTY_SCOPE, {}, tell);
  const goOn = () => looks.goOn({ flush }, 0, { octetsRead: 1e6, octetsTotal: 6e6 });
  await vi.waitFor(async () => {
    await goOn();
    expect(flush).toHaveBeenCalledTimes(2);
  }, 20_000);
  // A look that finds nothing tells so once, at its end.
  await vi.waitFor(() => expect(tell).toHaveBeenCalledTimes(2), 20_000);
  await setImmediate();
  now = 999;
  await goOn();
  expect(flush).toHaveBeenCalledTimes(2);
  now = 1000;
  await goOn();
  expect(flush).toHaveBeenCalledTimes(3);
  await looks.end();
  vi.restoreAllMocks();
  expect(looks.problem).toBeNull();
});
