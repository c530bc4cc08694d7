import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { hex, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { inListOrder } from "./file-list.ts";
import { Transfer } from "./transfer.ts";

// rsync 3.5 to a daemon, recorded: three new files of a folder, one of which is there already (samples/recorded/text-services.pcapng).
const TERMS = { protocol: 32, isUpload: true, options: ["-Otre.iLsfxCIvu", "--delete"] };
const ALGORITHMS = "xxh128 xxh3 xxh64 md5 md4 sha1";
const SERVER = [hex("81ff 23"), Buffer.from(`${ALGORITHMS} none`), hex("d355196b 0100000700")];
const CLIENT = [
  hex("1e"),
  Buffer.from(ALGORITHMS),
  hex(
    "89000007 00000000 a019012e0000106b53df0be6820319ed410000 a0181366756c6c2d323032342d30332d30312e76626b00b80b6b4adf0be1825891b6810000" +
      "a018076d697373696e670000006b51df0bf082140536a4810000 a09a0e72756e6e696e672d636f6e666967002700eb82c01a" +
      "a01a096f6e6c792d746869730000006b53df0be6820319 0000 ff01",
  ),
  hex(`28000007 0400a0 ${"00".repeat(16)} 00000000 ${"7f".repeat(16)} 00`),
];

function run(cut: number): Transfer {
  const transfer = new Transfer(TERMS);
  for (const [parts, fromClient] of [
    [SERVER, false],
    [CLIENT, true],
  ] as const) {
    const bytes = Buffer.concat(parts);
    for (let at = 0; at < bytes.length; at += cut)
      transfer.data(bytes, at, Math.min(bytes.length, at + cut), fromClient);
  }
  return transfer;
}

describe("a transfer of rsync", () => {
  afterEach(() => void holdFor(null));

  it("forgets its lists where all connections hold too much, and names no further file", () => {
    const holder = new TrialHolder();
    holdFor(holder);
    const transfer = new Transfer(TERMS);
    for (const bytes of SERVER) transfer.data(bytes, 0, bytes.length, false);
    const entry = hex("a018076d697373696e670000006b51df0bf082140536a4810000");
    const list = Buffer.concat([Buffer.alloc(4), ...Array.from({ length: 100 }, () => entry)]);
    const head = Buffer.alloc(4);
    head.writeUInt32LE((7 << 24) | list.length);
    const client = Buffer.concat([CLIENT[0]!, CLIENT[1]!, head, list]);
    transfer.data(client, 0, client.length, true);
    expect(transfer.isFollowed).toBe(true);
    expect(holder.carried).toBeGreaterThan(9000);
    holder.giveUp();
    expect(holder.carried).toBe(0);
    expect([transfer.isFollowed, transfer.hasForgotten]).toEqual([false, true]);
  });

  it.each([1, 7, 1 << 16])("names the files that are sent, in pieces of %i octets", (cut) => {
    const transfer = run(cut);
    expect(transfer.sent).toEqual([{ name: "missing", size: 0, isDirectory: false, isNew: true }]);
    expect(transfer.isFollowed).toBe(true);
  });

  it("counts entries as both sides do", () => {
    const names = ["b/", ".", "a/z", "a/", "a/c/", "a/c/f", "z", "a/b"].map((name) => ({
      name: name.replace(/\/$/, ""),
      size: 0,
      isDirectory: name.endsWith("/") || name === ".",
    }));
    expect(inListOrder(names).map(({ name }) => name)).toEqual([".", "z", "a", "a/b", "a/z", "a/c", "a/c/f", "b"]);
  });

  it("is given up after a gap, and where lists have parts that are not read", () => {
    const transfer = new Transfer(TERMS);
    transfer.gap();
    expect(transfer.isFollowed).toBe(false);
    expect(new Transfer({ ...TERMS, options: ["-ace.iLsfxCIvu"] }).isFollowed).toBe(false);
    expect(new Transfer({ ...TERMS, protocol: 29 }).isFollowed).toBe(false);
  });

  it("takes any octets", () => {
    const part = fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(part), fc.boolean(), (parts, isUpload) => {
        const transfer = new Transfer({ ...TERMS, isUpload });
        for (const bytes of SERVER) transfer.data(bytes, 0, bytes.length, false);
        for (const [bytes, fromClient] of parts) transfer.data(bytes, 0, bytes.length, fromClient);
      }),
    );
  });
});
