// A cable between two network namespaces, and programs that run at its ends: what the measurements of recording share.
import { execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export const run = (name, ...args) =>
  execFileSync(name, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 });
const inside = (namespace, ...command) => ["netns", "exec", namespace, ...command];

/** Frames of a capture file. */
export const packetsOf = (path) => Number(/^Number of packets:\s+(\d+)$/m.exec(run("capinfos", "-Mc", path))?.[1] ?? 0);

/** Namespaces `near`, where `mirror` is recorded, and `far`, where `play` is played into. */
export class Cable {
  constructor(name) {
    this.near = `${name}${process.pid}a`;
    this.far = `${name}${process.pid}b`;
  }

  make() {
    for (const namespace of [this.near, this.far]) run("ip", "netns", "add", namespace);
    run("ip", "link", "add", "play", "netns", this.far, "type", "veth", "peer", "name", "mirror", "netns", this.near);
    for (const [namespace, name] of [
      [this.far, "play"],
      [this.near, "mirror"],
    ]) {
      run("ip", ...inside(namespace, "sysctl", "-qw", `net.ipv6.conf.${name}.disable_ipv6=1`));
      run("ip", "-n", namespace, "link", "set", name, "mtu", "65000", "up");
    }
  }

  remove() {
    for (const namespace of [this.near, this.far]) {
      try {
        run("ip", "netns", "del", namespace);
      } catch {
        // it was not made
      }
    }
  }

  /** Starts a program at the recorded end; `ready` waits until its output has a text. Each line that it prints is given to `line`. */
  start(command, readyText, line = () => {}) {
    const child = spawn("ip", inside(this.near, ...command), { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (text) => {
      said += text;
      if (said.length > 1 << 20) said = said.slice(-(1 << 16));
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
    let rest = "";
    child.stdout.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const each of lines) line(each);
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    return {
      pid: child.pid,
      async ready() {
        while (!said.includes(readyText)) await sleep(50);
      },
      async stop() {
        child.kill("SIGINT");
        await ended;
        return said;
      },
    };
  }

  /** Plays into the far end; resolves with what tcpreplay says. */
  play(...parameters) {
    return new Promise((resolve, reject) => {
      const child = spawn("ip", inside(this.far, "tcpreplay", "-i", "play", ...parameters), {
        stdio: ["ignore", "pipe", "ignore"],
      });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
      child.once("error", reject);
      child.once("close", () =>
        resolve({
          sent: Number(/Successful packets:\s+(\d+)/.exec(said)?.[1]),
          reached: Math.round(Number(/([\d.]+) pps/.exec(said)?.[1])),
        }),
      );
    });
  }
}
