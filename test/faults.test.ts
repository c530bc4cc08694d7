import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import type { Case } from "../core/case/case.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { openFor, readCaptures } from "../core/engine/analyze.ts";
import { limitSentences, lossSentence, sumOfLimits, underWay } from "../core/engine/limits.ts";
import { NOTHING_GIVEN } from "../core/engine/secrets/given-secrets.ts";
import { ShardPool } from "../core/engine/shard-pool.ts";
import { storyOf } from "../core/engine/story-of.ts";
import { createWorkspace, openWorkspace } from "../core/engine/workspace.ts";
import { PacketDecoder } from "../core/net/decoder.ts";
import { programEntry } from "../core/program/program-files.ts";
import { asPcapng } from "./generated-captures.ts";
import { datagram } from "./net-frames.ts";
import { scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
const capture = join(scratch.path, "dns.pcapng");
const PACKETS = 6000;
/** Far more than a worker takes to start beside other tests: one that starts is not taken as hung. */
const PATIENCE_MS = 20_000;

/** A capture of datagrams, each of which is answered: a connection for every two. */
function datagrams(packets: number): Uint8Array {
  const frames = Array.from({ length: packets }, (_, i) => {
    const ends = [`10.0.0.1:${1024 + (i >> 1)}`, "10.0.0.2:4000"] as const;
    const bytes = i % 2 === 0 ? datagram(...ends, "ask") : datagram(ends[1], ends[0], "told".repeat(i % 7));
    return { ts: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n, wireLength: bytes.length, bytes };
  });
  return asPcapng(frames, true, 9);
}

beforeAll(() => writeFileSync(capture, datagrams(PACKETS)));
afterAll(() => scratch.remove());

/** Reads a capture into a case whose story nobody asks for. */
async function read(target: Case, path: string) {
  const captures = await openFor(target, [path], {});
  try {
    return await readCaptures(target, captures, { workers: 1 });
  } finally {
    await captures.close();
  }
}

async function inNewCase(name: string, work: (target: Case) => Promise<void>): Promise<void> {
  const target = await createWorkspace(join(scratch.path, `${name}.case`));
  try {
    await work(target);
  } finally {
    target.close();
  }
}

describe("a worker that fails", () => {
  /** A worker that fails at its second batch, once in all. */
  const breaking = (marker: string, how: string): string => {
    const path = join(scratch.path, "breaking-worker.mjs");
    const worker = pathToFileURL(programEntry("core/engine/worker")).href;
    writeFileSync(
      path,
      `import { existsSync, writeFileSync } from "node:fs";
       import { parentPort } from "node:worker_threads";
       const on = parentPort.on.bind(parentPort);
       let batches = 0;
       parentPort.on = (name, does) => on(name, (message) => {
         if (message.kind === "batch" && ++batches === 2 && !existsSync(${JSON.stringify(marker)})) {
           writeFileSync(${JSON.stringify(marker)}, "");
           ${how}
         }
         does(message);
       });
       await import(${JSON.stringify(worker)});`,
    );
    return path;
  };

  it.each([
    ["broke", 'throw new Error("broken on purpose");', "broken on purpose"],
    ["hung", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", "it did not come to an end with them"],
  ])("is replaced: it %s, all but one batch is analysed, and what was lost is told", async (name, how, said) => {
    const captures = await openCaptures([capture], { chunkOctets: 100_000 });
    const decoder = new PacketDecoder({ verifyChecksums: false });
    let rows = 0;
    let done = 0;
    let batches = 0;
    const events = {
      rows: (chunk: { table: string; rows: number }) => void (rows += chunk.table === "conn" ? chunk.rows : 0),
      done: () => void done++,
    };
    const pool = new ShardPool(1, {}, NOTHING_GIVEN, {}, events, breaking(join(scratch.path, name), how), PATIENCE_MS);
    try {
      for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
        batches++;
        await pool.process(decoder.decode(frames));
      }
      await pool.finish();
    } finally {
      await pool.stop();
      await captures.close();
    }
    expect(done).toBe(batches);
    expect(batches).toBeGreaterThan(4);
    // two datagrams a connection; those of two batches are gone: the one that broke, and the one before, whose rows were still in it
    expect(rows).toBeGreaterThan((PACKETS / 2) * (1 - 3 / batches));
    expect(rows).toBeLessThan(PACKETS / 2);
    const { losses } = pool.counters;
    expect(losses).toHaveLength(1);
    expect(losses[0]!.message).toBe(said);
    expect(lossSentence(losses[0]!)).toMatch(
      /^A worker failed at frames \d+ to \d+ of capture 1 \(.+\)\. Of [\d,]+ connections that were open in it/,
    );
  });
});

describe("bounds", () => {
  it("are told with what was given up, over all workers", () => {
    const one = { connections: 3, holes: 0, [underWay("SMB handle")]: 1200, [underWay("DNS identifier")]: 1 };
    expect(limitSentences(sumOfLimits([one, { connections: 2, [underWay("SMB handle")]: 34 }]))).toEqual([
      "5 connections were ended early because too many were open at one time.",
      "Given up early because of their number or size: 1 DNS identifier, 1,234 SMB handles.",
    ]);
    expect(limitSentences({ connections: 0 })).toEqual([]);
  });
});

describe("evidence that fails while it is read", () => {
  /** Runs something at the second read of any file from here on. */
  async function atSecondRead(does: () => void): Promise<() => void> {
    const handle = await open(capture);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const original = Reflect.get(prototype, "read") as (...all: unknown[]) => unknown;
    let reads = 0;
    const spy = vi.spyOn(prototype, "read").mockImplementation(function (this: FileHandle, ...args: unknown[]) {
      if (++reads === 2) does();
      return original.apply(this, args) as never;
    });
    return () => spy.mockRestore();
  }

  async function damageOf(name: string, does: (path: string) => void): Promise<{ text: string; packets: number }> {
    const path = join(scratch.path, `${name}.pcapng`);
    copyFileSync(capture, path);
    let told = { text: "", packets: 0 };
    await inNewCase(name, async (target) => {
      const captures = await openFor(target, [path], { chunkOctets: 100_000 });
      const restore = await atSecondRead(() => does(path));
      try {
        const { packets } = await readCaptures(target, captures, { workers: 1 });
        told = { text: target.ledger.entries[0]!.damage.join(" "), packets };
      } finally {
        restore();
        await captures.close();
      }
      expect(target.checkJournal().ok).toBe(true);
      const rows = await target.store.rows("SELECT count(*) AS n FROM conn");
      expect(Number(rows[0]!["n"])).toBe(Math.ceil(told.packets / 2));
    });
    return told;
  }

  it("gives what came before a read error, and the place of it", async () => {
    const { text, packets } = await damageOf("error", () => {
      throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    });
    expect(text).toMatch(/^At octet \d+, after frame \d+: .*EIO.* so it has no SHA-256\.$/);
    expect(packets).toBeGreaterThan(100);
    expect(packets).toBeLessThan(PACKETS);
  });

  it("is read to its end when it is removed, and that is told", async () => {
    const { text, packets } = await damageOf("removed", (path) => rmSync(path));
    expect(text).toContain("The file was removed while it was read");
    expect(packets).toBe(PACKETS);
  });

  it("is told when it changes", async () => {
    const { text } = await damageOf("changed", (path) => writeFileSync(path, datagrams(PACKETS / 2)));
    expect(text).toContain("The file changed while it was read");
  });
});

describe("a disk that is full", () => {
  const disk = join(scratch.path, "disk");
  let isMounted = false;
  beforeAll(() => {
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], { stdio: "ignore" });
      isMounted = true;
    } catch {
      isMounted = false; // only root may
    }
  });
  afterAll(() => {
    if (isMounted) execFileSync("umount", ["-l", disk]);
  });

  it("stops the analysis with a sentence; with space again the same case takes the capture", async ({ skip }) => {
    if (!isMounted) skip();
    const filler = join(disk, "filler");
    const target = await createWorkspace(join(disk, "full.case"));
    try {
      fill(filler);
      await expect(read(target, capture)).rejects.toMatchObject({ code: "disk-full", kind: "work" });
      rmSync(filler);
    } finally {
      target.close();
    }
    const again = await openWorkspace(join(disk, "full.case"));
    try {
      expect(again.checkJournal().ok).toBe(true);
      // Where only the very end failed, the records were safe already.
      if (again.ledger.entries.length === 0) await read(again, capture);
      expect(again.ledger.entries).toMatchObject([{ packets: PACKETS }]);
      expect(await again.store.rows("SELECT count(*) AS n FROM conn")).toMatchObject([{ n: PACKETS / 2 }]);
    } finally {
      again.close();
    }
  });

  it("that fills up after the last record is written costs no reading again, and the error says so", async ({
    skip,
  }) => {
    if (!isMounted) skip();
    const filler = join(disk, "filler");
    const folder = join(disk, "late.case");
    const run = Reflect.get(DuckDBConnection.prototype, "run");
    const spy = vi.spyOn(DuckDBConnection.prototype, "run").mockImplementation(function (
      this: DuckDBConnection,
      ...args
    ) {
      // once the run is finished: making the case ends with one, too
      if (args[0] === "CHECKPOINT" && existsSync(join(folder, "records.duckdb"))) fill(filler);
      return run.apply(this, args);
    });
    try {
      await expect(analyzeIntoCase({ captures: [capture], folder, workers: 1 })).rejects.toMatchObject({
        code: "disk-full",
        message: expect.stringMatching(/their records are in the case: free some space, then run backtrail report/),
      });
    } finally {
      spy.mockRestore();
      rmSync(filler, { force: true });
    }
    const again = await openWorkspace(folder);
    try {
      expect(again.checkJournal().ok).toBe(true);
      expect(await again.store.rows("SELECT count(*) AS n FROM conn")).toMatchObject([{ n: PACKETS / 2 }]);
      expect((await storyOf(again)).coverage.packets).toBe(PACKETS);
    } finally {
      again.close();
    }
  });
});

/** Takes all space that is left but for some 64 kB. */
function fill(path: string): void {
  let octets = 32 << 20;
  for (let step = octets / 2; step >= 32_768; step /= 2) {
    try {
      writeFileSync(path, Buffer.alloc(octets));
      break;
    } catch {
      rmSync(path, { force: true });
      octets -= step;
    }
  }
  expect(readFileSync(path).length).toBeGreaterThan(0);
}

describe("a clock that jumps", () => {
  it("leaves the journal whole, and the order of its entries", async () => {
    await inNewCase("clock", async (target) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      try {
        for (const hours of [-48, 1000, -2000]) {
          vi.setSystemTime(Date.now() + hours * 3_600_000);
          target.journal.append("note", { detail: { hours } });
        }
        await read(target, capture);
      } finally {
        vi.useRealTimers();
      }
      expect(target.checkJournal().ok).toBe(true);
      const actions = target.journal.entries.map(({ action }) => action);
      expect(actions.slice(0, 5)).toEqual(["case-created", "note", "note", "note", "analysis-started"]);
      expect(actions.at(-1)).toBe("analysis-finished");
    });
  });
});
