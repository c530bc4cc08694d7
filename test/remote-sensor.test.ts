// A capture of another machine: what `ssh sensor tcpdump -w -` and PCAP-over-IP give comes by standard input, a piece now and then.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { withCase } from "../core/engine/workspace.ts";
import { BACKTRAIL, scratchFolder } from "./sample-captures.ts";

const SAMPLE = fileURLToPath(new URL("../samples/recorded/snmp.pcapng", import.meta.url));

const scratch = scratchFolder();
afterAll(() => scratch.remove());

describe("a remote sensor", () => {
  it("is analysed as it comes over a connection, and its hash is that of what was sent", async () => {
    const octets = readFileSync(SAMPLE);
    const sensor = createServer((socket) => {
      // Cut inside a block, with a pause.
      socket.write(octets.subarray(0, 1001));
      setTimeout(() => socket.end(octets.subarray(1001)), 200);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => sensor.once("listening", resolve));
    const folder = join(scratch.path, "remote.case");
    const child = spawn(process.execPath, [BACKTRAIL, "analyze", "-", "--case", folder], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    connect((sensor.address() as AddressInfo).port, "127.0.0.1").pipe(child.stdin);
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
    sensor.close();
    const sha256 = createHash("sha256").update(octets).digest("hex");
    await withCase(folder, async ({ ledger, store }) => {
      expect(ledger.entries).toMatchObject([{ path: "-", sha256, octets: octets.length, damage: [] }]);
      const [counted] = await store.rows("SELECT count(*) AS n FROM snmp");
      expect(Number(counted!["n"])).toBeGreaterThan(0);
    });
  });
});
