import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { CaseLock } from "../case/lock.ts";
import type { CaptureDriver, DriverCounters, DriverEvents, OpenInterface } from "./driver.ts";
import { INCOMING, writerLock } from "./driver.ts";
import type { DriverName, RecordOptions } from "./record-options.ts";
import { spoolName } from "./spool.ts";

/** What differs between the programs, and between the two ways to use dumpcap. */
interface Program {
  readonly name: DriverName;
  /** A pcap stream to its standard output, segments, or files of one interface from which segments are made. */
  readonly writes: "stream" | "segments" | "spool";
  readonly lateMs: number;
  record(iface: string, options: RecordOptions, folder: string): string[];
  check(iface: string, options: RecordOptions): string[];
  /** Reads counters from a piece of its standard error; null if there are none in it. */
  counters(text: string): DriverCounters | null;
  /** Signal that makes it say its counters; null if there is none. */
  readonly asks: NodeJS.Signals | null;
}

/** Drivers give frames out in bursts. */
const BURST_MS = 300;

const TCPDUMP: Program = {
  name: "tcpdump",
  writes: "stream",
  lateMs: BURST_MS,
  asks: "SIGUSR1",
  // -U writes every packet at once: what waits in a buffer could be lost, and would be analysed late.
  record: (iface, options) => [...tcpdumpArguments(iface, options), "-U", "-w", "-", ...filterOf(options)],
  check: (iface, options) => [...tcpdumpArguments(iface, options), "-d", ...filterOf(options)],
  counters(text) {
    const received = lastNumber(text, /(?<!\d)(\d+) packets? received by filter/g);
    const kernelDropped = lastNumber(text, /(?<!\d)(\d+) packets? dropped by kernel/g);
    return received === null || kernelDropped === null ? null : { received, kernelDropped };
  },
};

const DUMPCAP: Program = {
  name: "dumpcap",
  writes: "stream",
  lateMs: BURST_MS,
  asks: null,
  record: (iface, options) => [...dumpcapArguments(iface, options), "-q", "-P", "-w", "-"],
  check: (iface, options) => [...dumpcapArguments(iface, options), "-d"],
  // Said once, at its end: "Packets received/dropped on interface 'eth0': 100/3 (pcap:3/dumpcap:0/...)".
  counters(text) {
    const received = lastNumber(text, /received\/dropped on interface .*: (\d+)\/\d+/g);
    const kernelDropped = lastNumber(text, /received\/dropped on interface .*: \d+\/(\d+)/g);
    return received === null || kernelDropped === null ? null : { received, kernelDropped };
  },
};

const DUMPCAP_WRITER: Program = {
  ...DUMPCAP,
  writes: "segments",
  // -g lets the group read, as our own segments do.
  record: (iface, options, folder) => [
    ...dumpcapArguments(iface, options),
    ...["-q", "-g", "-b", `filesize:${Math.max(1, Math.floor(options.rotateOctets / 1000))}`],
    ...["-b", `duration:${options.rotateSeconds}`, "-w", join(folder, `${INCOMING}.pcapng`)],
  ],
};

/** Several of them do not share a process: their frames would wait for each other in a queue that is soon full. */
const DUMPCAP_SPOOLER: Program = {
  ...DUMPCAP,
  writes: "spool",
  // It gives out what it has twice a second.
  lateMs: 1000,
  record: (iface, options, folder) => [
    ...dumpcapArguments(iface, options),
    ...["-q", "-g", "-b", `filesize:${SPOOL_KILOOCTETS}`, "-b", `duration:${SPOOL_SECONDS}`],
    ...["-w", join(folder, spoolName(iface, Date.now()))],
  ],
};

/** A file is deleted once all of it is in segments. */
const SPOOL_KILOOCTETS = 65_536;
/** So far back segments are looked through, after a recorder was killed, for what a file of a quiet interface holds. */
const SPOOL_SECONDS = 60;

function tcpdumpArguments(iface: string, options: RecordOptions): string[] {
  const kib = String(Math.max(1, Math.ceil(options.bufferOctets / 1024)));
  const own = ["-n", "-i", iface, "-s", String(options.snapLength), "-B", kib, "--time-stamp-precision=nano"];
  return options.promiscuous ? own : [...own, "-p"];
}

function filterOf({ filter }: RecordOptions): string[] {
  return filter === "" ? [] : ["--", filter];
}

function dumpcapArguments(iface: string, options: RecordOptions): string[] {
  const mib = String(Math.max(1, Math.ceil(options.bufferOctets / 1024 / 1024)));
  const own = ["-i", iface, "-s", String(options.snapLength), "-B", mib];
  if (!options.promiscuous) own.push("-p");
  if (options.filter !== "") own.push("-f", options.filter);
  return own;
}

/** Records through `tcpdump` or `dumpcap`, which give up their privileges once the interface is open. */
class ProgramDriver implements CaptureDriver {
  readonly name: DriverName;
  readonly writesSegments: boolean;
  readonly spools: boolean;
  readonly lateMs: number;
  readonly #program: Program;

  constructor(program: Program) {
    this.name = program.name;
    this.writesSegments = program.writes === "segments";
    this.spools = program.writes === "spool";
    this.lateMs = program.lateMs;
    this.#program = program;
  }

  async version(): Promise<{ readonly version: string } | { readonly missing: string }> {
    const { code, printed, said } = await runProgram(this.name, ["--version"]);
    if (said === `spawn ${this.name} EACCES`) return { missing: `this account may not run ${this.name}` };
    if (code !== 0) return { missing: `${this.name} is not installed (${said.split("\n")[0] ?? ""})` };
    return { version: /(?<!\d)\d+\.\d+(?:\.\d+)?/.exec(printed)?.[0] ?? "unknown" };
  }

  async check(name: string, options: RecordOptions): Promise<string | null> {
    const { code, printed, said } = await runProgram(this.name, this.#program.check(name, options));
    // dumpcap 4.0 ends with 0 also where it refuses; what it takes, it shows as the kernel will run it.
    if (code === 0 && (printed.startsWith("(") || failureLines(said).trim() === "")) return null;
    return firstSentences(failureLines(said)) || `${this.name} ended with ${code}`;
  }

  open(name: string, options: RecordOptions, folder: string, events: DriverEvents): OpenInterface {
    return new RunningProgram(this.#program, name, options, folder, events);
  }
}

class RunningProgram implements OpenInterface {
  counters: DriverCounters | null = null;
  readonly #program: Program;
  readonly #child: ReturnType<typeof spawn>;
  readonly #events: DriverEvents;
  #said = "";
  /** The line of its standard error that is not at its end yet. */
  #line = "";
  #stopped = false;
  /** Says who writes into the folder, for a recorder that comes after one that was killed. */
  #lock: CaseLock | null = null;

  constructor(program: Program, iface: string, options: RecordOptions, folder: string, events: DriverEvents) {
    this.#program = program;
    this.#events = events;
    const [command, ...parameters] = boundToUs([program.name, ...program.record(iface, options, folder)]);
    // Its own process group: Ctrl+C in the terminal is for the recorder, which then stops it in order.
    this.#child = spawn(command!, parameters, { stdio: ["ignore", "pipe", "pipe", "pipe"], detached: true });
    const bond = this.#child.stdio[BOND] as Writable | null;
    bond?.on("error", () => undefined); // it ended before it could be told
    this.#child.on("exit", () => bond?.end("ended\n"));
    let failure = "";
    this.#child.on("error", (error) => {
      failure = error.message;
    });
    this.#child.stdout!.on("data", (octets: Buffer) => events.data(octets));
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#heard(text));
    this.#child.on("close", (code, signal) => {
      this.#lock?.release();
      this.counters = program.counters(this.#said) ?? this.counters;
      const how =
        signal === null ? `${program.name} ended with ${code ?? -1}` : `${program.name} was ended by ${signal}`;
      const reason = failure === "" ? firstSentences(failureLines(this.#said)) || how : failure;
      events.ended(this.#stopped ? "" : reason);
    });
    this.#claim(join(folder, writerLock(iface)));
  }

  /** @throws where the lock cannot be taken; nothing was opened then. */
  #claim(path: string): void {
    const { pid } = this.#child;
    if (this.#program.writes === "stream" || pid === undefined) return;
    try {
      this.#lock = CaseLock.take(path, pid);
    } catch (error) {
      this.#child.removeAllListeners("close");
      this.#child.kill("SIGKILL");
      throw error;
    }
  }

  refresh(): void {
    if (this.#program.asks !== null) this.#child.kill(this.#program.asks);
  }

  pause(): void {
    this.#child.stdout!.pause();
  }

  resume(): void {
    this.#child.stdout!.resume();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // What it has given out is safe: whoever held it back lets it go.
    this.#child.stdout!.resume();
    this.#child.kill("SIGINT");
    // What it has not written in this time it never will: its file must not grow any more.
    const late = setTimeout(() => this.#child.kill("SIGKILL"), END_MS);
    this.#child.on("close", () => clearTimeout(late));
  }

  #heard(text: string): void {
    this.#said = (this.#said + text).slice(-SAID_KEPT);
    this.counters = this.#program.counters(this.#said) ?? this.counters;
    if (this.#program.writes === "stream") return;
    const lines = (this.#line + text).split("\n");
    this.#line = (lines.pop() ?? "").slice(0, SAID_KEPT);
    for (const line of lines) {
      if (!line.startsWith(FILE_LINE)) continue;
      this.#events.begun(line.slice(FILE_LINE.length));
    }
  }
}

/** dumpcap says so that it began a file. */
const FILE_LINE = "File: ";

/** A program that was asked to end and has not in this time is ended by force. */
const END_MS = 10_000;

/** File descriptor by which a program is bound to the recorder. */
const BOND = 3;

/**
 * A command that ends when this process is gone, however it ended: a program that writes notices a reader that is gone only at the next
 * frame, which on a silent line may never come. The shell becomes the program, and a child of it waits for the end of the bond.
 */
function boundToUs(command: readonly string[]): string[] {
  const script = `(read -r _ <&${BOND} || kill -INT $$) >/dev/null 2>&1 & exec ${BOND}<&- "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

/** Characters of a program's standard error that are kept: its last words. */
const SAID_KEPT = 4096;

/** A program that does not answer in this time is taken as broken. */
const CHECK_MS = 10_000;

interface Ran {
  readonly code: number;
  readonly printed: string;
  /** To standard error, or why it could not be run. */
  readonly said: string;
}

function runProgram(name: string, parameters: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(name, [...parameters], { timeout: CHECK_MS, encoding: "utf8" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, printed: stdout, said: stderr === "" ? (error?.message ?? "") : stderr });
    });
  });
}

function lastNumber(text: string, pattern: RegExp): number | null {
  let found: number | null = null;
  for (const match of text.matchAll(pattern)) found = Number(match[1]);
  return found;
}

/** Lines that say what went wrong, without those that only say how it is going. */
function failureLines(said: string): string {
  return said
    .split("\n")
    .filter(
      (line) =>
        !/^(tcpdump: listening|Capturing on|File: |Packets|\d+ packets?|tcpdump: \d+ packets?|.*data link type)/.test(
          line,
        ),
    )
    .join("\n");
}

/** What Debian's dumpcap says behind its reason, in questions and answers of its package; ours is given instead. */
const DISTRIBUTION_ADVICE = /^On Debian and Debian derivatives/m;

/** What a program said, as a clause. */
function firstSentences(text: string): string {
  const lines = text
    .split(DISTRIBUTION_ADVICE, 1)[0]!
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(Capturing on|See the User's Guide|Please check to make sure)/.test(line));
  return lines.slice(0, 3).join(" ").slice(0, 500).replace(/[.]$/, "");
}

export const tcpdumpDriver: CaptureDriver = new ProgramDriver(TCPDUMP);
export const dumpcapDriver: CaptureDriver = new ProgramDriver(DUMPCAP);
export const dumpcapSpooler: CaptureDriver = new ProgramDriver(DUMPCAP_SPOOLER);
export const dumpcapWriter: CaptureDriver = new ProgramDriver(DUMPCAP_WRITER);
