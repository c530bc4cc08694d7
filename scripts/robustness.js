// Writes captures that try to exhaust memory, analyses each with the built command and prints time and peak memory
// as the Markdown table of docs/robustness.md. Usage: node scripts/robustness.js [name ...] [--keep]
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const SYN = 2;
const ACK = 16;
const PSH = 8;
const CLIENT = 0x0a000001;
const SERVER = 0x0a000002;

/** A pcap file that is written as it grows. */
class Writer {
  #file;
  #buffer = Buffer.alloc(1 << 20);
  #used = 24;
  constructor(path) {
    this.#file = openSync(path, "w");
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.#buffer.writeUInt16LE(2, 4);
    this.#buffer.writeUInt16LE(4, 6);
    this.#buffer.writeUInt32LE(262144, 16);
    this.#buffer.writeUInt32LE(1, 20);
  }

  /** An IPv4 packet in Ethernet. */
  ip(seconds, from, to, proto, body, id = 0, fragment = 0) {
    const octets = 34 + body.length;
    if (this.#used + 16 + octets > this.#buffer.length) this.#flush();
    const b = this.#buffer;
    let at = this.#used;
    b.fill(0, at, at + 50);
    b.writeUInt32LE(1_700_000_000 + Math.floor(seconds), at);
    b.writeUInt32LE(Math.floor((seconds % 1) * 1e6), at + 4);
    b.writeUInt32LE(octets, at + 8);
    b.writeUInt32LE(octets, at + 12);
    at += 16;
    b[at + 5] = 2;
    b[at + 11] = 1;
    b.writeUInt16BE(0x0800, at + 12);
    at += 14;
    b[at] = 0x45;
    b.writeUInt16BE(20 + body.length, at + 2);
    b.writeUInt16BE(id & 0xffff, at + 4);
    b.writeUInt16BE(fragment, at + 6);
    b[at + 8] = 64;
    b[at + 9] = proto;
    b.writeUInt32BE(from >>> 0, at + 12);
    b.writeUInt32BE(to >>> 0, at + 16);
    b.set(body, at + 20);
    this.#used += 16 + octets;
  }

  tcp(seconds, from, fromPort, to, toPort, flags, seq, ack, payload = Buffer.alloc(0)) {
    const segment = Buffer.alloc(20 + payload.length);
    segment.writeUInt16BE(fromPort, 0);
    segment.writeUInt16BE(toPort, 2);
    segment.writeUInt32BE(seq >>> 0, 4);
    segment.writeUInt32BE(ack >>> 0, 8);
    segment[12] = 0x50;
    segment[13] = flags;
    segment.writeUInt16BE(64240, 14);
    segment.set(payload, 20);
    this.ip(seconds, from, to, 6, segment);
  }

  udp(seconds, from, fromPort, to, toPort, payload) {
    const datagram = Buffer.alloc(8 + payload.length);
    datagram.writeUInt16BE(fromPort, 0);
    datagram.writeUInt16BE(toPort, 2);
    datagram.writeUInt16BE(datagram.length, 4);
    datagram.set(payload, 8);
    this.ip(seconds, from, to, 17, datagram);
  }

  close() {
    this.#flush();
    closeSync(this.#file);
  }

  #flush() {
    for (let at = 0; at < this.#used;) at += writeSync(this.#file, this.#buffer, at, this.#used - at);
    this.#used = 0;
  }
}

/** One connection's segments, handshake done; sequence numbers run by themselves. */
class Conversation {
  #writer;
  #port;
  #seq = [1000, 5000];
  #clock = 1;
  constructor(writer, port) {
    this.#writer = writer;
    this.#port = port;
    writer.tcp(this.#tick(), CLIENT, 50000, SERVER, port, SYN, this.#seq[0]++, 0);
    writer.tcp(this.#tick(), SERVER, port, CLIENT, 50000, SYN | ACK, this.#seq[1]++, this.#seq[0]);
    writer.tcp(this.#tick(), CLIENT, 50000, SERVER, port, ACK, this.#seq[0], this.#seq[1]);
  }

  say(fromClient, bytes) {
    for (let at = 0; at < bytes.length; at += 1400) {
      const part = bytes.subarray(at, at + 1400);
      const [seq, ack] = fromClient ? this.#seq : [this.#seq[1], this.#seq[0]];
      if (fromClient) this.#writer.tcp(this.#tick(), CLIENT, 50000, SERVER, this.#port, ACK | PSH, seq, ack, part);
      else this.#writer.tcp(this.#tick(), SERVER, this.#port, CLIENT, 50000, ACK | PSH, seq, ack, part);
      const side = fromClient ? 0 : 1;
      this.#seq[side] = (this.#seq[side] + part.length) >>> 0;
    }
  }

  /** Octets that the recorder lost. */
  lose(fromClient, octets) {
    this.#seq[fromClient ? 0 : 1] += octets;
  }

  #tick() {
    this.#clock += 0.00002;
    return this.#clock;
  }
}

const label = (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");

function dnsMessage(id, name, isAnswer) {
  const head = Buffer.from([id >> 8, id & 255, isAnswer ? 0x81 : 1, isAnswer ? 0x83 : 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split(".").map((part) => Buffer.from([part.length, ...Buffer.from(part)]));
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

/** name -> what it is, and how it is written. */
const HOSTILE = {
  "half-open": [
    "300,000 connection attempts from 300,000 addresses, none answered",
    (w) => {
      for (let i = 0; i < 300_000; i++) w.tcp(i / 10_000, 0x0b000000 + i, 1024 + (i % 60_000), SERVER, 445, SYN, i, 0);
    },
  ],
  "established-idle": [
    "200,000 connections, opened and never closed or used again",
    (w) => {
      for (let i = 0; i < 200_000; i++) {
        const [from, port, at] = [0x0b000000 + (i >> 2), 1024 + (i % 60_000), i / 5000];
        w.tcp(at, from, port, SERVER, 80, SYN, 1, 0);
        w.tcp(at + 0.0001, SERVER, 80, from, port, SYN | ACK, 1, 2);
        w.tcp(at + 0.0002, from, port, SERVER, 80, ACK | PSH, 2, 2, Buffer.from("GET /"));
      }
    },
  ],
  "http-idle": [
    "200,000 web requests on as many connections, none answered",
    (w) => {
      const request = Buffer.from("GET /a HTTP/1.1\r\nHost: www.example\r\nUser-Agent: x\r\n\r\n");
      for (let i = 0; i < 200_000; i++) {
        const [from, port, at] = [0x0b000000 + (i >> 2), 1024 + (i % 60_000), i / 5000];
        w.tcp(at, from, port, SERVER, 80, SYN, 1, 0);
        w.tcp(at + 0.0001, SERVER, 80, from, port, SYN | ACK, 1, 2);
        w.tcp(at + 0.0002, from, port, SERVER, 80, ACK | PSH, 2, 2, request);
      }
    },
  ],
  "syn-scan": [
    "one address tries port 445 of 200,000 hosts",
    (w) => {
      for (let i = 0; i < 200_000; i++) w.tcp(i / 10_000, CLIENT, 40_000, 0x0b000000 + i, 445, SYN, i, 0);
    },
  ],
  "dns-names": [
    "100,000 DNS questions for as many names, answered with NXDOMAIN",
    (w) => {
      for (let i = 0; i < 100_000; i++) {
        const name = `${label(i)}${label(i + 7)}.${label(i + 1)}.tunnel.example`;
        w.udp(i / 2000, CLIENT, 1024 + (i % 50_000), SERVER, 53, dnsMessage(i & 0xffff, name, false));
        w.udp(i / 2000 + 0.0002, SERVER, 53, CLIENT, 1024 + (i % 50_000), dnsMessage(i & 0xffff, name, true));
      }
    },
  ],
  "smb-handles": [
    "50,000 files opened on one SMB connection, none closed",
    async (w) => {
      const { SmbTalk } = await import("../dist/samples/speak/smb-talk.js");
      const { Talk } = await import("../dist/samples/speak/talk.js");
      const { Random } = await import("../dist/samples/wire/random.js");
      const machine = { netbiosName: "FS1", netbiosDomain: "EX", dnsName: "fs1.ex.example", dnsDomain: "ex.example" };
      const talk = new Talk(new Random("handles"));
      const smb = new SmbTalk(talk, {
        who: { domain: "EX", user: "u", workstation: "W" },
        server: machine,
        serverName: "FS1",
        realm: "EX.EXAMPLE",
        mechanism: "ntlm",
        mustSign: false,
        filetime: 133_000_000_000_000_000n,
      });
      const conversation = new Conversation(w, 445);
      const flush = () => {
        for (const { fromClient, bytes } of talk.taken()) conversation.say(fromClient, bytes);
      };
      smb.negotiate();
      smb.sessionSetup();
      const tree = smb.tree("Backup");
      for (let i = 0; i < 50_000; i++) {
        smb.open(tree, `chain\\${label(i)}\\archive-${label(i + 3)}.vbk`);
        flush();
      }
    },
  ],
  "http-unanswered": [
    "200,000 HTTP requests on one connection, none answered",
    (w) => {
      const conversation = new Conversation(w, 80);
      for (let i = 0; i < 200_000; i++)
        conversation.say(true, Buffer.from(`GET /${label(i)} HTTP/1.1\r\nHost: ${label(i)}.example\r\n\r\n`));
    },
  ],
  fragments: [
    "300,000 first fragments of datagrams that never become whole",
    (w) => {
      const body = Buffer.alloc(1400, 0x61);
      for (let i = 0; i < 300_000; i++) w.ip(i / 20_000, CLIENT + (i >> 16), SERVER, 17, body, i, 0x2000);
    },
  ],
  holes: [
    "500,000 segments of one connection, every second one missing, none acknowledged",
    (w) => {
      const conversation = new Conversation(w, 445);
      const body = Buffer.alloc(100, 0x62);
      for (let i = 0; i < 500_000; i++) {
        conversation.lose(true, 100);
        conversation.say(true, body);
      }
    },
  ],
  "gap-first": [
    "500 MB on one connection whose first segment is missing, one side only",
    (w) => {
      const conversation = new Conversation(w, 445);
      const body = Buffer.alloc(1400, 0x63);
      conversation.lose(true, 1400);
      for (let i = 0; i < 500e6 / 1400; i++) conversation.say(true, body);
    },
  ],
};

const keep = process.argv.includes("--keep");
const asked = process.argv.slice(2).filter((each) => !each.startsWith("--"));
const unknown = asked.filter((each) => !(each in HOSTILE));
if (unknown.length > 0) {
  process.stderr.write(`There is no "${unknown[0]}"; there are ${Object.keys(HOSTILE).join(", ")}.\n`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "backtrail-robustness-"));
process.stdout.write("| capture | what it does | size MB | wall s | peak MB | exit | limits the story shows |\n");
process.stdout.write("|---|---|---|---|---|---|---|\n");
try {
  for (const name of asked.length > 0 ? asked : Object.keys(HOSTILE)) {
    const [what, write] = HOSTILE[name];
    const path = join(folder, `${name}.pcap`);
    const writer = new Writer(path);
    await write(writer);
    writer.close();
    const target = join(folder, `${name}.case`);
    const { code, seconds, peak, stdout } = await analyze(path, target);
    const limits = code === 0 ? JSON.parse(stdout).story.coverage.limits.join(" ") : "";
    const size = Math.round(statSync(path).size / 1e6);
    process.stdout.write(
      `| ${name} | ${what} | ${size} | ${seconds.toFixed(1)} | ${Math.round(peak / 1e6)} | ${code} | ${limits} |\n`,
    );
    if (!keep) for (const each of [path, target]) rmSync(each, { recursive: true, force: true });
  }
} finally {
  if (keep) process.stderr.write(`Kept in ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
}

/** Runs `backtrail analyze`; peak memory is that of the process (VmHWM), so this needs Linux. */
async function analyze(path, target) {
  const started = Date.now();
  const child = spawn(process.execPath, [join(root, "bin/backtrail.js"), "analyze", path, "--case", target, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  let peak = 0;
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  const timer = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peak = Math.max(peak, Number(high ?? 0) * 1024);
    } catch {
      clearInterval(timer); // it ended
    }
  }, 50);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return { code, seconds: (Date.now() - started) / 1000, peak, stdout };
}
