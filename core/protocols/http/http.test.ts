import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { http } from "./http.ts";
import { mimeTypeOf } from "../../bytes/mime-type.ts";
import { parseRequestLine, parseStatusLine, unescapeUri } from "./start-line.ts";

const WEB = { respP: 80 } as const;
const GET = "GET /a%20b?x=1 HTTP/1.1\r\nHost: backup01:9392\r\nUser-Agent: curl/8.5.0\r\nReferer: http://r/\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>\nhi</html";

const rowsOf = (parts: [fromOriginator: boolean, text: string | Uint8Array][], size = Infinity) => {
  const trial = new Trial(http, WEB);
  for (const [side, text] of parts) {
    if (size === Infinity) trial.send(side, text);
    else trial.sendInPieces(side, text, size);
  }
  trial.close();
  return trial.table("http");
};

describe("requests and responses", () => {
  it("pairs them", () => {
    expect(
      rowsOf([
        [true, GET],
        [false, OK],
      ]),
    ).toMatchObject([
      {
        trans_depth: 1,
        method: "GET",
        host: "backup01:9392",
        uri: "/a b?x=1",
        referrer: "http://r/",
        version: "1.1",
        user_agent: "curl/8.5.0",
        request_body_len: 0,
        response_body_len: 15,
        status_code: 200,
        status_msg: "OK",
        tags: [],
        resp_mime_types: ["text/html"],
        server: "nginx",
        response_content_type: "text/html",
      },
    ]);
  });

  it("gives the same rows however the octets are cut", () => {
    const post =
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;e=1\r\n world\r\n0\r\nT: 1\r\n\r\n";
    const answers = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    const parts: [boolean, string][] = [
      [true, GET + post + GET],
      [false, OK + answers + OK],
    ];
    const whole = rowsOf(parts);
    expect(whole.map((row) => [row["trans_depth"], row["method"], row["status_code"], row["info_code"]])).toEqual([
      [1, "GET", 200, null],
      [2, "POST", 204, 100],
      [3, "GET", 200, null],
    ]);
    expect(whole[1]).toMatchObject({ request_body_len: 11, orig_mime_types: ["text/plain"] });
    for (const size of [1, 2, 7, 64]) expect(rowsOf(parts, size)).toEqual(whole);
  });

  it("writes requests without a response and responses without a request", () => {
    expect(rowsOf([[true, GET + GET]]).map((row) => [row["trans_depth"], row["status_code"]])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect(rowsOf([[false, OK]])).toMatchObject([{ trans_depth: 1, method: null, status_code: 200 }]);
  });

  it("knows responses without a body", () => {
    const head = GET.replace("GET", "HEAD");
    expect(
      rowsOf([
        [true, head],
        [false, OK.slice(0, OK.indexOf("<html>"))],
      ]),
    ).toMatchObject([{ response_body_len: 0 }]);
    expect(
      rowsOf([
        [true, GET],
        [false, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"],
      ]),
    ).toMatchObject([{ status_code: 304, response_body_len: 0 }]);
  });

  it("reads bodies that end with the connection, and HTTP/0.9", () => {
    expect(
      rowsOf([
        [true, GET],
        [false, "HTTP/1.0 200 OK\r\n\r\nabc"],
        [false, "def\n"],
      ]),
    ).toMatchObject([{ response_body_len: 7 }]);
    expect(
      rowsOf([
        [true, "GET /\r\n\r\n"],
        [false, "<html>raw"],
      ]),
    ).toMatchObject([{ version: "0.9", status_code: 0, status_msg: "<empty>", response_body_len: 9 }]);
  });

  it("takes odd line ends, folded headers and odd case", () => {
    expect(rowsOf([[true, "get / HTTP/1.1\nhOsT : a\nUSER-AGENT: b\n  c\n\n"]])).toMatchObject([
      { method: "get", host: "a", user_agent: "b c" },
    ]);
  });

  it("keeps UTF-8 text as such", () => {
    expect(rowsOf([[true, "GET /%F0%9F%98%84 HTTP/1.1\r\n\r\n"]])).toMatchObject([{ uri: "/😄" }]);
  });

  it("sees through a start in mid-stream that hides who opened the connection", () => {
    expect(
      rowsOf([
        [false, GET],
        [true, OK],
      ]),
    ).toMatchObject([{ method: "GET", status_code: 200 }]);
  });
});

describe("bodies", () => {
  const response = (headers: string, body: Uint8Array) =>
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers}Content-Length: ${body.length}\r\n\r\n`), body]);

  it("skips what nobody wants, and still knows its length", () => {
    const trial = new Trial(http, WEB);
    trial.wantsFiles = false;
    trial.send(true, GET);
    const body = Buffer.alloc(500_000, "x");
    const stream = response("", body);
    trial.sendInPieces(false, stream, 1460);
    trial.send(true, GET);
    trial.send(false, OK);
    trial.close();
    expect(trial.table("http")).toMatchObject([{ response_body_len: 500_000 }, { response_body_len: 15 }]);
    expect(trial.skipped[1]).toBeGreaterThan(490_000);
  });

  it("counts what came if the connection breaks off inside skipped octets", () => {
    const trial = new Trial(http, WEB);
    trial.send(true, GET);
    trial.sendInPieces(false, response("", Buffer.alloc(500_000, "x")).subarray(0, 100_000), 1460);
    trial.close();
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n".length;
    expect(trial.table("http")).toMatchObject([{ response_body_len: 100_000 - head }]);
  });

  it("tells the length before compression", () => {
    const text = Buffer.from("<html>" + "text ".repeat(3000));
    const large = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7919 * ((i >> 3) | 1)) & 0xff));
    for (const [coding, body, plain] of [
      ["gzip", gzipSync(text), text],
      ["deflate", deflateSync(text), text],
      ["gzip", gzipSync(large), large],
    ] as const) {
      const stream = response(`Content-Encoding: ${coding}\r\n`, body);
      expect(
        rowsOf([
          [true, GET],
          [false, stream],
        ]),
      ).toMatchObject([{ response_body_len: plain.length }]);
      expect(
        rowsOf(
          [
            [true, GET],
            [false, stream],
          ],
          1460,
        ),
      ).toMatchObject([{ response_body_len: plain.length }]);
    }
  });

  it("hands on what a body carries, decompressed, with its name", () => {
    const trial = new Trial(http, WEB);
    const text = "#!/bin/sh\n".repeat(2000);
    const body = gzipSync(text);
    trial.send(true, GET);
    trial.sendInPieces(
      false,
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Disposition: attachment; filename="a.sh"\r\nContent-Length: ${body.length}\r\n\r\n`,
        ),
        body,
      ]),
      7,
    );
    trial.close();
    const [file] = trial.files;
    expect(file).toMatchObject({ name: "a.sh", total: null, closed: true, mimeType: "text/x-shellscript" });
    expect(file!.bytes.toString()).toBe(text);
    expect(file!.facts).toMatchObject({ source: "HTTP", isOrig: false });
    expect(trial.table("http")[0]).toMatchObject({ resp_fuids: [file!.fuid], response_body_len: text.length });
  });

  it("takes the ranges of one target for one file, which stays open", () => {
    const trial = new Trial(http, WEB);
    const ask = "GET /a.iso HTTP/1.1\r\nHost: h\r\nRange: bytes=0-\r\n\r\n";
    const part = (first: number, octets: string) =>
      `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes ${first}-${first + octets.length - 1}/20\r\n` +
      `Content-Length: ${octets.length}\r\n\r\n${octets}`;
    for (const [first, octets] of [
      [10, "klmno"],
      [0, "abcde"],
    ] as const) {
      trial.send(true, ask);
      trial.send(false, part(first, octets));
    }
    trial.close();
    expect(trial.files.map(({ facts, total, closed }) => [facts.key, total, closed])).toEqual([
      ["0 h/a.iso", 20, false],
      ["0 h/a.iso", 20, false],
    ]);
    expect(trial.files[0]!.bytes.toString("latin1")).toBe(`${"\0".repeat(10)}klmno`);
  });

  it("finds the octets of each part, line ends before the delimiters left out", () => {
    const body = "--b\r\nContent-Type: a/b\r\n--b\r\n\r\none\r\n\r\n--b\r\n\r\ntwo\n--b--\r\n";
    const post = `POST / HTTP/1.1\r\nContent-Type: multipart/x; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const size of [1, 3, Infinity]) {
      const trial = new Trial(http, WEB);
      if (size === Infinity) trial.send(true, post);
      else trial.sendInPieces(true, post, size);
      trial.close();
      expect(trial.files.map(({ bytes }) => bytes.toString())).toEqual(["one\r\n", "two"]);
    }
  });

  it("finds the files of a multipart body", () => {
    const body = [
      "--xyz",
      'Content-Disposition: form-data; name="a"; filename="notes one.txt"',
      "",
      "plain text, long enough",
      "--xyz",
      'Content-Disposition: form-data; name="b"',
      "",
      '{"key": 1}',
      "--xyz--",
      "",
    ].join("\r\n");
    const post = `POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xyz\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const size of [1, 13, Infinity]) {
      expect(rowsOf([[true, post]], size)).toMatchObject([
        {
          request_body_len: body.length,
          orig_filenames: ["notes one.txt"],
          orig_mime_types: ["text/plain", "text/json"],
        },
      ]);
    }
  });

  it("goes on behind lost octets of a body whose length is known, and stops at others", () => {
    const trial = new Trial(http, WEB);
    trial.send(true, GET + GET);
    trial.send(false, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc");
    trial.gap(10, false);
    trial.send(false, "defghij" + OK);
    trial.send(true, GET);
    trial.send(false, "HTTP/1.1 200 OK\r\nConte");
    trial.gap(100, false);
    trial.send(false, OK);
    trial.close();
    expect(trial.table("http").map((row) => row["response_body_len"])).toEqual([20, 15, 0]);
    expect(trial.weirds).toContain("http_message_lost: 100");
  });
});

describe("what follows HTTP", () => {
  it("hands a tunnel over at its first octet", () => {
    const trial = new Trial(http, { respP: 3128 });
    trial.send(true, "CONNECT db:5432 HTTP/1.0\r\n\r\n");
    trial.send(false, "HTTP/1.0 200 Connection established\r\n\r\n");
    trial.close();
    expect(trial.handedOver).toBe(true);
    expect(trial.table("http")).toMatchObject([{ method: "CONNECT", status_code: 200, upgrade: "tunnel" }]);
  });

  it("names the protocol of an upgrade, and passes WebSocket on", () => {
    const trial = new Trial(http, WEB);
    trial.send(true, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    trial.send(false, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n\x81\x00");
    trial.send(true, "frames");
    trial.close();
    expect(trial.inner[0]).toMatchObject({ carrier: "tcp", name: "websocket", closed: true });
    expect(trial.inner[0]!.parts.map((part) => Buffer.from(part.bytes).toString("latin1"))).toEqual([
      "\x81\0",
      "frames",
    ]);
    expect(trial.table("http")).toMatchObject([{ status_code: 101, info_code: 101, upgrade: "websocket" }]);
    const other = new Trial(http, WEB);
    other.send(true, "POST /attach HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n");
    other.send(false, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    other.close();
    expect(other.handedOver).toBe(true);
  });
});

describe("authentication", () => {
  it("names the user of Basic and never keeps the password", () => {
    const credentials = Buffer.from("admin:se:cret").toString("base64");
    const trial = new Trial(http, WEB);
    trial.send(true, `GET / HTTP/1.1\r\nAuthorization: Basic  ${credentials}\r\n\r\n`);
    trial.close();
    expect(trial.table("http")).toMatchObject([
      { username: "admin", password: null, auth_scheme: "basic", auth_user: "admin" },
    ]);
    expect(trial.conn.identity).toMatchObject({ user: "admin", mechanism: "plain" });
  });

  it("names Proxmox' tokens and keeps none of the secret behind them", () => {
    for (const given of ["PBSAPIToken=backup@pbs!nightly:5ec3e7", "PVEAPIToken=backup@pbs!nightly=5ec3e7"]) {
      const trial = new Trial(http, WEB);
      trial.send(true, `GET /api2/json/version HTTP/1.1\r\nAuthorization: ${given}\r\n\r\n`);
      trial.close();
      const [row] = trial.table("http");
      expect(row).toMatchObject({ auth_scheme: given.slice(0, 11).toLowerCase(), auth_user: "backup@pbs!nightly" });
      expect(Object.values(row!).filter((cell) => String(cell).includes("5ec3e7"))).toEqual([]);
    }
  });

  it("passes NTLM tokens on and tells how it ended", () => {
    const token = (text: string) => Buffer.from(text).toString("base64");
    const trial = new Trial(http, { respP: 5985 });
    trial.send(true, `POST /wsman HTTP/1.1\r\nAuthorization: NTLM ${token("one")}\r\nContent-Length: 0\r\n\r\n`);
    trial.send(
      false,
      `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM ${token("two")}\r\nContent-Length: 0\r\n\r\n`,
    );
    trial.send(true, `POST /wsman HTTP/1.1\r\nAuthorization: NTLM ${token("three")}\r\nContent-Length: 0\r\n\r\n`);
    trial.inner[0]!.identity = { user: "svc", domain: "CORP", workstation: null, mechanism: "ntlm" };
    trial.send(false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    trial.close();
    const [inner] = trial.inner;
    expect(inner!.carrier).toBe("gss");
    expect(inner!.parts.map((part) => [part.fromOriginator, Buffer.from(part.bytes).toString()])).toEqual([
      [true, "one"],
      [false, "two"],
      [true, "three"],
    ]);
    expect(inner!.facts).toEqual([{ kind: "auth-result", success: true }]);
    expect(trial.table("http")[1]).toMatchObject({ auth_scheme: "ntlm", auth_user: "CORP\\svc" });
    expect(trial.conn.identity).toMatchObject({ user: "svc" });
  });
});

describe("first lines", () => {
  it("reads them", () => {
    expect(parseRequestLine("GET /a b HTTP/1.0")).toEqual({ method: "GET", target: "/a b", version: "1.0" });
    expect(parseRequestLine("OPTIONS HTTP/1.1")).toEqual({ method: "OPTIONS", target: "", version: "1.1" });
    expect(parseRequestLine("GET /HTTP/1.1")).toEqual({ method: "GET", target: "/HTTP/1.1", version: "0.9" });
    expect(parseRequestLine("GET/ HTTP/1.1")).toBeNull();
    expect(parseStatusLine("HTTP/1.1 404")).toEqual({ version: "1.1", code: 404, reason: null });
    expect(parseStatusLine("HTTP/1.1 abc x")).toEqual({ version: "1.1", code: 0, reason: "x" });
    expect(parseStatusLine("ICY 200 OK")).toBeNull();
  });

  it("undoes escapes", () => {
    const odd: string[] = [];
    expect(unescapeUri("/%41%zz%%42%u0043%", (oddity) => odd.push(oddity))).toBe("/A%zzBC%");
    expect(odd).toEqual(["unescaped_%_in_URI", "double_%_in_URI", "illegal_%_at_end_of_URI"]);
  });
});

describe("types by content", () => {
  it.each([
    ["\x89PNG\r\n", "image/png"],
    ["MZ\x90\0", "application/x-dosexec"],
    ["PK\x03\x04\x14\0\x06\0", "application/vnd.openxmlformats-officedocument"],
    ['<?xml version="1.0"?>\n<!-- c --><html>', "text/html"],
    ['<?xml version="1.0"?><a/>', "application/xml"],
    ['{ "a": [1] }', "text/json"],
    ["#!/usr/bin/env python\n", "text/x-python"],
    ["only plain text", "text/plain"],
    ["\0\0\x01\0", "image/x-icon"],
    ["\x01\x02\x03", null],
  ])("%j", (text, type) => {
    expect(mimeTypeOf(text)).toBe(type);
  });
});

describe("probe", () => {
  it("knows HTTP on any port, and leaves other protocols alone", () => {
    expect(probe(http, GET)).toBe("yes");
    expect(probe(http, "PROPFIND / HTTP/1.1\r\n")).toBe("yes");
    expect(probe(http, "GET / HT")).toBe("more");
    expect(probe(http, "HTTP/1.1 200 OK\r\n")).toBe("yes");
    expect(probe(http, "GET /\r\n")).toBe("no");
    expect(probe(http, "GET /\r\n", { onPort: true })).toBe("yes");
    expect(probe(http, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toBe("no");
    expect(probe(http, "INVITE sip:a SIP/2.0\r\n")).toBe("no");
    expect(probe(http, "220 mail ESMTP\r\n")).toBe("no");
    expect(probe(http, "SSH-2.0-x\r\n")).toBe("no");
    expect(probe(http, hex("160301"))).toBe("no");
  });
});

describe("hostile input", () => {
  it("never throws: every prefix, and any octets with holes", () => {
    const stream = GET + GET;
    for (let end = 0; end <= stream.length; end++)
      rowsOf([
        [true, stream.slice(0, end)],
        [false, OK.slice(0, end)],
      ]);
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(
          GET,
          OK,
          "5\r\nhello\r\n",
          "\r\n",
          "Transfer-Encoding: chunked\r\n\r\n",
          "Content-Length: 9007199254740993\r\n",
        )
        .map((text) => Uint8Array.from(Buffer.from(text))),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.boolean(), fc.boolean()), { maxLength: 12 }), (pieces) => {
        const trial = new Trial(http, WEB);
        for (const [octets, side, isGap] of pieces) {
          if (isGap) trial.gap(octets.length, side);
          else trial.send(side, octets);
        }
        trial.close();
      }),
    );
  });

  it("bounds lines, headers and pending requests", () => {
    const trial = new Trial(http, WEB);
    trial.send(true, "GET / HTTP/1.1\r\n" + "a: b\r\n".repeat(600) + "\r\n");
    for (let i = 0; i < 150; i++) trial.send(true, GET);
    trial.send(true, "GET / HTTP/1.1\r\nX: " + "y".repeat(70_000));
    trial.close();
    expect(trial.weirds).toContain("http_too_many_headers");
    expect(trial.weirds).toContain("HTTP_excessive_pipelining");
    expect(trial.weirds).toContain("http_line_too_long");
    expect(trial.table("http").length).toBe(152);
  });
});
