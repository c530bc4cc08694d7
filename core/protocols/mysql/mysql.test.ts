import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { ARGUMENT_OCTETS } from "./records.ts";
import { mysql } from "./mysql.ts";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array];

function packet(sequence: number, ...parts: (string | Uint8Array)[]): Uint8Array {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, body]);
}

/** Greeting of MySQL 8.0.36 as its documentation lays it out, with the capabilities given. */
const greeting = (capabilities = 0xdfffffff): Uint8Array => {
  const caps = Buffer.alloc(4);
  caps.writeUInt32LE(capabilities);
  const salt = "12345678";
  const middle = [caps.subarray(0, 2), hex("ff0200"), caps.subarray(2), hex("15"), new Uint8Array(10)];
  return packet(0, "\x0a8.0.36\0", hex("08000000"), salt, "\0", ...middle, "abcdefghijkl\0", "caching_sha2_password\0");
};
/** CLIENT_PROTOCOL_41, SECURE_CONNECTION, CONNECT_WITH_DB, PLUGIN_AUTH. */
const PLAIN = 0x00088208;
const login = (capabilities = PLAIN): Uint8Array => {
  const caps = Buffer.alloc(4);
  caps.writeUInt32LE(capabilities);
  return packet(1, caps, hex("0000000121"), new Uint8Array(23), "root\0", "\x04\x01\x02\x03\x04", "veeam\0", "sha2\0");
};
const ok = (rows: number): Uint8Array => packet(1, hex("00"), Uint8Array.of(rows), hex("0002000000"));
const end = packet(5, hex("fe00000200"));
const failed = packet(1, hex("ff1504"), "#28000Access denied");
const command = (number: number, text: string | Uint8Array = ""): Uint8Array => packet(0, Uint8Array.of(number), text);

const SESSION: Step[] = [
  [false, greeting()],
  [true, login()],
  [false, packet(2, hex("fe"), "mysql_native_password\0", "salt\0")],
  [true, packet(3, new Uint8Array(20))],
  [false, ok(0)],
  [true, command(3, "SELECT host FROM t")],
  [false, packet(1, hex("01"))],
  [false, packet(2, "\x03def")],
  [false, packet(3, hex("fe00000200"))],
  [false, packet(4, "\x05nas01")],
  [false, end],
  [true, command(3, "DELETE FROM t")],
  [false, ok(3)],
  [true, command(2, "other")],
  [false, ok(0)],
  [true, command(3, "DROP TABLE none")],
  [false, failed],
  [true, command(22, "DELETE FROM t WHERE id = ?")],
  [false, packet(1, hex("00 07000000 0000 0100 00 0000"))],
  [true, command(23, hex("07000000 00 01000000"))],
  [false, ok(1)],
  [true, command(9)],
  [true, command(1)],
];

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(mysql, { respP: 3306 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

const brief = (trial: Trial): unknown[] =>
  trial.table("mysql").map((row) => [row["cmd"], row["arg"], row["success"], row["rows"], row["response"]]);

describe("MySQL", () => {
  it("joins commands and answers, whatever the segments", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(brief(trial)).toEqual([
        ["login", "root", true, 0, null],
        ["query", "SELECT host FROM t", true, 0, null],
        ["query", "DELETE FROM t", true, 3, null],
        ["init_db", "other", true, 0, null],
        ["query", "DROP TABLE none", false, null, "Access denied"],
        ["stmt_prepare", "DELETE FROM t WHERE id = ?", null, null, null],
        ["stmt_execute", "\x07\0\0\0\0\x01\0\0", null, null, null],
        ["statistics", "", null, null, null],
        ["quit", "", null, null, null],
      ]);
      expect(trial.confirmed).toBeGreaterThan(0);
    }
    const rows = run(SESSION).table("mysql");
    expect(rows[0]).toMatchObject({
      auth_plugin: "mysql_native_password",
      database: "veeam",
      server_version: "8.0.36",
    });
    expect(rows[4]).toMatchObject({ error_code: 1045, database: "other" });
    expect(rows[6]).toMatchObject({ statement: "DELETE FROM t WHERE id = ?" });
  });

  it("hands over when TLS is asked for", () => {
    const trial = run([
      [false, greeting()],
      [true, packet(1, hex("05ae0f00 00000001 21"), new Uint8Array(23))],
    ]);
    expect([trial.handedOver, trial.confirmed, trial.rows.length]).toEqual([true, 1, 0]);
  });

  it("reads the newer ends of answers, query attributes and a change of user", () => {
    const trial = run([
      [false, greeting()],
      [true, login(PLAIN | 0x1000000 | 0x8000000)],
      [false, ok(0)],
      [true, command(3, Buffer.concat([hex("01 01 00 01 fe00 01 61 01 62"), Buffer.from("SELECT 1")]))],
      [
        false,
        Buffer.concat([packet(1, hex("01")), packet(2, "\x03def"), packet(3, "\x011"), packet(4, hex("fe0000020000"))]),
      ],
      [true, command(17, "backup\0\0veeam\0\x21\0sha2\0")],
      [false, failed],
    ]);
    expect(brief(trial)).toEqual([
      ["login", "root", true, 0, null],
      ["query", "SELECT 1", true, 0, null],
      ["change_user", "backup", false, null, "Access denied"],
    ]);
  });

  it("does not take the file of LOAD DATA LOCAL for commands", () => {
    const trial = run([
      ...SESSION.slice(0, 5),
      [true, command(3, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t")],
      [false, packet(1, "\xfbx")],
      [true, packet(2, "\x01\x02\x03")],
      [true, packet(3)],
      [false, ok(2)],
    ]);
    expect(brief(trial).at(-1)).toEqual(["query", "LOAD DATA LOCAL INFILE 'x' INTO TABLE t", true, 2, null]);
    expect(trial.table("mysql")).toHaveLength(2);
  });

  it("keeps the beginning of a long statement and skips the rest", () => {
    const trial = run([...SESSION.slice(0, 5), [true, command(3, "x".repeat(100_000))], [false, ok(1)]], 1000);
    const row = trial.table("mysql")[1]!;
    expect([String(row["arg"]).length, row["cut_octets"]]).toEqual([ARGUMENT_OCTETS, 100_000 - ARGUMENT_OCTETS]);
    expect(trial.skipped[0]).toBeGreaterThan(70_000);
  });

  it("finds its feet after a gap", () => {
    const trial = new Trial(mysql, { respP: 3306 });
    for (const [side, octets] of SESSION.slice(0, 6)) trial.send(side, octets);
    trial.gap(500, false);
    trial.gap(30, true);
    trial.send(true, "rest of something");
    trial.send(true, command(3, "DROP DATABASE veeam"));
    trial.send(false, ok(0));
    trial.close();
    expect(brief(trial).slice(1)).toEqual([
      ["query", "SELECT host FROM t", null, null, null],
      ["query", "DROP DATABASE veeam", true, 0, null],
    ]);
  });

  it("stops where packets are compressed, and where the server refuses the host", () => {
    const trial = run([
      [false, greeting()],
      [true, login(PLAIN | 0x20)],
      [false, ok(0)],
      [true, "????????" as never],
    ]);
    expect(trial.weirds).toEqual(["mysql_compressed_protocol"]);
    expect(run([[false, packet(0, hex("ff6a04"), "Host 'x' is not allowed")]]).rows).toEqual([]);
  });

  it("knows a server by its first octets", () => {
    expect(probe(mysql, greeting(), { fromOriginator: false })).toBe("yes");
    expect(probe(mysql, greeting())).toBe("no");
    expect(probe(mysql, "220 ftp ready\r\n", { fromOriginator: false })).toBe("no");
    expect(probe(mysql, "\x4a\0\0", { fromOriginator: false })).toBe("more");
  });

  it("never throws, whatever the octets", () => {
    const whole = Buffer.concat(SESSION.filter(([side]) => !side).map(([, octets]) => octets));
    for (let length = 0; length < whole.length; length++) run([[false, whole.subarray(0, length)]]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 60 }))), (steps) => {
        run([...SESSION.slice(0, 5), ...steps]);
        run(steps);
      }),
    );
  });
});
