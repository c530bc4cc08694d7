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
];

function play(steps: readonly Step[]): Trial {
  const trial = new Trial(webdav, { carrier: "http", pipe: "webdav" });
  steps.forEach(([method, target, status, headers = {}, body = ""], at) => {
    const exchange = at + 1;
    trial.tell(
      httpMessage({ exchange, isRequest: true, method, target, host: "h", headers: new Map(Object.entries(headers)) }),
    );
    if (body !== "") trial.send(true, body);
    trial.tell({ kind: "http-message-end", exchange, isRequest: true, isComplete: true });
    trial.tell(httpMessage({ exchange, isRequest: false, status }));
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
