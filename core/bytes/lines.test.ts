import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineCutter } from "./lines.ts";
import { ByteReader } from "./reader.ts";

const cut = (text: string, size: number, limit = 100): string[] => {
  const cutter = new LineCutter(limit);
  const lines: string[] = [];
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    cutter.feed(new ByteReader(bytes, at, Math.min(at + size, bytes.length)), (line) => lines.push(line) > 0);
  }
  return lines;
};

describe("lines", () => {
  it("end with LF or CR LF", () => {
    expect(cut("a\r\nb\nc\rd\r\n\ne", 100)).toEqual(["a", "b", "c\rd", ""]);
  });

  it("come out the same whatever the pieces", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n"), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (octets, size) => {
        expect(cut(octets, size, 200)).toEqual(cut(octets, 200, 200));
      }),
    );
  });

  it("are delivered in parts when they are too long", () => {
    expect(cut("abcdefgh\n", 3, 4)).toEqual(["abcd", "efgh", ""]);
  });

  it("stop where the taker says, and leave the rest unread", () => {
    const cutter = new LineCutter(10);
    const r = new ByteReader(Buffer.from("one\ntwo\nrest"));
    cutter.feed(r, (line) => line !== "two");
    expect(r.latin1(r.left)).toBe("rest");
  });
});
