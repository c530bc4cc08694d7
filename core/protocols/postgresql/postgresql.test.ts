import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { postgresql } from "./postgresql.ts";
import { ARGUMENT_OCTETS } from "./records.ts";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array | string];

function message(type: string, body: string | Uint8Array = ""): Buffer {
  const octets = typeof body === "string" ? Buffer.from(body, "latin1") : body;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length + 4);
  return Buffer.concat([Buffer.from(type), length, octets]);
}

const STARTUP = message("", "\0\x03\0\0user\0ann\0database\0veeam\0application_name\0psql\0\0");
const TLS_REQUEST = hex("00000008 04d2162f");
const AUTH_OK = message("R", hex("00000000"));
const READY = message("Z", "I");
const query = (text: string): Buffer => message("Q", `${text}\0`);

/** As libpq and a server of version 15 speak, with the parts that say nothing left out. */
const SESSION: Step[] = [
  [true, STARTUP],
  [false, message("R", Buffer.concat([hex("0000000a"), Buffer.from("SCRAM-SHA-256\0\0")]))],
  [true, message("p", "SCRAM-SHA-256\0....")],
  [false, Buffer.concat([AUTH_OK, message("S", "server_version\x0015.6\0"), READY])],
  [true, query("SELECT * FROM t")],
  [
    false,
    Buffer.concat([
      message("T", "\0\0"),
      message("D", "\0\0"),
      message("D", "\0\0"),
      message("C", "SELECT 2\0"),
      READY,
    ]),
  ],
  [true, query("SELECT * FROM none")],
  [false, Buffer.concat([message("E", "SERROR\0VERROR\0C42P01\0Mno such table\0\0"), message("Z", "I")])],
  [
    true,
    Buffer.concat([
      message("P", "s1\0DELETE FROM t WHERE id = $1\0\0\0"),
      message("B", "\0s1\0\0\0"),
      message("E", "\0\0\0\0\0"),
      message("S"),
    ]),
  ],
  [false, Buffer.concat([message("1"), message("2"), message("C", "DELETE 1\0"), READY])],
  [true, Buffer.concat([message("B", "\0s1\0\0\0"), message("E", "\0\0\0\0\0"), message("S")])],
  [false, Buffer.concat([message("2"), message("D", "\0\0"), message("C", "DELETE 1\0"), READY])],
  [true, message("X")],
];

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(postgresql, { respP: 5432 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

const brief = (trial: Trial): unknown[] =>
  trial
    .table("postgresql")
    .map((row) => [
      row["frontend"],
      row["frontend_arg"] ?? row["statement"],
      row["backend"],
      row["success"],
      row["rows"],
    ]);

describe("PostgreSQL", () => {
  it("joins requests and answers, whatever the segments", () => {
    for (const size of [1, 7, 1 << 16]) {
      expect(brief(run(SESSION, size))).toEqual([
        ["startup", null, "auth_ok", true, null],
        ["simple_query", "SELECT * FROM t", null, true, 2],
        ["simple_query", "SELECT * FROM none", "error", false, null],
        ["execute", "DELETE FROM t WHERE id = $1", null, true, null],
        [null, "DELETE FROM t WHERE id = $1", null, true, 1],
        ["terminate", null, null, null, null],
      ]);
    }
    const trial = run(SESSION);
    expect(trial.confirmed).toBeGreaterThan(0);
    expect(trial.table("postgresql")[2]).toMatchObject({
      user: "ann",
      database: "veeam",
      application_name: "psql",
      server_version: "15.6",
      error_code: "42P01",
      backend_arg: "SeverityLocalized=ERROR,Severity=ERROR,Code=42P01,Message=no such table",
    });
    expect(trial.table("postgresql")[3]).toMatchObject({ command_tag: "DELETE 1" });
  });

  it("hands over when the server agrees to encrypt, and goes on when it does not", () => {
    const tls = run([
      [true, TLS_REQUEST],
      [false, "S"],
    ]);
    expect([tls.handedOver, brief(tls)]).toEqual([true, [["ssl_request", null, "ssl_reply", true, null]]]);
    const refused = run([[true, TLS_REQUEST], [false, "N"], ...SESSION.slice(0, 4)]);
    expect([refused.handedOver, brief(refused)]).toEqual([
      false,
      [
        ["ssl_request", null, "ssl_reply", false, null],
        ["startup", null, "auth_ok", true, null],
      ],
    ]);
    const gss = run([
      [true, hex("00000008 04d21630")],
      [false, "G"],
    ]);
    expect([gss.handedOver, brief(gss)]).toEqual([true, [["gssenc_request", null, "gssenc_reply", true, null]]]);
  });

  it("counts what COPY moves and notes the cancelling of a query", () => {
    const trial = run([
      ...SESSION.slice(0, 4),
      [true, query("COPY t FROM STDIN")],
      [false, message("G", "\0\0\0")],
      [true, message("d", "x".repeat(60_000))],
      [true, message("c")],
      [false, Buffer.concat([message("C", "COPY 9\0"), READY])],
    ]);
    expect(trial.table("postgresql")[1]).toMatchObject({ copy_octets: 60_000, command_tag: "COPY 9", success: true });
    const cancel = run([[true, hex("00000010 04d2162e 00001234 00000001")]]);
    expect(brief(cancel)).toEqual([["cancel_request", "4660", null, null, null]]);
  });

  it("keeps the beginning of a long statement", () => {
    const trial = run([...SESSION.slice(0, 4), [true, query("x".repeat(100_000))], [false, READY]], 1400);
    const row = trial.table("postgresql")[1]!;
    expect([String(row["frontend_arg"]).length, row["cut_octets"]]).toEqual([
      ARGUMENT_OCTETS,
      100_000 - ARGUMENT_OCTETS,
    ]);
    expect(trial.skipped[0]).toBeGreaterThan(70_000);
  });

  it("gives up what is not PostgreSQL, and finds its feet after a gap", () => {
    expect(run([[true, message("", "\0\x02\0\0user\0")]]).violated).toMatch("major version 2");
    expect(run([...SESSION.slice(0, 1), [false, hex("52 00000003 00")]]).violated).toMatch("self.length >= 4");
    const trial = new Trial(postgresql, { respP: 5432 });
    for (const [side, octets] of SESSION.slice(0, 4)) trial.send(side, octets);
    trial.gap(100, true);
    trial.gap(100, false);
    trial.send(true, "the end of something");
    trial.send(true, query("DROP TABLE t"));
    trial.send(false, Buffer.concat([message("C", "DROP TABLE\0"), READY]));
    trial.close();
    expect(brief(trial).at(-1)).toEqual(["simple_query", "DROP TABLE t", null, true, 0]);
  });

  it("knows a client by its first message", () => {
    expect(probe(postgresql, STARTUP)).toBe("yes");
    expect(probe(postgresql, TLS_REQUEST)).toBe("yes");
    expect(probe(postgresql, STARTUP.subarray(0, 8))).toBe("more");
    expect(probe(postgresql, "GET / HTTP/1.1\r\n")).toBe("no");
    expect(probe(postgresql, hex("00000020 fe534d42 40000000"))).toBe("no");
  });

  it("never throws, whatever the octets", () => {
    const whole = Buffer.concat(
      SESSION.filter(([side]) => !side).map(([, octets]) => Buffer.from(octets as Uint8Array)),
    );
    for (let length = 0; length < whole.length; length++)
      run([...SESSION.slice(0, 1), [false, whole.subarray(0, length)]]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 60 }))), (steps) => {
        run([...SESSION.slice(0, 4), ...steps]);
        run(steps);
      }),
    );
  });
});
