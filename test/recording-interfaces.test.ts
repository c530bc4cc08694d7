// Several interfaces recorded by the recorder alone, in network namespaces: nothing is lost, and nothing comes twice, however often it is killed.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import type { JournalEntry } from "../core/case/journal.ts";
import type { RecorderStatus } from "../core/contracts/recording.ts";
import { RecordingLosses } from "../core/engine/live/recording-losses.ts";
import type { FromRecorder, ToRecorder } from "../core/record/recorder-messages.ts";
import { RECORD_DEFAULTS, type RecordOptions } from "../core/record/record-options.ts";
import { segmentNames } from "../core/record/segment-store.ts";
import { readRecords } from "../core/record/take-over.ts";
import { verifyRecording } from "../core/record/verify-recording.ts";
import { asPcapng } from "./generated-captures.ts";
import { datagram } from "./net-frames.ts";
import { Cables, ip } from "./network-cables.ts";
import { scratchFolder } from "./sample-captures.ts";

const cables = new Cables(["dumpcap", "tcpreplay"]);
const { near, far, prevented } = cables;
const scratch = scratchFolder();
const ENTRY = fileURLToPath(new URL("../dist/core/record/recorder-process.js", import.meta.url));

beforeAll(() => {
  if (prevented !== null) return;
  for (const name of ["one", "two", "three", "four", "five", "six"]) cables.add(`play-${name}`, name);
  ip("-n", near, "link", "set", "six", "down");
});
afterAll(() => {
  cables.remove();
  scratch.remove();
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 25));

/** The recorder's process. */
class RunningRecorder {
  /** What it said last. */
  status: RecorderStatus | null = null;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #refusal = "";

  /** @param within Command that runs it where it is to run. */
  constructor(
    folder: string,
    options: Pick<RecordOptions, "interfaces"> & Partial<RecordOptions>,
    within = ["ip", "netns", "exec", near],
  ) {
    const [command, ...parameters] = [...within, process.execPath, ENTRY];
    this.#child = spawn(command, parameters, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (message: FromRecorder) => {
      if (message.kind === "status") this.status = message.status;
      else this.#refusal = `${message.code}: ${message.message}`;
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve));
    const all = { ...RECORD_DEFAULTS, leastFreeOctets: 0, ...options };
    this.#post({ kind: "start", setup: { folder, version: "test", options: all } });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async until(isSo: (status: RecorderStatus) => boolean): Promise<RecorderStatus> {
    for (;;) {
      if (this.status !== null && isSo(this.status)) return this.status;
      if (this.#refusal !== "" || this.#child.exitCode !== null) throw new Error(`it ended: ${this.#refusal}`);
      await pause();
    }
  }

  async refusal(): Promise<string> {
    await this.#ended;
    return this.#refusal;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#post({ kind: "stop" });
    await this.#ended;
  }

  #post(message: ToRecorder): void {
    this.#child.send(message);
  }
}

/** Plays frames that are numbered over all that it plays. */
class Player {
  #played = 0;

  /** Plays so many into a cable; resolves once all are played. */
  async play(name: string, count: number): Promise<void> {
    const frames = Array.from({ length: count }, (_, i) => {
      const bytes = datagram("10.9.9.9:4000", "10.9.9.8:4000", `frame ${this.#played++};`.padEnd(100, "."));
      return { ts: BigInt(i) * 1_000_000n, wireLength: bytes.length, bytes };
    });
    const path = join(scratch.path, `${name}-${this.#played}.pcapng`);
    writeFileSync(path, asPcapng(frames, true, 9));
    const replay = spawn("ip", ["netns", "exec", far, "tcpreplay", "-q", "-i", `play-${name}`, "-p", "2000", path]);
    await new Promise((resolve) => replay.once("exit", resolve));
  }
}

/** Files of dumpcap in a folder, of an interface or all. */
function files(folder: string, name = ""): string[] {
  return readdirSync(folder).filter((each) => each.startsWith(`incoming-${name}`));
}

/** Waits until dumpcap has begun a file of each interface that was not there before. */
async function listening(folder: string, interfaces: readonly string[], before: readonly string[] = []): Promise<void> {
  const isBegun = (name: string) => files(folder, name).some((file) => !before.includes(file));
  while (!interfaces.every(isBegun)) await pause();
}

/** Waits until dumpcap has so many frames of an interface in files that were not there before. */
async function spooled(folder: string, name: string, count: number, before: readonly string[]): Promise<void> {
  const frames = (file: string) => readRecords(readFileSync(join(folder, file))).times.length;
  const fresh = () => files(folder, name).filter((file) => !before.includes(file));
  while (fresh().reduce((sum, file) => sum + frames(file), 0) < count) await pause();
}

interface Recorded {
  readonly numbers: readonly number[];
  /** Frames that are earlier than the one before. */
  readonly backwards: number;
  readonly perInterface: Readonly<Record<string, number>>;
}

/** What the segments hold, in their order. */
async function recorded(folder: string): Promise<Recorded> {
  const numbers: number[] = [];
  const perInterface: Record<string, number> = {};
  let backwards = 0;
  let last = 0n;
  for (const name of segmentNames(folder)) {
    const set = await openCaptures([join(folder, name)]);
    for (let frames = await set.next(); frames !== null; frames = await set.next()) {
      const names = new Map(set.captures[0]!.interfaces.map(({ index, name: each }) => [index, each ?? ""]));
      for (let row = 0; row < frames.count; row++) {
        const at = frames.offset[row]!;
        const text = Buffer.from(frames.bytes.subarray(at, at + frames.capLen[row]!)).toString("latin1");
        numbers.push(Number(/frame (\d+);/.exec(text)?.[1] ?? -1));
        const iface = names.get(frames.iface[row]!)!;
        perInterface[iface] = (perInterface[iface] ?? 0) + 1;
        const ts = frames.ts[row]!;
        if (ts < last) backwards++;
        last = ts;
      }
      set.release(frames);
    }
    await set.close();
  }
  return { numbers, backwards, perInterface };
}

function entries(folder: string): JournalEntry[] {
  const lines = readFileSync(join(folder, "recording.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}

/** A small disk where the interfaces are recorded: nobody else sees it, and it is gone with the process that has it. */
class SmallDisk {
  readonly path = mkdtempSync(join(scratch.path, "disk-"));
  readonly #holder: ChildProcess;

  constructor(octets: number) {
    const script = 'mount -t tmpfs -o size="$1" tmpfs "$0" && echo && exec cat';
    const command = ["netns", "exec", near, "sh", "-c", script, this.path, String(octets)];
    this.#holder = spawn("ip", command, { stdio: ["pipe", "pipe", "inherit"] });
  }

  async ready(): Promise<void> {
    await new Promise((resolve) => this.#holder.stdout!.once("data", resolve));
  }

  /** How a command is run that sees it. */
  get within(): string[] {
    return ["nsenter", "-t", String(this.#holder.pid), "-m", "-n"];
  }

  /** A path on it, as others can have it. */
  seen(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  /** Leaves so much room. */
  fill(freeOctets: number): void {
    this.empty();
    const { bavail, bsize } = statfsSync(this.seen(this.path));
    writeFileSync(this.seen(join(this.path, "filler")), Buffer.alloc(bavail * bsize - freeOctets));
  }

  empty(): void {
    rmSync(this.seen(join(this.path, "filler")), { force: true });
  }

  remove(): void {
    this.#holder.kill("SIGKILL");
  }
}

const MIB = 1024 * 1024;

// They mostly wait: all at once.
describe.skipIf(prevented !== null)("a recorder", () => {
  it.concurrent.each(["dumpcap", "tcpdump"] as const)(
    "refuses a filter that is none, and an interface that it may not open, in the driver's words (%s)",
    async (driver) => {
      const folder = join(scratch.path, `refused-${driver}`);
      const options = { interfaces: ["three"], driver };
      const mistyped = new RunningRecorder(folder, { ...options, filter: "tcp prt 80" });
      expect(await mistyped.refusal()).toMatch(/^capture-refused: three cannot be recorded: .*syntax error/);
      const bounds = ["setpriv", "--bounding-set", "-net_raw,-net_admin"];
      const forbidden = new RunningRecorder(folder, options, ["ip", "netns", "exec", near, ...bounds]);
      expect(await forbidden.refusal()).toMatch(
        /^capture-permission: .*ermi.* Recording needs the capability CAP_NET_RAW/,
      );
      expect(segmentNames(folder)).toEqual([]);
    },
  );

  it.concurrent.each([
    // Whatever may be written to the last octet, nothing can.
    ["that dumpcap writes to itself", ["three"], 0],
    ["with files of two interfaces", ["four", "five"], MIB],
  ])(
    "whose disk is full ends recording with an alarm until there is room, and what was written is whole (%s)",
    async (_, interfaces, leastFreeOctets) => {
      const disk = new SmallDisk(6 * MIB);
      await disk.ready();
      try {
        const folder = join(disk.path, "live");
        const recorder = new RunningRecorder(folder, { interfaces, leastFreeOctets }, disk.within);
        const seen = disk.seen(folder);
        await recorder.until(({ segment }) => segment !== null);
        if (interfaces.length > 1) await listening(seen, interfaces);
        const player = new Player();
        const [name] = interfaces as [string];
        await player.play(name, 40);
        await recorder.until((status) => status.interfaces[0]!.packets === 40);
        disk.fill(4096);
        const full = await recorder.until(({ state, segment }) => state === "disk-full" && segment === null);
        expect(full.alarms.map(({ code }) => code)).toEqual(["disk-full"]);
        while (readdirSync(seen).some((name) => name.startsWith("writer-"))) await pause();
        const before = files(seen);
        await player.play(name, 10);
        disk.empty();
        await recorder.until(({ state, alarms }) => state === "recording" && alarms.length === 0);
        if (interfaces.length > 1) await listening(seen, interfaces, before);
        else await recorder.until(({ segment }) => segment !== null);
        await player.play(name, 30);
        await recorder.until((status) => status.interfaces[0]!.packets === 70);
        await recorder.stop();
        expect(verifyRecording(seen)).toMatchObject({ ok: true, segments: 2 });
        const kept = [...Array(80).keys()].filter((n) => n < 40 || n >= 50);
        expect((await recorded(seen)).numbers).toEqual(kept);
        expect(recorder.status!.interfaces[0]!.losses.own).toBe(0);
        const losses = new RecordingLosses();
        for (const entry of entries(seen)) losses.take(entry);
        expect(losses.sentences()).toEqual([
          expect.stringMatching(/^Nothing was recorded between .*: the disk was full\.$/),
        ]);
      } finally {
        disk.remove();
      }
    },
  );

  it.concurrent("begins while an interface is down, and records it once it is up", async () => {
    const recorder = new RunningRecorder(join(scratch.path, "six"), { interfaces: ["six"] });
    const waiting = await recorder.until(({ interfaces }) => interfaces[0]!.state === "lost");
    expect(waiting.alarms.map(({ code }) => code)).toEqual(["interface-lost"]);
    ip("-n", near, "link", "set", "six", "up");
    await recorder.until(({ alarms, segment }) => alarms.length === 0 && segment !== null);
    await new Player().play("six", 5);
    await recorder.until(({ interfaces }) => interfaces[0]!.packets === 5);
    await recorder.stop();
  });

  it.concurrent(
    "of two interfaces loses nothing, and records each frame once and in order, when it is killed, and killed again while it takes over",
    async () => {
      const folder = join(scratch.path, "two");
      const interfaces = ["one", "two"];
      const player = new Player();
      const options = { interfaces, rotateOctets: 64 * 1024 };
      let recorder = new RunningRecorder(folder, options);
      await recorder.until(({ driver }) => driver.name === "dumpcap");
      await listening(folder, interfaces);
      await Promise.all([player.play("one", 200), player.play("two", 100)]);
      await recorder.until(({ interfaces }) => interfaces.map(({ packets }) => packets).join() === "200,100");
      // What comes while the recorder does nothing waits in the files of dumpcap; then it is killed.
      recorder.signal("SIGSTOP");
      await Promise.all([player.play("one", 300), player.play("two", 400)]);
      await spooled(folder, "one", 500, []);
      await spooled(folder, "two", 500, []);
      await recorder.kill();
      // Killed again, somewhere in what it takes over, with more frames of one interface behind.
      const before = files(folder);
      recorder = new RunningRecorder(folder, options);
      await listening(folder, interfaces, before);
      recorder.signal("SIGSTOP");
      await player.play("one", 50);
      await spooled(folder, "one", 50, before);
      await recorder.kill();
      const killed = files(folder);
      recorder = new RunningRecorder(folder, options);
      await listening(folder, interfaces, killed);
      await Promise.all([player.play("one", 150), player.play("two", 300)]);
      // Frames that are taken over count too: these must be there before their cable goes.
      await spooled(folder, "one", 150, killed);
      await spooled(folder, "two", 300, killed);
      await recorder.until(({ interfaces }) => interfaces[1]!.packets >= 300 && interfaces[0]!.packets >= 150);

      ip("-n", far, "link", "del", "play-one");
      const lost = await recorder.until(({ interfaces }) => interfaces[0]!.state === "lost");
      expect(lost.alarms.map(({ code }) => code)).toContain("interface-lost");
      await player.play("two", 20);
      const known = files(folder, "one");
      cables.add("play-one", "one");
      while (files(folder, "one").every((file) => known.includes(file))) await pause();
      await player.play("one", 30);
      const back = await recorder.until(({ interfaces }) => interfaces[0]!.state === "recording");
      expect(back.alarms.map(({ code }) => code)).not.toContain("interface-lost");
      await recorder.stop();

      expect(files(folder)).toEqual([]);
      const { numbers, backwards, perInterface } = await recorded(folder);
      expect(perInterface).toEqual({ one: 730, two: 820 });
      expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 1550 }, (_, i) => i));
      expect(backwards).toBe(0);
      expect(verifyRecording(folder)).toMatchObject({ ok: true });
      const taken = entries(folder).filter(({ action }) => action === "frames-taken-over");
      expect(taken.map(({ detail }) => detail["interface"])).toEqual(expect.arrayContaining(["one", "two"]));
      const closed = entries(folder).filter(({ action }) => action === "segment-closed");
      expect(closed.length).toBeGreaterThan(1);
      // To the nanosecond, as the device has them.
      expect(closed.map(({ detail }) => detail["tsFirst"])).toContainEqual(expect.not.stringMatching(/000$/));
    },
  );
});
