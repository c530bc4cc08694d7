import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { websocket } from "./websocket.ts";

/** "Hello" masked and not, and a ping, of RFC 6455 5.7. */
const MASKED = hex("8185 37fa213d 7f9f4d5158");
const CLEAR = hex("8105 48656c6c6f");
const PING = hex("8905 48656c6c6f");

describe("frames", () => {
  it("gives the payload of data frames, however the octets are cut", () => {
    const long = Buffer.concat([hex("827e0100"), Buffer.alloc(256, 0x61)]);
    for (const size of [1, 3, 1000]) {
      const trial = new Trial(websocket, {});
      trial.sendInPieces(true, Buffer.concat([MASKED, PING, MASKED]), size);
      trial.sendInPieces(false, Buffer.concat([CLEAR, long]), size);
      trial.close();
      const text = (side: boolean) =>
        Buffer.concat(
          trial.inner[0]!.parts.filter((part) => part.fromOriginator === side).map((part) => part.bytes),
        ).toString();
      expect(text(true)).toBe("HelloHello");
      expect(text(false)).toBe("Hello" + "a".repeat(256));
    }
  });

  it("is only what HTTP changed to", () => {
    expect(probe(websocket, CLEAR)).toBe("no");
    expect(probe(websocket, CLEAR, { pipe: "websocket" })).toBe("yes");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.uint8Array({ maxLength: 40 }))), (pieces) => {
        const trial = new Trial(websocket, {});
        for (const [isGap, side, octets] of pieces) {
          if (isGap) trial.gap(octets.length, side);
          else trial.send(side, octets);
        }
        trial.close();
      }),
    );
  });
});
