import { describe, expect, it } from "vitest";
import type { Coverage } from "../contracts/story.ts";
import { EMPTY_COVERAGE } from "../contracts/story.ts";
import { coverageFacts } from "./coverage-text.ts";

const coverage = (packets: number): Coverage => ({ ...EMPTY_COVERAGE, packets });

describe("the coverage statement", () => {
  it("names all who may have dropped packets, of which the recorder's limits tell them apart", () => {
    const losses = new Map(coverageFacts({ ...coverage(1000), droppedPackets: 57 })).get("Losses");
    expect(losses).toMatch(/^57 packets dropped by kernel, interface or recorder, /);
  });

  it("claims no continuous traffic where too few packets show a pace", () => {
    const gaps = (packets: number) => new Map(coverageFacts(coverage(packets))).get("Gaps");
    expect(gaps(3)).toMatch(/^not judged/);
    expect(gaps(1000)).toMatch(/^none/);
  });
});
