import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

/** A network interface of this machine. */
export interface NetworkInterface {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly mac: string | null;
  /** Null where the system does not say. */
  readonly linkUp: boolean | null;
  readonly megabitsPerSecond: number | null;
}

/** Linux says here what it knows of its interfaces. */
const SYSTEM = "/sys/class/net";
/** Flag of an interface. netdevice(7) */
const IFF_UP = 1;

/** All interfaces, also those without an address, as mirror ports usually are. */
export function listInterfaces(): NetworkInterface[] {
  const addressed = networkInterfaces();
  const names = new Set([...Object.keys(addressed), ...(existsSync(SYSTEM) ? readdirSync(SYSTEM) : [])]);
  return [...names]
    .filter((name) => !existsSync(SYSTEM) || existsSync(join(SYSTEM, name, "operstate")))
    .sort()
    .map((name) => {
      const known = addressed[name] ?? [];
      const speed = Number(attribute(name, "speed") ?? NaN);
      return {
        name,
        addresses: known.map(({ cidr, address }) => cidr ?? address),
        mac: known[0]?.mac ?? attribute(name, "address"),
        linkUp: linkState(name),
        megabitsPerSecond: speed > 0 ? speed : null,
      };
    });
}

/** True if the interface is there; null where that cannot be told. */
export function interfaceExists(name: string): boolean | null {
  return existsSync(SYSTEM) ? existsSync(join(SYSTEM, name)) : null;
}

/** True if it is there and was not set up, as after a start of the machine before its network is configured. */
export function isSetDown(name: string): boolean {
  const flags = attribute(name, "flags");
  return flags !== null && (Number(flags) & IFF_UP) === 0;
}

/** Whether frames can come; null where the system does not say. */
export function linkState(name: string): boolean | null {
  const carrier = attribute(name, "carrier");
  if (carrier !== null) return carrier === "1";
  // Reading `carrier` fails for an interface that is set down.
  const state = attribute(name, "operstate");
  return state === null ? null : state === "up" || state === "unknown";
}

/**
 * Frames that the interface itself lost since the system started: its own buffers were full. `rx_dropped` is left out: it counts
 * frames that no protocol of this machine wanted, and the recorder saw those.
 */
export function driverDrops(name: string): number {
  const counts = ["rx_missed_errors", "rx_fifo_errors"].map((of) => Number(attribute(name, `statistics/${of}`) ?? 0));
  // Some drivers count the same loss in both.
  return Math.max(...counts);
}

function attribute(name: string, of: string): string | null {
  try {
    return readFileSync(join(SYSTEM, name, of), "utf8").trim();
  } catch {
    return null; // not there, or the interface is down
  }
}
