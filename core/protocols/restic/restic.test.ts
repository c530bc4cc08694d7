import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, httpMessage } from "../../../test/analyzer-harness.ts";
import { readResticPath } from "./recognise.ts";
import { restic } from "./restic.ts";

/** SHA-256 of "abc", FIPS 180-2 B.1 */
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

function call(method: string, target: string, body = "", answer = "", status = 200): Trial {
  const trial = new Trial(restic, { carrier: "http", pipe: "restic" });
  trial.tell(httpMessage({ isRequest: true, method, target }));
  trial.sendInPieces(true, body, 1);
  trial.tell({ kind: "http-message-end", exchange: 1, isRequest: true, isComplete: true });
  trial.tell(httpMessage({ isRequest: false, status }));
  trial.sendInPieces(false, answer, 2);
  trial.tell({ kind: "http-message-end", exchange: 1, isRequest: false, isComplete: true });
  trial.close();
  return trial;
}

describe("restic", () => {
  it.each([
    ["POST", "/fs01/?create=true", "create", "/fs01", "repository"],
    ["GET", "/fs01/snapshots/", "list", "/fs01", "snapshots"],
    ["GET", "/config", "read", "/", "config"],
    ["HEAD", "/config", "exists", "/", "config"],
    ["DELETE", `/a/b/snapshots/${DIGEST}`, "delete", "/a/b", "snapshots"],
  ])("%s %s is %s", (method, target, operation, repository, type) => {
    expect(call(method, target).table("restic")).toMatchObject([{ operation, repository, type }]);
  });

  it("compares what is written and read with its name", () => {
    const target = `/fs01/data/${DIGEST}`;
    expect(call("POST", target, "abc").table("restic")).toMatchObject([{ content_verified: "match", octets: 3 }]);
    const changed = call("GET", target, "", "abd");
    expect(changed.table("restic")).toMatchObject([{ content_verified: "mismatch", octets: 3 }]);
    expect(changed.table("archive_op")).toMatchObject([
      {
        operation: "read",
        outcome: "granted",
        object: `data/${DIGEST}`,
        detail: "the content is not what its name says",
      },
    ]);
    expect(call("GET", target, "", "bc", 206).table("restic")).toMatchObject([{ content_verified: "partial" }]);
    expect(call("DELETE", target, "", "", 403).table("archive_op")).toMatchObject([
      { operation: "delete", outcome: "refused" },
    ]);
  });

  it("reads any path", () => {
    fc.assert(fc.property(fc.string(), (path) => void readResticPath(`/${path}`)));
    expect(readResticPath("/data/short")).toBeNull();
  });
});
