import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { headerAddresses, hostAddresses, mailAddresses, receivedFrom } from "./addresses.ts";
import { parseBdat } from "./bdat.ts";
import { smtp } from "./smtp.ts";
import { Base64Decoder, QuotedPrintableDecoder } from "./transfer-decoders.ts";

type Step = [fromOriginator: boolean, octets: string];

const ZIP = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), Buffer.alloc(200, 7)]);
const BODY = [
  "Received: from relay (relay.example [192.0.2.7]) by mx.example; Fri, 1 Mar 2024 02:14:08 +0000",
  "Received: from backup01 (backup01 [10.20.1.15]) by relay; Fri, 1 Mar 2024 02:14:07 +0000",
  "From: Backup <svc@corp.example>",
  'To: "Night, Operator" <operator@corp.example>,',
  " dba@corp.example",
  "Subject: report",
  'Content-Type: multipart/mixed; boundary="=_b"',
  "",
  "for old readers",
  "--=_b",
  "Content-Type: text/plain",
  "Subject: not that of the mail",
  "",
  "..a dot",
  "end",
  "--=_b",
  'Content-Type: application/zip; name="log.zip"',
  "Content-Transfer-Encoding: base64",
  'Content-Disposition: attachment; filename="log.zip"',
  "",
  ...ZIP.toString("base64").match(/.{1,76}/g)!,
  "--=_b--",
  ".",
  "",
].join("\r\n");

const MAIL: Step[] = [
  [false, "220 mx.example ESMTP\r\n"],
  [true, "EHLO backup01\r\n"],
  [false, "250-mx.example\r\n250 PIPELINING\r\n"],
  [true, "MAIL FROM:<svc@corp.example> SIZE=900\r\n"],
  [false, "250 2.1.0 Ok\r\n"],
  [true, "RCPT TO:<operator@corp.example>\r\n"],
  [false, "250 2.1.5 Ok\r\n"],
  [true, "DATA\r\n"],
  [false, "354 go on\r\n"],
  [true, BODY],
  [false, "250 2.0.0 Ok: queued as 1\r\n"],
  [true, "QUIT\r\n"],
  [false, "221 bye\r\n"],
];

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(smtp, { respP: 25 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("SMTP", () => {
  it("gives a mail with its headers, path and files", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run(MAIL, size);
      expect(trial.table("smtp")).toMatchObject([
        {
          trans_depth: 1,
          helo: "backup01",
          mailfrom: "svc@corp.example",
          rcptto: ["operator@corp.example"],
          to: ['"Night, Operator" <operator@corp.example>', "dba@corp.example"],
          subject: "report",
          first_received: expect.stringContaining("backup01") as string,
          second_received: expect.stringContaining("192.0.2.7") as string,
          path: ["10.0.0.2", "10.0.0.1", "192.0.2.7", "10.20.1.15"],
          last_reply: "250 2.0.0 Ok: queued as 1",
          tls: false,
          filenames: ["log.zip"],
        },
      ]);
      expect(trial.files.map(({ bytes }) => bytes.toString("latin1"))).toEqual([
        ".a dot\r\nend",
        ZIP.toString("latin1"),
      ]);
      expect(trial.files.map(({ facts }) => [facts.source, facts.depth, facts.filename])).toEqual([
        ["SMTP", 2, null],
        ["SMTP", 3, "log.zip"],
      ]);
    }
  });

  it("takes pipelined commands, a refused mail and one after the other", () => {
    const trial = run([
      ...MAIL.slice(0, 3),
      [true, "MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n"],
      [false, "250 ok\r\n550 no such user\r\n554 no valid recipients\r\n"],
      [true, "RSET\r\nMAIL FROM:<c@x.example>\r\nRCPT TO:<d@x.example>\r\nDATA\r\n"],
      [false, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"],
      [true, "Subject: two\r\n\r\nx\r\n.\r\n"],
      [false, "250 queued\r\n"],
    ]);
    expect(trial.table("smtp").map((row) => [row["mailfrom"], row["subject"], row["last_reply"]])).toEqual([
      ["a@x.example", null, "554 no valid recipients"],
      ["c@x.example", "two", "250 queued"],
    ]);
  });

  it("reads chunks", () => {
    const text = "Subject: chunks\r\n\r\nhello";
    const trial = run(
      [
        ...MAIL.slice(0, 7),
        [true, `BDAT 10\r\n${text.slice(0, 10)}`],
        [false, "250 10 octets\r\n"],
        [true, `BDAT ${text.length - 10} LAST\r\n${text.slice(10)}`],
        [false, "250 queued\r\n"],
        [true, "BDAT x\r\n"],
      ],
      3,
    );
    expect(trial.table("smtp")[0]).toMatchObject({ subject: "chunks", last_reply: "250 queued" });
    expect(trial.files[0]?.bytes.toString()).toBe("hello");
    expect(trial.weirds).toContain("smtp_invalid_bdat_command: BDAT not followed by a valid chunk-size");
    expect(parseBdat("18446744073709551615 LAST")).toMatchObject({ isLast: true });
    expect(parseBdat("86 LASTX")).toBe("BDAT chunk-size followed by junk");
    expect(parseBdat("86LAST")).toBe("BDAT chunk-size not valid");
    expect(parseBdat("1".repeat(26))).toBe("BDAT argument bad length");
  });

  it("hands over to TLS, and stays where the server refuses", () => {
    const tls = run([...MAIL.slice(0, 3), [true, "STARTTLS\r\n"], [false, "220 go\r\n"]]);
    expect(tls.handedOver).toBe(true);
    expect(tls.table("smtp")[0]).toMatchObject({ tls: true, last_reply: "220 go" });
    expect(run([...MAIL.slice(0, 3), [true, "STARTTLS\r\n"], [false, "454 no\r\n"]]).handedOver).toBe(false);
  });

  it("names who logged on and keeps no password", () => {
    const plain = Buffer.from("\0svc\0s3cret").toString("base64");
    const trial = run([
      ...MAIL.slice(0, 3),
      [true, `AUTH PLAIN ${plain}\r\n`],
      [false, "235 ok\r\n"],
      ...MAIL.slice(3, 11),
    ]);
    expect(trial.table("smtp")[0]).toMatchObject({ auth_mechanism: "PLAIN", auth_user: "svc", auth_success: true });
    expect(trial.conn.identity).toMatchObject({ user: "svc" });
    const login = run([
      ...MAIL.slice(0, 3),
      [true, "AUTH LOGIN\r\n"],
      [false, "334 VXNlcm5hbWU6\r\n"],
      [true, "c3Zj\r\n"],
      [false, "334 UGFzc3dvcmQ6\r\n"],
      [true, "d3Jvbmc=\r\n"],
      [false, "535 no\r\n"],
      ...MAIL.slice(3, 11),
    ]);
    expect(login.table("smtp")[0]).toMatchObject({ auth_user: "svc", auth_success: false });
    expect(JSON.stringify(login.table("smtp"))).not.toContain("wrong");
  });

  it("goes on after a gap once the server replies", () => {
    const trial = new Trial(smtp, { respP: 25 });
    for (const [side, octets] of MAIL.slice(0, 9)) trial.send(side, octets);
    trial.send(true, "Subject: cut\r\n\r\nbegin");
    trial.gap(50, true);
    trial.send(true, "rest\r\n.\r\n");
    trial.send(false, "250 ok\r\n");
    trial.send(true, "MAIL FROM:<z@x.example>\r\n");
    trial.close();
    expect(trial.files[0]).toMatchObject({ missing: 50, closed: true });
    expect(trial.table("smtp").map((row) => row["mailfrom"])).toEqual(["svc@corp.example", "z@x.example"]);
  });

  it("gives up a client that does nothing in order", () => {
    const trial = run([...MAIL.slice(0, 3), [true, "RCPT TO:<a@b.example>\r\n".repeat(30)]]);
    expect(trial.weirds).toContain("smtp_excessive_invalid_mail_transactions: 26 > 25");
    expect(trial.table("smtp")).toHaveLength(1);
  });

  it("never throws", () => {
    for (const [side, octets] of MAIL) {
      for (let end = 0; end <= octets.length; end++) {
        run([...MAIL.slice(0, 8), [side, octets.slice(0, end)]]);
        probe(smtp, octets.slice(0, end), { fromOriginator: side, onPort: true });
      }
    }
    const word = fc.oneof(
      fc.constantFrom(
        "DATA",
        "BDAT 5",
        " LAST",
        "AUTH LOGIN",
        "354 ",
        "334 ",
        "250-",
        ".",
        "\r\n",
        "--b",
        "=",
        "Content-",
      ),
      fc.string({ maxLength: 12 }),
    );
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(""));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), text)),
        fc.nat({ max: 9 }),
        (steps, size) => void run(steps, size + 1),
      ),
    );
  });
});

describe("SMTP readers", () => {
  it("find addresses of mail and hosts", () => {
    expect(mailAddresses("FROM:<a@b.example> SIZE=1")).toEqual(["a@b.example"]);
    expect(mailAddresses("FROM:<>")).toEqual([]);
    expect(headerAddresses('"a, b" <a@b>, c@d')).toEqual(['"a, b" <a@b>', "c@d"]);
    expect(hostAddresses("[2001:db8::1] and 192.0.2.300", false)).toEqual(["2001:db8::1", "192.0.2.30"]);
    expect(receivedFrom("from a (b [192.0.2.1]) by c with SMTP id 1.2.3.4x")).toBe("192.0.2.1");
    expect(receivedFrom("from [192.0.2.1] (b [192.0.2.2]) by c")).toBe("192.0.2.2");
  });

  it("undo transfer encodings", () => {
    const base64 = new Base64Decoder();
    const parts = ["aGVs", "bG8", "=d29y", "bGQ"].map((line) => Buffer.from(base64.line(line)).toString());
    expect(parts.join("") + Buffer.from(base64.end()).toString()).toBe("helloworld");
    const quoted = new QuotedPrintableDecoder();
    expect(Buffer.from(quoted.line("a=3Db =\t")).toString()).toBe("a=b ");
    expect(Buffer.from(quoted.line("x=zz")).toString()).toBe("x=zz\r\n");
  });

  it("are told by the first lines", () => {
    expect(probe(smtp, "220 mx ESMTP ready\r\n", { fromOriginator: false })).toBe("yes");
    expect(probe(smtp, "220 mx\r\n", { fromOriginator: false })).toBe("more");
    expect(probe(smtp, "220 mx\r\n250 hello\r\n", { fromOriginator: false })).toBe("yes");
    expect(probe(smtp, "220 (vsFTPd 3.0.3)\r\n", { fromOriginator: false, onPort: true })).toBe("no");
    expect(probe(smtp, "EHLO a\r\n")).toBe("yes");
    expect(probe(smtp, "GET / HTTP/1.1\r\n")).toBe("no");
  });
});
