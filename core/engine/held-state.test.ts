import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { HeldMap } from "../bytes/held-map.ts";
import { netConnection } from "../../test/net-connection.ts";
import type { NetConnection } from "../net/connection.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Analyzer, Connection, Protocol } from "../protocols/protocol.ts";
import type { RecordOutput } from "../records/record-output.ts";
import type { RecordType } from "../records/record-type.ts";
import { AnalyzerTree } from "./analyzer-tree.ts";
import { HELD, underWay } from "./limits.ts";

/** What one connection is told: octets of the client, or of the server where it says so. */
type Said = readonly (Buffer | { readonly server: Buffer })[];
interface Hostile {
  readonly proto: "tcp" | "udp";
  readonly port: number;
  readonly says: Said;
}

const BUDGET = 300_000;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s-]/g, ""), "hex");
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u24 = (value: number): Buffer => Buffer.from([value >> 16, (value >> 8) & 255, value & 255]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const times = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

function pdu(type: number, flags: number, callId: number, body: Buffer): Buffer {
  const header = Buffer.from([5, 0, type, flags, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16LE(16 + body.length, 8);
  header.writeUInt32LE(callId, 12);
  return Buffer.concat([header, body]);
}
/** Of the service control manager, and CreateServiceW, whose arguments are read. [MS-SCMR] 3.1.4.12 */
const BIND = pdu(
  11,
  3,
  1,
  hex(
    "b810b810 00000000 01000000 00000100 81bb7a364498f135ad3298f038001003 02000000 045d888aeb1cc9119fe808002b104860 02000000",
  ),
);
const CREATE = hex("00000000 0000 0c00");

const h2 = (type: number, flags: number, stream: number, body: Buffer): Buffer =>
  Buffer.concat([u24(body.length), Buffer.from([type, flags]), u32(stream), body]);
const PREFACE = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), h2(4, 0, 0, Buffer.alloc(0))]);

const COMPRESSED = Buffer.concat([hex("007a1200 fc534d42 00ff7f00 0100 0000 00000000"), Buffer.alloc(9000, 0x41)]);
const UPGRADE =
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-";
const zeros = deflateRawSync(Buffer.alloc(32_768), { finishFlush: 2 }).subarray(0, -4);

const lookup = (xid: number, handle = 7): Buffer => {
  const call = Buffer.concat([
    ...[xid, 0, 2, 100_003, 3, 3].map(u32),
    Buffer.alloc(16),
    u32(8),
    Buffer.alloc(8, handle),
    u32(1),
    hex("61000000"),
  ]);
  return Buffer.concat([u32(0x80000000 | call.length), call]);
};

const HOSTILE: Readonly<Record<string, Hostile>> = {
  "fragments of a call": {
    proto: "tcp",
    port: 135,
    says: [
      BIND,
      pdu(0, 1, 2, Buffer.concat([CREATE, Buffer.alloc(20_000)])),
      pdu(0, 0, 2, Buffer.concat([CREATE, Buffer.alloc(20_000)])),
    ],
  },
  "calls without answer": { proto: "tcp", port: 135, says: [BIND, times(100, (i) => pdu(0, 3, i + 2, CREATE))] },
  "fragments of a DTLS handshake": {
    proto: "udp",
    port: 4433,
    says: Array.from({ length: 8 }, (_, i) =>
      Buffer.concat([
        hex("16fefd 0000 000000000000"),
        u16(2012),
        hex("01 020000 0000"),
        u24(2000 * i),
        u24(2000),
        Buffer.alloc(2000),
      ]),
    ),
  },
  "a compressed message of SMB": { proto: "tcp", port: 445, says: [COMPRESSED] },
  "tables of HTTP/2": {
    proto: "tcp",
    port: 80,
    says: [PREFACE, h2(1, 4, 1, Buffer.concat([hex("3fe1ff03"), times(300, () => hex("40016100"))]))],
  },
  "streams of HTTP/2": {
    proto: "tcp",
    port: 80,
    says: [PREFACE, times(100, (i) => h2(1, 5, 2 * i + 1, hex("828486")))],
  },
  "frames of one header block": {
    proto: "tcp",
    port: 80,
    says: [PREFACE, h2(1, 0, 1, hex("82")), times(2000, () => h2(9, 0, 1, hex("84")))],
  },
  "what messages of WebSocket refer to": {
    proto: "tcp",
    port: 80,
    says: [
      Buffer.from(
        `GET /a HTTP/1.1\r\nHost: a\r\n${UPGRADE}Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      ),
      {
        server: Buffer.from(
          `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n`,
        ),
      },
      Buffer.concat([hex("c1"), Buffer.from([0x80 | zeros.length]), Buffer.alloc(4), zeros]),
    ],
  },
  "commands of Redis": { proto: "tcp", port: 6379, says: [Buffer.from("*1\r\n$4\r\nPING\r\n".repeat(100))] },
  "calls of NFS": { proto: "tcp", port: 2049, says: [times(100, (xid) => lookup(xid))] },
  "octets of no protocol yet": { proto: "tcp", port: 22, says: Array.from({ length: 30 }, () => Buffer.from("SSH-")) },
};

describe("what many connections have under way", () => {
  it.each(Object.keys(HOSTILE))("has a bound together: %s", (name) => {
    const { proto, port, says } = HOSTILE[name]!;
    const { tree, forgotten } = hold(proto, port, says, 400);
    expect(tree.held.octets).toBeLessThanOrEqual(BUDGET);
    const calls = ["DCE/RPC call", "Sun RPC call", "Redis command"].map((noun) => forgotten(underWay(noun)));
    expect(Math.max(forgotten(HELD), ...calls)).toBeGreaterThan(0);
  });

  it("is what came, not what a header announces", () => {
    const fragment = HOSTILE["fragments of a DTLS handshake"]!.says[0]!;
    const { tree } = hold("udp", 4433, [fragment], 1);
    expect(tree.held.octets).toBeLessThan(10_000);
    const compressed = hold("tcp", 445, [COMPRESSED.subarray(0, 400)], 1);
    expect(compressed.tree.held.octets).toBeLessThan(2000);
  });

  it("is forgotten before a stream ends where it can be, and that is counted", () => {
    // Handles that OpenServiceW gave. [MS-SCMR] 3.1.4.16
    const name = hex("02000000 00000000 02000000 61000000 ff010f00");
    const calls = Array.from({ length: 100 }, (_, i) => [
      pdu(0, 3, i + 2, Buffer.concat([hex("00000000 0000 1000"), Buffer.alloc(20, 2), name])),
      { server: pdu(2, 3, i + 2, Buffer.concat([Buffer.alloc(12), u32(i), Buffer.alloc(12, 1), u32(0)])) },
    ]);
    const { forgotten } = hold("tcp", 135, [BIND, ...calls.flat()], 30);
    expect(forgotten(HELD)).toBe(0);
    expect(forgotten(underWay("DCE/RPC name"))).toBeGreaterThan(0);
  });

  it("is forgotten where it was summed up as well, before a stream ends", () => {
    const { tree, forgotten } = hold("tcp", 2049, [times(150, (xid) => lookup(xid, xid))], 60);
    expect(tree.held.octets).toBeLessThanOrEqual(BUDGET);
    expect(forgotten(underWay("Sun RPC call"))).toBeGreaterThan(0);
    expect(forgotten(HELD)).toBe(0);
  });

  it("is bounded for what two hosts share, too, and the pair is forgotten", () => {
    const tree = treeOf();
    for (let i = 0; i < 100; i++) {
      const connection = connectionOf(i, "tcp", 21);
      for (let port = 0; port < 50; port++) tree.expect(connection, connection.respH, 20_000 + port, "ftp-data");
      tree.data(connection, Buffer.from("USER a\r\n"), 0, 8, true);
      expect(tree.shared.octets).toBeLessThanOrEqual(BUDGET);
    }
    expect(tree.forgotten.get("pairs")).toBeGreaterThan(0);
  });

  it("names the streams that are given up, in records and in the connection's history", () => {
    const rows: Readonly<Record<string, unknown>>[] = [];
    const tree = treeOf(PROTOCOLS, (type, row) => void (type === "weird" && rows.push(row)));
    let noted = 0;
    for (let i = 0; i < 100; i++) {
      const connection = { ...connectionOf(i, "tcp", 445), noteLimit: () => void noted++ };
      tree.data(connection, COMPRESSED, 0, COMPRESSED.length, true);
    }
    const named = rows.filter(({ name }) => name === "held_state_limit");
    expect(named.length).toBe(tree.forgotten.get(HELD));
    expect(named[0]!["addl"]).toMatch(/^smb: \d+ octets$/);
    expect(noted).toBe(named.length);
  });

  it("ends where something cannot be forgotten, and that is told", () => {
    const brittle = protocolOf((conn) => {
      const map = new HeldMap<number, string>(null, () => {
        throw new Error(`not ${conn.uid}`);
      });
      return { data: (r) => void map.set(map.size, r.latin1(r.left)) };
    });
    const tree = treeOf([brittle]);
    for (let i = 0; i < 40; i++) {
      const connection = connectionOf(i, "tcp", 1);
      for (let j = 0; j < 50; j++) tree.data(connection, Buffer.from("abc"), 0, 3, true);
      expect(tree.held.octets).toBeLessThanOrEqual(BUDGET);
    }
    expect(tree.failures.length).toBeGreaterThan(0);
    expect(tree.failures[0]!.message).toContain("not C");
  });
});

describe("what two hosts share", () => {
  /** Puts a value of some two kilobytes into the pair for each octet. */
  const sharing = protocolOf((conn) => ({
    data: (r) => {
      for (; r.left > 0; r.skip(1)) conn.pair.set(`value ${conn.pair.size}`, "x".repeat(1000));
    },
  }));

  it("is forgotten first where none of their connections is open, however much others share", () => {
    const tree = treeOf([sharing]);
    const live = connectionOf(0, "tcp", 1);
    tree.data(live, Buffer.alloc(60), 0, 60, true);
    for (let i = 1; i <= 30; i++) {
      const connection = connectionOf(i, "tcp", 1);
      tree.data(connection, Buffer.alloc(20), 0, 20, true);
      tree.closed(connection);
      expect(tree.shared.octets).toBeLessThanOrEqual(BUDGET);
    }
    expect(tree.forgotten.get("pairs")).toBeGreaterThan(20);
    expect(tree.pairOf(live).size).toBe(60);
    expect(tree.pairOf(connectionOf(30, "tcp", 1)).size).toBe(20);
    tree.closed(live);
    const other = connectionOf(99, "tcp", 1);
    tree.data(other, Buffer.alloc(60), 0, 60, true);
    tree.data(other, Buffer.alloc(30), 0, 30, true);
    expect(tree.pairOf(other).size).toBe(90);
  });

  it("takes nothing for what is told once in a while, which is remembered of so many hosts at the most", () => {
    const first: boolean[] = [];
    const telling = protocolOf((conn) => ({
      data: (r) => {
        r.pos = r.end;
        first.push(conn.isFirst("certificate 1", 1000n));
      },
    }));
    const tree = treeOf([telling]);
    const tell = (i: number): boolean => {
      const connection = connectionOf(i, "tcp", 1);
      tree.data(connection, Buffer.alloc(1), 0, 1, true);
      tree.closed(connection);
      return first.pop()!;
    };
    expect([tell(1), tell(1), tell(2)]).toEqual([true, false, true]);
    for (let i = 3; i < 32_771; i++) tell(i);
    expect([tell(32_770), tell(1)]).toEqual([false, true]);
    expect(tree.shared.octets).toBe(0);
    expect(tree.forgotten.get(underWay("note of what was told before"))).toBeGreaterThan(0);
  });

  it("is given back by an analyzer that fails", () => {
    let released = 0;
    const failing = protocolOf(() => ({
      data: () => {
        throw new Error("no");
      },
      release: () => void released++,
    }));
    const tree = treeOf([failing]);
    const connection = connectionOf(1, "tcp", 1);
    tree.data(connection, Buffer.alloc(1), 0, 1, true);
    tree.closed(connection);
    expect([released, tree.failures.length]).toEqual([1, 1]);
  });
});

/** A protocol of tests: whatever is said is its. */
function protocolOf(open: (conn: Connection) => Pick<Analyzer, "data"> & Partial<Analyzer>): Protocol {
  return {
    name: "test",
    specs: [],
    over: ["tcp"],
    ports: [],
    probe: () => "yes",
    open: (conn) => ({ gap: () => undefined, close: () => undefined, ...open(conn) }),
    records: [],
    weirds: [],
  };
}

function hold(proto: "tcp" | "udp", port: number, says: Said, count: number) {
  const tree = treeOf();
  for (let i = 0; i < count; i++) {
    const connection = connectionOf(i, proto, port);
    for (const said of says) {
      const bytes = "server" in said ? said.server : said;
      tree.data(connection, bytes, 0, bytes.length, bytes === said);
    }
  }
  return { tree, forgotten: (bound: string) => tree.forgotten.get(bound) ?? 0 };
}

function treeOf(
  protocols: readonly Protocol[] = PROTOCOLS,
  wrote: (type: string, row: Readonly<Record<string, unknown>>) => void = () => undefined,
): AnalyzerTree {
  const write = (type: RecordType, _: unknown, __: number, row: Readonly<Record<string, unknown>>): void =>
    wrote(type.name, row);
  const output = { write } as unknown as RecordOutput;
  const moment = { ts: 1n, capture: 1, frame: 1 };
  return new AnalyzerTree(protocols, output, () => moment, undefined, undefined, undefined, BUDGET);
}

function connectionOf(i: number, proto: "tcp" | "udp", respP: number): NetConnection {
  const start = { ts: 1n, capture: 1, frame: 1 };
  return netConnection({ uid: `C${i}`, proto, origH: `10.0.${i >> 8}.${i & 255}`, respH: "10.1.0.1", respP, start });
}
