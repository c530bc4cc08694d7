import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../test/sample-captures.ts";
import { hashFile } from "./segment-store.ts";
import { WatchedFile } from "./watched-file.ts";

const scratch = scratchFolder();
const STATISTICS = { start: 0n, end: 1n, driverDropped: null, accepted: 0, kernelDropped: 0, delivered: 0 };

it("counts and hashes files under way beside each other, in memory of those that were closed before", async () => {
  const copies = ["vnc", "ntp", "dhcp"].map((name) => {
    const path = join(scratch.path, `${name}.pcapng`);
    copyFileSync(`samples/recorded/${name}.pcapng`, path);
    return path;
  });
  const alone: number[] = [];
  for (const path of copies) {
    const file = await WatchedFile.open(path, 0n);
    await file.read();
    alone.push(file.packets);
    await file.abandon();
    await file.abandon(); // given up twice, its memory is given back once
  }
  const beside = await Promise.all(copies.map((path) => WatchedFile.open(path, 0n)));
  await Promise.all(beside.map((file) => file.read()));
  for (const [i, file] of beside.entries()) {
    const closed = await file.close(STATISTICS);
    expect(closed.packets).toBe(alone[i]);
    expect(closed.packets).toBeGreaterThan(0);
    expect(closed.sha256).toBe(hashFile(copies[i]!).sha256);
  }
});
