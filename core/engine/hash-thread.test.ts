import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collectGarbage } from "./collect-garbage.ts";
import { HashThread, hashThread } from "./hash-thread.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-hash-thread-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Octets of a piece that is in memory of its own. */
const PIECE = 256 * 1024;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

it("hashes files whose octets alternate, and takes no more than two pieces of one at a time", async () => {
  const thread = new HashThread();
  const files = [1, 2].map((seed) => {
    const bytes = new Uint8Array(new SharedArrayBuffer(50_000));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * seed) % 251;
    return { bytes, hash: thread.begin() };
  });
  try {
    for (let at = 0; at < 50_000; at += 10_000) {
      for (const { bytes, hash } of files) {
        while (hash.room !== null) await hash.room;
        hash.update(bytes.subarray(at, at + 10_000));
        expect(hash.pending).not.toBeNull();
      }
    }
    expect(files.map(({ hash }) => hash.room)).not.toContain(null);
    for (const { bytes, hash } of files) {
      expect(await hash.digest()).toBe(sha256(Buffer.from(bytes)));
      expect([hash.pending, hash.room]).toEqual([null, null]);
    }
    expect(await thread.begin().digest()).toBe(sha256(Buffer.alloc(0)));
  } finally {
    await thread.close();
  }
});

it("tells that it failed when the digest is asked for, and holds nobody up until then", async () => {
  const entry = join(folder, "broken.mjs");
  writeFileSync(entry, 'throw new Error("broken on purpose");');
  const thread = new HashThread(entry);
  const hash = thread.begin();
  for (let i = 0; i < 3; i++) {
    await hash.room;
    hash.update(new Uint8Array(10));
  }
  await hash.pending;
  const failure = {
    code: "hash-failed",
    message: "The capture could not be hashed (broken on purpose); it is untouched, run the command again.",
  };
  expect(hash.failed).toMatchObject(failure);
  await expect(hash.digest()).rejects.toMatchObject(failure);
  await thread.close();
});

it("tells a thread that cannot be started as a failure of hashing", async () => {
  const thread = new HashThread("no path of a module");
  const hash = thread.begin();
  expect(hash.failed).toBeNull();
  hash.update(new Uint8Array(10));
  expect(hash.failed).toMatchObject({ code: "hash-failed" });
  await expect(hash.digest()).rejects.toMatchObject({ code: "hash-failed" });
  await thread.close();
});

it("keeps no memory that was handed to it only once", async () => {
  const thread = new HashThread();
  const hash = thread.begin();
  /** Resident octets when this thread keeps nothing of its own. */
  const resident = async (): Promise<number> => {
    await collectGarbage(Infinity);
    return process.memoryUsage().rss;
  };
  try {
    hash.update(new Uint8Array(1));
    await hash.pending;
    const before = await resident();
    let most = 0;
    for (let i = 0; i < 1200; i++) {
      while (hash.room !== null) await hash.room;
      hash.update(new Uint8Array(new SharedArrayBuffer(PIECE)).fill(i));
      if (i % 100 === 99) most = Math.max(most, (await resident()) - before);
    }
    await hash.digest();
    // Of 300 MiB.
    expect(most).toBeLessThan(210 * 1024 * 1024);
  } finally {
    await thread.close();
  }
});

it("is begun where there are cores that the workers do not have", async () => {
  expect([hashThread(1), hashThread(2)]).toEqual([null, null]);
  const thread = hashThread(3);
  expect(thread).not.toBeNull();
  await thread?.close();
});
