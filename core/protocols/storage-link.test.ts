import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probe, Trial } from "../../test/analyzer-harness.ts";
import type { Example } from "../../test/link-conversations.ts";
import { EXAMPLES } from "../../test/link-conversations.ts";

function run({ protocol, carrier, steps }: Example, size = 1 << 16): Trial {
  const trial = new Trial(protocol, carrier === undefined ? {} : { carrier });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, carrier === undefined ? size : 1 << 16);
  trial.close();
  return trial;
}

describe("protocols that are recognised", () => {
  it.each(Object.entries(EXAMPLES))("%s: who and what for, whatever the pieces", (_, example) => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run(example, size);
      expect(trial.table("storage_link")).toMatchObject([{ protocol: example.protocol.name, ...example.row }]);
      expect(trial.confirmed).toBeGreaterThan(0);
      expect(
        JSON.stringify(trial.rows, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      ).not.toContain("secret");
    }
  });

  it.each(Object.entries(EXAMPLES))("%s: by its first octets, and cut anywhere without a throw", (_, example) => {
    const { protocol, carrier, steps } = example;
    const [side, octets] = steps[0]!;
    const hint = { fromOriginator: side, ...(carrier === undefined ? {} : { carrier }) };
    expect(probe(protocol, octets, hint)).toBe("yes");
    if (carrier === undefined) expect(probe(protocol, octets.subarray(0, 3), hint)).toBe("more");
    for (let end = 0; end < octets.length; end++) {
      expect(() => probe(protocol, octets.subarray(0, end), hint)).not.toThrow();
      run({ ...example, steps: [[side, octets.subarray(0, end)]] });
    }
    for (const other of Object.values(EXAMPLES))
      if (other.protocol !== protocol) expect(probe(other.protocol, octets, hint), other.protocol.name).toBe("no");
    for (const text of [
      "GET / HTTP/1.1\r\n\r\n",
      "SSH-2.0-x\r\n",
      "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
      "220 mail ESMTP\r\n",
      "\0".repeat(64),
    ])
      for (const fromOriginator of [true, false])
        expect(probe(protocol, text, { fromOriginator, ...(carrier === undefined ? {} : { carrier }) }), text).not.toBe(
          "yes",
        );
  });

  it("takes any octets after a beginning", () => {
    for (const example of Object.values(EXAMPLES)) {
      const step = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 200 }));
      fc.assert(
        fc.property(fc.array(step), (more) => void run({ ...example, steps: [...example.steps, ...more] })),
        { numRuns: 40 },
      );
    }
  });

  it("tells in the ledger what Amanda, BURP and libvirt do to what is stored", () => {
    expect(run(EXAMPLES["Amanda over TCP"]!).table("archive_op")).toMatchObject([
      { operation: "write", outcome: "granted", share: "nas01", object: "/data", octets_written: 4, product: "Amanda" },
    ]);
    expect(run(EXAMPLES["BURP"]!).table("archive_op")).toMatchObject([
      { operation: "delete", outcome: "granted", share: "nas01", object: "backup 1", actor: "nas01" },
    ]);
    expect(run(EXAMPLES["libvirt"]!).table("archive_op")).toMatchObject([
      {
        operation: "delete",
        outcome: "refused",
        status: "denied",
        share: "dc01",
        object: "nightly",
        detail: "a snapshot",
      },
    ]);
  });
});
