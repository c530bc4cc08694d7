import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countText,
  dateTime,
  isoTime,
  leadingSentences,
  octetsText,
  shareText,
  timeSpan,
  visible,
} from "./text-forms.ts";

describe("leadingSentences", () => {
  it("gives whole sentences, and breaks none in what it quotes", () => {
    expect(leadingSentences("One thing. Another.", 100)).toBe("One thing. Another.");
    expect(leadingSentences("One thing. Another. A third.", 20)).toBe("One thing. Another.");
    expect(leadingSentences("A long first sentence. Another.", 5)).toBe("A long first sentence.");
    expect(leadingSentences("It wrote `No label. Volume 1.` there. More.", 10)).toBe(
      "It wrote `No label. Volume 1.` there.",
    );
  });
});

describe("times", () => {
  it("keeps every digit", () => {
    expect(isoTime(1709259247123456789n)).toBe("2024-03-01T02:14:07.123456789Z");
    expect(dateTime("1709259247123456789", 3)).toBe("2024-03-01 02:14:07.123");
    expect(dateTime(-1n, 9)).toBe("1969-12-31 23:59:59.999999999");
  });
  it("never throws, whatever a capture says", () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ns) => isoTime(ns).endsWith("Z")));
  });
  it("says spans in the units that matter", () => {
    expect(timeSpan(18_000_000n)).toBe("18 ms");
    expect(timeSpan(125_000_000_000n)).toBe("2 min 5 s");
    expect(timeSpan(86_400_000_000_000n * 3n + 3_600_000_000_000n * 4n)).toBe("3 d 4 h");
  });
});

describe("numbers", () => {
  it("uses powers of ten", () => {
    expect(octetsText(812)).toBe("812 B");
    expect(octetsText(3_100_000)).toBe("3.1 MB");
    expect(octetsText(999_999)).toBe("1 MB");
    expect(countText(41207)).toBe("41,207");
  });
  it("does not round a share away", () => {
    expect(shareText(0.001)).toBe("under 1 %");
    expect(shareText(0.999)).toBe("over 99 %");
    expect(shareText(0)).toBe("0 %");
  });
});

describe("visible", () => {
  it("leaves nothing that a terminal would obey", () => {
    expect(visible("a\u001b[31mb\u202e\n")).toBe("a\\x1b[31mb\\u202e\\x0a");

    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        (text) => !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(visible(text)),
      ),
    );
  });
});
