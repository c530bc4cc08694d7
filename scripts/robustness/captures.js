// Captures that try to exhaust memory. Each is written by a function of how many of its things there are.
import { HELD_CAPTURES } from "./held.js";
import { ACK, CLIENT, Conversation, PSH, RST, SERVER, SYN } from "./writer.js";

/** First address of the hosts that come in great numbers: 11.0.0.0. */
const HOSTS = 0x0b000000;
/** Payload of a jumbo frame. */
const JUMBO = 8948;

const label = (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");

function dnsMessage(id, name, isAnswer) {
  const head = Buffer.from([id >> 8, id & 255, isAnswer ? 0x81 : 1, isAnswer ? 0x83 : 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split(".").map((part) => Buffer.from([part.length, ...Buffer.from(part)]));
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

/** Connections whose client sends `payload` and hears nothing more. */
function unanswered(w, count, payload) {
  for (let i = 0; i < count; i++) {
    const [from, port, at] = [HOSTS + (i >> 2), 1024 + (i % 60_000), i / 5000];
    w.tcp(at, from, port, SERVER, 80, SYN, 1, 0);
    w.tcp(at + 0.0001, SERVER, 80, from, port, SYN | ACK, 1, 2);
    w.tcp(at + 0.0002, from, port, SERVER, 80, ACK | PSH, 2, 2, payload);
  }
}

/**
 * By name: what it is ("#" stands for the number), how many things there are, usually and with --large, and how it is written.
 * Large ones go through a pipe: they have no place on a disk.
 */
export const CAPTURES = {
  ...HELD_CAPTURES,
  "half-open": {
    what: "# connection attempts from as many addresses within half a minute, none answered",
    count: 300_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++) w.tcp(i / 10_000, HOSTS + i, 1024 + (i % 60_000), SERVER, 445, SYN, i, 0);
    },
  },
  "half-open-at-once": {
    what: "# connection attempts from as many addresses, a million a second, none answered",
    count: 500_000,
    large: 5_000_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++) w.tcp(i / 1e6, HOSTS + i, 1024 + (i % 60_000), SERVER, 445, SYN, i, 0);
    },
  },
  hosts: {
    what: "# hosts, each of which opens a connection to one of 1,000 servers that resets it",
    count: 100_000,
    large: 2_000_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++) {
        const [from, to, port, at] = [HOSTS + i, SERVER + (i % 1000), 1024 + (i % 60_000), i / 10_000];
        w.tcp(at, from, port, to, 9999, SYN, 1, 0);
        w.tcp(at + 0.0001, to, 9999, from, port, SYN | ACK, 1, 2);
        w.tcp(at + 0.0002, from, port, to, 9999, ACK, 2, 2);
        w.tcp(at + 0.0003, to, 9999, from, port, RST, 2, 2);
      }
    },
  },
  "established-idle": {
    what: "# connections, opened and never closed or used again",
    count: 200_000,
    write: (w, count) => unanswered(w, count, Buffer.from("GET /")),
  },
  "http-idle": {
    what: "# web requests on as many connections, none answered",
    count: 200_000,
    write: (w, count) =>
      unanswered(w, count, Buffer.from("GET /a HTTP/1.1\r\nHost: www.example\r\nUser-Agent: x\r\n\r\n")),
  },
  histories: {
    what: "# connection attempts, each reset 99 times, which its history tells, within a twentieth of a second",
    count: 150_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++)
        for (let k = 0; k < 100; k++)
          w.tcp(i / count / 20, HOSTS + i, 1024 + (i % 60_000), SERVER, 445, k === 0 ? SYN : RST, 1000 * k + i, 0);
    },
  },
  "syn-scan": {
    what: "one address tries port 445 of # hosts",
    count: 200_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++) w.tcp(i / 10_000, CLIENT, 40_000, HOSTS + i, 445, SYN, i, 0);
    },
  },
  "dns-names": {
    what: "# DNS questions for as many names, answered with NXDOMAIN",
    count: 100_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++) {
        const name = `${label(i)}${label(i + 7)}.${label(i + 1)}.tunnel.example`;
        w.udp(i / 2000, CLIENT, 1024 + (i % 50_000), SERVER, 53, dnsMessage(i & 0xffff, name, false));
        w.udp(i / 2000 + 0.0002, SERVER, 53, CLIENT, 1024 + (i % 50_000), dnsMessage(i & 0xffff, name, true));
      }
    },
  },
  "smb-handles": {
    what: "# files opened on one SMB connection, none closed",
    count: 50_000,
    large: 1_000_000,
    write: async (w, count) => {
      const { SmbTalk } = await import("../../dist/samples/speak/smb-talk.js");
      const { Talk } = await import("../../dist/samples/speak/talk.js");
      const { Random } = await import("../../dist/samples/wire/random.js");
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
      for (let i = 0; i < count; i++) {
        smb.open(tree, `chain\\${label(i)}\\archive-${label(i + 3)}.vbk`);
        flush();
      }
    },
  },
  "http-unanswered": {
    what: "# HTTP requests on one connection, none answered",
    count: 200_000,
    write: (w, count) => {
      const conversation = new Conversation(w, 80);
      for (let i = 0; i < count; i++)
        conversation.say(true, Buffer.from(`GET /${label(i)} HTTP/1.1\r\nHost: ${label(i)}.example\r\n\r\n`));
    },
  },
  fragments: {
    what: "# first fragments of datagrams that never become whole",
    count: 300_000,
    write: (w, count) => {
      const body = Buffer.alloc(1400, 0x61);
      for (let i = 0; i < count; i++) w.ip(i / 20_000, CLIENT + (i >> 16), SERVER, 17, body, i, 0x2000);
    },
  },
  holes: {
    what: "# segments of one connection, every second one missing, none acknowledged",
    count: 500_000,
    write: (w, count) => {
      const conversation = new Conversation(w, 445);
      const body = Buffer.alloc(100, 0x62);
      for (let i = 0; i < count; i++) {
        conversation.lose(true, 100);
        conversation.say(true, body);
      }
    },
  },
  "gap-first": {
    what: "# GB on one connection whose first segment is missing, one side only, jumbo frames",
    count: 1,
    large: 60,
    write: (w, count) => {
      const conversation = new Conversation(w, 445, JUMBO);
      const body = Buffer.alloc(JUMBO, 0x63);
      conversation.lose(true, JUMBO);
      for (let i = 0; i < (count * 1e9) / JUMBO; i++) conversation.say(true, body);
    },
  },
};
