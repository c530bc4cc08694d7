import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacktrailError } from "../contracts/result.ts";
import { readFramesAt } from "./frame-source.ts";
import { openCaptures } from "./open.ts";
import { encodePcapHeader, PcapWriter } from "./pcap-writer.ts";
import { encodeInterface, encodePacket, encodeSection } from "./pcapng-encode.ts";
import { PcapngWriter } from "./pcapng-writer.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-open-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const START = 1_700_000_000_000_000_001n;

function capture(times: readonly bigint[]): Uint8Array {
  return Buffer.concat([
    encodeSection({ application: "test" }),
    encodeInterface({ linkType: 1, snapLength: 0 }),
    ...times.map((ts, i) => encodePacket(0, ts, 60, Uint8Array.of(i, 1, 2, 3, 4))),
  ]);
}

async function problemOf(inputs: readonly string[]): Promise<string> {
  try {
    await (await openCaptures(inputs)).close();
  } catch (error) {
    if (error instanceof BacktrailError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no problem";
}

async function timesOf(inputs: readonly string[]): Promise<bigint[]> {
  const set = await openCaptures(inputs);
  const times: bigint[] = [];
  for (let batch = await set.next(); batch !== null; batch = await set.next()) {
    times.push(...batch.ts.slice(0, batch.count));
    set.release(batch);
  }
  await set.close();
  return times;
}

describe("bad input is one sentence with the file and what to do", () => {
  it.each([
    ["snoop\0\0\0\x02\0\0\0\x04", "unknown-format", "snoop"],
    ["GMBU\0\x02", "unknown-format", "Network Monitor"],
    ["PK\x03\x04abc", "unknown-format", "ZIP"],
    ["\0\0\0\0\0\0\xa0\x65\x02\x04\0\x10\0\0\0\x05".repeat(2), "unknown-format", "ERF"],
    ["Dear Sir,\n", "unknown-format", "text"],
    ["\x01\x02\x03\x04\x05\x06", "unknown-format", "none of the formats"],
    ["", "empty", "is empty"],
    ["\xd4\xc3\xb2\xa1", "unknown-format", "cut short"],
  ])("%j", async (octets, code, words) => {
    const path = join(folder, "bad");
    writeFileSync(path, Buffer.from(octets, "latin1"));
    const problem = await problemOf([path]);
    expect(problem).toContain(`capture.${code}: ${path}`);
    expect(problem).toContain(words);
    expect(problem.endsWith(".")).toBe(true);
  });

  it("names what is inside a packed file", async () => {
    const path = join(folder, "notes.gz");
    writeFileSync(path, gzipSync("just notes\n"));
    expect(await problemOf([path])).toMatch(/a text file, packed with gzip/);
  });

  it("for what is missing, forbidden, or a folder without captures", async () => {
    expect(await problemOf([join(folder, "absent")])).toContain("capture.missing");
    expect(await problemOf([])).toContain("capture.none");
    const empty = join(folder, "empty");
    mkdirSync(empty);
    writeFileSync(join(empty, "readme.txt"), "no capture");
    expect(await problemOf([empty])).toContain("capture.empty-folder");
    const secret = join(folder, "secret.pcapng");
    writeFileSync(secret, capture([START]));
    chmodSync(secret, 0);
    if (process.getuid?.() !== 0) expect(await problemOf([secret])).toContain("capture.forbidden");
  });
});

describe("several captures", () => {
  it("of a folder and below are read in time order, other files are passed over", async () => {
    const root = join(folder, "tree");
    mkdirSync(join(root, "deep", "er"), { recursive: true });
    writeFileSync(join(root, "z.pcapng"), capture([START, START + 5n]));
    writeFileSync(join(root, "deep", "a.pcapng"), capture([START + 2n, START + 9n]));
    writeFileSync(join(root, "deep", "er", "b.pcapng.gz"), gzipSync(capture([START + 1n])));
    writeFileSync(join(root, "deep", "notes.txt"), "notes");
    const set = await openCaptures([root]);
    expect(set.captures.map((file) => file.path)).toEqual([
      join(root, "z.pcapng"),
      join(root, "deep", "er", "b.pcapng.gz"),
      join(root, "deep", "a.pcapng"),
    ]);
    expect(set.passedOver).toEqual([{ path: join(root, "deep", "notes.txt"), looksLike: "a text file" }]);
    await set.close();
    expect(await timesOf([root])).toEqual([0n, 1n, 2n, 5n, 9n].map((ns) => START + ns));
  });

  it("may be more than can be open at once", async () => {
    const root = join(folder, "many");
    mkdirSync(root);
    const count = 300;
    for (let i = 0; i < count; i++) {
      // All overlap: every file has one frame early and one late.
      writeFileSync(join(root, `${i}.pcapng`), capture([START + BigInt(i), START + BigInt(count + i)]));
    }
    expect(await timesOf([root])).toEqual(Array.from({ length: 2 * count }, (_, i) => START + BigInt(i)));
  });

  it("give progress, and what is known of each", async () => {
    const path = join(folder, "one.pcapng");
    const bytes = capture([START, START + 1n]);
    writeFileSync(path, bytes);
    const set = await openCaptures([path]);
    expect([set.octetsRead, set.octetsTotal]).toEqual([0, bytes.length]);
    while ((await set.next()) !== null);
    expect(set.octetsRead).toBe(bytes.length);
    expect(set.captures[0]).toMatchObject({
      octets: bytes.length,
      packets: 2,
      capturedOctets: 10,
      tsFirst: START,
      tsLast: START + 1n,
      complete: true,
      format: "pcapng 1.0, little-endian",
      damage: [],
    });
    await set.close();
  });
});

describe("a growing file", () => {
  it("is read on until the signal, whatever is written in pieces", async () => {
    const path = join(folder, "growing.pcap");
    const frame = (i: number): Uint8Array => {
      const record = new Uint8Array(20).fill(i, 16);
      const view = new DataView(record.buffer);
      view.setUint32(0, 1_700_000_000 + i, true);
      view.setUint32(8, 4, true);
      view.setUint32(12, 4, true);
      return record;
    };
    writeFileSync(path, encodePcapHeader(1, 65_535));
    const stop = new AbortController();
    const set = await openCaptures([path], { follow: stop.signal });
    const numbers: number[] = [];
    const reading = (async () => {
      for (let batch = await set.next(); batch !== null; batch = await set.next()) {
        numbers.push(...batch.frame.slice(0, batch.count));
        set.release(batch);
        if (numbers.length === 3) {
          appendFileSync(path, frame(3).subarray(0, 9));
          await sleep(20);
          appendFileSync(path, frame(3).subarray(9));
        }
        if (numbers.length === 4) {
          appendFileSync(path, frame(4));
          stop.abort();
        }
      }
    })();
    await sleep(30);
    for (let i = 0; i < 3; i++) appendFileSync(path, frame(i));
    await reading;
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    expect(set.captures[0]).toMatchObject({ complete: true, damage: [], packets: 5 });
    expect(set.captures[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    await set.close();
  });
});

describe("frames written", () => {
  it("as pcapng come back with time, comment and interface, also by their place", async () => {
    const path = join(folder, "carved.pcapng");
    const writer = await PcapngWriter.create(path, { application: "Backtrail", comments: ["why it was carved"] });
    const ethernet = await writer.addInterface({ linkType: 1, snapLength: 128, name: "tap", filter: "tcp" });
    const raw = await writer.addInterface({ linkType: 101, snapLength: 0, fcsOctets: 4, os: "none" });
    await writer.frame(ethernet, START, 1500, Uint8Array.of(1, 2, 3), ["first", "of two"]);
    await writer.frame(raw, START + 1n, 5, Uint8Array.of(4, 5, 6, 7, 8));
    await writer.close();
    const set = await openCaptures([path]);
    const batch = (await set.next())!;
    expect([...batch.ts.slice(0, 2)]).toEqual([START, START + 1n]);
    expect([...batch.wireLen.slice(0, 2)]).toEqual([1500, 5]);
    expect([...batch.linkType.slice(0, 2)]).toEqual([1, 101]);
    expect([...batch.iface.slice(0, 2)]).toEqual([0, 1]);
    expect(set.captures[0]!.comments).toEqual([
      { of: "section", about: 0, text: "why it was carved" },
      { of: "frame", about: 1, text: "first" },
      { of: "frame", about: 1, text: "of two" },
    ]);
    expect(set.captures[0]!.interfaces).toMatchObject([
      { name: "tap", filter: "tcp", snapLength: 128, timeResolution: 9 },
      { linkType: 101, fcsOctets: 4, os: "none" },
    ]);
    const places = [0, 1].map((row) => ({ offset: batch.fileOffset[row]!, octets: batch.capLen[row]! }));
    const packed = `${path}.gz`;
    writeFileSync(packed, gzipSync(await fileOctets(path)));
    for (const from of [path, packed]) {
      const frames: number[][] = [];
      await readFramesAt(from, places, (index, frame) => {
        frames[index] = [...frame];
      });
      expect(frames).toEqual([
        [1, 2, 3],
        [4, 5, 6, 7, 8],
      ]);
      const beyond = [{ offset: 10_000_000, octets: 1 }];
      await expect(readFramesAt(from, beyond, () => undefined)).rejects.toThrow(/not the file that was analysed/);
    }
    await expect(readFramesAt(join(folder, "gone"), places, () => undefined)).rejects.toThrow(/does not exist/);
    await set.close();
  });

  it("as pcap keep their nanoseconds", async () => {
    const path = join(folder, "carved.pcap");
    const writer = await PcapWriter.create(path, 1);
    await writer.frame(START, 99, Uint8Array.of(1));
    await writer.frame(START + 1_000_000_007n, 1, Uint8Array.of(2));
    await writer.close();
    expect(await timesOf([path])).toEqual([START, START + 1_000_000_007n]);
    await expect(PcapWriter.create(join(folder, "no", "such", "folder"), 1)).rejects.toThrow(/cannot be written/);
  });
});

async function fileOctets(path: string): Promise<Uint8Array> {
  const { readFile } = await import("node:fs/promises");
  return readFile(path);
}
