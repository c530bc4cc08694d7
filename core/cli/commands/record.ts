import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { readAlertConfig } from "../../alert/alert-config.ts";
import { SYSLOG_SEVERITY } from "../../alert/alert-forms.ts";
import { testAlert } from "../../alert/alert.ts";
import { sendAtOnce } from "../../alert/alert-desk.ts";
import { CASE_FILES } from "../../case/case.ts";
import type { Finding } from "../../contracts/finding.ts";
import type { Alarm, RecordingStatus } from "../../contracts/recording.ts";
import { dateTime, visible } from "../../contracts/text-forms.ts";
import { BacktrailError, isProblem } from "../../contracts/result.ts";
import { HistoryKeeper } from "../../engine/live/recording-history.ts";
import { RecordingSession, type OutsideOptions } from "../../engine/live/recording-session.ts";
import { tellRefusal } from "../../engine/live/tell-refusal.ts";
import { storyOf } from "../../engine/story-of.ts";
import { workersFor } from "../../engine/worker-count.ts";
import { TOOL } from "../../engine/version.ts";
import { createRecordedWorkspace, withCase } from "../../engine/workspace.ts";
import { checkOptions, chooseDriver, driverStates, mayCapture, refuseMissing } from "../../record/choose-driver.ts";
import { listInterfaces } from "../../record/network-interfaces.ts";
import type { DriverName, RecordOptions } from "../../record/record-options.ts";
import { DRIVERS, RECORD_DEFAULTS } from "../../record/record-options.ts";
import { storyText } from "../../report/story-text.ts";
import { command, positive } from "../options.ts";
import { recordingLines } from "../recording-lines.ts";
import {
  clearProgress,
  isStyled,
  journalMark,
  note,
  noteAs,
  outliveReaders,
  print,
  printJson,
  printLine,
  statusLines,
  statusWidth,
  tableText,
  terminalWidth,
} from "../terminal.ts";

interface RecordCommandOptions {
  readonly interface?: readonly string[];
  readonly list?: boolean;
  readonly case?: string;
  readonly name?: string;
  readonly scope?: string;
  readonly filter?: string;
  readonly driver?: DriverName;
  readonly snapLength?: number;
  readonly promiscuous: boolean;
  readonly buffer?: number;
  readonly rotate?: readonly Rotation[];
  readonly keep?: readonly Rotation[];
  readonly leastFree?: number;
  readonly sync?: number;
  readonly training?: number;
  readonly interval: number;
  readonly workers?: number;
  readonly alerts?: string;
  readonly testAlerts?: boolean;
  readonly health?: number;
  readonly verifyEvery?: number;
  readonly json?: boolean;
}

/** A bound by size or by time. */
type Rotation = { readonly octets: number } | { readonly seconds: number };

export function recordCommand() {
  return command(
    "record",
    "record network interfaces into a case and analyse them as they come",
    "backtrail record -i eth1 --case ./watch --keep 200G",
  )
    .option("-i, --interface <name>", "interface to record; may be repeated", collect)
    .option("--list", "list interfaces and capture drivers, then end")
    .option("--case <dir>", "the case folder, new or existing: recording goes on in it")
    .option("--name <name>", "name of a new case")
    .option("--scope <file>", "the backup estate as YAML (docs/scope.md)")
    .option("--filter <bpf>", "capture filter (man pcap-filter)")
    .addOption(new Option("--driver <name>", "what captures (default: the first that is there)").choices([...DRIVERS]))
    .option("--snap-length <octets>", "most octets kept of a frame (default: 262144)", positive)
    .option("--no-promiscuous", "record only what is for this machine")
    .option("--buffer <size>", "kernel buffer of each interface, 2047M at most (default: 64M)", bufferSize)
    .option("--rotate <bound>", "begin a new segment at a size (256M) or an age (5m); may be given for both", bounds)
    .option(
      "--keep <bound>",
      "keep closed segments up to a size (200G) or an age (30d); those that findings rest on stay",
      bounds,
    )
    .option("--least-free <size>", "record nothing while the disk has less free (default: 512M)", size)
    .option("--sync <seconds>", "make what was recorded durable so often (default: 2)", positive)
    .option(
      "--training <time>",
      "learn what is usual for so long (like 7d) from the first start on; kept with the case (default: each detection's own first days)",
      time,
    )
    .option("--interval <seconds>", "run detections so often at most", positive, 5)
    .option("--workers <n>", "worker threads of the analysis", positive)
    .option("--alerts <file>", "where findings and alarms are sent to, as YAML (docs/recording.md)")
    .option("--test-alerts", "send a test alert to each destination of --alerts, then end")
    .option("--health <port>", "serve /health and /metrics (Prometheus) on this port of 127.0.0.1", port)
    .option("--verify-every <time>", "check the hash of every closed segment so often (like 24h)", time)
    .option("--json", "one JSON object a line: findings, alarms, results of checks, and the status every second")
    .action(async (options: RecordCommandOptions) => {
      if (options.list === true) return list(options.json === true);
      if (options.testAlerts === true) return testAlerts(options);
      const interfaces = options.interface ?? [];
      if (interfaces.length === 0 || options.case === undefined)
        throw new BacktrailError("usage", "Name an interface (-i eth1; --list shows them) and a case folder (--case).");
      await record(resolve(options.case), recordOptions(interfaces, options), options);
    });
}

async function record(folder: string, recording: RecordOptions, options: RecordCommandOptions): Promise<void> {
  outliveReaders();
  const isNew = !isThere(join(folder, CASE_FILES.info));
  const isJson = options.json === true;
  const outside = {
    destinations: options.alerts === undefined ? [] : readAlertConfig(options.alerts),
    healthPort: options.health ?? null,
    verifySeconds: options.verifyEvery ?? null,
  };
  let session: RecordingSession;
  try {
    session = await beginRecording(folder, recording, options, outside);
  } catch (error) {
    // Who makes a new case is there to see it.
    if (!isNew) await tellRefusal(folder, outside.destinations, error);
    throw error;
  }
  if (!isJson) for (const line of begun(session.status)) note(line);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  process.once("SIGINT", () => process.exit(130));
  clearProgress();
  if (!isJson)
    note(
      `Stopping: what was recorded is written and analysed to its end.${byHand(" Press Ctrl+C again to end at once.")}`,
    );
  const isRead = await session.stop();
  if (!isRead) process.exitCode = 3;
  clearProgress();
  if (isJson) printLine({ kind: "stopped", at: new Date().toISOString(), ...session.status });
  else {
    await printStory(folder);
  }
}

async function beginRecording(
  folder: string,
  recording: RecordOptions,
  options: RecordCommandOptions,
  outside: OutsideOptions,
): Promise<RecordingSession> {
  const isNew = !isThere(join(folder, CASE_FILES.info));
  // Before a case is made: a mistyped interface or filter must not leave an empty one behind.
  if (isNew) refuseMissing(recording);
  await checkOptions((await chooseDriver(recording, null)).driver, recording);
  if (isNew) (await createRecordedWorkspace(folder, options.name)).close();
  const session = new RecordingSession(
    folder,
    recording,
    {
      workers: options.workers ?? workersFor(null),
      intervalMs: options.interval * 1000,
      shedOctets: SHED_OCTETS,
      scope: options.scope === undefined ? null : resolve(options.scope),
      trainingSeconds: options.training ?? null,
    },
    outside,
    options.json === true ? jsonEvents() : textEvents(),
  );
  await session.start();
  return session;
}

/** A case that may not be looked at is there. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOTDIR";
  }
}

async function printStory(folder: string): Promise<void> {
  try {
    print(storyText(await withCase(folder, storyOf), { width: terminalWidth(), styled: isStyled() }));
  } catch (error) {
    if (!isProblem(error, "case-locked")) throw error;
    note("The story is in the window that has the case open.");
  }
}

/** Analysis that lies further behind leaves segments out. */
const SHED_OCTETS = 16 * 1024 ** 3;

function textEvents() {
  const keeper = new HistoryKeeper();
  return {
    findings: (found: readonly Finding[]) => {
      for (const { tsFirst, severity, explanation, id } of found) {
        clearProgress();
        print(
          `${journalMark(SYSLOG_SEVERITY[severity], 1)}${dateTime(tsFirst)}  ${severity.padEnd(8)}  ${visible(explanation)}  (${id})\n`,
        );
      }
    },
    withdrawn: (gone: readonly Finding[]) => {
      for (const { explanation, id } of gone)
        note(
          `${new Date().toISOString()}  withdrawn by later records or a changed scope: ${visible(explanation)}  (${id})`,
        );
    },
    alarm: ({ at, message }: Alarm, isOver: boolean) =>
      noteAs(
        isOver ? "info" : "warning",
        isOver ? `${new Date().toISOString()}  over: ${message}` : `${at}  ALARM: ${message}`,
      ),
    verified: (isOk: boolean, result: string) =>
      noteAs(
        isOk ? "info" : "error",
        `${new Date().toISOString()}  ${isOk ? "verified" : "NOT AS IT WAS WRITTEN"}: ${result}`,
      ),
    status: (status: RecordingStatus) => {
      keeper.add(status);
      statusLines(recordingLines(status, keeper.history, statusWidth()));
    },
  };
}

function jsonEvents() {
  return {
    findings: (found: readonly Finding[]) => {
      for (const finding of found) printLine({ kind: "finding", finding });
    },
    withdrawn: (gone: readonly Finding[]) => {
      for (const finding of gone) printLine({ kind: "finding-withdrawn", finding });
    },
    alarm: (alarm: Alarm, isOver: boolean) => printLine({ kind: isOver ? "alarm-over" : "alarm", alarm }),
    verified: (ok: boolean, message: string) =>
      printLine({ kind: "verification", at: new Date().toISOString(), ok, message }),
    status: (status: RecordingStatus) => printLine({ kind: "status", ...status }),
  };
}

function begun({ recorder }: RecordingStatus): string[] {
  if (recorder === null) return [];
  const { name, version, reason } = recorder.driver;
  return [
    `Recording ${recorder.interfaces.map((each) => each.name).join(", ")} with ${name} ${version} (${reason}).${byHand(" Ctrl+C ends it in order.")}`,
  ];
}

/** What only somebody at a terminal can do. */
function byHand(advice: string): string {
  return process.stderr.isTTY ? advice : "";
}

async function list(isJson: boolean): Promise<void> {
  const interfaces = listInterfaces();
  const drivers = await driverStates();
  if (isJson) return printJson({ interfaces, drivers, mayCapture: mayCapture() });
  const yes = (value: boolean | null) => (value === null ? "unknown" : value ? "up" : "down");
  const rows = interfaces.map(({ name, linkUp, megabitsPerSecond, mac, addresses }) => [
    name,
    yes(linkUp),
    megabitsPerSecond === null ? "" : `${megabitsPerSecond} Mbit/s`,
    mac ?? "",
    addresses.join(" "),
  ]);
  print(tableText(["interface", "link", "speed", "hardware", "addresses"], rows));
  print(
    `\n${tableText(
      ["driver", "version", "why not"],
      drivers.map((each) => [each.name, each.version ?? "", each.missing ?? ""]),
    )}`,
  );
  if (mayCapture() === false)
    note(
      "This account may not open interfaces by itself (no CAP_NET_RAW): docs/recording.md says how to give it what it needs.",
    );
}

async function testAlerts({ alerts, case: folder }: RecordCommandOptions): Promise<void> {
  if (alerts === undefined) throw new BacktrailError("usage", "Name the file with the destinations (--alerts).");
  const results = await sendAtOnce(readAlertConfig(alerts), testAlert(folder ?? "test"), TOOL.version);
  for (const { name, problem } of results)
    print(`${name}: ${problem === null ? "delivered" : `not delivered: ${visible(problem)}`}\n`);
  if (results.some(({ problem }) => problem !== null)) process.exitCode = 3;
}

function recordOptions(interfaces: readonly string[], options: RecordCommandOptions): RecordOptions {
  const { rotate, keep } = options;
  const given = <T extends object>(values: T) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    ...RECORD_DEFAULTS,
    interfaces: [...new Set(interfaces)],
    ...given({
      filter: options.filter,
      driver: options.driver,
      snapLength: options.snapLength,
      promiscuous: options.promiscuous,
      bufferOctets: options.buffer,
      rotateOctets: octetsOf(rotate),
      rotateSeconds: secondsOf(rotate),
      keepOctets: octetsOf(keep),
      keepSeconds: secondsOf(keep),
      leastFreeOctets: options.leastFree,
      syncSeconds: options.sync,
    }),
  };
}

function octetsOf(list: readonly Rotation[] = []): number | undefined {
  return list.flatMap((each) => ("octets" in each ? [each.octets] : [])).at(-1);
}

function secondsOf(list: readonly Rotation[] = []): number | undefined {
  return list.flatMap((each) => ("seconds" in each ? [each.seconds] : [])).at(-1);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** "256M" is a size; "30s", "5m", "12h" and "30d" are times. Sizes have capital letters, or "ib" behind them. */
function bounds(value: string, before: readonly Rotation[] = []): readonly Rotation[] {
  const [, digits, unit = ""] = /^(\d{1,6})(s|m|min|h|d)$/.exec(value) ?? [];
  const seconds = SECONDS[unit];
  if (digits !== undefined && seconds !== undefined && Number(digits) > 0)
    return [...before, { seconds: Number(digits) * seconds }];
  return [...before, { octets: size(value) }];
}

function time(value: string): number {
  const [bound] = bounds(value);
  if (bound === undefined || !("seconds" in bound))
    throw new InvalidArgumentError("It must be a time (like 30m, 12h or 1d).");
  return bound.seconds;
}

function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new InvalidArgumentError("It must be a port, 1 to 65535.");
  return number;
}

function size(value: string): number {
  const [, digits, unit = ""] = /^(\d{1,6})([KMGT]?)(?:i?B)?$/.exec(value) ?? [];
  const count = Number(digits ?? 0) * 1024 ** " KMGT".indexOf(unit === "" ? " " : unit);
  if (count < 1)
    throw new InvalidArgumentError(
      "It must be a size (like 256M or 200G), or where allowed a time (30s, 5m, 12h, 30d).",
    );
  return count;
}

/** libpcap counts it in 31 bits: beyond that it would silently take a small one of its own. */
function bufferSize(value: string): number {
  const octets = size(value);
  if (octets > MOST_BUFFER_OCTETS) throw new InvalidArgumentError("It must be 2047M at most.");
  return octets;
}

const MOST_BUFFER_OCTETS = 2047 * 1024 ** 2;

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
