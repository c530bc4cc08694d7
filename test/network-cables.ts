import { execFileSync, spawnSync } from "node:child_process";

let made = 0;

/** Two network namespaces that cables join: traffic is played at one end of each and recorded at the other. */
export class Cables {
  /** Where it is recorded. */
  readonly near = `bt${process.pid}n${++made}`;
  /** Where it is played. */
  readonly far = `bt${process.pid}f${made}`;
  /** Why they cannot be had here; null if they can. */
  readonly prevented: string | null;

  /** @param programs What the tests need besides. */
  constructor(programs: readonly string[]) {
    this.prevented = this.#preventedBy(["ip", ...programs]);
    if (this.prevented !== null) process.stderr.write(`Recording is not tested here: ${this.prevented}.\n`);
    else ip("netns", "add", this.far);
  }

  /** Adds a cable with these interfaces at its ends. */
  add(far: string, near: string): void {
    ip("link", "add", far, "netns", this.far, "type", "veth", "peer", "name", near, "netns", this.near);
    for (const [namespace, name] of [
      [this.far, far],
      [this.near, near],
    ] as const) {
      // Neighbour discovery of our own would be recorded with the rest.
      execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", `net.ipv6.conf.${name}.disable_ipv6=1`]);
      ip("-n", namespace, "link", "set", name, "mtu", "65000", "up");
    }
  }

  remove(): void {
    if (this.prevented === null)
      for (const namespace of [this.near, this.far]) spawnSync("ip", ["netns", "del", namespace]);
  }

  #preventedBy(programs: readonly string[]): string | null {
    if (process.getuid?.() !== 0) return "it needs root, to make network namespaces";
    const missing = programs.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
    if (missing.length > 0) return `${missing.join(", ")} not installed`;
    if (spawnSync("ip", ["netns", "add", this.near]).status !== 0) return "network namespaces cannot be made";
    return null;
  }
}

export function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}
