import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  asGzip,
  asPcap,
  asPcapng,
  asStoredLz4,
  asStoredZstd,
  packedBy,
  type GeneratedFrame,
} from "./generated-captures.ts";
import { Workplace, readAll, type ReadFrame } from "./read-captures.ts";

const place = new Workplace();
afterAll(() => {
  place.remove();
});

const CHUNKS = [1, 7, 64, 1 << 20];

/** Frames with times in whole microseconds, as every form can hold them. */
const someFrames = fc.array(
  fc
    .record({
      microseconds: fc.bigInt({ min: 1_000_000n, max: 4_000_000_000_000_000n }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 90 }),
      cut: fc.nat(2000),
    })
    .map(({ microseconds, bytes, cut }) => ({ ts: microseconds * 1000n, bytes, wireLength: bytes.length + cut })),
  { maxLength: 12 },
);

function shortly(frames: readonly ReadFrame[]): string[] {
  return frames.map((f) => `${f.frame} ${f.ts} ${f.wireLength} ${f.linkType} ${f.iface} ${f.hex}`);
}

function expected(frames: readonly GeneratedFrame[]): string[] {
  return frames.map((f, i) => `${i + 1} ${f.ts} ${f.wireLength} 1 0 ${Buffer.from(f.bytes).toString("hex")}`);
}

describe("the same frames", () => {
  it("come out of every form and every chunk size", async () => {
    await fc.assert(
      fc.asyncProperty(someFrames, async (frames) => {
        const forms: Uint8Array[] = [];
        for (const littleEndian of [true, false]) {
          forms.push(asPcap(frames, { littleEndian, nanoseconds: false }));
          forms.push(asPcap(frames, { littleEndian, nanoseconds: true }));
          forms.push(asPcapng(frames, littleEndian, 6));
          forms.push(asPcapng(frames, littleEndian, 9));
        }
        const plain = forms[2]!;
        forms.push(asGzip(plain), asStoredZstd(plain), asStoredLz4(plain));
        for (const bytes of forms) {
          const path = place.file(bytes, "same.capture");
          for (const chunkOctets of CHUNKS) {
            const { frames: read, captures } = await readAll([path], { chunkOctets });
            expect(shortly(read)).toEqual(expected(frames));
            expect(captures[0]!.damage).toEqual([]);
            expect(captures[0]!.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
            expect(captures[0]!.packets).toBe(frames.length);
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  it("come out of the variants of pcap", async () => {
    const frames = generated(40, 60);
    const shapes = [
      { magic: 0xa1b2cd34, recordOctets: 24 },
      { magic: 0xa1b2cd34, recordOctets: 28 },
      { magic: 0xa1b2c3d4, recordOctets: 24 },
      { magic: 0xa1b2c3d4, recordOctets: 20 },
      { magic: 0x1c0001ab, extraHeader: 4 },
      { version: [2, 2] as const, swapLengths: true },
      { version: [543, 0] as const, swapLengths: true },
      { version: [2, 3] as const, swapLengths: true },
      { snapLength: 0 },
      { snapLength: 20 },
    ];
    for (const shape of shapes) {
      for (const littleEndian of [true, false]) {
        const path = place.file(asPcap(frames, { littleEndian, nanoseconds: false, ...shape }));
        const { frames: read, captures } = await readAll([path], { chunkOctets: 500 });
        expect(shortly(read), JSON.stringify(shape)).toEqual(expected(frames));
        expect(captures[0]!.damage).toEqual([]);
      }
    }
    const ixia = place.file(
      asPcap(frames, { littleEndian: true, nanoseconds: true, magic: 0x1c0001ac, extraHeader: 4 }),
    );
    expect(shortly((await readAll([ixia])).frames)).toEqual(expected(frames));
    const aix = place.file(
      asPcap(frames, { littleEndian: false, nanoseconds: true, magic: 0xa1b2c3d4, version: [2, 2], linkType: 6 }),
    );
    expect(shortly((await readAll([aix])).frames)).toEqual(expected(frames));
  });

  it("come out of what zstd and lz4 pack (skipped where they are not installed)", async (context) => {
    const frames = generated(4000, 700);
    const bytes = asPcap(frames, { littleEndian: true, nanoseconds: true });
    const commands: [string, string[]][] = [
      ...["-1", "-3", "-9", "-19", "--long=25", "--no-check"].map((level): [string, string[]] => [
        "zstd",
        ["-qc", level],
      ]),
      ...["-1", "-9", "-BD", "-B4", "-B7", "-BX", "-l"].map((level): [string, string[]] => ["lz4", ["-qc", level]]),
    ];
    let packers = 0;
    for (const [command, args] of commands) {
      const packed = packedBy(command, args, bytes);
      if (packed === null) continue;
      packers++;
      for (const chunkOctets of [5000, 1 << 20]) {
        const { frames: read, captures } = await readAll([place.file(packed, "packed")], { chunkOctets });
        expect(captures[0]!.damage, args.join(" ")).toEqual([]);
        expect(shortly(read), args.join(" ")).toEqual(expected(frames));
      }
    }
    if (packers === 0) context.skip("neither zstd nor lz4 is installed");
  });

  it("come out of two interleaved files as out of one", async () => {
    const frames = generated(500, 300);
    const path = place.file(asPcap(frames, { littleEndian: true, nanoseconds: true }));
    const whole = (await readAll([path])).frames;
    for (const share of [2, 3, 7]) {
      const parts = Array.from({ length: share }, (_, part) =>
        place.file(
          asPcap(
            frames.filter((_, i) => (i * 7) % share === part),
            { littleEndian: part % 2 === 0, nanoseconds: true },
          ),
        ),
      );
      for (const chunkOctets of [300, 4096, 1 << 20]) {
        const { frames: read } = await readAll(parts, { chunkOctets });
        expect(read.map((f) => `${f.ts} ${f.hex}`)).toEqual(whole.map((f) => `${f.ts} ${f.hex}`));
      }
    }
  });

  it("keep their order in a file whose times go back", async () => {
    const back = generated(60, 50).map((frame, i) => ({ ...frame, ts: frame.ts - (i % 9 === 4 ? 50_000_000n : 0n) }));
    const other = generated(60, 50).map((frame) => ({ ...frame, ts: frame.ts + 500n }));
    const paths = [back, other].map((frames) => place.file(asPcap(frames, { littleEndian: true, nanoseconds: true })));
    const { frames } = await readAll(paths, { chunkOctets: 700 });
    for (const capture of [1, 2]) {
      const numbers = frames.filter((f) => f.capture === capture).map((f) => f.frame);
      expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    }
  });
});

/** Frames 1 ms apart; octets repeat enough to be packed. */
function generated(count: number, most: number): GeneratedFrame[] {
  let seed = 1;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  return Array.from({ length: count }, (_, i) => {
    const bytes = new Uint8Array(1 + next(most));
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = at % 40 < 30 ? (at * 3) & 0xff : next(i % 3 === 0 ? 256 : 4);
    }
    return { ts: 1_700_000_000_123_456_000n + BigInt(i) * 1_000_000n, wireLength: bytes.length + (i % 5), bytes };
  });
}
