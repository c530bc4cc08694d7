import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InlineResult } from "../core/engine/run-inline.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import type { GeneratedFrame } from "./generated-captures.ts";
import { asGzip, asPcap, asPcapng } from "./generated-captures.ts";
import { Workplace, readAll } from "./read-captures.ts";
import { RECORDED } from "./recorded-samples.ts";
import { sampleIncident } from "./sample-captures.ts";
import { recordTechniques } from "./technique-captures.ts";

const place = new Workplace();
afterAll(() => place.remove());

let incident = "";
let whole: InlineResult;
beforeAll(async () => {
  incident = sampleIncident(place.folder);
  whole = await analyzeInline([incident]);
});

async function framesOf(path: string): Promise<GeneratedFrame[]> {
  const { frames } = await readAll([path]);
  return frames.map(({ ts, wireLength, hex }) => ({ ts, wireLength, bytes: Buffer.from(hex, "hex") }));
}

function expectSame(result: InlineResult, expected: InlineResult, form: string): void {
  expect(result.failures).toEqual([]);
  expect([...result.rows.keys()].sort(), form).toEqual([...expected.rows.keys()].sort());
  for (const [table, rows] of expected.rows) expect(result.rows.get(table), `${form}: ${table}`).toEqual(rows);
}

describe("the same incident", () => {
  it("gives the same rows whatever file holds its frames", async () => {
    const frames = await framesOf(incident);
    const forms: Readonly<Record<string, Uint8Array>> = {
      "pcap, little endian": asPcap(frames, { littleEndian: true, nanoseconds: true }),
      "pcap, big endian": asPcap(frames, { littleEndian: false, nanoseconds: true }),
      "pcapng, little endian": asPcapng(frames, true, 9),
      "pcapng, big endian": asPcapng(frames, false, 9),
    };
    for (const [form, bytes] of Object.entries(forms))
      expectSame(await analyzeInline([place.file(bytes, "form.capture")]), whole, form);
    const packed = place.file(asGzip(forms["pcap, big endian"]!), "form.gz");
    expectSame(await analyzeInline([packed], { shards: 2 }), whole, "gzip, two shards");
  });

  it("gives rows of the same connections wherever its file is cut off", async () => {
    const bytes = readFileSync(incident);
    const uids = new Set(whole.rows.get("conn")!.map((row) => row["uid"]));
    for (const part of [0.001, 0.03, 0.21, 0.5, 0.77, 0.999]) {
      const cut = place.file(bytes.subarray(0, Math.floor(bytes.length * part)), "cut.pcapng");
      const { rows, failures } = await analyzeInline([cut]);
      expect(failures).toEqual([]);
      for (const row of rows.get("conn") ?? []) expect(uids).toContain(row["uid"]);
    }
  });
});

describe("each technique", () => {
  it("gives the same rows when read a few octets at a time", async () => {
    const folder = join(place.folder, "techniques");
    const names = ["psexec", "dcsync", "scheduled-task", "zerologon", "kerberoasting"];
    await recordTechniques(folder, names);
    for (const name of names) {
      const path = join(folder, `${name}.pcapng`);
      const expected = await analyzeInline([path]);
      for (const chunkOctets of [1, 61, 4096])
        expectSame(await analyzeInline([path], { chunkOctets }), expected, `${name}, ${chunkOctets} octets`);
    }
  });

  it("gives one row of a DHCP transaction however many shards there are", async () => {
    const file = join(RECORDED, "dhcp.pcapng");
    const rowsWith = async (shards: number) => (await analyzeInline([file], { shards })).rows.get("dhcp");
    const alone = await rowsWith(1);
    expect(alone).toHaveLength(3);
    for (const shards of [2, 5, 16]) expect(await rowsWith(shards)).toEqual(alone);
  });
});
