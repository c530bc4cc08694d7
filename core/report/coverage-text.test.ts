import { describe, expect, it } from "vitest";
import type { Coverage } from "../contracts/story.ts";
import { EMPTY_COVERAGE } from "../contracts/story.ts";
import { coverageFacts } from "./coverage-text.ts";

const coverage = (packets: number): Coverage => ({ ...EMPTY_COVERAGE, packets });

describe("the coverage statement", () => {
  it("claims no continuous traffic where too few packets show a pace", () => {
    const gaps = (packets: number) => new Map(coverageFacts(coverage(packets))).get("Gaps");
    expect(gaps(3)).toMatch(/^not judged/);
    expect(gaps(1000)).toMatch(/^none/);
  });
});
