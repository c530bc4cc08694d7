import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { parseExtended, parseExtendedPassive, parsePassive, parsePort } from "./data-address.ts";
import { ftp, ftpData } from "./ftp.ts";
import { parseCommand, withoutTelnet } from "./lines.ts";
import { compressPath, joinPath, pathIn } from "./path.ts";

type Step = [fromOriginator: boolean, octets: string];

/** Dialogue of vsftpd 3.0.3 with an upload, as recorded. */
const UPLOAD: Step[] = [
  [false, "220 (vsFTPd 3.0.3)\r\n"],
  [true, "USER backup\r\n"],
  [false, "331 Please specify the password.\r\n"],
  [true, "PASS s3cret\r\n"],
  [false, "230 Login successful.\r\n"],
  [true, "CWD /srv/backup\r\n"],
  [false, "250 Directory successfully changed.\r\n"],
  [true, "EPSV\r\n"],
  [false, "229 Entering Extended Passive Mode (|||40001|)\r\n"],
  [true, "STOR full.vbk\r\n"],
  [false, "150 Ok to send data.\r\n"],
  [false, "226 Transfer complete.\r\n"],
  [true, "DELE old.vbk\r\n"],
  [false, "250 Delete operation successful.\r\n"],
  [true, "QUIT\r\n"],
  [false, "221 Goodbye.\r\n"],
];

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(ftp, { respP: 21 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("FTP control connection", () => {
  it("pairs commands and replies and follows the directory", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run(UPLOAD, size);
      expect(trial.table("ftp").map((row) => [row["command"], row["arg"], row["reply_code"]])).toEqual([
        ["EPSV", null, 229],
        ["STOR", "ftp://10.0.0.2/srv/backup/full.vbk", 226],
        ["DELE", "ftp://10.0.0.2/srv/backup/old.vbk", 250],
      ]);
      expect(trial.table("ftp")[0]).toMatchObject({
        user: "backup",
        password: "<hidden>",
        "data_channel.passive": true,
        "data_channel.resp_h": "10.0.0.2",
        "data_channel.resp_p": 40001,
      });
      expect(trial.expected).toEqual([{ respH: "10.0.0.2", respP: 40001, protocol: "ftp-data" }]);
      expect(trial.confirmed).toBeGreaterThan(0);
    }
  });

  it("keeps a password only of who gives none", () => {
    const login = (user: string): Trial => run([UPLOAD[0]!, [true, `USER ${user}\r\nPASS me@here\r\nPASV\r\n`]]);
    expect(login("anonymous").table("ftp")[0]).toMatchObject({ password: "me@here" });
    expect(JSON.stringify([...login("backup").table("ftp"), ...login("backup").table("ftp_command")])).not.toContain(
      "me@here",
    );
  });

  it("logs nothing of a session that moved nothing, as Zeek, and tells its last command beside", () => {
    const trial = run([UPLOAD[0]!, UPLOAD[1]!, UPLOAD[2]!, ...UPLOAD.slice(-2)]);
    expect(trial.table("ftp")).toEqual([]);
    expect(trial.table("ftp_command").map((row) => [row["command"], row["reply_code"]])).toEqual([["QUIT", 221]]);
  });

  it("tells renames and log-ons in a table of their own", () => {
    const trial = run([
      ...UPLOAD.slice(0, 7),
      [true, "RNFR a.vbk\r\n"],
      [false, "350 Ready\r\n"],
      [true, "RNTO a.vbk.locked\r\n"],
      [false, "250 Rename successful.\r\n"],
      [true, "RMD old\r\n"],
      [false, "550 no\r\n"],
    ]);
    expect(trial.table("ftp_command")).toMatchObject([
      { command: "PASS", arg: "<hidden>", reply_code: 230, success: true },
      {
        command: "RNTO",
        arg: "ftp://10.0.0.2/srv/backup/a.vbk.locked",
        renamed_from: "ftp://10.0.0.2/srv/backup/a.vbk",
        success: true,
      },
      { command: "RMD", success: false },
    ]);
  });

  it("matches pipelined commands by code and text", () => {
    const trial = run([
      UPLOAD[0]!,
      [true, "USER ftp\r\nPASS x\r\nDELE a\r\nPASV\r\n"],
      [false, "331 go on\r\n230 in\r\n227 Entering Passive Mode (10,0,0,2,4,1).\r\n550 no a\r\n"],
    ]);
    expect(trial.table("ftp").map((row) => [row["command"], row["reply_code"]])).toEqual([
      ["PASV", 227],
      ["DELE", 550],
    ]);
  });

  it("counts what it does not keep", () => {
    const trial = run([
      [true, `USER ${"u".repeat(200)}\r\n${"NOOP\r\n".repeat(30)}${"X".repeat(101)}\r\n\x01\x02\x03\r\n`],
    ]);
    expect(new Set(trial.weirds.map((weird) => weird.split(":")[0]))).toEqual(
      new Set([
        "FTP_user_too_long",
        "FTP_too_many_pending_commands",
        "FTP_max_command_length_exceeded",
        "FTP_invalid_command",
      ]),
    );
  });

  it("hands over to TLS and gives up what is no FTP", () => {
    const tls = run([
      [true, "AUTH TLS\r\n"],
      [false, "234 go\r\n"],
    ]);
    expect(tls.handedOver).toBe(true);
    expect(tls.table("ftp_command")[0]).toMatchObject({ command: "AUTH", arg: "TLS", reply_code: 234 });
    expect(
      run([
        [true, "AUTH TLS\r\n"],
        [false, "500 no\r\n"],
      ]).handedOver,
    ).toBe(false);
    expect(
      run([
        [true, "USER a\r\n"],
        [false, "hello\r\n"],
      ]).violated,
    ).toBe("non-numeric reply code");
  });

  it("gives the tokens of GSSAPI to a stream inside", () => {
    const token = Buffer.from([0x16, 3, 1, 0, 1, 1]).toString("base64");
    const trial = run([
      [true, "AUTH GSSAPI\r\n"],
      [false, "334 Using authentication type GSSAPI; ADAT must follow\r\n"],
      [true, `ADAT ${token}\r\n`],
      [false, `335 ADAT=${token}\r\n`],
      [true, `ADAT ${token}\r\n`],
      [false, `235 ADAT=${token}\r\n`],
    ]);
    expect(trial.inner[0]?.parts.map(({ fromOriginator }) => fromOriginator)).toEqual([true, false, true, false]);
  });

  it("finds its feet after a gap", () => {
    const trial = new Trial(ftp, { respP: 21 });
    trial.send(true, "USER a\r\nRETR half");
    trial.gap(10, true);
    trial.gap(10, false);
    trial.send(false, "226 done\r\n");
    trial.send(true, "of it\r\nDELE x\r\n");
    trial.send(false, "250 gone\r\n");
    trial.close();
    expect(trial.table("ftp").at(-1)).toMatchObject({ command: "DELE", reply_code: 250 });
  });

  it("never throws", () => {
    const whole = UPLOAD.map(([side, octets]) => [side, Buffer.from(octets, "latin1")] as const);
    for (const [side, octets] of whole) {
      for (let end = 0; end <= octets.length; end++) {
        run([[side, octets.subarray(0, end).toString("latin1")]]);
        probe(ftp, octets.subarray(0, end), { fromOriginator: side, onPort: true });
      }
    }
    const line = fc.oneof(
      fc.constantFrom("USER ", "PORT ", "EPRT |", "227 (", "229 (", "257 ", "CWD ", "334-", "ADAT ", "\r\n"),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.boolean(),
            fc.array(line).map((parts) => parts.join("")),
          ),
        ),
        (steps) => {
          run(steps);
        },
      ),
    );
  });
});

describe("FTP data connection", () => {
  it("tells the session which connection it was", () => {
    const control = new Trial(ftp, { respP: 21 });
    for (const [side, octets] of UPLOAD.slice(0, 10)) control.send(side, octets);
    const opened = new Trial(ftpData, { respP: 40001, pair: control.conn.pair });
    opened.send(true, "octets of a backup");
    opened.close();
    for (const [side, octets] of UPLOAD.slice(10)) control.send(side, octets);
    control.close();
    expect(opened.confirmed).toBe(1);
    expect(control.table("ftp")[1]).toMatchObject({ command: "STOR", data_uid: "CTrial00000A", fuid: "FTrial00" });
  });

  it("leaves a port that was announced once to whatever comes later", () => {
    const trial = new Trial(ftpData, { respP: 40001 });
    trial.send(true, "GET / HTTP/1.0\r\n");
    expect(trial.handedOver).toBe(true);
    expect(trial.confirmed).toBe(0);
  });
});

describe("FTP readers", () => {
  it("read addresses of data connections", () => {
    expect(parsePort("10,0,0,1,4,31")).toEqual({ host: "10.0.0.1", port: 1055 });
    expect(parsePort("10,0,0,256,4,31")).toBeNull();
    expect(parsePassive("Entering Passive Mode (10,0,0,1,4,31).")).toEqual({ host: "10.0.0.1", port: 1055 });
    expect(parsePassive("Entering Passive Mode. 10,0,0,1,4,31")).toEqual({ host: "10.0.0.1", port: 1055 });
    expect(parseExtended("|1|10.0.0.1|1055|")).toEqual({ host: "10.0.0.1", port: 1055 });
    expect(parseExtended("|2|2001:DB8:0::1|1055|")).toEqual({ host: "2001:db8::1", port: 1055 });
    expect(parseExtendedPassive("Entering (|||1055|)")).toEqual({ host: null, port: 1055 });
    expect(parseExtendedPassive("Entering (|||70000|)")).toBeNull();
    expect(parseExtendedPassive("no")).toBeNull();
  });

  it("join paths as Zeek does", () => {
    // From the table in Zeek's test of its utils/paths.zeek.
    const cases: [string, string][] = [
      ["foo//bar", "foo/bar"],
      ["foo//bar/..", "foo"],
      ["foo/bar/../..", ""],
      ["/foo/../bar", "/bar"],
      ["/foo/baz/../..", "/"],
      ["../..", "../.."],
      ["foo/../../..", "../.."],
      ["./a/./b", "./a/b"],
    ];
    for (const [path, compressed] of cases) expect(compressPath(path)).toBe(compressed);
    expect(joinPath(".", "a")).toBe("./a");
    expect(joinPath("/x", "C:\\a")).toBe("C:\\a");
    expect(pathIn('"/this/is a/dir" is current directory')).toBe("/this/is a/dir");
    expect(pathIn("hey, /foo/bar\\ baz is")).toBe("/foo/bar\\ baz");
  });

  it("read command lines", () => {
    expect(parseCommand("  retr  a b ")).toEqual({ name: "RETR", argument: "a b " });
    expect(parseCommand("ab c")).toBeNull();
    expect(withoutTelnet("\xff\xf4\xff\xf2ABOR \xff\xff")).toBe("ABOR \xff");
  });

  it("are told from mail by the first lines", () => {
    expect(probe(ftp, "220 (vsFTPd 3.0.3)\r\n", { fromOriginator: false })).toBe("yes");
    expect(probe(ftp, "220 hello\r\n", { fromOriginator: false })).toBe("more");
    expect(probe(ftp, "220 hello\r\n331 password\r\n", { fromOriginator: false })).toBe("yes");
    expect(probe(ftp, "220 mx ESMTP\r\n", { fromOriginator: false })).toBe("no");
    expect(probe(ftp, "220 mx\r\n250 ok\r\n", { fromOriginator: false })).toBe("no");
    expect(probe(ftp, "QUIT\r\n", { onPort: true })).toBe("yes");
    expect(probe(ftp, "QUIT\r\n")).toBe("no");
  });
});

describe("archives over FTP", () => {
  const acts = (steps: Step[]) =>
    run(steps)
      .table("archive_op")
      .map((row) =>
        ["operation", "outcome", "object", "new_object", "actor", "detail"]
          .map((name) => (row[name] ?? "-") as string)
          .join(" "),
      );

  it("are written, deleted, renamed and put over each other", () => {
    const more: Step[] = [
      [true, "RNFR full.vbk\r\n"],
      [false, "350 Ready for RNTO.\r\n"],
      [true, "RNTO full.vbk.locked\r\n"],
      [false, "250 Rename successful.\r\n"],
      [true, "STOR full.vbk.locked\r\n"],
      [false, "150 Ok to send data.\r\n"],
      [false, "226 Transfer complete.\r\n"],
      [true, "DELE /srv/backup/inc.vib\r\n"],
      [false, "550 Permission denied.\r\n"],
      [true, "REST 4096\r\n"],
      [false, "350 Restart position accepted.\r\n"],
      [true, "RETR inc.vib\r\n"],
      [false, "150 Opening data connection.\r\n"],
      [false, "226 Transfer complete.\r\n"],
    ];
    expect(acts([...UPLOAD.slice(0, 14), ...more])).toEqual([
      "write granted /srv/backup/full.vbk - backup -",
      "delete granted /srv/backup/old.vbk - backup -",
      "rename granted /srv/backup/full.vbk /srv/backup/full.vbk.locked backup -",
      "delete refused /srv/backup/inc.vib - backup -",
      "read granted /srv/backup/inc.vib - backup from octet 4096 on",
    ]);
    const over: Step[] = [[true, "STOR full.vbk\r\n"], ...UPLOAD.slice(10, 12)];
    expect(acts([...UPLOAD.slice(0, 12), ...over]).slice(1)).toEqual([
      "truncate granted /srv/backup/full.vbk - backup replaced by what was sent under its name",
      "write granted /srv/backup/full.vbk - backup -",
    ]);
  });
});
