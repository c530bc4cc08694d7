import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { STATEMENT_OCTETS } from "./records.ts";
import { tds } from "./tds.ts";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array];

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
/** Text with its length in characters before it, in one or two octets. */
const b = (text: string): Buffer => Buffer.concat([Uint8Array.of(text.length), utf16(text)]);
const us = (text: string): Buffer => Buffer.concat([Uint8Array.of(text.length & 0xff, text.length >> 8), utf16(text)]);

function packet(type: number, body: Uint8Array, isLast = true): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 8);
  return Buffer.concat([Uint8Array.of(type, isLast ? 1 : 0), length, hex("00000100"), body]);
}

/** Pre-login with version 9.0 and encryption; MS-TDS 4.1 has one of this form. */
const prelogin = (type: number, encryption: number): Buffer =>
  packet(type, Buffer.concat([hex("00 000b 0006 01 0011 0001 ff 09000000 0000"), Uint8Array.of(encryption)]));

function login(token: Uint8Array = new Uint8Array(0)): Buffer {
  const texts = [
    "WS-042",
    token.length > 0 ? "" : "sa",
    token.length > 0 ? "" : "secret",
    "sqlcmd",
    "db03",
    "",
    "ODBC",
    "",
    "master",
  ];
  const fixed = Buffer.alloc(94);
  fixed.writeUInt32LE(0x74000004, 4);
  const parts: Uint8Array[] = [];
  let at = 94;
  texts.forEach((text, i) => {
    fixed.writeUInt16LE(at, 36 + 4 * i);
    fixed.writeUInt16LE(text.length, 38 + 4 * i);
    parts.push(utf16(text));
    at += text.length * 2;
  });
  fixed.writeUInt16LE(at, 78);
  fixed.writeUInt16LE(token.length, 80);
  fixed[25] = token.length > 0 ? 0x80 : 0;
  fixed.writeUInt32LE(at + token.length, 0);
  return packet(16, Buffer.concat([fixed, ...parts, token]));
}

function token(kind: number, body: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(kind, body.length & 0xff, body.length >> 8), body]);
}
const message = (kind: number, number: number, severity: number, text: string): Buffer => {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(number, 0);
  head[5] = severity;
  return token(kind, Buffer.concat([head, us(text), b("DB03"), b(""), Buffer.alloc(4)]));
};
function done(kind: number, status: number, rows: number): Buffer {
  const octets = Buffer.alloc(13);
  octets[0] = kind;
  octets.writeUInt16LE(status, 1);
  octets.writeUInt32LE(rows, 5);
  return octets;
}
const DATABASE = token(0xe3, Buffer.concat([Uint8Array.of(1), b("VeeamBackup"), b("master")]));
const ACK = token(0xad, Buffer.concat([hex("01 74000004"), b("Microsoft SQL Server"), hex("0f000000")]));
const HEADERS = hex("16000000 12000000 0200 0000000000000000 01000000");
const batch = (text: string): Buffer => packet(1, Buffer.concat([HEADERS, utf16(text)]));
const answer = (...tokens: Uint8Array[]): Buffer => packet(4, Buffer.concat(tokens));
/** An NVARCHAR parameter without a name. */
const nvarchar = (text: string): Buffer =>
  Buffer.concat([
    hex("00 00 e7 401f 0904d00034"),
    Uint8Array.of((text.length * 2) & 0xff, (text.length * 2) >> 8),
    utf16(text),
  ]);
/** An INT parameter to be given back. */
const HANDLE = hex("00 01 26 04 00");

const LOGGED_IN: Step[] = [
  [true, prelogin(18, 2)],
  [false, prelogin(4, 2)],
  [true, login()],
  [false, answer(DATABASE, message(0xab, 5701, 0, "Changed database context"), ACK, done(0xfd, 0, 0))],
];
const SESSION: Step[] = [
  ...LOGGED_IN,
  [true, batch("SELECT name FROM jobs")],
  [false, answer(hex("81 0100 00000000 0800 26 04 00"), hex("d1 04 07000000"), done(0xfd, 0x10, 2))],
  [true, batch("SELECT * FROM none")],
  [false, answer(message(0xaa, 208, 16, "Invalid object name 'none'."), done(0xfd, 2, 0))],
  [
    true,
    packet(
      3,
      Buffer.concat([HEADERS, hex("ffff 0a00 0000"), nvarchar("DELETE FROM jobs WHERE id = @p"), nvarchar("@p int")]),
    ),
  ],
  [false, answer(done(0xff, 0x11, 3), hex("79 00000000"), done(0xfe, 0, 0))],
  [true, packet(3, Buffer.concat([HEADERS, hex("ffff 0d00 0000"), HANDLE, nvarchar("@p int"), nvarchar("SELECT @p")]))],
  [false, answer(hex("81 0100"), Buffer.alloc(40), done(0xff, 0x11, 1), hex("79 05000000"), done(0xfe, 0, 0))],
  [true, packet(3, Buffer.concat([HEADERS, us("xp_cmdshell"), hex("0000"), nvarchar("whoami")]))],
  [false, answer(done(0xfe, 0, 0))],
  [true, packet(6, new Uint8Array(0))],
];

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(tds, { respP: 1433 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

const brief = (trial: Trial): unknown[] =>
  trial.table("tds").map((row) => [row["request"], row["procedure"], row["query"], row["success"], row["rows"]]);

describe("TDS", () => {
  it("joins requests and answers, whatever the segments", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(brief(trial)).toEqual([
        ["sql_batch", null, "SELECT name FROM jobs", true, 2],
        ["sql_batch", null, "SELECT * FROM none", false, null],
        ["rpc", "sp_executesql", "DELETE FROM jobs WHERE id = @p", true, 3],
        ["rpc", "sp_prepexec", "SELECT @p", true, 1],
        ["rpc", "xp_cmdshell", null, true, null],
        ["attention", null, null, null, null],
      ]);
      expect(trial.table("tds_login")).toMatchObject([
        {
          tds_version: "7.4",
          hostname: "WS-042",
          username: "sa",
          password_sent: true,
          appname: "sqlcmd",
          servername: "db03",
          libraryname: "ODBC",
          database: "master",
          uses_sspi: false,
          client_encryption: "not_supported",
          server_version: "9.0.0.0",
          success: true,
          program: "Microsoft SQL Server",
        },
      ]);
    }
    const rows = run(SESSION).table("tds");
    expect(rows[1]).toMatchObject({ error_number: 208, error_class: 16, database: "VeeamBackup", username: "sa" });
    expect(rows[3]).toMatchObject({ return_status: 5 });
    expect(JSON.stringify(run(SESSION).table("tds_login"))).not.toMatch("secret");
  });

  it("gives tokens of Windows authentication to who reads them", () => {
    const trial = run([
      ...LOGGED_IN.slice(0, 2),
      [true, login(Buffer.from("NTLMSSP-1"))],
      [false, answer(token(0xed, Buffer.from("NTLMSSP-2")))],
      [true, packet(17, Buffer.from("NTLMSSP-3"))],
      [false, answer(message(0xaa, 18452, 14, "Login failed."), done(0xfd, 2, 0))],
    ]);
    expect(trial.inner).toMatchObject([{ carrier: "gss", name: "tds", facts: [{ success: false }], closed: true }]);
    expect(trial.inner[0]!.parts.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "NTLMSSP-1",
      "NTLMSSP-2",
      "NTLMSSP-3",
    ]);
    expect(trial.table("tds_login")).toMatchObject([{ uses_sspi: true, success: false, error_number: 18452 }]);
  });

  it("follows TLS inside pre-login packets, and what comes in clear behind an encrypted login", () => {
    const record = hex("16 0303 0002 aabb");
    const sealed = hex("17 0303 0003 ccddee");
    const trial = run([
      [true, prelogin(18, 0)],
      [false, prelogin(4, 0)],
      [true, packet(18, record)],
      [false, packet(18, record)],
      [true, sealed],
      [false, answer(ACK, done(0xfd, 0, 0))],
      [true, batch("DROP DATABASE x")],
      [false, answer(done(0xfd, 0, 0))],
    ]);
    expect(trial.inner).toMatchObject([{ carrier: "tcp", name: "tds" }]);
    expect(trial.inner[0]!.parts.map(({ bytes }) => Buffer.from(bytes))).toEqual(
      [record, record, sealed].map((x) => Buffer.from(x)),
    );
    expect(trial.table("tds_login")).toMatchObject([{ client_encryption: "off", hostname: null, success: true }]);
    expect(brief(trial)).toEqual([["sql_batch", null, "DROP DATABASE x", true, null]]);
  });

  it("tells MARS sessions apart", () => {
    const smp = (session: number, body: Buffer): Buffer => {
      const head = Buffer.alloc(16);
      head.writeUInt16LE(0x0853, 0);
      head.writeUInt16LE(session, 2);
      head.writeUInt32LE(body.length + 16, 4);
      return Buffer.concat([head, body]);
    };
    const trial = run([
      ...LOGGED_IN,
      [true, Buffer.concat([smp(0, batch("SELECT 1")), smp(1, batch("SELECT 2"))])],
      [false, Buffer.concat([smp(1, answer(done(0xfd, 0x10, 2))), smp(0, answer(done(0xfd, 0x10, 1)))])],
    ]);
    expect(trial.table("tds").map((row) => [row["mars_session"], row["query"], row["rows"]])).toEqual([
      [1, "SELECT 2", 2],
      [0, "SELECT 1", 1],
    ]);
  });

  it("holds nothing of a MARS session that made room", () => {
    const holder = new TrialHolder();
    holdFor(holder);
    const trial = new Trial(tds, { respP: 1433 });
    for (const [side, octets] of LOGGED_IN) trial.send(side, octets);
    const part = packet(1, Buffer.alloc(4000), false);
    for (let session = 0; session < 500; session++) {
      const head = Buffer.alloc(16);
      head.writeUInt16LE(0x0853, 0);
      head.writeUInt16LE(session, 2);
      head.writeUInt32LE(part.length + 16, 4);
      trial.send(true, Buffer.concat([head, part]));
    }
    holdFor(null);
    expect(holder.carried).toBeGreaterThan(64 * 4000);
    expect(holder.carried).toBeLessThan(70 * 5000);
  });

  it("keeps the beginning of a long batch, whatever its packets", () => {
    const body = Buffer.concat([HEADERS, utf16("x".repeat(20_000))]);
    const packets: Step[] = [];
    for (let at = 0; at < body.length; at += 4088) {
      packets.push([true, packet(1, body.subarray(at, at + 4088), at + 4088 >= body.length)]);
    }
    const row = run([...LOGGED_IN, ...packets]).table("tds")[0]!;
    expect([String(row["query"]).length * 2, row["cut_octets"]]).toEqual([STATEMENT_OCTETS, 40_000 - STATEMENT_OCTETS]);
  });

  it("finds its feet after a gap", () => {
    const trial = new Trial(tds, { respP: 1433 });
    for (const [side, octets] of LOGGED_IN) trial.send(side, octets);
    trial.gap(300, true);
    trial.send(true, Buffer.from("the end of something"));
    trial.send(true, batch("SELECT 1"));
    trial.gap(300, false);
    trial.send(false, answer(done(0xfd, 0x10, 1)));
    trial.close();
    expect(brief(trial)).toEqual([["sql_batch", null, "SELECT 1", true, 1]]);
  });

  it("asks the Browser", () => {
    const trial = new Trial(tds, { carrier: "udp", respP: 1434 });
    const text =
      "ServerName;DB03;InstanceName;A;IsClustered;No;Version;15.0.2000.5;tcp;14333;;ServerName;DB03;InstanceName;B;Version;16.0;;";
    trial.send(true, hex("03"));
    trial.send(false, Buffer.concat([hex("05"), Uint8Array.of(text.length, 0), Buffer.from(text)]));
    trial.send(true, hex("0f 01 41 00"));
    trial.send(false, hex("05 0300 01 9a05"));
    trial.close();
    expect(trial.table("tds_browser")).toEqual([
      {
        request: "enumerate",
        instance: null,
        server_name: "DB03",
        instances: ["A", "B"],
        versions: ["15.0.2000.5", "16.0"],
        tcp_ports: [14333, 0],
      },
      { request: "admin_port", instance: "A", server_name: null, instances: [], versions: [], tcp_ports: [1434] },
    ]);
  });

  it("knows both sides by their first octets", () => {
    expect(probe(tds, prelogin(18, 2))).toBe("yes");
    expect(probe(tds, prelogin(18, 2).subarray(0, 10))).toBe("more");
    expect(probe(tds, login())).toBe("yes");
    expect(probe(tds, batch("SELECT 1"))).toBe("yes");
    expect(probe(tds, prelogin(4, 2), { fromOriginator: false })).toBe("yes");
    expect(probe(tds, hex("16 0301 0200 010001fc 0303 00000000000000000000000000"))).toBe("no");
    expect(probe(tds, hex("03 00 0013 0e e0 0000 0000 00 01 0008 0003000000 00"))).toBe("no");
    expect(probe(tds, hex("02"), { carrier: "udp", respPort: 1434 })).toBe("yes");
    expect(probe(tds, hex("02"), { carrier: "udp", respPort: 53 })).toBe("no");
  });

  it("never throws, whatever the octets", () => {
    for (let count = 0; count < SESSION.length; count++) {
      const [side, octets] = SESSION[count]!;
      for (let cut = 8; cut < octets.length; cut++) {
        const body = octets.subarray(8, cut);
        run([...SESSION.slice(0, count), [side, packet(octets[0]!, body)]]);
      }
    }
    fc.assert(
      fc.property(
        fc.nat(SESSION.length),
        fc.array(fc.tuple(fc.boolean(), fc.nat(20), fc.uint8Array({ maxLength: 60 }))),
        (count, steps) => {
          run([...SESSION.slice(0, count), ...steps.map(([side, type, body]) => [side, packet(type, body)] as const)]);
          const trial = new Trial(tds, { carrier: "udp" });
          for (const [side, , body] of steps) trial.send(side, body);
          trial.close();
        },
      ),
    );
  });
});
