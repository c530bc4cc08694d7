import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";

/** util-linux program that starts another with less privileges. */
const SETPRIV = "/usr/bin/setpriv";

const NICE = "/usr/bin/nice";
/** Where processors are short, recording comes first. */
const ANALYSIS_NICE = "5";
/** Where memory is short, the system ends the analysis before anything else. proc(5): -1000 to 1000, the higher first. */
const ANALYSIS_OOM_SCORE = 500;

/**
 * What root keeps, by who needs it. The recorder opens interfaces, and its driver gives up being root, after which a signal to it
 * needs `kill`. Files of the case may belong to somebody else.
 */
const KEPT = {
  recorder: ["net_raw", "net_admin", "setuid", "setgid", "setpcap", "kill", "dac_override"],
  analysis: ["dac_override"],
} as const;

/**
 * Starts one of our processes, with a channel for messages, and no more privileges than it needs: analysis of hostile octets has
 * a lower priority than recording and no capability, but for root's way to all files. Where `setpriv` or `nice` is missing, it is started without.
 */
export function startProcess(kind: keyof typeof KEPT, entry: string, parameters: readonly string[] = []): ChildProcess {
  const behind = kind === "analysis" && isThere(NICE) ? [NICE, "-n", ANALYSIS_NICE] : [];
  const command = [...behind, ...lessPrivileges(kind), process.execPath, entry, ...parameters];
  // Its own group: Ctrl+C in the terminal reaches only the program that decides when to stop.
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
  });
  if (kind === "analysis" && child.pid !== undefined) giveUpFirst(child.pid);
  return child;
}

/** The recorder keeps the score that it is started with, as the unit of systemd lowers it; never has the analysis a lower one. */
function giveUpFirst(pid: number): void {
  try {
    const own = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.max(own, ANALYSIS_OOM_SCORE)));
  } catch {
    // No Linux, or it has ended already, which its owner hears of.
  }
}

function lessPrivileges(kind: keyof typeof KEPT): string[] {
  if (process.platform !== "linux" || !isThere(SETPRIV)) return [];
  if (process.getuid?.() === 0) {
    const kept = KEPT[kind].map((name) => `+${name}`).join(",");
    return [SETPRIV, "--no-new-privs", `--bounding-set=-all,${kept}`, "--inh-caps=-all", "--ambient-caps=-all"];
  }
  // The recorder of an unprivileged account has its capability from the service, or its driver brings one of its own.
  return kind === "recorder" ? [] : [SETPRIV, "--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all"];
}

/**
 * Whether a program without any capability may write into a folder: dumpcap started by root gives all of them up before it writes, and root
 * without them is held by the permissions of the folder as any other account.
 */
export function mayWriteWithout(folder: string): boolean {
  if (process.getuid?.() !== 0 || !isThere(SETPRIV)) return true;
  const nothing = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"];
  return spawnSync(SETPRIV, [...nothing, "test", "-w", folder, "-a", "-x", folder]).status === 0;
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
