import { describe, expect, it } from "vitest";
import { Trial, httpMessage } from "../../../test/analyzer-harness.ts";
import { WEBDAV } from "./recognise.ts";
import { webdav } from "./webdav.ts";

type Step = readonly [
  method: string,
  target: string,
  status: number,
  headers?: Readonly<Record<string, string>>,
  body?: string,
  answer?: string,
];

function play(steps: readonly Step[]): Trial {
  const trial = new Trial(webdav, { carrier: "http", pipe: "webdav" });
  steps.forEach(([method, target, status, headers = {}, body = "", answer = ""], at) => {
    const exchange = at + 1;
    trial.tell(
      httpMessage({ exchange, isRequest: true, method, target, host: "h", headers: new Map(Object.entries(headers)) }),
    );
    if (body !== "") trial.send(true, body);
    trial.tell({ kind: "http-message-end", exchange, isRequest: true, isComplete: true });
    trial.tell(httpMessage({ exchange, isRequest: false, status }));
    if (answer !== "") trial.send(false, answer);
    trial.tell({ kind: "http-message-end", exchange, isRequest: false, isComplete: true });
  });
  trial.close();
  return trial;
}

describe("webdav", () => {
  it("tells what is done, once the server is known to speak it", () => {
    const trial = play([
      ["PUT", "/other.txt", 201],
      ["PROPFIND", "/dav/", 207, { depth: "1" }],
      ["PUT", "/dav/FS%2001.vbk", 201, {}, "abc"],
      ["MOVE", "/dav/FS%2001.vbk", 201, { destination: "http://h/dav/x.locked", overwrite: "F" }],
      ["DELETE", "/dav/b.vib", 403],
      ["DELETE", "/dav/notes.txt", 204],
    ]);
    expect(
      trial.table("webdav").map((row) => [row["method"], row["path"], row["destination"], row["status_code"]]),
    ).toEqual([
      ["PROPFIND", "/dav/", null, 207],
      ["PUT", "/dav/FS 01.vbk", null, 201],
      ["MOVE", "/dav/FS 01.vbk", "/dav/x.locked", 201],
      ["DELETE", "/dav/b.vib", null, 403],
      ["DELETE", "/dav/notes.txt", null, 204],
    ]);
    expect(trial.table("archive_op")).toMatchObject([
      { protocol: "webdav", operation: "write", outcome: "granted", object: "/dav/FS 01.vbk", octets_written: 3 },
      { operation: "rename", new_object: "/dav/x.locked" },
      { operation: "delete", outcome: "refused", object: "/dav/b.vib" },
    ]);
  });

  it("tells what lies in a collection, of a tree what lies in its top", () => {
    const member = (path: string) =>
      `<D:response><D:href>${path}</D:href><D:propstat><D:prop><D:owner><D:href>/users/1</D:href></D:owner></D:prop></D:propstat></D:response>`;
    const list = (...paths: string[]) => `<D:multistatus xmlns:D="DAV:">${paths.map(member).join("")}</D:multistatus>`;
    const trial = play([
      ["PROPFIND", "/dav/Daily/", 207, { depth: "0" }, "", list("/dav/Daily/")],
      [
        "PROPFIND",
        "/dav/Daily",
        207,
        { depth: "1" },
        "",
        list("/dav/Daily/", "/dav/Daily/FS%2001.vbk", "http://h/dav/Daily/old/"),
      ],
      ["PROPFIND", "/dav/Daily/FS%2001.vbk", 207, { depth: "1" }, "", list("/dav/Daily/FS%2001.vbk")],
      ["PROPFIND", "/dav/", 207, {}, "", list("/dav/", "/dav/Daily/", "/dav/Daily/a.vbk")],
      ["PROPFIND", "/dav/", 207, { depth: "1" }, "", list("/dav/", "/dav/Daily/").slice(0, -20)],
    ]);
    expect(trial.table("directory_listing")).toMatchObject([
      { protocol: "webdav", share: "h", object: "/dav/Daily", names: ["FS 01.vbk", "old"], complete: true },
      { object: "/dav", names: ["Daily"], complete: true },
      { object: "/dav", names: ["Daily"], complete: false },
    ]);
  });

  it("tells archives that plain HTTP fetches, and leaves other traffic alone", () => {
    expect(play([["GET", "/b/FS01.vbk", 200]]).table("archive_op")).toMatchObject([
      { protocol: "http", operation: "read" },
    ]);
    const head = (method: string, target: string) => {
      const fact = httpMessage({ isRequest: true, method, target });
      return fact.kind === "http-message" ? fact : null;
    };
    expect(WEBDAV.matches(head("GET", "/index.html"), null)).toBe(false);
    expect(WEBDAV.matches(head("POST", "/a.vbk"), null)).toBe(false);
    expect(WEBDAV.matches(head("GET", "/a.vbk?x=1"), null)).toBe(true);
  });
});
