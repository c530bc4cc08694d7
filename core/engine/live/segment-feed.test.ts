import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { SegmentFeed } from "./segment-feed.ts";
import { SegmentHashes, type ClosedSegment, type ReadSegment } from "./segment-hashes.ts";

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

/** A segment of which the first octets were read. */
function readSegment(number: number, octets: number): ReadSegment {
  const path = join(scratch.path, nameOf(number));
  const sha256 = sha256Of(readFileSync(path).subarray(0, octets));
  return { name: nameOf(number), path, number, octets, sha256 };
}

function sha256Of(octets: Buffer): string {
  return createHash("sha256").update(octets).digest("hex");
}

it("says where a segment is not as the recorder wrote it, also one that it closed later, and takes one that got statistics when it was closed", () => {
  const said: string[] = [];
  const journaled: unknown[] = [];
  const closed: ClosedSegment[] = [];
  const journal = {
    append: (action: string, { object }: { object?: string | null }) => journaled.push([action, object]),
  };
  const hashes = new SegmentHashes(journal as never, {
    limit: (sentence) => said.push(sentence),
    closed: (segment) => closed.push(segment),
  });
  const [frame, statistics] = [6, 5].map((type) => Buffer.from(new Uint32Array([type, 16, 0, 16]).buffer));
  const octets = [Buffer.concat([frame!]), Buffer.concat([frame!, statistics!]), Buffer.concat([frame!, frame!])];
  const files = [0, 0, 0, 0, 1, 2, 1].map((of) => octets[of]!);
  for (const [i, file] of files.entries()) writeFileSync(join(scratch.path, nameOf(i + 1)), file);
  const [own, other] = [sha256Of(frame!), "x"];
  hashes.read(readSegment(1, 16), closing(1, own));
  hashes.read(readSegment(2, 16), closing(2, other));
  for (const number of [3, 4, 5, 6, 7]) hashes.read(readSegment(number, 16), undefined);
  hashes.take(closing(3, own));
  hashes.take(closing(4, other));
  for (const number of [5, 6]) hashes.take(closing(number, sha256Of(files[number - 1]!)));
  // The file is not what the recorder closed.
  hashes.take(closing(7, other));
  const late = "was read before the recorder could close it, and changed: its SHA-256 was";
  expect(said).toEqual([
    `Segment ${nameOf(2)} is not as it was recorded: its SHA-256 is ${own}, the recorder wrote x.`,
    `Segment ${nameOf(4)} ${late} ${own}, the recorder wrote x.`,
    `Segment ${nameOf(6)} ${late} ${own}, the recorder wrote ${sha256Of(octets[2]!)}.`,
    `Segment ${nameOf(7)} ${late} ${own}, the recorder wrote x.`,
  ]);
  expect(closed).toEqual([{ number: 5, octets: 32, sha256: sha256Of(octets[1]!) }]);
  const differs = (number: number) => ["segment-differs", nameOf(number)];
  expect(journaled).toEqual([differs(2), differs(4), ["segment-closed-late", nameOf(5)], differs(6), differs(7)]);
});
