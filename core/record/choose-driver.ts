import { existsSync, readFileSync } from "node:fs";
import { BacktrailError } from "../contracts/result.ts";
import type { CaptureDriver } from "./driver.ts";
import { pcapDriver } from "./pcap-driver.ts";
import { dumpcapDriver, tcpdumpDriver } from "./program-driver.ts";
import type { DriverName, RecordOptions } from "./record-options.ts";

/**
 * The order they are tried in. tcpdump tells what the kernel dropped while it runs and gives its privileges up; dumpcap tells it
 * when it ends; node_pcap has stamps in microseconds and shares a thread with the writing.
 */
const ORDER: readonly CaptureDriver[] = [tcpdumpDriver, dumpcapDriver, pcapDriver];

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
    ORDER.map(async (driver) => {
      const found = await driver.version();
      const version = "version" in found ? found.version : null;
      return { name: driver.name, version, missing: "missing" in found ? found.missing : null };
    }),
  );
}

/** @throws BacktrailError where the wanted one, or none at all, can be used. */
export async function chooseDriver(wanted: DriverName | null): Promise<ChosenDriver> {
  const refused: string[] = [];
  for (const driver of ORDER) {
    if (wanted !== null && driver.name !== wanted) continue;
    const found = await driver.version();
    if ("missing" in found) {
      refused.push(found.missing);
      continue;
    }
    const reason =
      wanted !== null ? "it was asked for" : refused.length === 0 ? "it is the first choice" : refused.join("; ");
    return { driver, version: found.version, reason };
  }
  throw new BacktrailError(
    "no-capture-driver",
    `Nothing here can record frames: ${refused.join("; ")}. Install tcpdump or dumpcap (Debian: apt-get install tcpdump).`,
  );
}

/**
 * Tries interfaces and filter before recording begins.
 * @throws BacktrailError with the driver's own message.
 */
export async function checkOptions(driver: CaptureDriver, options: RecordOptions): Promise<void> {
  for (const name of options.interfaces) {
    const refused = await driver.check(name, options);
    if (refused === null) continue;
    const isPermission = /permission|not permitted/i.test(refused);
    throw new BacktrailError(
      isPermission ? "capture-permission" : "capture-refused",
      `${name} cannot be recorded: ${refused}. ${isPermission ? PERMISSION : ADVICE}`,
    );
  }
}

const ADVICE = "Check the interface (backtrail record --list) and the filter (man pcap-filter).";

const PERMISSION =
  "Recording needs the capability CAP_NET_RAW: run it as the service that docs/recording.md describes, as root, or give it to the" +
  " driver (setcap cap_net_raw,cap_net_admin+eip /usr/bin/dumpcap, then --driver dumpcap).";

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
