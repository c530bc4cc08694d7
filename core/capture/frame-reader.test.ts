import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Descriptors, FileSource } from "./byte-source.ts";
import { newCaptureFile, type CaptureFile } from "./capture-file.ts";
import { HashHere, type FileHash } from "./file-hash.ts";
import { BLOCK_HEADROOM, BlockPool } from "./frame-block.ts";
import { FrameReader } from "./frame-reader.ts";
import { PcapDecoder } from "./pcap-decoder.ts";
import { parsePcapHeader } from "./pcap-header.ts";
import { encodePcapHeader } from "./pcap-writer.ts";

const CHUNK = 256 * 1024;
const RECORDS = 400_000;

let path: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-reader-"));
  path = join(folder, "headers.pcap");
  const records = new Uint32Array(RECORDS * 4);
  // Nothing captured of 60 octets.
  for (let i = 0; i < RECORDS; i++) records.set([1_700_000_000, i, 0, 60], i * 4);
  writeFileSync(path, Buffer.concat([encodePcapHeader(1, 0), new Uint8Array(records.buffer)]));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function read(hash: FileHash): { reader: FrameReader; file: CaptureFile } {
  const file = newCaptureFile(1, path, "pcap", "none");
  const source = new FileSource(path, new Descriptors(1), null, hash);
  const decoder = new PcapDecoder(file, parsePcapHeader(encodePcapHeader(1, 0))!);
  return { reader: new FrameReader(file, source, source, decoder, new BlockPool()), file };
}

it.each([
  ["the next chunk only when it is asked for", false],
  ["a chunk ahead", true],
])("no block grows because it has not rows enough for records of 16 octets, reading %s", async (_, ahead) => {
  const { reader, file } = read(new HashHere());
  let longest = 0;
  let next = 1;
  for (let block = await reader.next(CHUNK); block !== null; block = await reader.next(CHUNK)) {
    if (ahead) reader.readAhead(CHUNK);
    longest = Math.max(longest, block.bytes.length);
    expect(block.frame[0]).toBe(next);
    next += block.count;
  }
  expect(longest).toBe(CHUNK + BLOCK_HEADROOM);
  expect(file).toMatchObject({ packets: RECORDS, damage: [], octets: 24 + RECORDS * 16 });
});

it("a hash that failed is told before more is read", async () => {
  const failed = new Error("no hash");
  const hash: FileHash & { failed: Error | null } = {
    pending: null,
    room: null,
    failed: null,
    update: () => undefined,
    digest: () => Promise.reject(failed),
  };
  const { reader } = read(hash);
  expect(await reader.next(CHUNK)).not.toBeNull();
  hash.failed = failed;
  const before = reader.octetsRead;
  await expect(reader.next(CHUNK)).rejects.toBe(failed);
  expect(reader.octetsRead).toBe(before);
  await reader.close();
});
