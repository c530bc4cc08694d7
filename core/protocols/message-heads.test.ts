import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../bytes/reader.ts";
import { MessageHeads } from "./message-heads.ts";
import type { Connection } from "./protocol.ts";

/** Messages of one octet of length, that octet included, and the rest; at most 8 octets are delivered. */
function reader(): { heads: MessageHeads; seen: [string, number][]; send: (text: string) => void } {
  const seen: [string, number][] = [];
  let toSkip = 0;
  const conn = { skip: (octets: number) => void (toSkip += octets) } as unknown as Connection;
  const heads = new MessageHeads(conn, true, 8, {
    length: (r) => (r.peekU8() === 0 ? -1 : r.peekU8()),
    message: (r, total) => void seen.push([r.latin1(r.left).slice(1), total]) === undefined,
    broken: () => void seen.push(["broken", 0]),
    resumes: (r) => r.peekU8() === r.left,
  });
  const send = (text: string): void => {
    const skipped = Math.min(toSkip, text.length);
    toSkip -= skipped;
    if (skipped < text.length) heads.data(new ByteReader(Buffer.from(text.slice(skipped), "latin1")));
  };
  return { heads, seen, send };
}

describe("heads of messages", () => {
  it("are the same whatever the pieces", () => {
    const text = "\x03ab\x14" + "c".repeat(19) + "\x02d";
    for (const size of [1, 2, 5, 100]) {
      const { seen, send } = reader();
      for (let at = 0; at < text.length; at += size) send(text.slice(at, at + size));
      expect(seen).toEqual([
        ["ab", 3],
        ["ccccccc", 20],
        ["d", 2],
      ]);
    }
  });

  it("go on at the next message after a gap inside one, else at a segment that begins one", () => {
    const { heads, seen, send } = reader();
    send("\x06ab");
    heads.gap(2);
    send("e\x02f");
    heads.gap(7);
    send("xyz");
    send("\x03gh");
    send("\x06ab");
    heads.gap(4);
    send("yz");
    send("\0");
    expect(seen).toEqual([
      ["ab", 6],
      ["f", 2],
      ["gh", 3],
      ["ab", 6],
    ]);
    send("\x02i");
    send("\0");
    expect(seen.slice(4)).toEqual([
      ["i", 2],
      ["broken", 0],
    ]);
  });

  it("never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.nat(40))), (parts) => {
        const { heads, send } = reader();
        for (const part of parts) {
          if (typeof part === "number") heads.gap(part);
          else send(Buffer.from(part).toString("latin1"));
        }
        expect(heads.held).toBeLessThanOrEqual(8);
      }),
    );
  });
});
