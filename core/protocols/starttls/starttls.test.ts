import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import type { Protocol } from "../protocol.ts";
import type { Step } from "../../../test/starttls-dialogues.ts";
import { DIALOGUES } from "../../../test/starttls-dialogues.ts";
import { CHANGING_TO_TLS } from "./starttls.ts";
import { pop3 } from "./text-protocols.ts";

const run = (protocol: Protocol, steps: readonly Step[], size = 1 << 16) => {
  const trial = new Trial(protocol, { respP: protocol.ports[0]! });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("changes to TLS", () => {
  it.each(DIALOGUES.map(([protocol, steps]) => [protocol.name, protocol, steps] as const))(
    "%s",
    (_, protocol, steps) => {
      const begins = steps.some(
        ([side, octets]) => probe(protocol, octets, { fromOriginator: side, onPort: true }) === "yes",
      );
      expect(begins).toBe(true);
      for (const size of [1, 3, 1 << 16]) {
        const trial = run(protocol, steps, size);
        expect(trial.handedOver).toBe(true);
        expect(trial.confirmed).toBeGreaterThan(0);
        expect(run(protocol, steps.slice(0, -1), size).handedOver).toBe(false);
      }
    },
  );

  it("stays where the server refuses", () => {
    expect(
      run(pop3, [
        [true, "CAPA\r\nSTLS\r\n"],
        [false, "-ERR no\r\n"],
      ]).handedOver,
    ).toBe(false);
  });

  it("stops watching after a while", () => {
    const trial = run(pop3, [
      [true, "CAPA\r\n"],
      [false, "+OK a\r\n".repeat(20_000)],
    ]);
    expect(trial.skipped[1]).toBeGreaterThan(0);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANGING_TO_TLS),
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 40 }))),
        (protocol, steps) => void run(protocol, steps),
      ),
    );
    for (const [protocol, steps] of DIALOGUES) {
      for (const [side, octets] of steps) {
        const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
        for (let end = 0; end < bytes.length; end++) {
          run(protocol, [[side, bytes.subarray(0, end)]]);
          probe(protocol, bytes.subarray(0, end), { fromOriginator: side });
        }
      }
    }
  });
});
