import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { crc32c } from "../../bytes/crc32c.ts";
import { iscsi } from "./iscsi.ts";

/** Frames 4 and 6 of samples/recorded/iscsi.pcapng, their text cut to the first keys. */
const DISCOVERY = hex(
  `43870000 00000048 8027b6af 00000000 3916e0a6 00000000 1fbd2bfa 00000001 00000000 00000000 00000000 00000000
   496e69746961746f724e616d653d69716e2e323032342d30332e6578616d706c653a6261636b757030310053657373696f6e547970653d
   446973636f766572790048656164657244`,
);
const ANSWER = hex(
  `23870000 00000018 8027b6af 00000100 3916e0a6 00000000 1fbd2bfa 1fbd2bfb 00000000 00000000 00000000 00000000
   546172676574506f7274616c47726f75705461673d310000`,
);

interface Fields {
  readonly itt?: number;
  readonly data?: string;
  readonly edtl?: number;
  /** Command descriptor block or other octets, by their place in the header. */
  readonly at?: Readonly<Record<number, string>>;
  readonly isDigested?: boolean;
}

/** A PDU to or from unit 1. RFC 7143 11 */
function pdu(
  opcode: number,
  flags: number,
  { itt = 1, data = "", edtl = 0, at = {}, isDigested = false }: Fields = {},
): Buffer {
  const header = Buffer.alloc(48);
  header[0] = opcode;
  header[1] = flags;
  header.writeUInt32BE(data.length, 4);
  if (opcode !== 0x21) header[9] = 1;
  header.writeUInt32BE(itt, 16);
  header.writeUInt32BE(edtl, 20);
  for (const [place, octets] of Object.entries(at)) header.set(hex(octets), Number(place));
  const digest = Buffer.alloc(isDigested ? 4 : 0);
  if (isDigested) digest.writeUInt32LE(crc32c(header));
  return Buffer.concat([header, digest, Buffer.from(data, "latin1"), Buffer.alloc(-data.length & 3)]);
}

const command = (itt: number, cdb: string, more: Fields = {}): Buffer =>
  pdu(0x01, 0xc0, { ...more, itt, at: { 32: cdb } });
const good = (itt: number): Buffer => pdu(0x21, 0x80, { itt });
const login = (text: string): Buffer => pdu(0x43, 0x87, { data: text.replaceAll("|", "\0") });
const loggedIn = (text: string): Buffer => pdu(0x23, 0x87, { data: text.replaceAll("|", "\0"), at: { 14: "0007" } });

/** A session with some of everything: [from the initiator, octets]. */
const SESSION: readonly (readonly [boolean, Buffer])[] = [
  [true, login("InitiatorName=iqn.a|TargetName=iqn.t|CHAP_N=svc|CHAP_R=0x00|")],
  [false, loggedIn("AuthMethod=CHAP|HeaderDigest=None|")],
  [true, command(1, "1200000024")],
  [false, pdu(0x25, 0x81, { itt: 1, data: `\0\0\0\0\x1f\0\0\0${"ACME".padEnd(8)}${"Vault".padEnd(16)}0001` })],
  [true, command(2, "2500")],
  [false, pdu(0x25, 0x81, { itt: 2, data: "\0\0\x0f\xff\0\0\x02\0" })],
  [true, command(3, "2a0000000800000008", { edtl: 4096, data: "x".repeat(4096) })],
  [false, good(3)],
  [true, command(4, "2a0000000808000008", { edtl: 4096 })],
  [false, pdu(0x31, 0x80, { itt: 4 })],
  [true, pdu(0x05, 0x80, { itt: 4, data: "y".repeat(4096) })],
  [false, good(4)],
  [true, command(5, "280000000800000010", { edtl: 8192 })],
  [false, pdu(0x25, 0x81, { itt: 5, data: "x".repeat(8192) })],
  [
    true,
    command(6, "4200000000000000001800", {
      edtl: 24,
      data: "\0\x16\0\x10\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\x04\0\0\0\0",
    }),
  ],
  [false, good(6)],
  [true, command(7, "0400")],
  [false, pdu(0x21, 0x80, { itt: 7, at: { 2: "0002" }, data: "\0\x12\x70\0\x07\0\0\0\0\x0a\0\0\0\0\x27\0\0\0\0\0" })],
  [true, command(8, "5f0401", { edtl: 24, data: `${"\0".repeat(7)}\x01${"\0".repeat(7)}\x02${"\0".repeat(8)}` })],
  [false, good(8)],
  [true, pdu(0x02, 0x85, { itt: 9 })],
  [false, pdu(0x22, 0x80, { itt: 9 })],
  [true, pdu(0x06, 0x80, { itt: 10 })],
  [false, pdu(0x26, 0x80, { itt: 10 })],
];

function run(parts: readonly (readonly [boolean, Uint8Array])[], size?: number): Trial {
  const trial = new Trial(iscsi, { respP: 3260 });
  for (const [fromInitiator, octets] of parts)
    if (size === undefined) trial.send(fromInitiator, octets);
    else trial.sendInPieces(fromInitiator, octets, size);
  trial.close();
  return trial;
}

const lines = (trial: Trial, table: string, columns: readonly string[]): string[] =>
  trial.table(table).map((row) =>
    columns
      .map((column) => row[column] ?? "-")
      .map((cell) => (typeof cell === "number" || typeof cell === "string" ? String(cell) : "?"))
      .join(" | "),
  );
const operations = (trial: Trial): string[] =>
  lines(trial, "block_op", [
    "operation",
    "outcome",
    "sense",
    "lba",
    "blocks",
    "octets",
    "commands",
    "overwritten",
    "detail",
  ]);

describe("recognition", () => {
  it("takes a login on any port, other PDUs on iSCSI's", () => {
    expect(probe(iscsi, DISCOVERY)).toBe("yes");
    expect(probe(iscsi, DISCOVERY.subarray(0, 50))).toBe("more");
    expect(probe(iscsi, ANSWER, { fromOriginator: false })).toBe("no");
    expect(probe(iscsi, ANSWER, { fromOriginator: false, onPort: true })).toBe("yes");
    expect(probe(iscsi, command(1, "1200"), { onPort: true })).toBe("yes");
    expect(probe(iscsi, "GET / HTTP/1.1\r\nHost: a\r\n\r\n".padEnd(60), { onPort: true })).toBe("no");
    expect(probe(iscsi, "CONNECT".padEnd(60))).toBe("no");
  });
});

describe("a discovery", () => {
  it("lists the targets", () => {
    const trial = run([
      [true, DISCOVERY],
      [false, ANSWER],
      [true, pdu(0x04, 0x80, { data: "SendTargets=All\0" })],
      [false, pdu(0x24, 0x80, { data: "TargetName=iqn.t1\0TargetAddress=10.0.0.5:3260,1\0TargetName=iqn.t2\0" })],
    ]);
    expect(trial.table("iscsi")).toMatchObject([
      {
        initiator: "iqn.2024-03.example:backup01",
        session_type: "Discovery",
        isid: "8027b6af0000",
        tsih: 256,
        success: true,
        targets: ["iqn.t1 at 10.0.0.5:3260,1", "iqn.t2"],
      },
    ]);
  });
});

describe("a session", () => {
  it("tells who logged in and what was done, runs as one row", () => {
    const trial = run(SESSION);
    expect(trial.weirds).toEqual([]);
    expect(trial.table("iscsi")).toMatchObject([
      {
        target: "iqn.t",
        session_type: "Normal",
        auth_method: "CHAP",
        user: "svc",
        success: true,
        tsih: 7,
        luns: ["1: ACME Vault 0001, 4096 blocks of 512"],
        commands: 8,
        octets_written: 8192 + 24 + 24,
        ended: "logout: close the session",
      },
    ]);
    expect(operations(trial)).toMatchInlineSnapshot(`
      [
        "UNMAP | granted | - | 2048 | 4 | 2048 | 1 | 2048 | -",
        "FORMAT UNIT | refused | DATA PROTECT: WRITE PROTECTED | - | - | 0 | 1 | 0 | -",
        "PERSISTENT RESERVE OUT | granted | - | - | - | 0 | 1 | 0 | PREEMPT: write exclusive: key 0000000000000001, service action key 0000000000000002",
        "TASK MANAGEMENT: LOGICAL UNIT RESET | granted | - | - | - | - | - | - | -",
        "INQUIRY | granted | - | - | - | 0 | 1 | 0 | ACME Vault 0001",
        "READ CAPACITY(10) | granted | - | - | - | 0 | 1 | 0 | 4096 blocks of 512",
        "WRITE(10) | granted | - | 2048 | 16 | 8192 | 2 | 0 | -",
        "READ(10) | granted | - | 2048 | 16 | 8192 | 1 | 0 | -",
      ]
    `);
    expect(lines(trial, "archive_op", ["operation", "outcome", "actor", "object"])).toMatchInlineSnapshot(`
      [
        "delete | granted | svc | blocks 2048 to 2051",
        "format | refused | svc | all blocks",
        "unlock | granted | svc | all blocks",
        "read | granted | svc | blocks 2048 to 2063",
        "write | granted | svc | blocks 2048 to 2063",
      ]
    `);
  });

  it("says the same in pieces of an octet", () => {
    expect(operations(run(SESSION, 1))).toEqual(operations(run(SESSION)));
  });

  it("tells a failed login", () => {
    const trial = run([
      [true, login("InitiatorName=iqn.a|TargetName=iqn.t|CHAP_N=svc|CHAP_R=0x00|")],
      [false, pdu(0x23, 0x84, { at: { 36: "0201" } })],
    ]);
    expect(trial.table("iscsi")).toMatchObject([{ user: "svc", success: false, status: "Authentication failure" }]);
  });

  it("puts keys together that go over several PDUs", () => {
    const trial = run([
      [true, pdu(0x43, 0x44, { data: "InitiatorName=iqn.lo" })],
      [true, login("ng|TargetName=iqn.t|")],
    ]);
    expect(trial.table("iscsi")).toMatchObject([{ initiator: "iqn.long", success: null }]);
  });

  it("reads tapes as tapes", () => {
    const trial = run([
      [true, command(1, "1200000024")],
      [false, pdu(0x25, 0x81, { itt: 1, data: `\x01\x80\0\0\x1f\0\0\0${"ACME".padEnd(8)}${"Tape".padEnd(16)}0001` })],
      [true, command(2, "0100")],
      [false, good(2)],
      [true, command(3, "1901")],
      [false, good(3)],
      [true, command(4, "1000000002")],
      [false, good(4)],
    ]);
    expect(operations(trial).slice(0, 3)).toEqual([
      "REWIND | granted | - | - | - | 0 | 1 | 0 | -",
      "ERASE(6) | granted | - | - | - | 0 | 1 | 0 | long: to the end of the medium",
      "WRITE FILEMARKS(6) | granted | - | - | - | 0 | 1 | 0 | 2 marks",
    ]);
    expect(trial.table("archive_op")).toMatchObject([{ operation: "delete", object: "all blocks" }]);
  });
});

describe("digests", () => {
  const start: readonly (readonly [boolean, Buffer])[] = [
    [true, login("InitiatorName=iqn.a|TargetName=iqn.t|HeaderDigest=CRC32C,None|")],
    [false, loggedIn("HeaderDigest=CRC32C|DataDigest=None|")],
  ];

  it("are read over", () => {
    const parts = [
      [true, command(1, "35", { isDigested: true })],
      [false, pdu(0x21, 0x80, { itt: 1, isDigested: true })],
    ] as const;
    expect(run([...start, ...parts]).table("block_op")).toMatchObject([
      { operation: "SYNCHRONIZE CACHE(10)", outcome: "granted" },
    ]);
    // Without the login, the digest itself tells.
    expect(run(parts).table("block_op")).toMatchObject([{ operation: "SYNCHRONIZE CACHE(10)", outcome: "granted" }]);
  });

  it("are checked", () => {
    const spoilt = command(1, "35", { isDigested: true });
    spoilt[40] = 0xff;
    expect(run([...start, [true, spoilt]]).weirds).toEqual(["iscsi_header_digest_error"]);
  });
});

describe("losses and hostile octets", () => {
  it("goes on behind a gap in the data, and where a segment begins with a header", () => {
    const trial = new Trial(iscsi, { respP: 3260 });
    for (const [fromInitiator, octets] of SESSION.slice(0, 6)) trial.send(fromInitiator, octets);
    trial.send(true, command(3, "2a0000000800000008", { edtl: 4096, data: "x".repeat(4096) }).subarray(0, 1000));
    trial.gap(4096 + 48 - 1000, true);
    trial.send(false, good(3));
    trial.gap(5000, true);
    trial.send(true, "not a header");
    trial.send(true, command(4, "2a0000000808000008", { edtl: 4096, data: "x".repeat(4096) }));
    trial.send(false, good(4));
    trial.close();
    expect(operations(trial)).toContain("WRITE(10) | granted | - | 2048 | 16 | 8192 | 2 | 0 | -");
  });

  it("takes every beginning of a session", () => {
    const all = Buffer.concat(SESSION.filter(([from]) => from).map(([, octets]) => octets));
    for (let end = 0; end < all.length; end += 7) run([[true, all.subarray(0, end)]]);
  });

  it("throws at nothing", () => {
    const part = fc.tuple(
      fc.boolean(),
      fc.oneof(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(...SESSION.map(([, octets]) => octets)),
        fc
          .tuple(fc.constantFrom(...SESSION.map(([, octets]) => octets)), fc.nat(120), fc.nat(255))
          .map(([octets, at, value]) => {
            const changed = Uint8Array.from(octets);
            if (at < changed.length) changed[at] = value;
            return changed;
          }),
      ),
    );
    fc.assert(fc.property(fc.array(part, { maxLength: 12 }), (parts) => void run(parts)));
  });
});
