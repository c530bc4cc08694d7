import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Descriptors, FileSource } from "./byte-source.ts";
import { newCaptureFile } from "./capture-file.ts";
import type { FileHash } from "./file-hash.ts";
import { BlockPool } from "./frame-block.ts";
import { FrameReader } from "./frame-reader.ts";
import { PcapngDecoder } from "./pcapng-decoder.ts";
import { encodeInterface, encodePacket, encodeSection } from "./pcapng-encode.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-hash-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Looks at the octets of each piece only long after they were handed over. */
class LateHash implements FileHash {
  pending: Promise<void> | null = null;
  failed: Error | null = null;
  underWay = 0;
  mostUnderWay = 0;
  readonly #hash = createHash("sha256");

  get room(): Promise<void> | null {
    return this.underWay < 2 ? null : this.pending;
  }

  update(bytes: Uint8Array): void {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const before = this.pending ?? Promise.resolve();
    this.pending = before.then(async () => {
      await sleep(4);
      this.#hash.update(bytes);
      this.underWay--;
    });
  }

  async digest(): Promise<string> {
    await this.pending;
    return this.#hash.digest("hex");
  }
}

it.each([
  ["the next chunk only when it is asked for", false],
  ["a chunk ahead", true],
])("what somebody still hashes is not written over, reading %s", async (_, ahead) => {
  const path = join(folder, "capture.pcapng");
  // One frame in fifty is longer than a chunk and what a block has beyond it.
  const frames = Array.from({ length: 400 }, (_, i) =>
    encodePacket(0, BigInt(i), 900, Buffer.alloc(i % 50 === 9 ? 90_000 : 900, `frame ${i} `)),
  );
  // Whole chunks without a frame, whose octets move within their block.
  const sections = Array.from({ length: 20 }, (_, i) => encodeSection({ application: `${i}`.repeat(3000) }));
  writeFileSync(
    path,
    Buffer.concat([...sections, encodeInterface({ linkType: 1, snapLength: 0 }), ...frames, ...sections]),
  );
  const pool = new BlockPool();
  const hash = new LateHash();
  const file = newCaptureFile(1, path, "pcapng", "none");
  const source = new FileSource(path, new Descriptors(1), null, hash);
  const reader = new FrameReader(file, source, source, new PcapngDecoder(file), pool);
  const numbers: number[] = [];
  const chunk = 16 * 1024;
  for (let block = await reader.next(chunk); block !== null; block = await reader.next(reader.isAhead ? 0 : chunk)) {
    if (ahead) reader.readAhead(chunk);
    numbers.push(...block.frame.subarray(0, block.count));
    pool.give(block);
  }
  expect(file.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  expect(numbers).toEqual(frames.map((_, i) => i + 1));
  expect(hash.mostUnderWay).toBe(2);
});

it("a source that was closed while it waited for the hash does not open its file again", async () => {
  const path = join(folder, "closed");
  writeFileSync(path, Buffer.alloc(1000));
  const hash = new LateHash();
  const source = new FileSource(path, new Descriptors(1), null, hash);
  const into = new Uint8Array(1000);
  for (const at of [0, 100]) await source.read(into, at, at + 100);
  const waiting = source.read(into, 200, 300);
  await source.close();
  expect(await waiting).toBe(0);
});
