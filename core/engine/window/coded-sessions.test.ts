import fc from "fast-check";
import { expect, it } from "vitest";
import { BlockTest, ofKinds, SOME } from "./coded-scan.ts";
import type { CodedCondition } from "./coded-scan.ts";
import { KindList } from "./kind-list.ts";

it("numbers the combinations of codes, however many come", () => {
  const sizes = [300, 7, 5000];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(299), fc.nat(6), fc.nat(4999)), { maxLength: 3000, size: "max" }), (rows) => {
      const list = new KindList(sizes);
      const kinds = new Uint32Array(rows.length);
      const combined = Float64Array.from(rows, ([a, b, c]) => (a * 7 + b) * 5000 + c);
      list.number(combined, kinds, 0);
      const columns = [0, 1, 2].map((at) => list.codes(at));
      expect(Array.from(kinds, (kind) => columns.map((codes) => codes[kind]))).toEqual(rows);
      expect(list.count).toBe(new Set(combined).size);
      expect(list.starts().at(-1)).toBe(rows.length);
    }),
    { numRuns: 10 },
  );
});

it("asks of kinds and of sessions what a condition asks of both", () => {
  const flags = (length: number) => fc.array(fc.nat(1), { minLength: length, maxLength: length });
  const { tree } = fc.letrec<{ tree: CodedCondition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      flags(3).map((holds) => ({
        kind: "kinds" as const,
        codes: Uint8Array.of(0, 1, 2, 1),
        holds: Uint8Array.from(holds),
      })),
      flags(2).map((holds) => ({
        kind: "codes" as const,
        codes: Uint16Array.of(0, 1, 1, 0, 1, 0, 0, 1),
        holds: Uint8Array.from(holds),
      })),
      tie("tree").map((item) => ({ kind: "not" as const, item })),
      fc.record({ kind: fc.constantFrom("and", "or"), items: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    ),
  }));
  const starts = Uint32Array.of(0, 1, 4, 6, 8);
  const kindAt = [0, 1, 1, 1, 2, 2, 3, 3];
  const plainly = (condition: CodedCondition, at: number): boolean => {
    if (condition.kind === "not") return !plainly(condition.item, at);
    if ("holds" in condition)
      return condition.holds[condition.codes[condition.kind === "kinds" ? kindAt[at]! : at]!] === 1;
    const fits = condition.items.map((item) => plainly(item, at));
    return condition.kind === "and" ? !fits.includes(false) : fits.includes(true);
  };
  fc.assert(
    fc.property(tree, (condition) => {
      const plain = kindAt.map((_, at) => Number(plainly(condition, at)));
      expect([...new BlockTest(condition, starts).fit(0, 8, 0).subarray(0, 8)]).toEqual(plain);
      expect([...new BlockTest(condition, starts).fit(2, 7, 1).subarray(0, 5)]).toEqual(plain.slice(2, 7));
      for (const [kind, said] of ofKinds(condition, 4).entries())
        if (said !== SOME) for (const [at, of] of kindAt.entries()) if (of === kind) expect(plain[at]).toBe(said);
    }),
  );
});
