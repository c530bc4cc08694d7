import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What the system says of when the process began; tells a new process with an old number. "" where unknown. */
  readonly began: string;
  /** Which start of the machine, and whose process numbers, the number is of. "" where unknown. */
  readonly boot: string;
  readonly numbers: string;
  readonly since: string;
}

/** Keeps two processes from writing one case. The lock of a process that is gone is taken over. */
export class CaseLock {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * @param pid The process that holds it: this one, or one that it started.
   * @throws BacktrailError `case-locked` naming the holder, or what prevents writing the lock.
   */
  static take(path: string, pid = process.pid): CaseLock {
    const own: Holder = {
      pid,
      host: hostname(),
      began: processBegan(pid),
      boot: thisBoot(),
      numbers: processNumbers(),
      since: new Date().toISOString(),
    };
    const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    try {
      const file = openSync(draft, "wx");
      try {
        writeSync(file, JSON.stringify(own));
        // A power cut would else leave a lock that does not say whose it is.
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      for (let attempt = 0; attempt < 10; attempt++) {
        if (claim(draft, path)) return new CaseLock(path);
        const holder = readHolder(path);
        if (holder === "gone") continue;
        if (holder === null || isAlive(holder)) throw locked(path, holder);
        removeStale(path, `${draft}.stale`);
      }
      throw locked(path, null);
    } catch (error) {
      throw ioProblem(error, `locking the case with ${path}`);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /**
   * The same, and waits where another process took the lock only now: most commands are done with a case in seconds, and two of them at once
   * then come one after the other.
   * @throws BacktrailError as `take`, at once where the case has been in use for a while.
   */
  static async takeSoon(path: string): Promise<CaseLock> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      try {
        return CaseLock.take(path);
      } catch (error) {
        if (!isProblem(error, "case-locked")) throw error;
        if (performance.now() > until || !isRecent(path)) throw error;
        await sleep(POLL_MS);
      }
    }
  }

  /** Says who holds the lock at `path` now; null if nobody does. */
  static holder(path: string): string | null {
    const holder = readHolder(path);
    return holder === "gone" || holder === null || !isAlive(holder) ? null : describe(holder);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

/** Longest wait for another command, how often it is looked for, and for how long a command that is still at work is thought to be one. */
const WAIT_MS = 15_000;
const POLL_MS = 100;
const RECENT_MS = 20_000;

/** True if another process of this machine took the lock only now, or gave it back meanwhile. */
function isRecent(path: string): boolean {
  const holder = readHolder(path);
  if (holder === "gone") return true;
  if (holder === null || holder.pid === process.pid || holder.host !== hostname()) return false;
  return Date.now() - Date.parse(holder.since) < RECENT_MS;
}

/** Makes `draft` the lock if there is none: the lock appears with its content, never empty. */
function claim(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") return false;
    // File systems without hard links (exFAT, some network shares).
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
  }
  try {
    const file = openSync(path, "wx");
    writeSync(file, readFileSync(draft));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock found stale, unless another process took it over meanwhile: that one is put back. */
function removeStale(path: string, aside: string): void {
  if (!moved(path, aside)) return;
  const holder = readHolder(aside);
  if (holder !== "gone" && holder !== null && isAlive(holder)) claim(aside, path);
  rmSync(aside, { force: true });
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** "gone" if there is no lock, null if it does not say who holds it. */
function readHolder(path: string): Holder | "gone" | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (value === null || typeof value.pid !== "number" || typeof value.host !== "string") return null;
    const { pid, host, began = "", boot = "", numbers = "", since = "" } = value;
    return {
      ...{ pid, host, since: String(since) },
      ...{ began: String(began), boot: String(boot), numbers: String(numbers) },
    };
  } catch {
    return null; // written by something else: the caller says that the lock is there
  }
}

function isAlive(holder: Holder): boolean {
  const isKnownBoot = holder.boot !== "" && thisBoot() !== "";
  const isThisBoot = isKnownBoot && holder.boot === thisBoot();
  const isThisName = holder.host === hostname();
  // Under another name it is this machine only while it runs.
  if (!isThisName && !isThisBoot) return true;
  if (isKnownBoot && !isThisBoot) return false;
  // Processes of another container are not seen from here, also where it has this name.
  const numbers = processNumbers();
  const isSeen = holder.numbers === "" || numbers === "" ? isThisName : holder.numbers === numbers;
  if (!isSeen) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // The process of another account may have the number now.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const began = processBegan(holder.pid);
  return began === "" || holder.began === "" || began === holder.began;
}

/** Which start of this machine it is (Linux), "" elsewhere. */
function thisBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return ""; // no /proc
  }
}

/** The namespace of process numbers that this process is in (Linux), "" elsewhere. */
function processNumbers(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return ""; // no /proc
  }
}

/** Start time of a process in the system's own ticks (Linux: /proc/PID/stat, field 22); "" elsewhere. */
function processBegan(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return ""; // no /proc: the process number alone must do
  }
}

function describe(holder: Holder): string {
  return `process ${holder.pid} on ${holder.host} since ${holder.since}`;
}

function locked(path: string, holder: Holder | null): BacktrailError {
  const who = holder === null ? "another process" : describe(holder);
  return new BacktrailError(
    "case-locked",
    `The case is in use by ${who}: wait until it is done, or, if you are sure that it is not running, delete ${path}.`,
  );
}
