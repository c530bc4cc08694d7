import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PacketIndex, removeOtherRuns } from "./packet-index.ts";
import { PacketIndexWriter } from "./packet-index-writer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-index-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Frame {
  readonly capture: number;
  readonly frame: number;
  readonly ordinal: number;
  readonly offset: number;
  readonly length: number;
  readonly wire: number;
  readonly ts: bigint;
  readonly iface: number;
  readonly linkType: number;
}
type Seen = Frame & { readonly session: number };

/** Frames in reading order, cut into batches. */
function write(frames: readonly Seen[], batchRows: number, extra: readonly number[] = []): void {
  const writer = new PacketIndexWriter(folder, 7);
  for (let from = 0; from < frames.length; from += batchRows) {
    const rows = frames.slice(from, from + batchRows);
    writer.append(
      {
        firstOrdinal: rows[0]!.ordinal,
        count: rows.length,
        capture: Uint16Array.from(rows, ({ capture }) => capture),
        frame: Uint32Array.from(rows, ({ frame }) => frame),
        ts: BigInt64Array.from(rows, ({ ts }) => ts),
        capLen: Uint32Array.from(rows, ({ length }) => length),
        wireLen: Uint32Array.from(rows, ({ wire }) => wire),
        iface: Uint16Array.from(rows, ({ iface }) => iface),
        linkType: Uint16Array.from(rows, ({ linkType }) => linkType),
        fileOffset: Float64Array.from(rows, ({ offset }) => offset),
      },
      Float64Array.from(rows, ({ session }) => session),
      from === 0 ? extra : [],
    );
  }
  writer.finish();
}

const open = (captures: readonly number[]) => PacketIndex.open(folder, [{ id: 7, captures }]);

function flat(located: ReturnType<PacketIndex["framesOf"]>): Frame[] {
  return located.flatMap((part) =>
    [...part.frames].map((frame, i) => ({
      capture: part.capture,
      frame,
      ordinal: part.ordinals[i]!,
      offset: part.offsets[i]!,
      length: part.lengths[i]!,
      wire: part.wireLengths[i]!,
      ts: part.times[i]!,
      iface: part.interfaces[i]!,
      linkType: part.linkTypes[i]!,
    })),
  );
}

function bare({ capture, frame, ordinal, offset, length, wire, ts, iface, linkType }: Seen): Frame {
  return { capture, frame, ordinal, offset, length, wire, ts, iface, linkType };
}
const byFile = (a: Frame, b: Frame) => a.capture - b.capture || a.frame - b.frame;

describe("packet index", () => {
  it("finds exactly the frames of any sessions, whatever the batches, captures and sizes", () => {
    const few = <T>(usual: T, ...others: T[]) => fc.constantFrom(usual, usual, usual, usual, usual, usual, ...others);
    const frameArb = fc.record({
      capture: fc.integer({ min: 1, max: 3 }),
      session: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant(2 ** 40 + 3)),
      length: few(60, 0, 1514, 70_000),
      cut: few(0, 0, 5),
      jump: few(16, 65_536, 2 ** 33),
      step: few(1000n, -5n, 3_000_000_000n, -9_000_000_000n),
      iface: few(0, 0, 3),
      linkType: few(1, 1, 113),
      missing: few(0, 0, 4),
    });
    fc.assert(
      fc.property(
        fc.array(frameArb, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 0, max: 6 })), { maxLength: 8 }),
        fc.uniqueArray(fc.constantFrom(0, 1, 2, 5, 6, 2 ** 40 + 3, 99), { minLength: 1, maxLength: 4 }),
        (list, batchRows, extra, keys) => {
          const at = new Map<number, { frame: number; end: number }>();
          let ts = 1_700_000_000_000_000_000n;
          const frames = list.map(
            ({ capture, session, length, cut, jump, step, iface, linkType, missing }, ordinal): Seen => {
              const before = at.get(capture) ?? { frame: 0, end: 24 };
              const frame = before.frame + 1 + missing;
              const offset = before.end + jump;
              at.set(capture, { frame, end: offset + length });
              ts += step;
              return {
                capture,
                frame,
                ordinal: 1000 + ordinal,
                offset,
                length,
                wire: length + cut,
                ts,
                iface,
                linkType,
                session,
              };
            },
          );
          const further = extra.filter(([row]) => row < frames.length).map(([row, key]) => [1000 + row, key] as const);
          write(frames, batchRows, further.flat());
          const index = open([1, 2, 3]);
          const isWanted = (frame: Seen) =>
            keys.includes(frame.session) ||
            further.some(([ordinal, key]) => ordinal === frame.ordinal && keys.includes(key));
          expect(flat(index.framesOf(7, keys))).toEqual(frames.filter(isWanted).map(bare).sort(byFile));
          const [only] = keys;
          const ofOne = frames.filter(
            ({ session, ordinal }) => session === only || further.some(([at, key]) => at === ordinal && key === only),
          );
          const parts = [...index.partsOf(7, only!, undefined, 7, 3)].map(flat);
          expect(parts.flat().sort(byFile)).toEqual(ofOne.map(bare).sort(byFile));
          // A part's frames come before the next one's.
          for (const [i, part] of parts.entries())
            for (const { ordinal } of part)
              expect(parts.slice(i + 1).every((later) => later.every((frame) => frame.ordinal > ordinal))).toBe(true);
          for (const frame of frames) {
            const own = frame.session < 0 ? [] : [frame.session];
            const others = further.filter(([ordinal]) => ordinal === frame.ordinal).map(([, key]) => key);
            expect(new Set(index.sessionsAt(frame.capture, frame.frame))).toEqual(new Set([...own, ...others]));
            expect(flat([index.locate(frame.capture, [frame.frame, 9999])])).toEqual([bare(frame)]);
          }
          removeOtherRuns(folder, new Set());
        },
      ),
      { numRuns: 80 },
    );
  });

  it("keeps many blocks and looks at a span only", () => {
    const frames = Array.from({ length: 150_000 }, (_, i): Seen => {
      const session = i % 1000 === 0 ? 0 : i * 8;
      return {
        capture: 1,
        frame: i + 1,
        ordinal: i,
        offset: 40 + i * 76,
        length: 60,
        wire: 60,
        ts: BigInt(i),
        iface: 0,
        linkType: 1,
        session,
      };
    });
    write(frames, 4096);
    const index = open([1]);
    expect(index.frameCount(1)).toBe(150_000);
    expect(index.framesOf(7, [0])[0]?.count).toBe(150);
    const span = { from: { capture: 1, frame: 1 }, to: { capture: 1, frame: 1001 } };
    expect(index.framesOf(7, [0], span)[0]?.count).toBe(66);
    expect(flat(index.framesOf(7, [99_999 * 8]))).toEqual([bare(frames[99_999]!)]);
    expect(index.framesOf(8, [0])).toEqual([]);
    const octets = readFileSync(join(folder, "7-1.frames")).length;
    expect(Math.ceil(octets / frames.length)).toBeLessThanOrEqual(13);
  });

  it("says which file is damaged, and forgets runs that are not part of the case", () => {
    const only: Seen = {
      capture: 1,
      frame: 1,
      ordinal: 0,
      offset: 40,
      length: 60,
      wire: 60,
      ts: 5n,
      iface: 0,
      linkType: 1,
      session: 0,
    };
    write([only], 10);
    const path = join(folder, "7-1.frames");
    const whole = readFileSync(path);
    for (let octets = 1; octets < whole.length; octets++) {
      truncateSync(path, octets);
      expect(() => open([1])).toThrow(/7-1\.frames is damaged/);
      writeFileSync(path, whole);
    }
    removeOtherRuns(folder, new Set([7]));
    expect(open([1]).frameCount(1)).toBe(1);
    removeOtherRuns(folder, new Set([8]));
    expect(open([1]).frameCount(1)).toBe(0);
  });
});
