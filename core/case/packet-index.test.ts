import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PacketIndex, removeOtherRuns } from "./packet-index.ts";
import type { IndexedFrames } from "./packet-index-writer.ts";
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
  readonly session: number;
}

/** Frames of several captures in reading order, cut into batches of one capture. */
function write(frames: readonly Frame[], batchRows: number, extra: readonly number[] = []): void {
  const writer = new PacketIndexWriter(folder, 7);
  for (let from = 0; from < frames.length;) {
    let to = from + 1;
    while (to < frames.length && to - from < batchRows && frames[to]!.capture === frames[from]!.capture) to++;
    const rows = frames.slice(from, to);
    const batch: IndexedFrames = {
      capture: rows[0]!.capture,
      firstFrame: rows[0]!.frame,
      firstOrdinal: rows[0]!.ordinal,
      count: rows.length,
      capLen: Uint32Array.from(rows, ({ length }) => length),
      fileOffset: Float64Array.from(rows, ({ offset }) => offset),
    };
    writer.append(
      batch,
      Float64Array.from(rows, ({ session }) => session),
    );
    from = to;
  }
  writer.append(
    {
      capture: 1,
      firstFrame: 0,
      firstOrdinal: 0,
      count: 0,
      capLen: new Uint32Array(0),
      fileOffset: new Float64Array(0),
    },
    new Float64Array(0),
    extra,
  );
  writer.finish();
}

const open = (captures: readonly number[]) => PacketIndex.open(folder, [{ id: 7, captures }]);

function flat(located: ReturnType<PacketIndex["framesOf"]>): Omit<Frame, "session">[] {
  return located.flatMap(({ capture, frames, offsets, lengths, ordinals }) =>
    [...frames].map((frame, i) => ({
      capture,
      frame,
      ordinal: ordinals[i]!,
      offset: offsets[i]!,
      length: lengths[i]!,
    })),
  );
}

const bare = ({ capture, frame, ordinal, offset, length }: Frame) => ({ capture, frame, ordinal, offset, length });
const byFile = (a: Omit<Frame, "session">, b: Omit<Frame, "session">) => a.capture - b.capture || a.frame - b.frame;

describe("packet index", () => {
  it("finds exactly the frames of any sessions, whatever the batches, captures and size of the keys", () => {
    const frameArb = fc.record({
      capture: fc.integer({ min: 1, max: 3 }),
      session: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 5 }), fc.constant(2 ** 40 + 3)),
      length: fc.integer({ min: 0, max: 70_000 }),
      jump: fc.oneof(fc.constant(16), fc.constant(2 ** 31)),
    });
    fc.assert(
      fc.property(
        fc.array(frameArb, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 0, max: 6 })), { maxLength: 8 }),
        fc.uniqueArray(fc.constantFrom(0, 1, 2, 5, 6, 2 ** 40 + 3, 99), { minLength: 1, maxLength: 4 }),
        (list, batchRows, extra, keys) => {
          const at = new Map<number, { frame: number; offset: number }>();
          const frames = list.map(({ capture, session, length, jump }, ordinal): Frame => {
            const before = at.get(capture) ?? { frame: 0, offset: 24 };
            const here = { frame: before.frame + 1, offset: before.offset + jump };
            at.set(capture, { frame: here.frame, offset: here.offset + length });
            return { capture, ordinal, length, session, ...here };
          });
          const further = extra.filter(([ordinal]) => ordinal < frames.length);
          write(frames, batchRows, further.flat());
          const index = open([1, 2, 3]);
          const isWanted = (frame: Frame) =>
            keys.includes(frame.session) ||
            further.some(([ordinal, key]) => ordinal === frame.ordinal && keys.includes(key));
          expect(flat(index.framesOf(7, keys))).toEqual(frames.filter(isWanted).map(bare).sort(byFile));
          for (const frame of frames) {
            const own = frame.session < 0 ? [] : [frame.session];
            const others = further.filter(([ordinal]) => ordinal === frame.ordinal).map(([, key]) => key);
            expect(new Set(index.sessionsAt(frame.capture, frame.frame))).toEqual(new Set([...own, ...others]));
            expect(flat([index.locate(frame.capture, [frame.frame, 9999])])).toEqual([bare(frame)]);
          }
          removeOtherRuns(folder, new Set());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps many blocks and looks at a span only", () => {
    const frames = Array.from({ length: 150_000 }, (_, i): Frame => {
      return {
        capture: 1,
        frame: i + 1,
        ordinal: i,
        offset: 40 + i * 100,
        length: 60,
        session: i % 1000 === 0 ? 0 : i * 8,
      };
    });
    write(frames, 4096);
    const index = open([1]);
    expect(index.frameCount(1)).toBe(150_000);
    expect(flat(index.framesOf(7, [0]))).toHaveLength(150);
    const span = { from: { capture: 1, frame: 1 }, to: { capture: 1, frame: 1001 } };
    expect(flat(index.framesOf(7, [0], span)).length).toBeGreaterThanOrEqual(2);
    expect(flat(index.framesOf(7, [99_999 * 8])).map(({ frame }) => frame)).toEqual([100_000]);
    expect(index.framesOf(8, [0])).toEqual([]);
  });

  it("says which file is damaged, and forgets runs that are not part of the case", () => {
    write([{ capture: 1, frame: 1, ordinal: 0, offset: 40, length: 60, session: 0 }], 10);
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
