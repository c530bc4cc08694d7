import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { BacktrailError } from "../core/contracts/result.ts";
import {
  asPcap,
  asPcapng,
  asStoredLz4,
  asStoredZstd,
  fields,
  packedBy,
  pcapngBlock,
  type GeneratedFrame,
} from "./generated-captures.ts";
import { Workplace, readAll, type ReadResult } from "./read-captures.ts";

const place = new Workplace();
afterAll(() => {
  place.remove();
});

const frames: GeneratedFrame[] = Array.from({ length: 30 }, (_, i) => ({
  ts: 1_700_000_000_000_000_000n + BigInt(i) * 10_000_000n,
  wireLength: 60 + i,
  bytes: Uint8Array.from({ length: 60 + i }, (_unused, at) => (at * 7 + i * 13) & 0xff),
}));
const hex = frames.map((frame) => Buffer.from(frame.bytes).toString("hex"));
const pcap = asPcap(frames, { littleEndian: true, nanoseconds: false });
const pcapng = asPcapng(frames, true, 9);

async function read(bytes: Uint8Array, chunkOctets = 1 << 20): Promise<ReadResult> {
  return readAll([place.file(bytes, "damaged.capture")], { chunkOctets });
}

/** Result of reading, or the code of the error that refuses the file. */
async function readOrCode(bytes: Uint8Array, chunkOctets: number): Promise<unknown> {
  try {
    const { frames: read_, captures } = await read(bytes, chunkOctets);
    const { damage, notes, packets, comments, interfaces } = captures[0]!;
    return { frames: read_, damage, notes, packets, comments, interfaces };
  } catch (error) {
    if (error instanceof BacktrailError) return error.code;
    throw error;
  }
}

describe("a file cut short", () => {
  it("gives every whole frame, then one record of damage", async () => {
    for (const bytes of [pcap, pcapng]) {
      const whole = (await read(bytes)).frames;
      for (let length = 60; length < bytes.length; length += 13) {
        const { frames: got, captures } = await read(bytes.subarray(0, length));
        const complete = whole.filter((f) => f.fileOffset + (f.hex.length >> 1) + (bytes === pcapng ? 7 : 0) <= length);
        const tolerance = bytes === pcapng ? 1 : 0;
        expect(Math.abs(got.length - complete.length)).toBeLessThanOrEqual(tolerance);
        expect(got).toEqual(whole.slice(0, got.length));
        const damage = captures[0]!.damage;
        expect(damage.length).toBeLessThanOrEqual(1);
        for (const { kind, frame } of damage) expect([kind, frame]).toEqual(["cut-short", got.length]);
      }
    }
  });

  it("gives what could be unpacked where it is packed", async () => {
    // Octets that cannot be packed much, so that half of the packed file is about half of the frames.
    let seed = 1;
    const octet = (): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 9) & 0x7f;
    };
    const many = Array.from({ length: 4000 }, () => ({
      ...frames[0]!,
      wireLength: 120,
      bytes: Uint8Array.from({ length: 120 }, octet),
    }));
    const bytes = asPcap(many, { littleEndian: true, nanoseconds: true });
    const packed = [gzipSync(bytes), asStoredZstd(bytes), asStoredLz4(bytes)];
    for (const args of ["-qc", "-qc19"]) {
      const zstd = packedBy("zstd", [args], bytes);
      if (zstd !== null) packed.push(zstd);
    }
    for (const form of packed) {
      for (const part of [0.5, 0.9, 0.999]) {
        const { frames: got, captures } = await read(form.subarray(0, Math.floor(form.length * part)));
        expect(got.map((f) => f.hex)).toEqual(
          many.slice(0, got.length).map((f) => Buffer.from(f.bytes).toString("hex")),
        );
        expect(captures[0]!.damage.map((d) => d.kind)).toEqual(["bad-compression"]);
        expect(captures[0]!.damage[0]!.sentence).toMatch(/cut short|damaged/);
      }
    }
  });
});

describe("a record that lies about its length", () => {
  it("does not swallow the rest of a pcap", async () => {
    for (const length of [0x7fff_ffff, 300_000, 262_000, 5000, 0xffff_ffff]) {
      const bytes = Uint8Array.from(pcap);
      const tenth = 24 + frames.slice(0, 10).reduce((sum, f) => sum + 16 + f.bytes.length, 0);
      new DataView(bytes.buffer).setUint32(tenth + 8, length, true);
      for (const chunkOctets of [100, 1 << 20]) {
        const { frames: got, captures } = await read(bytes, chunkOctets);
        expect(got.map((f) => f.hex)).toEqual([...hex.slice(0, 10), ...hex.slice(11)]);
        expect(captures[0]!.damage).toHaveLength(1);
        expect(captures[0]!.damage[0]).toMatchObject({ offset: tenth, frame: 10 });
      }
    }
  });

  it("does not swallow the rest of a pcapng", async () => {
    const blockAt = pcapng.length - frames.slice(10).reduce((sum, f) => sum + 32 + ((f.bytes.length + 3) & ~3), 0);
    for (const length of [0x7fff_fffc, 8_000_000, 4000, 400, 0, 13, 31]) {
      const bytes = Uint8Array.from(pcapng);
      new DataView(bytes.buffer).setUint32(blockAt + 4, length, true);
      for (const chunkOctets of [100, 1 << 20]) {
        const { frames: got, captures } = await read(bytes, chunkOctets);
        expect(
          got.map((f) => f.hex),
          String(length),
        ).toEqual([...hex.slice(0, 10), ...hex.slice(11)]);
        expect(captures[0]!.damage).toHaveLength(1);
        expect(captures[0]!.damage[0]).toMatchObject({ offset: blockAt, frame: 10 });
      }
    }
  });

  it("is read all the same where only the second length of a pcapng block is wrong", async () => {
    const blockAt = pcapng.length - frames.slice(10).reduce((sum, f) => sum + 32 + ((f.bytes.length + 3) & ~3), 0);
    const bytes = Uint8Array.from(pcapng);
    new DataView(bytes.buffer).setUint32(blockAt - 4, 7, true);
    const { frames: got, captures } = await read(bytes, 64);
    expect(got.map((f) => f.hex)).toEqual(hex);
    expect(captures[0]!.damage.map((d) => d.kind)).toEqual(["bad-trailer"]);
  });
});

describe("garbage", () => {
  it("in the middle is skipped and counted", async () => {
    const garbage = Uint8Array.from({ length: 777 }, (_, i) => (i * i * 31 + i * 17 + 90) & 0xff);
    const zeros = new Uint8Array(5000);
    for (const middle of [garbage, zeros]) {
      const at = 24 + frames.slice(0, 20).reduce((sum, f) => sum + 16 + f.bytes.length, 0);
      const bytes = Buffer.concat([pcap.subarray(0, at), middle, pcap.subarray(at)]);
      for (const chunkOctets of [33, 1 << 20]) {
        const { frames: got, captures } = await read(bytes, chunkOctets);
        expect(got.map((f) => f.hex)).toEqual(hex);
        expect(captures[0]!.damage).toMatchObject([{ offset: at, frame: 20, skipped: middle.length }]);
      }
      const blockAt = pcapng.length - frames.slice(10).reduce((sum, f) => sum + 32 + ((f.bytes.length + 3) & ~3), 0);
      const ng = Buffer.concat([pcapng.subarray(0, blockAt), middle, pcapng.subarray(blockAt)]);
      const { frames: got, captures } = await read(ng, 50);
      expect(got.map((f) => f.hex)).toEqual(hex);
      expect(captures[0]!.damage).toMatchObject([{ offset: blockAt, frame: 10, skipped: middle.length }]);
    }
  });

  it("of any kind neither throws, nor depends on the chunk size, nor gives a frame that is not in the file", async () => {
    const forms = [
      pcap,
      pcapng,
      asPcapng(frames.slice(0, 4), false, 6),
      gzipSync(pcap),
      asStoredZstd(pcap),
      asStoredLz4(pcap),
    ];
    for (const args of [
      ["zstd", "-qc"],
      ["zstd", "-qc19"],
      ["lz4", "-qc"],
    ] as const) {
      const packed = packedBy(args[0], [args[1]], pcap);
      if (packed !== null) forms.push(packed);
    }
    const edits = fc.array(
      fc.record({
        at: fc.nat(),
        with: fc.uint8Array({ minLength: 1, maxLength: 8 }),
        drop: fc.nat(12),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(forms.length - 1),
        edits,
        fc.constantFrom(1, 7, 97),
        async (form, changes, chunkOctets) => {
          let bytes: Uint8Array = forms[form]!;
          for (const { at, with: inserted, drop } of changes) {
            const where = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, where), inserted, bytes.subarray(where + drop)]);
          }
          expect(await readOrCode(bytes, chunkOctets)).toEqual(await readOrCode(bytes, 1 << 20));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("that is all there is is refused, or read without frames", async () => {
    const magics = [
      [],
      [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0],
      [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0],
      [0x1f, 0x8b, 8, 0],
      [0x28, 0xb5, 0x2f, 0xfd],
      [0x04, 0x22, 0x4d, 0x18],
      [0x02, 0x21, 0x4c, 0x18],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), async (magic, rest) => {
        const bytes = Buffer.concat([Uint8Array.from(magic), rest]);
        expect(await readOrCode(bytes, 11)).toEqual(await readOrCode(bytes, 1 << 20));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a bomb", () => {
  it("of zeros costs time, not memory", async () => {
    // 384 MiB of zero octets as 3072 zstd RLE blocks of 4 octets each, behind one block with a whole pcap.
    const rle = Buffer.alloc(4 * 3072);
    for (let i = 0; i < 3072; i++) rle.set([...fields(true, [4, (131_072 << 3) | 2]).subarray(0, 3), 0], 4 * i);
    const head = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38);
    const stored = Buffer.concat([fields(true, [4, pcap.length << 3]).subarray(0, 3), pcap]);
    const before = process.memoryUsage().rss;
    const { frames: got, captures } = await read(Buffer.concat([head, stored, rle]), 1 << 16);
    expect(got.map((f) => f.hex)).toEqual(hex);
    expect(captures[0]!.damage.map((d) => d.kind)).toContain("bad-compression");
    expect(process.memoryUsage().rss - before).toBeLessThan(192 * 1024 * 1024);
  });

  it("of a block that claims 60 MiB is not waited for in vain", async () => {
    const claim = fields(true, [4, 0xbad], [4, 60 * 1024 * 1024], [4, 1]);
    const bytes = Buffer.concat([pcapng, claim, pcapng]);
    const { frames: got, captures } = await read(bytes);
    expect(got.map((f) => f.hex)).toEqual([...hex, ...hex]);
    expect(captures[0]!.damage).toHaveLength(1);
    expect(captures[0]!.sections).toHaveLength(2);
  });

  it("of unknown blocks is only counted", async () => {
    const unknown = Array.from({ length: 300 }, (_, i) => pcapngBlock(0x5000 + i, new Uint8Array(4), true));
    const { frames: got, captures } = await read(Buffer.concat([pcapng, ...unknown]));
    expect(got).toHaveLength(frames.length);
    expect(captures[0]!.damage).toEqual([]);
    expect(captures[0]!.otherBlocks.length).toBeLessThanOrEqual(256);
  });
});
