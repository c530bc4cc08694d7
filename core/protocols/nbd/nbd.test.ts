import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { BlockRanges } from "../block-ranges.ts";
import { releaseValue } from "../pair.ts";
import { nbd } from "./nbd.ts";

/** As in samples/recorded/nbd.pcapng: greeting, flags and GO of an export of 64 KiB, then a few requests. */
const GREETING = Buffer.concat([Buffer.from("NBDMAGICIHAVEOPT"), hex("0003")]);
const GO = Buffer.concat([
  hex("00000003"),
  Buffer.from("IHAVEOPT"),
  hex("00000007 0000000c 00000006"),
  Buffer.from("repo01"),
  hex("0000"),
]);
const GIVEN = hex(`0003e889045565a9 00000007 00000003 0000000c 0000 0000000000010000 0001
  0003e889045565a9 00000007 00000001 00000000`);
const request = (command: number, cookie: number, offset: number, octets: number): Buffer => {
  const head = Buffer.alloc(28);
  head.writeUInt32BE(0x25609513, 0);
  head.writeUInt16BE(command, 6);
  head.writeUInt32BE(cookie, 12);
  head.writeUInt32BE(offset, 20);
  head.writeUInt32BE(octets, 24);
  return command === 1 ? Buffer.concat([head, Buffer.alloc(octets, 0x42)]) : head;
};
const simple = (cookie: number, error = 0, octets = 0): Buffer => {
  const head = Buffer.alloc(16 + octets);
  head.writeUInt32BE(0x67446698, 0);
  head.writeUInt32BE(error, 4);
  head.writeUInt32BE(cookie, 12);
  return head;
};
const chunk = (cookie: number, octets: number): Buffer => {
  const head = Buffer.alloc(20 + 8 + octets);
  head.writeUInt32BE(0x668e33ef, 0);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(1, 6);
  head.writeUInt32BE(cookie, 12);
  head.writeUInt32BE(8 + octets, 16);
  return head;
};

const SESSION: readonly (readonly [boolean, Uint8Array])[] = [
  [false, GREETING],
  [true, GO],
  [false, GIVEN],
  [true, Buffer.concat([request(1, 1, 4096, 512), request(1, 2, 4608, 512)])],
  [false, Buffer.concat([simple(1), simple(2)])],
  [true, request(0, 3, 4096, 1024)],
  [false, chunk(3, 1024)],
  [true, request(0, 4, 5120, 512)],
  [false, simple(4, 0, 512)],
  [true, request(4, 5, 4096, 2048)],
  [false, simple(5)],
  [true, request(6, 6, 0, 512)],
  [false, simple(6, 1)],
  [true, request(2, 7, 0, 0)],
];

function run(parts: readonly (readonly [boolean, Uint8Array])[], size?: number): Trial {
  const trial = new Trial(nbd, { respP: 10809 });
  for (const [fromClient, octets] of parts)
    if (size === undefined) trial.send(fromClient, octets);
    else trial.sendInPieces(fromClient, octets, size);
  trial.close();
  return trial;
}

const operations = (trial: Trial): string[] =>
  trial
    .table("block_op")
    .map((row) =>
      ["operation", "outcome", "status", "offset", "octets", "commands", "overwritten"]
        .map((column) => (row[column] as string | number | null) ?? "-")
        .join(" | "),
    );

it("charges what is known of an export to the two hosts, until they share it no longer", () => {
  const trial = new Trial(nbd, { respP: 10809 });
  for (const [fromClient, octets] of SESSION) trial.send(fromClient, octets);
  const { pair } = trial.conn;
  const value = [...pair.values()].find((each) => each instanceof BlockRanges);
  for (let i = 0; i < 100; i++) value!.add(100_000 + 10 * i, 100_005 + 10 * i);
  expect(pair.carried).toBeGreaterThan(1000);
  releaseValue(value);
  expect(pair.carried).toBe(0);
});

describe("NBD", () => {
  it("is known by its magic on any port", () => {
    expect(probe(nbd, GREETING, { fromOriginator: false })).toBe("yes");
    expect(probe(nbd, "NBD", { fromOriginator: false })).toBe("more");
    expect(probe(nbd, GO)).toBe("yes");
    expect(probe(nbd, hex("00000003"))).toBe("more");
    expect(probe(nbd, hex("0000000300000003000000030000"))).toBe("no");
  });

  it("tells the export and what was done, runs as one row", () => {
    const trial = run(SESSION);
    expect(trial.weirds).toEqual([]);
    expect(trial.table("nbd")).toMatchObject([
      {
        handshake: "fixed newstyle",
        export: "repo01",
        size: 65536,
        read_only: false,
        success: true,
        commands: 7,
        ended: true,
      },
    ]);
    expect(operations(trial)).toEqual([
      "TRIM | granted | OK | 4096 | 2048 | 1 | 1536",
      "WRITE_ZEROES | refused | EPERM | 0 | 512 | 1 | 0",
      "WRITE | granted | OK | 4096 | 1024 | 2 | 0",
      "READ | granted | OK | 4096 | 1536 | 2 | 0",
    ]);
  });

  it("says the same in pieces of an octet", () => {
    expect(operations(run(SESSION, 1))).toEqual(operations(run(SESSION)));
  });

  it("gives the connection to TLS", () => {
    const trial = run([
      [false, GREETING],
      [true, Buffer.concat([hex("00000003"), Buffer.from("IHAVEOPT"), hex("00000005 00000000")])],
      [false, hex("0003e889045565a9 00000005 00000001 00000000")],
    ]);
    expect(trial.handedOver).toBe(true);
    expect(trial.table("nbd")).toMatchObject([{ tls: true, options: ["STARTTLS"], success: null }]);
  });

  it("reads the handshakes without options", () => {
    const old = Buffer.concat([
      Buffer.from("NBDMAGIC"),
      hex("0000420281861253 0000000000010000 00000003"),
      Buffer.alloc(124),
    ]);
    expect(run([[false, old]]).table("nbd")).toMatchObject([{ handshake: "oldstyle", size: 65536, read_only: true }]);
  });

  it("goes on behind gaps and takes every beginning", () => {
    const trial = new Trial(nbd, { respP: 10809 });
    trial.gap(100, true);
    trial.send(true, request(1, 1, 4096, 512));
    trial.gap(100, false);
    trial.send(false, simple(1));
    trial.close();
    expect(operations(trial)).toEqual(["WRITE | granted | OK | 4096 | 512 | 1 | 0"]);
    const client = Buffer.concat(SESSION.filter(([from]) => from).map(([, octets]) => octets));
    for (let end = 0; end < client.length; end += 3) run([[true, client.subarray(0, end)]]);
  });

  it("throws at nothing", () => {
    const one = fc.constantFrom(...SESSION.map(([, octets]) => octets));
    const spoilt = fc.tuple(one, fc.nat(40), fc.nat(255)).map(([octets, at, value]) => {
      const changed = Uint8Array.from(octets);
      if (at < changed.length) changed[at] = value;
      return changed;
    });
    const part = fc.tuple(fc.boolean(), fc.oneof(fc.uint8Array({ maxLength: 60 }), one, spoilt));
    fc.assert(fc.property(fc.array(part, { maxLength: 12 }), (parts) => void run(parts)));
  });
});
