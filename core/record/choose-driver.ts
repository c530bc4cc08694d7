import { existsSync, readFileSync } from "node:fs";
import { BacktrailError } from "../contracts/result.ts";
import type { CaptureDriver } from "./driver.ts";
import { interfaceExists, isSetDown, listInterfaces } from "./network-interfaces.ts";
import { pcapDriver } from "./pcap-driver.ts";
import { mayWriteWithout } from "./privileges.ts";
import { dumpcapDriver, dumpcapSpooler, dumpcapWriter, tcpdumpDriver } from "./program-driver.ts";
import type { DriverName, RecordOptions } from "./record-options.ts";

/**
 * The order they are tried in. dumpcap writes the segments itself, or a file for each of several interfaces, so that it loses no more than it does
 * alone; through a pipe, tcpdump tells what the kernel dropped while it runs, dumpcap when it ends; node_pcap has stamps in microseconds and shares a thread with the writing.
 */
const ORDER: readonly CaptureDriver[] = [dumpcapWriter, dumpcapSpooler, tcpdumpDriver, dumpcapDriver, pcapDriver];

/** A driver that can be used. */
export interface ChosenDriver {
  readonly driver: CaptureDriver;
  readonly version: string;
  /** Why it and not another, for people. */
  readonly reason: string;
}

/** State of each driver, in the order they are tried in. */
export interface DriverState {
  readonly name: DriverName;
  readonly version: string | null;
  /** Why it cannot be used; null if it can. */
  readonly missing: string | null;
}

export async function driverStates(): Promise<DriverState[]> {
  return Promise.all(
    ORDER.filter((driver) => driver !== dumpcapSpooler && driver !== dumpcapDriver).map(async (driver) => {
      const found = await driver.version();
      const version = "version" in found ? found.version : null;
      return { name: driver.name, version, missing: "missing" in found ? found.missing : null };
    }),
  );
}

/**
 * @param folder Where the segments will be; null where that is not known yet.
 * @throws BacktrailError where the wanted one, or none at all, can be used.
 */
export async function chooseDriver(options: RecordOptions, folder: string | null): Promise<ChosenDriver> {
  const { driver: wanted } = options;
  const refused: string[] = [];
  const refuse = (why: string) => {
    if (!refused.includes(why)) refused.push(why);
  };
  /** The first that is there but may not open the interfaces: its own words say more than ours. */
  let forbidden: ChosenDriver | null = null;
  for (const driver of ORDER) {
    if (wanted !== null && driver.name !== wanted) continue;
    if (driver.spools && options.interfaces.length < 2) continue;
    if (isTakenForNumber(driver, options)) {
      refuse("dumpcap does not take the name of an interface that is a number");
      continue;
    }
    const unfit = driver.writesSegments || driver.spools ? whyNotItself(driver, options, folder) : null;
    if (unfit !== null) {
      refuse(unfit);
      continue;
    }
    const found = await driver.version();
    if ("missing" in found) {
      refuse(found.missing);
      continue;
    }
    const chosen = { driver, version: found.version, reason: reasonOf(driver, wanted, refused) };
    if (wanted !== null || !(await isForbidden(driver, options))) return chosen;
    forbidden ??= chosen;
    refuse(`${driver.name} may not open the interface`);
  }
  if (forbidden !== null) return forbidden;
  throw new BacktrailError(
    "no-capture-driver",
    `Nothing here can record frames: ${refused.join("; ")}. Install dumpcap or tcpdump (Debian: apt-get install wireshark-common tcpdump).`,
  );
}

/** dumpcap takes a number for a place in its list of interfaces, and would record another than the one of that name. */
function isTakenForNumber({ name }: CaptureDriver, { interfaces }: RecordOptions): boolean {
  return name === "dumpcap" && interfaces.some((each) => /^[+-]?\d+$/.test(each));
}

/** Why dumpcap cannot write to the folder itself; null if it can. */
function whyNotItself(driver: CaptureDriver, { interfaces }: RecordOptions, folder: string | null): string | null {
  if (driver.writesSegments && interfaces.length > 1)
    return "frames of several interfaces are put in order before they are written";
  if (folder !== null && !mayWriteWithout(folder))
    return `dumpcap gives its privileges up before it writes, and ${folder} is not writable without them`;
  return null;
}

function reasonOf({ writesSegments }: CaptureDriver, wanted: DriverName | null, refused: readonly string[]): string {
  const why = wanted !== null ? "it was asked for" : refused.length === 0 ? "it is the first choice" : null;
  const itself = writesSegments ? ["it writes the segments itself"] : [];
  return [...(why === null ? [] : [why]), ...itself, ...refused].join("; ");
}

async function isForbidden(driver: CaptureDriver, options: RecordOptions): Promise<boolean> {
  for (const name of options.interfaces) {
    const refusal = await driver.check(name, options);
    if (refusal !== null && IS_PERMISSION.test(refusal)) return true;
  }
  return false;
}

const IS_PERMISSION = /permission|not permitted/i;

/**
 * Before a recording is begun anew: a mistyped interface would be waited for for ever.
 * @throws BacktrailError where one is not there, or down.
 */
export function refuseMissing({ interfaces }: RecordOptions): void {
  const down = interfaces.find(isSetDown);
  if (down !== undefined)
    throw new BacktrailError(
      "capture-refused",
      `${down} is down: set it up (ip link set ${down} up), and have the system do so at every start.`,
    );
  const missing = interfaces.find((name) => interfaceExists(name) === false);
  if (missing === undefined) return;
  const names = listInterfaces().map(({ name }) => name);
  throw new BacktrailError(
    "capture-refused",
    `There is no interface ${missing} here, but ${names.join(", ")}: backtrail record --list tells more of them.`,
  );
}

/**
 * Tries filter and interfaces before recording begins; one that is away or down comes back, and must not keep the others from being recorded.
 * @throws BacktrailError with the driver's own message.
 */
export async function checkOptions(driver: CaptureDriver, options: RecordOptions): Promise<void> {
  for (const name of options.interfaces) {
    const isAway = interfaceExists(name) === false || isSetDown(name);
    const refused = isAway ? null : await driver.check(name, options);
    if (refused === null) continue;
    const isPermission = IS_PERMISSION.test(refused);
    throw new BacktrailError(
      isPermission ? "capture-permission" : "capture-refused",
      `${name} cannot be recorded: ${refused}. ${isPermission ? PERMISSION : ADVICE}`,
    );
  }
}

const ADVICE = "Check the interface (backtrail record --list) and the filter (man pcap-filter).";

const PERMISSION =
  "Recording needs the capability CAP_NET_RAW: run it as the service that docs/recording.md describes, as root, or give it to the" +
  " driver (setcap cap_net_raw,cap_net_admin+eip /usr/bin/dumpcap).";

const CAP_NET_RAW = 13n;

/** Whether this process may open interfaces; null where that cannot be told. */
export function mayCapture(): boolean | null {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return match === null ? null : (BigInt(`0x${match[1] ?? "0"}`) & (1n << CAP_NET_RAW)) !== 0n;
  } catch {
    return existsSync("/proc/self") ? false : null;
  }
}
