// Captures of many connections that each have little under way: messages that do not end, calls that nobody answers, tables that are filled.
import { createCipheriv, createHmac } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { Conversations, SERVER } from "./writer.js";

/** Clients of these connections: 12.0.0.0 and on. */
const CLIENTS = 0x0c000000;
const PAYLOAD = 1400;

const u16 = (value) => Buffer.from([value >> 8, value & 255]);
const u24 = (value) => Buffer.from([value >> 16, (value >> 8) & 255, value & 255]);
const u32 = (value) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const little = (value, octets) => {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntLE(value, 0, octets);
  return bytes;
};

/** The same octets on `count` connections, a step of each in turn: so all of them are open at one time. */
function onEach(w, count, port, steps) {
  const all = new Conversations(w, count, CLIENTS, port);
  for (const [fromClient, bytes] of steps)
    for (let i = 0; i < count; i++)
      for (let at = 0; at < bytes.length; at += PAYLOAD) all.say(i, fromClient, bytes.subarray(at, at + PAYLOAD));
}

function pdu(type, flags, callId, body) {
  return Buffer.concat([
    Buffer.from([5, 0, type, flags, 0x10, 0, 0, 0]),
    little(16 + body.length, 2),
    little(0, 2),
    little(callId, 4),
    body,
  ]);
}
const SVCCTL = Buffer.from("81bb7a364498f135ad3298f038001003" + "02000000", "hex");
const NDR = Buffer.from("045d888aeb1cc9119fe808002b104860" + "02000000", "hex");
const BIND = pdu(
  11,
  3,
  1,
  Buffer.concat([
    little(65_535, 2),
    little(65_535, 2),
    little(0, 4),
    Buffer.from([1, 0, 0, 0, 0, 0, 1, 0]),
    SVCCTL,
    NDR,
  ]),
);
const request = (flags, callId, opnum, stub) =>
  pdu(0, flags, callId, Buffer.concat([little(stub.length, 4), little(0, 2), little(opnum, 2), stub]));

/** A handshake message of which a fragment has come. RFC 6347 4.2.2 */
function dtlsFragment(total, fragment) {
  const message = Buffer.concat([Buffer.from([1]), u24(total), u16(0), u24(0), u24(fragment.length), fragment]);
  return Buffer.concat([Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0]), u16(message.length), message]);
}

const hmac = (key, ...parts) => createHmac("sha256", key).update(Buffer.concat(parts)).digest();
function expand(secret, label, octets) {
  const text = Buffer.from(`tls13 ${label}`);
  return hmac(secret, u16(octets), Buffer.from([text.length]), text, Buffer.from([0, 1])).subarray(0, octets);
}

/** An Initial packet of QUIC with one CRYPTO frame. RFC 9001 5 */
function quicInitial(destination, offset, piece) {
  const secret = expand(
    hmac(Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex"), destination),
    "client in",
    32,
  );
  const frame = Buffer.concat([Buffer.from([6]), Buffer.from([0x80]), u24(offset), u16(0x4000 | piece.length), piece]);
  const frames = Buffer.concat([frame, Buffer.alloc(Math.max(0, 1150 - frame.length))]);
  const header = Buffer.concat([
    Buffer.from([0xc0]),
    u32(1),
    Buffer.from([destination.length]),
    destination,
    Buffer.from([0, 0]),
    u16(0x4000 | (1 + frames.length + 16)),
    Buffer.from([0]),
  ]);
  const seal = createCipheriv("aes-128-gcm", expand(secret, "quic key", 16), expand(secret, "quic iv", 12));
  seal.setAAD(header);
  const sealed = Buffer.concat([seal.update(frames), seal.final(), seal.getAuthTag()]);
  const mask = createCipheriv("aes-128-ecb", expand(secret, "quic hp", 16), null).update(sealed.subarray(3, 19));
  header[0] ^= mask[0] & 0x0f;
  header[header.length - 1] ^= mask[1];
  return Buffer.concat([header, sealed]);
}

/** Frames of HTTP/2. RFC 9113 4.1 */
const frame = (type, flags, stream, body) =>
  Buffer.concat([u24(body.length), Buffer.from([type, flags]), u32(stream), body]);
const PREFACE = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0))]);
const GET = Buffer.from([0x82, 0x84, 0x86]);
/** A table of the largest size that is followed, and entries of one octet. RFC 7541 6.3, 6.2.1 */
const LARGEST_TABLE = Buffer.from([0x3f, 0xe1, 0xff, 0x03]);
const ENTRIES = Buffer.concat(Array.from({ length: 900 }, () => Buffer.from([0x40, 1, 0x61, 0])));

/** A message of WebSocket, compressed with a context that is taken over. RFC 7692 */
function webSocketMessage(text, isClient) {
  const packed = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
  const masked = Buffer.concat(isClient ? [Buffer.alloc(4), packed] : [packed]);
  return Buffer.concat([Buffer.from([0xc1, (isClient ? 0x80 : 0) | 126]), u16(packed.length), masked]);
}
const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-";
const EXTENSION = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/** A message of SMB 3 in the compression transform that announces more than it brings. [MS-SMB2] 2.2.42.1 */
const COMPRESSED = Buffer.concat([
  Buffer.from([0]),
  u24(8_000_000),
  Buffer.from([0xfc, 0x53, 0x4d, 0x42]),
  little(8_388_000, 4),
  little(1, 2),
  little(0, 2),
  little(0, 4),
  Buffer.alloc(64, 0x41),
]);

/** Calls of NFS that look up a name each. RFC 1813 3.3.3 */
function lookup(xid, name) {
  const handle = Buffer.concat([u32(8), Buffer.alloc(8, 7)]);
  const text = Buffer.concat([u32(name.length), Buffer.from(name), Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const none = Buffer.alloc(8);
  const call = Buffer.concat([...[xid, 0, 2, 100_003, 3, 3].map(u32), none, none, handle, text]);
  return Buffer.concat([u32(0x80000000 | call.length), call]);
}

/** By name, as in `captures.js`. */
export const HELD_CAPTURES = {
  "rpc-fragments": {
    what: "# DCE/RPC associations, each with four fragments of 60,000 octets of a call that does not end",
    count: 1500,
    write: (w, count) => {
      const stub = Buffer.alloc(60_000, 0x41);
      onEach(w, count, 135, [
        [true, BIND],
        [true, request(1, 2, 12, stub)],
        ...Array.from({ length: 3 }, () => [true, request(0, 2, 12, stub)]),
      ]);
    },
  },
  "rpc-calls": {
    what: "# DCE/RPC associations, each with 500 calls that nobody answers",
    count: 1000,
    write: (w, count) => {
      const calls = Array.from({ length: 500 }, (_, i) => request(3, i + 2, 12, Buffer.alloc(0)));
      onEach(w, count, 135, [
        [true, BIND],
        [true, Buffer.concat(calls)],
      ]);
    },
  },
  "dtls-fragments": {
    what: "# DTLS handshakes, a hundredth of a message of 128 KiB to either side, which is announced",
    count: 20_000,
    write: (w, count) => {
      for (let i = 0; i < count; i++)
        for (let k = 0; k < 2; k++) {
          const bytes = dtlsFragment(131_072, Buffer.alloc(1300, 0x42));
          if (k === 0) w.udp(1 + i / 20_000, CLIENTS + i, 5000, SERVER, 4433, bytes);
          else w.udp(2 + i / 20_000, SERVER, 4433, CLIENTS + i, 5000, bytes);
        }
    },
  },
  "quic-crypto": {
    what: "# QUIC connections, each with octets far behind the beginning of a hello",
    count: 20_000,
    write: (w, count) => {
      const packet = quicInitial(Buffer.alloc(8, 1), 16_000, Buffer.alloc(500, 0x43));
      for (let i = 0; i < count; i++) w.udp(1 + i / 20_000, CLIENTS + i, 5000, SERVER, 443, packet);
    },
  },
  "smb-compressed": {
    what: "# SMB connections, each with the beginning of a compressed message of 8 MB to either side",
    count: 18_000,
    write: (w, count) =>
      onEach(w, count, 445, [
        [true, COMPRESSED],
        [false, COMPRESSED],
      ]),
  },
  "http2-tables": {
    what: "# HTTP/2 connections that each fill the header tables of both sides",
    count: 5000,
    write: (w, count) => {
      const blocks = [1, 3].map((stream) => frame(1, 4, stream, Buffer.concat([LARGEST_TABLE, ENTRIES])));
      onEach(w, count, 80, [
        [true, Buffer.concat([PREFACE, ...blocks])],
        [false, Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), ...blocks])],
      ]);
    },
  },
  "http2-streams": {
    what: "# HTTP/2 connections, each with 1,000 requests that nobody answers",
    count: 400,
    write: (w, count) => {
      const streams = Array.from({ length: 1000 }, (_, i) => frame(1, 5, 2 * i + 1, GET));
      onEach(w, count, 80, [[true, Buffer.concat([PREFACE, ...streams])]]);
    },
  },
  "websocket-windows": {
    what: "# WebSockets, each with a compressed message of 32 KiB to either side, which the next ones may refer to",
    count: 18_000,
    write: (w, count) => {
      const text = Buffer.alloc(32_768, 0x44);
      onEach(w, count, 80, [
        [
          true,
          Buffer.from(
            `GET /a HTTP/1.1\r\nHost: a\r\n${UPGRADE}Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n${EXTENSION}`,
          ),
        ],
        [
          false,
          Buffer.from(
            `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n${EXTENSION}`,
          ),
        ],
        [true, webSocketMessage(text, true)],
        [false, webSocketMessage(text, false)],
      ]);
    },
  },
  "small-holdings": {
    what: "# LDAP connections, each with 1,000 octets of a message to either side that does not end: what does not count",
    count: 20_000,
    write: (w, count) => {
      const begun = Buffer.concat([
        Buffer.from([0x30, 0x82, 0x7f, 0, 2, 1, 1, 0x60, 0x82, 0x7e, 0]),
        Buffer.alloc(989),
      ]);
      onEach(w, count, 389, [
        [true, begun],
        [false, begun],
      ]);
    },
  },
  "redis-pipelines": {
    what: "# Redis connections, each with 9,000 commands that nobody answers",
    count: 400,
    write: (w, count) => onEach(w, count, 6379, [[true, Buffer.from("*1\r\n$4\r\nPING\r\n".repeat(9000))]]),
  },
  "nfs-calls": {
    what: "# NFS connections, each with 1,000 calls that nobody answers",
    count: 1000,
    write: (w, count) =>
      onEach(w, count, 2049, [[true, Buffer.concat(Array.from({ length: 1000 }, (_, i) => lookup(i, `f${i}`)))]]),
  },
  "tls-records": {
    what: "# TLS connections, each with 4,000 octets of a record to either side that does not end",
    count: 18_000,
    write: (w, count) => {
      const record = Buffer.concat([
        Buffer.from([22, 3, 1]),
        u16(16_000),
        Buffer.from([1]),
        u24(15_000),
        Buffer.from([3, 3]),
        Buffer.alloc(3900, 0x45),
      ]);
      onEach(w, count, 443, [
        [true, record],
        [false, record],
      ]);
    },
  },
};
