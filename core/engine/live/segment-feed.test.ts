import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { SegmentFeed } from "./segment-feed.ts";
import { SegmentHashes } from "./segment-hashes.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const nameOf = (number: number) => `segment-0000000${number}-20261130T000000Z.pcapng`;
const closing = (number: number, sha256: string) =>
  ({ action: "segment-closed", object: nameOf(number), sha256, detail: {} }) as unknown as JournalEntry;

it("takes a segment that nobody closes as whole once others have followed it and nothing came to it for a minute", () => {
  const folder = join(scratch.path, "live");
  mkdirSync(folder);
  const feed = new SegmentFeed(folder);
  for (const number of [1, 2]) {
    writeFileSync(join(folder, nameOf(number)), "frames");
    if (number === 1) expect(feed.isWhole(feed.segments()[0]!, 0)).toBe(false);
  }
  const [first, second] = feed.segments();
  const isWhole = (...times: number[]) => times.map((ms) => feed.isWhole(first!, ms));
  expect(isWhole(1000, 60_000)).toEqual([false, false]);
  // A slow disk still takes what waits for it.
  appendFileSync(first!.path, "frames");
  expect(isWhole(61_000, 120_000, 121_000)).toEqual([false, false, true]);
  expect(feed.isWhole(second!, 1e9)).toBe(false);
  appendFileSync(join(folder, RECORDING_FILES.journal), `${JSON.stringify(closing(2, "b"))}\n`);
  feed.poll();
  expect(feed.isWhole(second!, 0)).toBe(true);
});

it("says where a segment is not as the recorder wrote it, also one that it closed later", () => {
  const said: string[] = [];
  const journaled: unknown[] = [];
  const journal = {
    append: (action: string, { object }: { object?: string | null }) => journaled.push([action, object]),
  };
  const hashes = new SegmentHashes(journal as never, (sentence) => said.push(sentence));
  hashes.read(nameOf(1), "a", closing(1, "a"));
  hashes.read(nameOf(2), "b", closing(2, "x"));
  for (const number of [3, 4]) hashes.read(nameOf(number), "c", undefined);
  hashes.take(closing(3, "c"));
  hashes.take(closing(4, "y"));
  expect(said).toEqual([
    `Segment ${nameOf(2)} is not as it was recorded: its SHA-256 is b, the recorder wrote x.`,
    `Segment ${nameOf(4)} was read before the recorder could close it, and changed: its SHA-256 was c, the recorder wrote y.`,
  ]);
  expect(journaled).toEqual([2, 4].map((number) => ["segment-differs", nameOf(number)]));
});
