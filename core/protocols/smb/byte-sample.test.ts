import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteSample, SAMPLE_OCTETS } from "./byte-sample.ts";

function measured(bytes: Uint8Array, piece = bytes.length): ByteSample {
  const sample = new ByteSample();
  for (let at = 0; at < bytes.length; at += piece) sample.add(bytes, at, Math.min(bytes.length, at + piece));
  return sample;
}

/** Octets that look random: SHA-256 of a counter. */
function randomLike(octets: number): Uint8Array {
  const blocks = Array.from({ length: octets / 32 }, (_, i) => createHash("sha256").update(String(i)).digest());
  return new Uint8Array(Buffer.concat(blocks));
}

describe("a sample of octets", () => {
  it("tells random octets by entropy and chi-square", () => {
    const sample = measured(randomLike(SAMPLE_OCTETS));
    expect(sample.entropy()).toBeGreaterThan(7.99);
    expect(sample.chiSquare()).toBeLessThan(330);
    expect(sample.wants).toBe(false);
  });

  it("tells text and zeros", () => {
    const text = measured(Buffer.from("The backup of the night was complete. ".repeat(400)));
    expect(text.entropy()).toBeLessThan(4.5);
    expect(text.chiSquare()).toBeGreaterThan(10_000);
    expect(measured(new Uint8Array(8192)).entropy()).toBe(0);
  });

  it("says nothing of few octets", () => {
    expect(measured(randomLike(1024)).entropy()).toBeNull();
    expect(measured(randomLike(1024)).chiSquare()).toBeNull();
  });

  it("is the same however the octets are cut, and looks at the first only", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), (piece) => {
        const bytes = randomLike(SAMPLE_OCTETS + 4096);
        const cut = measured(bytes, piece);
        const whole = measured(bytes.subarray(0, SAMPLE_OCTETS));
        expect([cut.entropy(), cut.chiSquare()]).toEqual([whole.entropy(), whole.chiSquare()]);
      }),
      { numRuns: 20 },
    );
  });
});
