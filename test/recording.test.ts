import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordingStatus } from "../core/contracts/recording.ts";
import { BACKTRAIL, sampleIncident, scratchFolder } from "./sample-captures.ts";

/** Two network namespaces joined by a cable: traffic is played at one end and recorded at the other. */
const NEAR = `bt${process.pid}a`;
const FAR = `bt${process.pid}b`;
const PROGRAMS = ["ip", "tcpdump", "tcpreplay", "capinfos"];

const prevented = preventedBy();
if (prevented !== null) process.stderr.write(`Recording is not tested here: ${prevented}.\n`);

const scratch = scratchFolder();

function preventedBy(): string | null {
  if (process.getuid?.() !== 0) return "it needs root, to make network namespaces";
  const missing = PROGRAMS.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  if (spawnSync("ip", ["netns", "add", NEAR]).status !== 0) return "network namespaces cannot be made";
  return null;
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

beforeAll(() => {
  if (prevented !== null) return;
  ip("netns", "add", FAR);
  ip("link", "add", "play", "netns", FAR, "type", "veth", "peer", "name", "mirror", "netns", NEAR);
  for (const [namespace, name] of [
    [FAR, "play"],
    [NEAR, "mirror"],
  ] as const) {
    // Neighbour discovery of our own would be recorded with the rest.
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", `net.ipv6.conf.${name}.disable_ipv6=1`]);
    ip("-n", namespace, "link", "set", name, "mtu", "65000", "up");
  }
});
afterAll(() => {
  if (prevented === null) for (const namespace of [NEAR, FAR]) spawnSync("ip", ["netns", "del", namespace]);
  scratch.remove();
});

/** `backtrail record --json` under way. */
class Recording {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  errors = "";
  #rest = "";

  constructor(folder: string) {
    const options = ["record", "-i", "mirror", "--case", folder, "--json", "--interval", "60", "--rotate", "1M"];
    this.child = spawn("ip", ["netns", "exec", NEAR, process.execPath, BACKTRAIL, ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines) this.lines.push(JSON.parse(line) as Record<string, unknown>);
    });
  }

  /** Waits until a status is as wanted. */
  async status(isWanted: (status: RecordingStatus) => boolean): Promise<RecordingStatus> {
    for (let seen = 0; ;) {
      for (; seen < this.lines.length; seen++) {
        const line = this.lines[seen]!;
        if (line["kind"] === "status" && isWanted(line as unknown as RecordingStatus))
          return line as unknown as RecordingStatus;
      }
      if (this.child.exitCode !== null) throw new Error(`recording ended early: ${this.errors}`);
      await sleep(50);
    }
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    return ended;
  }

  alarms(): string[] {
    return this.lines.flatMap(({ kind, alarm }) => (kind === "alarm" ? [(alarm as { code: string }).code] : []));
  }
}

function play(capture: string): void {
  execFileSync("ip", ["netns", "exec", FAR, "tcpreplay", "-q", "-i", "play", "--topspeed", capture], {
    stdio: "ignore",
  });
}

function packetsOf(path: string): number {
  const [, packets] = /^Number of packets:\s+(\d+)$/m.exec(
    execFileSync("capinfos", ["-Mc", path], { encoding: "utf8" }),
  )!;
  return Number(packets);
}

function backtrail(...args: readonly string[]): string {
  return execFileSync(process.execPath, [BACKTRAIL, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
}

const findingIds = (folder: string): string[] =>
  (JSON.parse(backtrail("findings", "--case", folder, "--json")) as { findings?: { id: string }[] } & { id: string }[])
    .map(({ id }) => id)
    .sort();

describe.skipIf(prevented !== null)("recording", () => {
  it("loses nothing, goes on when a process is killed, and makes the case that analysing its files makes", async () => {
    const capture = sampleIncident(scratch.path);
    const folder = join(scratch.path, "live.case");
    const recording = new Recording(folder);
    const first = await recording.status(({ recorder, analysis }) => recorder !== null && analysis !== null);
    expect(first.recorder!.driver.name).toBe("tcpdump");
    play(capture);
    const sent = packetsOf(capture);
    await recording.status(({ recorder }) => (recorder?.interfaces[0]?.packets ?? 0) >= sent);

    const second = spawnSync(
      "ip",
      ["netns", "exec", NEAR, process.execPath, BACKTRAIL, "record", "-i", "mirror", "--case", folder],
      { encoding: "utf8" },
    );
    expect(second).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Another recorder writes to this case") as string,
    });

    process.kill(first.analysis!.pid, "SIGKILL");
    await recording.status(
      ({ analysis }) => analysis !== null && analysis.pid !== first.analysis!.pid && analysis.packets >= sent,
    );
    process.kill(first.recorder!.pid, "SIGKILL");
    await recording.status(({ recorder }) => recorder!.pid !== first.recorder!.pid);
    play(capture);
    await recording.status(
      ({ recorder }) => recorder!.pid !== first.recorder!.pid && recorder!.interfaces[0]!.packets >= sent,
    );
    expect(await recording.stop()).toBe(0);

    expect(recording.alarms()).toEqual(["analysis-ended", "recorder-ended"]);
    const live = join(folder, "evidence/live");
    const segments = readdirSync(live)
      .filter((name) => name.endsWith(".pcapng"))
      .map((name) => join(live, name));
    expect(segments.length).toBeGreaterThan(2);
    expect(segments.reduce((sum, path) => sum + packetsOf(path), 0)).toBe(2 * sent);
    expect(JSON.parse(backtrail("verify", "--case", folder, "--json"))).toMatchObject({ ok: true });
    const journal = readFileSync(join(folder, "journal.jsonl"), "utf8");
    expect(journal.match(/"action":"segment-(closed|recovered)"/g)).toHaveLength(segments.length);

    const again = join(scratch.path, "again.case");
    backtrail("analyze", ...segments, "--case", again, "--no-report");
    const found = findingIds(folder);
    expect(found.length).toBeGreaterThan(3);
    expect(found).toEqual(findingIds(again));
  }, 300_000);
});
