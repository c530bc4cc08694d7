import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "../contracts/finding.ts";
import { recordType } from "../records/record-type.ts";
import { TableBuilder } from "../records/table-chunk.ts";
import type { CarveTools } from "./carve.ts";
import { carve } from "./carve.ts";
import type { Case } from "./case.ts";
import { createCase } from "./case.ts";

const conn = recordType({
  name: "conn",
  text: "A connection",
  version: 1,
  layout: "connection",
  columns: { note: { kind: "string", text: "a" } },
});
const dns = recordType({
  name: "dns",
  text: "A question",
  version: 1,
  layout: "connection",
  columns: { query: { kind: "string", text: "a" } },
});

/** Two captures whose frames alternate: 40 frames each of 10 octets, the frame's number in all of them. */
const FRAMES = 80;
const captureOf = (ordinal: number) => 1 + (ordinal % 2);
const frameOf = (ordinal: number) => 1 + Math.floor(ordinal / 2);
/** Ordinal modulo 5 is the connection: 0 to 3, and 4 belongs to none. */
const sessionOf = (ordinal: number) => (ordinal % 5 === 4 ? -1 : ordinal % 5);
const uidOf = (key: number) => `C${key}`;

let folder: string;
let source: Case;
let hashes: string[];
let written: {
  comments: readonly string[];
  interfaces: unknown[];
  frames: { at: bigint; text: string; comments: readonly string[] }[];
};

const tools: CarveTools = {
  application: "backtrail 1",
  uidOf,
  readFrames: async (path, wanted, visit) => {
    const octets = readFileSync(path);
    for (const [i, { offset, octets: length }] of wanted.entries())
      await visit(i, octets.subarray(offset, offset + length));
  },
  create: (path, section) => {
    written = { comments: section.comments, interfaces: [], frames: [] };
    writeFileSync(path, "carved");
    return Promise.resolve({
      addInterface: (text) => Promise.resolve(written.interfaces.push(text) - 1),
      frame: (_, at, wireLength, frame, comments = []) => {
        expect(wireLength).toBe(20);
        written.frames.push({ at, text: Buffer.from(frame).toString("latin1"), comments });
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-carve-"));
  hashes = [1, 2].map((capture) => {
    const frames = Array.from({ length: FRAMES / 2 }, (_, i) => `${capture}-${i + 1}`.padEnd(10, "."));
    const text = `header..${frames.join("")}`;
    writeFileSync(join(folder, `${capture}.pcap`), text);
    return createHash("sha256").update(text).digest("hex");
  });
  source = await createCase(join(folder, "c"), {
    types: [conn, dns],
    tool: { name: "backtrail", version: "1" },
    actor: "test",
  });
  await source.beginAnalysis([1, 2].map((number) => ({ number, path: join(folder, `${number}.pcap`) })));
  const all = Array.from({ length: FRAMES }, (_, i) => i);
  source.indexWriter.append(
    {
      firstOrdinal: 0,
      count: FRAMES,
      capture: Uint16Array.from(all, captureOf),
      frame: Uint32Array.from(all, frameOf),
      ts: BigInt64Array.from(all, BigInt),
      capLen: Uint32Array.from(all, () => 10),
      wireLen: Uint32Array.from(all, () => 20),
      linkType: Uint16Array.from(all, () => 1),
      iface: Uint16Array.from(all, () => 0),
      fileOffset: Float64Array.from(all, (ordinal) => 8 + 10 * (frameOf(ordinal) - 1)),
    },
    Float64Array.from(all, sessionOf),
    [4, 2],
  );
  const ref = (ordinal: number) => ({ ts: BigInt(ordinal), capture: captureOf(ordinal), frame: frameOf(ordinal) });
  const ends = { origH: "10.0.0.1", origP: 1, respH: "10.0.0.2", respP: 53 };
  const conns = new TableBuilder(conn);
  for (const key of [0, 1, 2, 3]) conns.append({ uid: uidOf(key), ...ends }, 0, { note: "x" }, ref(key), ref(75 + key));
  const questions = new TableBuilder(dns);
  questions.append({ uid: "C1", ...ends }, 1, { query: "a.example" }, ref(11), ref(21));
  source.store.append(conns.take());
  source.store.append(questions.take());
  await source.finishAnalysis(
    [1, 2].map((number) => ({
      number,
      path: join(folder, `${number}.pcap`),
      relativePath: `../${number}.pcap`,
      octets: 8 + (FRAMES / 2) * 10,
      modified: "1",
      sha256: hashes[number - 1]!,
      format: "pcap",
      packets: FRAMES / 2,
      tsFirst: "0",
      tsLast: "79",
      damage: [],
      interfaces: [{ name: "eth0", description: null, linkType: 1, snapLength: 65535, received: null, dropped: null }],
      comments: [],
      added: "",
    })),
  );
});
afterEach(() => {
  source.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Frames as the file should have them. */
function expected(ordinals: readonly number[]): string[] {
  return ordinals.map((ordinal) => `${captureOf(ordinal)}-${frameOf(ordinal)}`.padEnd(10, "."));
}
const ordinalsOf = (key: number) =>
  Array.from({ length: FRAMES }, (_, i) => i).filter((ordinal) => sessionOf(ordinal) === key);

describe("carving", () => {
  it("takes exactly the packets of a connection, in order, with where they come from", async () => {
    const out = join(folder, "out.pcapng");
    const result = await carve(source, { kind: "session", uid: "C1" }, out, tools);
    expect(written.frames.map(({ text }) => text)).toEqual(expected(ordinalsOf(1)));
    expect(written.frames.map(({ at }) => Number(at))).toEqual(ordinalsOf(1));
    expect(result).toMatchObject({ path: out, frames: 16, captures: [1, 2] });
    expect(written.comments.slice(0, 3)).toEqual([
      "Connection C1",
      `From capture 1: 1.pcap, SHA-256 ${hashes[0]!}`,
      `From capture 2: 2.pcap, SHA-256 ${hashes[1]!}`,
    ]);
    expect(written.interfaces).toHaveLength(2);
    expect(written.frames[0]?.comments).toEqual(["Frame 1 of capture 2"]);
    expect(source.journal.entries.at(-1)).toMatchObject({
      action: "packets-carved",
      object: out,
      sha256: result.sha256,
    });
    await carve(source, { kind: "session", uid: "C2" }, out, tools);
    expect(written.frames.map(({ at }) => Number(at))).toEqual([2, 4, ...ordinalsOf(2).slice(1)]);
  });

  it("takes the packets of a finding's records, or of their connections, and names the finding", async () => {
    const finding = {
      id: "F-1",
      detection: "BT-1",
      title: "Odd question",
      explanation: "It asked.",
      records: ["C1.1"],
    } as unknown as Finding;
    await carve(source, { kind: "finding", finding, whole: false }, join(folder, "out.pcapng"), tools);
    expect(written.frames.map(({ at }) => Number(at))).toEqual([11, 16, 21]);
    expect(written.comments.slice(0, 2)).toEqual(["Finding F-1 (BT-1): Odd question", "It asked."]);
    expect(written.frames[0]?.comments).toEqual(["F-1: Odd question (dns C1.1)", "Frame 6 of capture 2"]);
    await carve(source, { kind: "finding", finding, whole: true }, join(folder, "out.pcapng"), tools);
    expect(written.frames.map(({ text }) => text)).toEqual(expected(ordinalsOf(1)));
  });

  it("takes the packets that a filter fits", async () => {
    const times = { start: null, end: null, now: 0n };
    await carve(
      source,
      { kind: "filter", text: "note == x and not uid == C0", times, whole: true },
      join(folder, "out.pcapng"),
      tools,
    );
    expect(written.frames.map(({ at }) => Number(at))).toEqual(
      [...ordinalsOf(1), ...ordinalsOf(2), ...ordinalsOf(3), 4].sort((a, b) => a - b),
    );
    await expect(
      carve(source, { kind: "filter", text: "query == z", times, whole: true }, join(folder, "o"), tools),
    ).rejects.toMatchObject({ code: "no-packets" });
  });

  it("says what stands in the way", async () => {
    const out = join(folder, "out.pcapng");
    await expect(carve(source, { kind: "session", uid: "C9" }, out, tools)).rejects.toMatchObject({
      code: "no-session",
    });
    const second = join(folder, "2.pcap");
    writeFileSync(second, readFileSync(second, "latin1").replace("2-7.", "2-8."));
    await expect(carve(source, { kind: "session", uid: "C1" }, out, tools)).rejects.toThrow(
      /2\.pcap is not what it was \(its SHA-256 is [0-9a-f]{64}, the case was made from/,
    );
    writeFileSync(second, "changed");
    await expect(carve(source, { kind: "session", uid: "C1" }, out, tools)).rejects.toMatchObject({
      code: "evidence-changed",
    });
    rmSync(join(folder, "2.pcap"));
    await expect(carve(source, { kind: "session", uid: "C1" }, out, tools)).rejects.toThrow(/2\.pcap is missing/);
  });
});
