import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecorderStatus, RecordingStatus } from "../core/contracts/recording.ts";
import type { Story } from "../core/contracts/story.ts";
import { analyzeIntoCase } from "../core/engine/analyze-into-case.ts";
import { storyOf } from "../core/engine/story-of.ts";
import { verifyCase } from "../core/engine/verify-case.ts";
import { withCase } from "../core/engine/workspace.ts";
import { asPcapng } from "./generated-captures.ts";
import { datagram } from "./net-frames.ts";
import { Cables, ip } from "./network-cables.ts";
import { BACKTRAIL, make, scratchFolder } from "./sample-captures.ts";

const cables = new Cables(["tcpdump", "dumpcap", "tcpreplay", "capinfos"]);
const { near: NEAR, far: FAR, prevented } = cables;
/** What is played: little, and found by different detections. */
const PLAYED = ["psexec", "zerologon", "dcsync", "archive-delete", "shadow-copy-delete", "service-stop"];

const scratch = scratchFolder();

beforeAll(() => {
  if (prevented === null) cables.add("play", "mirror");
});
afterAll(() => {
  cables.remove();
  scratch.remove();
});

/** Runs `backtrail record` where the mirror port is. @param nodeOptions For each process of it. */
function start(folder: string, more: readonly string[] = [], nodeOptions = ""): ChildProcess {
  const options = ["record", "-i", "mirror", "--case", folder, ...more];
  return spawn("ip", ["netns", "exec", NEAR, process.execPath, BACKTRAIL, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
}

/** Where the analysis fails on purpose: in a thread, or in its database when the recording is read to its end. */
type Fault = "worker" | "store";

/** Has it fail so many times. @returns a file that is gone once it did. */
function breakIt(fault: Fault, times = 1): string {
  const mark = join(scratch.path, fault);
  writeFileSync(mark, "x".repeat(times));
  return mark;
}

/** What a frame says that every thread fails at. */
const POISON = "no thread survives this";

/** A frame that says so. */
function poison(): string {
  const path = join(scratch.path, "poison.pcapng");
  const bytes = datagram("10.9.9.9:4000", "10.9.9.8:4000", POISON);
  writeFileSync(path, asPcapng([{ ts: 0n, wireLength: bytes.length, bytes }], true, 9));
  return path;
}

/** How often something is said in files. */
function countIn(paths: readonly string[], text: string): number {
  return paths.reduce((sum, path) => sum + readFileSync(path, "latin1").split(text).length - 1, 0);
}

/** Options for Node under which the analysis fails where `breakIt` says so, and at poison. */
function failing(): string {
  const path = join(scratch.path, "failing.cjs");
  const database = createRequire(import.meta.url).resolve("@duckdb/node-bindings");
  writeFileSync(
    path,
    `const { existsSync, rmSync, statSync, truncateSync } = require("node:fs");
     const { isMainThread, parentPort } = require("node:worker_threads");
     const fail = (name) => {
       const mark = ${JSON.stringify(scratch.path)} + "/" + name;
       if (!existsSync(mark)) return;
       const left = statSync(mark).size - 1;
       if (left === 0) rmSync(mark);
       else truncateSync(mark, left);
       throw new Error(name + " broken on purpose");
     };
     if (!isMainThread) {
       setInterval(() => fail("worker"), 50).unref();
       const on = parentPort?.on.bind(parentPort);
       if (on) parentPort.on = (name, does) => on(name, (message) => {
         if (message.kind === "batch" && Buffer.from(message.batch.frames.bytes.buffer).includes(${JSON.stringify(POISON)}))
           throw new Error("poisoned");
         does(message);
       });
     } else if (/analysis-process\\.js$/.test(process.argv[1] ?? "")) {
       const path = ${JSON.stringify(database)};
       const real = require(path);
       const failing = (name) => ({ value: (connection, sql) => {
         if (sql.startsWith("UPDATE ingests SET state")) fail("store");
         return real[name](connection, sql);
       } });
       require.cache[path].exports = Object.create(real, { prepare: failing("prepare"), extract_statements: failing("extract_statements") });
     }`,
  );
  return `--require ${path}`;
}

/** `backtrail record --json` under way. */
class Recording {
  readonly lines: Record<string, unknown>[] = [];
  errors = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #rest = "";
  /** Called when lines came, or it ended. */
  #news: () => void = () => undefined;

  constructor(folder: string, ...more: readonly string[]) {
    this.#child = start(folder, ["--json", "--interval", "60", "--rotate", "64K", ...more], failing());
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines) this.lines.push(JSON.parse(line) as Record<string, unknown>);
      this.#news();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        resolve(code);
        this.#news();
      });
    });
  }

  /** Waits until a status is as wanted. @param from Line to look from. */
  async status(isWanted: (status: RecordingStatus) => boolean, from = 0): Promise<RecordingStatus> {
    for (let seen = from; ;) {
      for (; seen < this.lines.length; seen++) {
        const line = this.lines[seen]!;
        if (line["kind"] === "status" && isWanted(line as unknown as RecordingStatus))
          return line as unknown as RecordingStatus;
      }
      if (this.#child.exitCode !== null) throw new Error(`recording ended early: ${this.errors}`);
      await new Promise<void>((resolve) => (this.#news = resolve));
    }
  }

  /** Waits until it says something beside its output. */
  async said(text: string): Promise<void> {
    while (!this.errors.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`recording ended early: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Reads no more of what it prints. */
  closeOutput(): void {
    this.#child.stdout!.destroy();
  }

  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }

  /** Has a part of the analysis fail, and waits until it runs again and has read so many frames. */
  async breakAnalysis(fault: Fault, packets: number): Promise<void> {
    const said = this.lines.length;
    const mark = breakIt(fault);
    const { analysis } = await this.status(({ analysis: each }) => each?.isRunning === false, said);
    await this.status(({ analysis: each }) => each!.pid !== analysis!.pid && each!.packets >= packets, said);
    expect(existsSync(mark)).toBe(false);
    const reasons = this.lines.slice(said).map(({ alarm }) => (alarm as { message: string } | undefined)?.message);
    expect(reasons).toContainEqual(expect.stringContaining(`${fault} broken on purpose`));
  }

  alarms(): string[] {
    return this.lines.flatMap(({ kind, alarm }) => (kind === "alarm" ? [(alarm as { code: string }).code] : []));
  }

  /** What was said with the first alarm of a code. */
  saidOf(code: string): string | undefined {
    const alarms = this.lines.map(({ alarm }) => alarm as { code: string; message: string } | undefined);
    return alarms.find((alarm) => alarm?.code === code)?.message;
  }

  /** Plays what every thread fails at until a segment is given up, and waits until the analysis runs again. */
  async poisonAnalysis(): Promise<void> {
    const said = this.lines.length;
    const playing = spawn("ip", tcpreplay("--pps", "5", "--loop", "10000", poison()), { stdio: "ignore" });
    const hasGivenUp = ({ alarms }: RecorderStatus) => alarms.some(({ code }) => code === LEFT_OUT);
    try {
      await this.status(({ recorder }) => hasGivenUp(recorder!), said);
    } finally {
      playing.kill();
    }
    await this.status(({ recorder, analysis }) => hasGivenUp(recorder!) && analysis!.isRunning, said);
  }
}

/** Processes of a name that run where the mirror port is. */
function pidsOf(name: string): string[] {
  return execFileSync("ip", ["netns", "pids", NEAR], { encoding: "utf8" })
    .split("\n")
    .filter((pid) => {
      try {
        return pid !== "" && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === name;
      } catch {
        return false; // it ended meanwhile
      }
    });
}

/** Waits until the only driver has ended that a recorder left behind, without any frame to notice it by. */
async function endOf(pids: readonly string[], name: string): Promise<void> {
  expect(pids).toHaveLength(1);
  while (pidsOf(name).includes(pids[0]!)) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Code of the alarm that a segment was given up. */
const LEFT_OUT = "segment-not-analysed";

function tcpreplay(...args: readonly string[]): string[] {
  return ["netns", "exec", FAR, "tcpreplay", "-q", "-i", "play", ...args];
}

function play(paths: readonly string[]): void {
  execFileSync("ip", tcpreplay("--topspeed", ...paths), { stdio: "ignore" });
}

function segmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pcapng"))
    .map((name) => join(folder, name));
}

function packetsOf(paths: readonly string[]): number {
  const said = execFileSync("capinfos", ["-Mc", ...paths], { encoding: "utf8" });
  return [...said.matchAll(/^Number of packets:\s+(\d+)$/gm)].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

describe.skipIf(prevented !== null)("recording", () => {
  it("loses nothing, goes on when a process is killed or the cable flaps, and makes the case that analysing its files makes", async () => {
    const folder = join(scratch.path, "live.case");
    const recording = new Recording(folder);
    make(["--techniques", scratch.path]);
    const played = PLAYED.map((name) => join(scratch.path, `${name}.pcapng`));
    const sent = packetsOf(played);
    // A file was begun: the driver listens.
    const first = await recording.status(
      ({ recorder, analysis }) => (recorder?.segment ?? null) !== null && analysis !== null,
    );
    expect(first.recorder!.driver).toMatchObject({ name: "dumpcap", writesSegments: true });
    play(played);
    await recording.status(({ analysis }) => (analysis?.packets ?? 0) >= sent);

    process.kill(first.analysis!.pid, "SIGKILL");
    const second = start(folder);
    const refusal = new Promise<[code: number | null, said: string]>((resolve) => {
      let said = "";
      second.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
      second.once("close", (code) => resolve([code, said]));
    });
    // Recorded while nothing analyses.
    play(played);
    const between = await recording.status(
      ({ analysis }) => analysis !== null && analysis.pid !== first.analysis!.pid && analysis.packets >= 2 * sent,
    );
    expect(between.recorder!.pid).toBe(first.recorder!.pid);
    expect(await refusal).toEqual([2, expect.stringContaining("Another recorder writes to this case")]);

    await recording.breakAnalysis("worker", 2 * sent);
    await recording.poisonAnalysis();

    const drivers = pidsOf("dumpcap");
    process.kill(first.recorder!.pid, "SIGKILL");
    await recording.status(({ recorder }) => recorder!.pid !== first.recorder!.pid && recorder!.segment !== null);
    await endOf(drivers, "dumpcap");
    play(played);
    await recording.status(
      ({ recorder }) => recorder!.pid !== first.recorder!.pid && recorder!.interfaces[0]!.packets >= sent,
    );
    ip("-n", FAR, "link", "set", "play", "down");
    await recording.status(({ recorder }) => recorder!.interfaces[0]!.state === "link-down");
    ip("-n", FAR, "link", "set", "play", "up");
    let wasDown = false;
    await recording.status(({ recorder }) => {
      const [mirror] = recorder?.interfaces ?? [];
      wasDown ||= mirror?.state === "link-down";
      return wasDown && mirror?.state === "recording" && recorder!.alarms.every(({ code }) => code === LEFT_OUT);
    });
    const everyTry = breakIt("store", 3);
    expect(await recording.stop()).toBe(3);
    expect(existsSync(everyTry)).toBe(false);

    const alarms = [
      "analysis-ended",
      "analysis-refused",
      "analysis-unfinished",
      "link-down",
      "recorder-ended",
      LEFT_OUT,
    ];
    expect([...new Set(recording.alarms())].sort()).toEqual(alarms);
    expect(recording.saidOf("analysis-unfinished")).toContain("`backtrail record` into the same case goes on");
    const [leftOut] = /segment-\d+-\w+\.pcapng/.exec(recording.saidOf(LEFT_OUT)!)!;
    // The case goes on, with a driver that gives its frames to the recorder.
    const live = join(folder, "evidence/live");
    const toAnalyse = packetsOf(segmentsIn(live).filter((path) => !path.endsWith(leftOut))) + sent;
    const piped = new Recording(folder, "--driver", "tcpdump");
    // It answered what it has counted: it listens.
    const third = await piped.status(
      ({ recorder, analysis }) => (recorder?.interfaces[0]!.losses.kernel ?? null) !== null && analysis !== null,
    );
    expect(third.recorder!.driver).toMatchObject({ name: "tcpdump", writesSegments: false });
    play(played);
    // What was recorded before is read again: only all of it together shows that these frames are on the disk.
    await piped.status(({ analysis }) => (analysis?.packets ?? 0) >= toAnalyse);
    const pipes = pidsOf("tcpdump");
    process.kill(third.recorder!.pid, "SIGKILL");
    await endOf(pipes, "tcpdump");
    await piped.status(({ recorder }) => recorder!.pid !== third.recorder!.pid);
    const mark = breakIt("store");
    expect(await piped.stop()).toBe(0);
    expect(existsSync(mark)).toBe(false);
    const segments = segmentsIn(live);
    expect(segments.length).toBeGreaterThan(2);
    expect(packetsOf(segments)).toBe(4 * sent + countIn(segments, POISON));
    const journal = readFileSync(join(folder, "journal.jsonl"), "utf8");
    expect(journal.match(/"action":"segment-(closed|recovered)"/g)).toHaveLength(segments.length);
    const { ok, story } = await withCase(folder, async (made) => ({
      ok: verifyCase(made).ok,
      story: await storyOf(made),
    }));
    expect(ok).toBe(true);
    const { captures: read, limits } = story.coverage;
    const analysed = segments.filter((path) => !path.endsWith(leftOut));
    expect(limits.filter((text) => text.startsWith(`Segment ${leftOut} `))).toHaveLength(1);
    expect(read.map(({ path }) => basename(path)).sort()).toEqual(analysed.map((path) => basename(path)).sort());

    const again = await analyzeIntoCase({ captures: analysed, folder: join(scratch.path, "again.case"), workers: 1 });
    const found = idsOf(story);
    expect(found.length).toBeGreaterThan(3);
    expect(found).toEqual(idsOf(again.story));
  }, 480_000);

  it("goes on when nobody reads any more what it prints, and then ends in order", async () => {
    const folder = join(scratch.path, "unheard.case");
    const recording = new Recording(folder);
    await recording.status(({ analysis }) => analysis !== null);
    recording.closeOutput();
    await recording.said("recording goes on without it");
    const path = join(folder, "evidence/live/status.json");
    const latest = () => JSON.parse(readFileSync(path, "utf8")) as RecordingStatus;
    const { at } = latest().recorder!;
    while (latest().recorder!.at === at) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await recording.stop()).toBe(0);
    expect(latest().recorder!.state).toBe("stopped");
  });
});

function idsOf({ findings }: Pick<Story, "findings">): string[] {
  return findings.map(({ id }) => id).sort();
}
