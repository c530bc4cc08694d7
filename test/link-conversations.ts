import { createHash } from "node:crypto";
import { afp } from "../core/protocols/afp/afp.ts";
import { amanda } from "../core/protocols/amanda/amanda.ts";
import { burp } from "../core/protocols/burp/burp.ts";
import { fcip } from "../core/protocols/fcip/fcip.ts";
import { libvirt } from "../core/protocols/libvirt/libvirt.ts";
import { nvmeTcp } from "../core/protocols/nvme-tcp/nvme-tcp.ts";
import type { Protocol } from "../core/protocols/protocol.ts";
import { urbackup, urbackupCommands, urbackupFiles } from "../core/protocols/urbackup/urbackup.ts";
import { vmwareAuthd } from "../core/protocols/vmware-authd/vmware-authd.ts";

/** Octets of one side. */
export type Step = readonly [fromOriginator: boolean, octets: Uint8Array];

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");
const say = (text: string): Step => [true, latin1(text)];
const answer = (text: string): Step => [false, latin1(text)];
const u32be = (value: number): string =>
  String.fromCharCode(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
const u32le = (value: number): string => [...u32be(value)].reverse().join("");

/** NVMe/TCP Transport 1.0, 3.6.2: ICReq and ICResp; Connect with its data; the answer. */
function nvme(status: number): Step[] {
  const ic = (type: number): string => `${String.fromCharCode(type)}\0\x80\0${u32le(128)}\0\0\0\x03`.padEnd(128, "\0");
  const connect = `\x7f\0\x05\0\x01`.padEnd(40, "\0") + "\0\0\x01\0\x1f\0";
  const data = "\x11".repeat(16).padEnd(256, "\0") + "nqn.2024-01.example:repo01".padEnd(256, "\0");
  const whole = data + "nqn.2014-08.org.nvmexpress:uuid:0f01".padEnd(512, "\0");
  const capsule = `\x04\0\x48\x48${u32le(72 + 1024)}${connect.padEnd(64, "\0")}${whole}`;
  const response = `\x05\0\x18\0${u32le(24)}${"\0".repeat(12)}\x05\0${u32le(status << 1).slice(0, 2)}`;
  return [say(ic(0)), answer(ic(1)), say(capsule), answer(response)];
}

/** RFC 3821 7: a special frame, and the same sent back. */
function special(flags: number): string {
  const word = "\x01\x01\xfe\xfe";
  const header = `${word}${word}${String.fromCharCode(flags)}\0${String.fromCharCode(255 - flags)}\xff\0\x13\xff\xec`;
  const body = `\0\0\xff\xff\x10\0\0\x05\x1e\x01\x02\x03${"e".repeat(8)}${"n".repeat(8)}\0\0\0\0\x20\0\0\x05\x1e\x0a\x0b\x0c`;
  return header.padEnd(28, "\0") + body.padEnd(48, "\0");
}

/** UrBackup: the sum of length and packet before both. */
function summed(packet: string): string {
  const framed = u32le(packet.length) + packet;
  return createHash("md5").update(latin1(framed)).digest().toString("latin1") + framed;
}

const dsi = (isReply: number, command: number, id: number, code: number, data: string): string =>
  `${String.fromCharCode(isReply, command, 0, id)}${u32be(code)}${u32be(data.length)}\0\0\0\0${data}`;
const libvirtMessage = (procedure: number, type: number, status: number, body: string): string =>
  u32be(28 + body.length) + [0x2000_8086, 1, procedure, type, 7, status].map(u32be).join("") + body;
const xdr = (text: string): string => u32be(text.length) + text.padEnd(Math.ceil(text.length / 4) * 4, "\0");
const piece = (handle: number, text: string): string => u32be(text.length) + u32be(handle) + text;
const burpMessage = (kind: string, text: string): string =>
  kind + text.length.toString(16).toUpperCase().padStart(4, "0") + text;

/** A short conversation and what is told of it. */
export interface Example {
  readonly protocol: Protocol;
  readonly carrier?: "udp";
  readonly steps: readonly Step[];
  readonly row: Readonly<Record<string, unknown>>;
}

const CHALLENGE = `\x03${u32le(32)}${"c".repeat(32)}\0\0\0\0\x06\0\0\0\x10\x27\0\0`;

/** Conversations of protocols that have a row in `storage_link`, made after their specifications. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  "vSphere's port 902": {
    protocol: vmwareAuthd,
    steps: [
      answer("220 VMware Authentication Daemon Version 1.10: SSL Required, NFCSSL supported/t\r\n"),
      say("\x16\x03\x01"),
    ],
    row: { version: "1.10", detail: "changes to TLS", status: "SSL Required, NFCSSL supported/t" },
  },
  "NVMe over TCP": {
    protocol: nvmeTcp,
    steps: nvme(0),
    row: {
      orig_name: "nqn.2014-08.org.nvmexpress:uuid:0f01",
      resp_name: "nqn.2024-01.example:repo01",
      service: "I/O queue 1",
      detail: "header digest, data digest",
      outcome: "granted",
    },
  },
  "NVMe over TCP, a host that is not let in": {
    protocol: nvmeTcp,
    steps: nvme(0x4184),
    row: { outcome: "refused", status: "invalid host" },
  },
  "Fibre Channel over IP": {
    protocol: fcip,
    steps: [say(special(1)), answer(special(1))],
    row: {
      service: "FCIP",
      orig_name: "10:00:00:05:1e:01:02:03",
      resp_name: "20:00:00:05:1e:0a:0b:0c",
      outcome: "granted",
    },
  },
  AFP: {
    protocol: afp,
    steps: [
      say(dsi(0, 4, 1, 0, "\x01\x04\0\x10\0\0")),
      answer(dsi(1, 4, 1, 0, "")),
      say(dsi(0, 2, 2, 0, "\x12\x06AFP3.3\x04DHX2\x05admin")),
      answer(dsi(1, 2, 2, -5023, "")),
    ],
    row: { service: "session", user: "admin", version: "AFP3.3", detail: "DHX2", outcome: "refused" },
  },
  libvirt: {
    protocol: libvirt,
    steps: [
      say(libvirtMessage(1, 0, 0, `${u32be(1)}${xdr("qemu:///system")}${u32be(0)}`)),
      answer(libvirtMessage(1, 1, 0, "")),
      say(libvirtMessage(193, 0, 0, xdr("nightly") + xdr("dc01") + "u".repeat(16) + u32be(0))),
      answer(libvirtMessage(193, 1, 1, `${u32be(38)}${u32be(10)}${u32be(1)}${xdr("denied")}`)),
    ],
    row: { service: "qemu:///system", outcome: "granted", detail: "2 calls" },
  },
  "Amanda over TCP": {
    protocol: amanda,
    steps: [
      say(
        piece(
          2,
          "\0SECURITY USER backup\nSERVICE sendbackup\nOPTIONS hostname=nas01;config=Daily;\n<dle>\n<disk>/data</disk>\n</dle>\n\0",
        ),
      ),
      answer(piece(2, "\x03\0")),
      answer(piece(2, "\x01CONNECT DATA 50074 MESG 499999\n\0")),
      answer(piece(50074, "dump")),
      answer(piece(50074, "")),
    ],
    row: { service: "sendbackup", user: "backup", resp_name: "nas01", outcome: "granted" },
  },
  "Amanda over UDP": {
    protocol: amanda,
    carrier: "udp",
    steps: [
      say("Amanda 3.5 REQ HANDLE 000-00000000 SEQ 1796048131\nSECURITY USER backup\nSERVICE noop\n"),
      answer("Amanda 3.5 NAK HANDLE 000-00000000 SEQ 1796048131\nERROR not allowed\n"),
    ],
    row: { service: "noop", version: "3.5", outcome: "refused", status: "not allowed" },
  },
  "UrBackup over the Internet": {
    protocol: urbackup,
    steps: [answer(summed(CHALLENGE)), say(summed(`\x08${u32le(5)}nas01\x20\0\0\0`)), answer(summed("\x02"))],
    row: { orig_name: "nas01", orig_role: "backup client", outcome: "refused" },
  },
  "UrBackup in its own network": {
    protocol: urbackupCommands,
    steps: [say(`${u32le(31)}#I0123456789abcdef#ADD IDENTITY`), answer(`${u32le(2)}OK`)],
    row: { orig_name: "0123456789abcdef", service: "ADD IDENTITY", orig_role: "backup server", outcome: "granted" },
  },
  "UrBackup's files in its own network": {
    protocol: urbackupFiles,
    steps: [
      say(`${u32le(44)}\x07${u32le(16)}tok|C/ledger.vbk${u32le(19)}#I0123456789abcdef#`),
      answer(`\x01${u32le(5000)}\0\0\0\0`),
    ],
    row: {
      orig_name: "0123456789abcdef",
      service: "file transfer",
      detail: "tok|C/ledger.vbk",
      orig_role: "backup server",
      outcome: "granted",
    },
  },
  BURP: {
    protocol: burp,
    steps: [
      say(burpMessage("c", "hello:3.1.4")),
      answer(burpMessage("c", "whoareyou:3.1.4")),
      say(burpMessage("c", "nas01")),
      answer(burpMessage("c", "okpassword")),
      say(burpMessage("c", "secret")),
      answer(burpMessage("c", "ok")),
      say(burpMessage("c", "Delete 1")),
      answer(burpMessage("c", "ok")),
    ],
    row: { orig_name: "nas01", user: "nas01", version: "3.1.4", service: "Delete 1", outcome: "granted" },
  },
};
