import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { PipeSource, readHead } from "./byte-source.ts";
import { unpacked } from "./compression.ts";

function pipeOf(pieces: readonly (Uint8Array | "pause" | Error)[]): PipeSource {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if (piece === "pause") await sleep(60);
      else if (piece instanceof Error) throw piece;
      else yield piece;
    }
  }
  return new PipeSource(chunks(), () => undefined);
}

const some = (length: number, first: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);

describe("a pipe", () => {
  it("gives together what comes together, and at once what comes late", async () => {
    const pipe = pipeOf([some(10, 0), some(10, 10), "pause", some(5, 20)]);
    const into = new Uint8Array(100);
    expect(await pipe.read(into, 0, 100)).toBe(20);
    expect(await pipe.read(into, 20, 100)).toBe(5);
    expect(await pipe.read(into, 25, 100)).toBe(0);
    expect(into.subarray(0, 25)).toEqual(some(25, 0));
    expect(await pipe.finish()).toBe(createHash("sha256").update(some(25, 0)).digest("hex"));
    expect(pipe.failure).toBeNull();
  });

  it("that breaks gives what came before, then says why it ended", async () => {
    const pipe = pipeOf([some(3, 0), new Error("gone")]);
    expect(await readHead(pipe, 10)).toEqual(some(3, 0));
    expect(pipe.failure).toEqual({ kind: "read-error", reason: "gone" });
  });

  it("may be packed", async () => {
    const packed = gzipSync(some(5000, 7));
    const source = unpacked("gzip", pipeOf([packed.subarray(0, 30), "pause", packed.subarray(30)]));
    expect(await readHead(source, 6000)).toEqual(some(5000, 7));
    expect(source.failure).toBeNull();
    await source.close();
  });
});
