// A capture of another machine: what `ssh sensor tcpdump -w -` and PCAP-over-IP give comes by standard input, a piece now and then.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { withCase } from "../core/engine/workspace.ts";
import { BACKTRAIL, scratchFolder } from "./sample-captures.ts";

const SAMPLE = fileURLToPath(new URL("../samples/recorded/snmp.pcapng", import.meta.url));

const missing = whatIsMissing();
if (missing !== null) process.stderr.write(`SSH is not tested here: ${missing}.\n`);

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

  it.skipIf(missing !== null)("is analysed as tcpdump gives it through SSH", async () => {
    const key = join(scratch.path, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const port = await freePort();
    const common = ["-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=none"];
    const server = ["-D", "-f", "/dev/null", "-h", key, "-p", String(port), "-o", "ListenAddress=127.0.0.1", ...common];
    // The folder that it drops its privileges in.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const sshd = spawn("/usr/sbin/sshd", [...server, "-o", `AuthorizedKeysFile=${key}.pub`], { stdio: "ignore" });
    try {
      const client = [
        "-F",
        "none",
        "-i",
        key,
        "-p",
        String(port),
        "-o",
        "ConnectionAttempts=20",
        "-o",
        "BatchMode=yes",
      ];
      const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
      const sensor = `ssh ${[...client, ...trust].join(" ")} 127.0.0.1 tcpdump -r '${SAMPLE}' -U -w -`;
      const folder = join(scratch.path, "ssh.case");
      const command = `${sensor} 2>/dev/null | '${process.execPath}' '${BACKTRAIL}' analyze - --case '${folder}'`;
      execFileSync("sh", ["-c", command], { stdio: ["ignore", "ignore", "inherit"] });
      await withCase(folder, async ({ ledger, store }) => {
        expect(ledger.entries).toMatchObject([{ path: "-", damage: [] }]);
        expect(Number((await store.rows("SELECT count(*) AS n FROM snmp"))[0]!["n"])).toBeGreaterThan(0);
      });
    } finally {
      sshd.kill();
    }
  });
});

function whatIsMissing(): string | null {
  const absent = ["/usr/sbin/sshd", "ssh", "ssh-keygen", "tcpdump"].filter(
    (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
  );
  return absent.length === 0 ? null : `${absent.join(", ")} not installed`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
