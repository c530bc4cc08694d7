import { hash } from "node:crypto";
import { expect, it } from "vitest";
import { CarriedFiles } from "../core/engine/files/carried-files.ts";
import type { FileOptions } from "../core/engine/files/file-options.ts";
import type { NetConnection } from "../core/net/connection.ts";
import { objectStore } from "../core/protocols/object-store/object-store.ts";
import { httpMessage, Trial } from "./analyzer-harness.ts";

/** Two hosts, of which one stores at the other over as many connections as it likes. */
class Uploads {
  readonly versions: Readonly<Record<string, unknown>>[] = [];
  readonly #pair = new Map<string, unknown>();
  /** What the two hosts share takes so many octets. */
  carried = 0;
  readonly #files: CarriedFiles;
  readonly #headers: ReadonlyMap<string, string>;
  #opened = 0;

  constructor(headers: Readonly<Record<string, string>>, options: FileOptions = {}) {
    this.#files = new CarriedFiles({ write: () => undefined } as never, options);
    this.#headers = new Map(Object.entries(headers));
  }

  call(
    method: string,
    target: string,
    body = "",
    answer: { status?: number; lost?: number; copied?: string } = {},
  ): void {
    const { status = 200, lost = 0, copied } = answer;
    const uid = `C${this.#opened++}`;
    const net = {
      uid,
      origH: "10.0.0.1",
      origP: 50000,
      respH: "10.0.0.2",
      respP: 9000,
      nextRecord: 1,
    } as NetConnection;
    const trial = new Trial(objectStore, {
      carrier: "http",
      pipe: "object-store",
      pair: this.#pair,
      file: (facts) => this.#files.open(net, facts, uid, "pair", () => ({ ts: 0n, capture: 1, frame: this.#opened })),
    });
    const headers = new Map(this.#headers);
    if (copied !== undefined) headers.set("x-amz-copy-source", copied);
    trial.tell(httpMessage({ isRequest: true, method, target, host: "10.0.0.2:9000", headers }));
    trial.sendInPieces(true, body, 1000);
    if (lost > 0) trial.gap(lost, true);
    const end = { kind: "http-message-end", exchange: 1, isComplete: true } as const;
    trial.tell({ ...end, isRequest: true, ...(lost > 0 ? { lost } : {}) });
    trial.tell(httpMessage({ isRequest: false, status, contentType: "application/xml" }));
    trial.tell({ ...end, isRequest: false });
    trial.close();
    this.carried = trial.conn.pair.carried;
    this.#files.closed(net);
    this.versions.push(...trial.table("object_version"));
  }

  /** Names of what the two hosts share. */
  get shared(): string[] {
    return [...this.#pair.keys()];
  }

  part(number: number, body: string, answer = {}): void {
    this.call("PUT", `/b/FS01.vbk?partNumber=${number}&uploadId=u1`, body, answer);
  }

  complete(...numbers: number[]): void {
    const parts = numbers.map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>"e"</ETag></Part>`);
    this.call(
      "POST",
      "/b/FS01.vbk?uploadId=u1",
      `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
    );
  }
}

const S3 = {
  authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request,Signature=fe",
};
const AZURE = { "x-ms-version": "2021-08-06", "x-ms-date": "now", authorization: "SharedKey acct:c2ln" };
const [A, B, C] = ["a".repeat(5000), "b".repeat(3000), "c".repeat(70)] as const;
const WHOLE = hash("sha256", A + B + C);

it("the parts of an upload make one object, in whatever order and over whichever connections they come", () => {
  for (const order of [
    [1, 2, 3],
    [3, 1, 2],
    [2, 3, 1],
  ]) {
    const store = new Uploads(S3);
    for (const number of order) store.part(number, [A, B, C][number - 1]!);
    store.complete(1, 2, 3);
    expect(store.versions).toMatchObject([
      { share: "b", object: "FS01.vbk", direction: "write", state: "complete", size: 8070, sha256: WHOLE, lacks: null },
    ]);
  }
});

it("a part that was refused is none; one that was sent again is the last one", () => {
  const store = new Uploads(S3);
  store.part(1, "wrong".repeat(99), { status: 503 });
  store.part(2, B.toUpperCase());
  store.part(2, B);
  store.part(1, A);
  store.part(3, C);
  store.complete(1, 2, 3);
  expect(store.versions).toMatchObject([{ state: "complete", sha256: WHOLE }]);
});

it("says why an object is not known whole", () => {
  const copied = new Uploads(S3);
  copied.part(1, A);
  copied.part(2, "", { copied: "/b/old.vbk" });
  copied.part(3, C);
  copied.complete(1, 2, 3);
  expect(copied.versions).toMatchObject([
    { state: "size-unknown", octets: 5070, lacks: "copied", ranges: "0-4999", sha256: null },
  ]);

  const missed = new Uploads(S3);
  missed.part(2, B);
  missed.complete(1, 2);
  expect(missed.versions).toMatchObject([{ state: "size-unknown", octets: 3000, lacks: "part", sha256: null }]);

  const again = new Uploads(S3);
  again.part(1, A.toUpperCase());
  again.part(1, A);
  again.complete(1);
  expect(again.versions).toMatchObject([{ state: "rewritten", rewritten: 5000, sha256: null }]);

  const fewer = new Uploads(S3);
  fewer.part(1, A);
  fewer.part(2, B);
  fewer.complete(2);
  expect(fewer.versions).toMatchObject([{ lacks: "order", sha256: null }]);

  const lossy = new Uploads(S3);
  lossy.part(1, A, { lost: 100 });
  lossy.part(2, B);
  lossy.complete(1, 2);
  expect(lossy.versions).toMatchObject([
    { state: "partial", size: 8100, octets: 8000, ranges: "0-4999 5100-8099", sha256: null },
  ]);

  const long = new Uploads(S3, { hashLimit: 6000 });
  for (const number of [1, 2]) long.part(number, [A, B][number - 1]!);
  long.complete(1, 2);
  expect(long.versions).toMatchObject([{ state: "complete", size: 8000, not_hashed: "size", sha256: null }]);
});

it("an upload that was given up, or whose beginning is missing, is no object", () => {
  const store = new Uploads(S3);
  store.part(1, A);
  store.call("DELETE", "/b/FS01.vbk?uploadId=u1");
  store.complete(1);
  expect(store.versions).toEqual([]);
});

it("an upload that is over holds nothing, put together or given up", () => {
  for (const end of [
    (store: Uploads) => store.complete(...Array.from({ length: 50 }, (_, i) => i + 1)),
    (store: Uploads) => store.call("DELETE", "/b/FS01.vbk?uploadId=u1"),
  ]) {
    const store = new Uploads(S3);
    for (let number = 1; number <= 50; number++) store.part(number, "a");
    expect(store.carried).toBeGreaterThan(15_000);
    expect(store.shared).toContain("s3 upload u1");
    end(store);
    expect(store.carried).toBe(0);
    expect(store.shared.filter((name) => name.includes("upload"))).toEqual([]);
  }
  const azure = new Uploads(AZURE);
  for (let i = 0; i < 50; i++) azure.call("PUT", `/acct/box/FS01.vbk?comp=block&blockid=${i}`, "a", { status: 201 });
  expect(azure.carried).toBeGreaterThan(10_000);
  azure.call("PUT", "/acct/box/FS01.vbk?comp=blocklist", "<BlockList/>", { status: 201 });
  expect(azure.carried).toBe(0);
});

it("blocks of Azure are put together by their list", () => {
  const store = new Uploads(AZURE);
  for (const [id, body] of [
    ["Ag==", B],
    ["Aw==", C],
    ["AQ==", A],
  ] as const)
    store.call("PUT", `/acct/box/FS01.vbk?comp=block&blockid=${encodeURIComponent(id)}`, body, { status: 201 });
  const list = "<BlockList><Latest>AQ==</Latest><Uncommitted>Ag==</Uncommitted><Latest>Aw==</Latest></BlockList>";
  store.call("PUT", "/acct/box/FS01.vbk?comp=blocklist", list, { status: 201 });
  expect(store.versions).toMatchObject([
    { protocol: "azure_blob", share: "box", object: "FS01.vbk", state: "complete", size: 8070, sha256: WHOLE },
  ]);
});
