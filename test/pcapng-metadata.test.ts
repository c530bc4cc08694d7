import { afterAll, describe, expect, it } from "vitest";
import { metadataLimits } from "../core/engine/run-coverage.ts";
import { fields, interfaceBlock, option, packetBlock, pcapngBlock, sectionBlock } from "./generated-captures.ts";
import { Workplace, readAll } from "./read-captures.ts";

const place = new Workplace();
afterAll(() => {
  place.remove();
});

const frame = { bytes: Uint8Array.of(1, 2, 3, 4, 5), wireLength: 99 };
const SECOND = 1_700_000_000n;

async function one(...blocks: readonly Uint8Array[]) {
  const { frames, captures } = await readAll([place.file(Buffer.concat(blocks))], { chunkOctets: 50 });
  return { frames, file: captures[0]! };
}

describe("what a pcapng file says beside frames", () => {
  it("is bounded together, and what is left out or cut short is counted; frames stay", async () => {
    const long = "n".repeat(4200);
    const texts = [2, 3, 12, 15].map((code) => option(true, code, long));
    const interfaces = Array.from({ length: 1100 }, () => interfaceBlock(true, 113, 96, ...texts));
    const blocks = [sectionBlock(true, option(true, 4, `${"s".repeat(4095)}\u00e9`)), ...interfaces];
    const { frames, captures } = await readAll([
      place.file(Buffer.concat([...blocks, packetBlock(true, 1099, 5n, frame)])),
    ]);
    const { sections, interfaces: kept, metadataOmitted } = captures[0]!;
    const octets = kept.reduce(
      (sum, { name, description }) => sum + (name?.length ?? 0) + (description?.length ?? 0),
      0,
    );
    expect(frames).toHaveLength(1);
    expect(kept).toHaveLength(1100);
    expect(kept[0]!.name).toBe("n".repeat(4096));
    expect(kept[1099]).toMatchObject({ name: null, description: null, linkType: 113, snapLength: 96 });
    expect(sections[0]!.application).toBe("s".repeat(4095));
    expect(octets).toBeLessThan(8 << 20);
    expect(metadataOmitted).toBe(1 + 4 * 1100 + kept.filter(({ name }) => name === null).length);
    expect(metadataLimits(captures)).toEqual([
      expect.stringMatching(
        /^4,\d{3} comments, names, descriptions and secrets in capture files left out or cut short/,
      ),
    ]);
  });

  it("keeps empty secrets with the latest time before each, in bounded number and time", async () => {
    const empty = pcapngBlock(10, fields(true, [4, 0x544c534b], [4, 0]), true);
    const some = (unit: bigint) => [packetBlock(true, 0, unit, frame), empty, empty];
    const { file } = await one(sectionBlock(true), interfaceBlock(true, 1, 0), ...some(5n), ...some(4n), ...some(9n));
    expect(file.secrets.map(({ ts }) => ts)).toEqual([5000n, 5000n, 5000n, 5000n, 9000n, 9000n]);
  });

  it("has a bound on options and names of one block", async () => {
    const options = Array.from({ length: 20_000 }, () => option(true, 1, "c"));
    const entry = Buffer.concat([fields(true, [2, 1], [2, 4]), Uint8Array.of(10, 0, 0, 1)]);
    const names = pcapngBlock(4, Buffer.concat(Array.from({ length: 70_000 }, () => entry)), true);
    const blocks = [sectionBlock(true), interfaceBlock(true, 1, 0, ...options), names];
    const { captures } = await readAll([place.file(Buffer.concat(blocks))]);
    const { comments, names: kept, metadataOmitted } = captures[0]!;
    expect([comments.length, kept.length]).toEqual([16_384, 65_536]);
    expect(metadataOmitted).toBe(20_000 - 16_384 + 70_000 - 65_536);
  });
});

describe.each([true, false])("pcapng, little-endian %s", (le) => {
  it("keeps the resolution and offset of each interface, to the nanosecond", async () => {
    const cases: [resolution: number, units: bigint, offset: bigint, ns: bigint][] = [
      [6, SECOND * 1_000_000n + 1n, 0n, SECOND * 1_000_000_000n + 1000n],
      [9, SECOND * 1_000_000_000n + 1n, 0n, SECOND * 1_000_000_000n + 1n],
      [3, SECOND * 1000n + 7n, 0n, SECOND * 1_000_000_000n + 7_000_000n],
      [0, SECOND, 0n, SECOND * 1_000_000_000n],
      [1, SECOND * 10n + 3n, 0n, SECOND * 1_000_000_000n + 300_000_000n],
      [8, SECOND * 100_000_000n + 3n, 0n, SECOND * 1_000_000_000n + 30n],
      // Finer than a nanosecond is rounded down.
      [10, SECOND * 10_000_000_000n + 19n, 0n, SECOND * 1_000_000_000n + 1n],
      [12, 1_700_000_000_999n, 0n, 1_700_000_000n],
      // 2^-10 s and 2^-30 s
      [0x8a, (SECOND << 10n) + 1n, 0n, SECOND * 1_000_000_000n + 976_562n],
      [0x9e, (SECOND << 30n) + (1n << 29n), 0n, SECOND * 1_000_000_000n + 500_000_000n],
      [6, 5_000_000n, SECOND, (SECOND + 5n) * 1_000_000_000n],
      [9, SECOND * 1_000_000_000n, -3n, (SECOND - 3n) * 1_000_000_000n],
    ];
    const { frames, file } = await one(
      sectionBlock(le),
      ...cases.map(([resolution, , offset]) =>
        interfaceBlock(
          le,
          1,
          0,
          option(le, 9, Uint8Array.of(resolution)),
          ...(offset === 0n ? [] : [option(le, 14, fields(le, [8, offset]))]),
        ),
      ),
      ...cases.map(([, units], id) => packetBlock(le, id, units, frame)),
    );
    expect(frames.map((f) => f.ts)).toEqual(cases.map(([, , , ns]) => ns));
    expect(frames.map((f) => f.iface)).toEqual(cases.map((_, id) => id));
    expect(file.notes).toHaveLength(1);
    expect(file.damage).toEqual([]);
  });

  it("keeps interfaces, comments, names, statistics, secrets and counts the rest", async () => {
    const statistics = pcapngBlock(
      5,
      Buffer.concat([
        fields(le, [4, 0], [4, 0], [4, 5]),
        option(le, 4, fields(le, [8, 1000n])),
        option(le, 5, fields(le, [8, 7n])),
        option(le, 7, fields(le, [8, 2n])),
        option(le, 1, "end of recording"),
      ]),
      le,
    );
    const names = pcapngBlock(
      4,
      Buffer.concat([
        fields(le, [2, 1], [2, 17]),
        Uint8Array.of(10, 0, 0, 1),
        Buffer.from("nas\0backup01\0"),
        new Uint8Array(3),
        fields(le, [2, 2], [2, 20]),
        Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        Buffer.from("dc1\0"),
        fields(le, [2, 0], [2, 0]),
      ]),
      le,
    );
    const secrets = pcapngBlock(
      10,
      Buffer.concat([fields(le, [4, 0x544c534b], [4, 5]), Buffer.from("CLIEN"), new Uint8Array(3)]),
      le,
    );
    const { frames, file } = await one(
      sectionBlock(le, option(le, 1, "a section"), option(le, 3, "Linux"), option(le, 4, "dumpcap")),
      interfaceBlock(
        le,
        113,
        96,
        option(le, 2, "any"),
        option(le, 3, "all interfaces"),
        option(le, 11, "\0host 10.0.0.1"),
        option(le, 13, Uint8Array.of(4)),
        option(le, 6, Uint8Array.of(2, 0, 0, 0, 0, 1)),
        option(le, 4, Uint8Array.of(10, 0, 0, 9, 255, 255, 255, 0)),
      ),
      secrets,
      names,
      packetBlock(le, 0, 5n, frame, option(le, 2, fields(le, [4, 1])), option(le, 1, "odd one")),
      pcapngBlock(0xbad, fields(le, [4, 32_473], [4, 1]), le),
      pcapngBlock(0x40000bad, fields(le, [4, 32_473], [4, 2]), le),
      pcapngBlock(9, Buffer.from("__REALTIME_TIMESTAMP=1\n"), le),
      pcapngBlock(0x80000001, new Uint8Array(8), le),
      pcapngBlock(0x777, new Uint8Array(0), le),
      statistics,
    );
    expect(frames).toHaveLength(1);
    expect(file.damage).toEqual([]);
    expect(file.interfaces).toMatchObject([
      {
        name: "any",
        description: "all interfaces",
        linkType: 113,
        snapLength: 96,
        filter: "host 10.0.0.1",
        fcsOctets: 4,
        macAddress: "02:00:00:00:00:01",
        addresses: ["10.0.0.9"],
        statistics: { ts: 5000n, received: 1000n, dropped: 7n, osDropped: 2n, delivered: null },
      },
    ]);
    expect(file.sections).toMatchObject([{ os: "Linux", application: "dumpcap", byteOrder: le ? "little" : "big" }]);
    expect(file.comments).toEqual([
      { of: "section", about: 0, text: "a section" },
      { of: "frame", about: 1, text: "odd one" },
      { of: "statistics", about: 0, text: "end of recording" },
    ]);
    expect(file.names).toEqual([
      { address: "10.0.0.1", names: ["nas", "backup01"] },
      { address: "2001:db8::1", names: ["dc1"] },
    ]);
    expect(file.secrets.map(({ type, data }) => [type, Buffer.from(data).toString()])).toEqual([[0x544c534b, "CLIEN"]]);
    expect(file.otherBlocks.map(({ name, count }) => [name, count])).toEqual([
      ["custom block of enterprise 32473", 1],
      ["custom block of enterprise 32473", 1],
      ["systemd journal entry", 1],
      ["Darwin process event block", 1],
      ["block of unknown type", 1],
    ]);
  });

  it("reads sections of either byte order, each with its own interfaces", async () => {
    const { frames, file } = await one(
      sectionBlock(le),
      interfaceBlock(le, 1, 0),
      packetBlock(le, 0, 1n, frame),
      sectionBlock(!le),
      interfaceBlock(!le, 101, 0),
      interfaceBlock(!le, 228, 0),
      packetBlock(!le, 1, 2n, frame),
      packetBlock(!le, 0, 3n, frame),
    );
    expect(frames.map((f) => [f.frame, f.linkType, f.iface, f.ts])).toEqual([
      [1, 1, 0, 1000n],
      [2, 228, 2, 2000n],
      [3, 101, 1, 3000n],
    ]);
    expect(file.sections).toHaveLength(2);
    expect(file.interfaces.map((i) => i.section)).toEqual([0, 1, 1]);
  });

  it("reads simple and obsolete packet blocks", async () => {
    const simple = pcapngBlock(3, Buffer.concat([fields(le, [4, 99]), Uint8Array.of(9, 8, 7, 6)]), le);
    const obsolete = pcapngBlock(
      2,
      Buffer.concat([fields(le, [2, 0], [2, 3], [4, 0], [4, 8], [4, 4], [4, 50]), Uint8Array.of(1, 1, 1, 1)]),
      le,
    );
    const { frames, file } = await one(sectionBlock(le), interfaceBlock(le, 1, 4), simple, obsolete, simple);
    expect(frames.map((f) => [f.ts, f.wireLength, f.hex])).toEqual([
      [0n, 99, "09080706"],
      [8000n, 50, "01010101"],
      [8000n, 99, "09080706"],
    ]);
    expect([file.tsFirst, file.tsLast]).toEqual([8000n, 8000n]);
    expect(file.notes).toHaveLength(1);
  });

  it("says once which interface is not described", async () => {
    const { frames, file } = await one(
      sectionBlock(le),
      interfaceBlock(le, 1, 0),
      packetBlock(le, 4, 1n, frame),
      packetBlock(le, 4, 1n, frame),
      packetBlock(le, 0, 1n, frame),
    );
    expect(frames).toHaveLength(1);
    expect(file.damage.map((d) => d.kind)).toEqual(["unknown-interface"]);
  });

  it("leaves out a section of another version, not the one behind it", async () => {
    const foreign = Buffer.from(sectionBlock(le));
    foreign[le ? 12 : 13] = 9;
    const { frames, file } = await one(
      sectionBlock(le),
      interfaceBlock(le, 1, 0),
      packetBlock(le, 0, 1n, frame),
      foreign,
      interfaceBlock(le, 1, 0),
      packetBlock(le, 0, 2n, frame),
      sectionBlock(le),
      interfaceBlock(le, 1, 0),
      packetBlock(le, 0, 3n, frame),
    );
    expect(frames.map((f) => f.ts)).toEqual([1000n, 3000n]);
    expect(file.damage.map((d) => d.kind)).toEqual(["bad-block"]);
  });
});
