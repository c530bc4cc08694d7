import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, httpMessage } from "../../../test/analyzer-harness.ts";
import { readTarget } from "../http-target.ts";
import { AwsChunked } from "./aws-chunked.ts";
import { objectStore } from "./object-store.ts";
import { serviceOf } from "./recognise.ts";
import { readXml } from "../../bytes/xml.ts";

/** From the examples of the Amazon S3 API reference, shortened. */
const SIGNED =
  "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request,SignedHeaders=host,Signature=fe5f80";

interface Asked {
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status?: number;
  readonly answer?: string;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  readonly pair?: Map<string, unknown>;
}

function play(method: string, target: string, asked: Asked = {}, size = 1 << 20): Trial {
  const { pair = new Map<string, unknown>() } = asked;
  const trial = new Trial(objectStore, { carrier: "http", pipe: "object-store", pair });
  const headers = new Map(Object.entries(asked.headers ?? { authorization: SIGNED }));
  const type = asked.answer?.startsWith("{") ? "application/json" : "application/xml";
  trial.tell(httpMessage({ isRequest: true, method, target, host: asked.host ?? "10.0.0.2:9000", headers }));
  trial.sendInPieces(true, asked.body ?? "", size);
  trial.tell({ kind: "http-message-end", exchange: 1, isRequest: true, isComplete: true });
  const answerHeaders = new Map(Object.entries(asked.answerHeaders ?? {}));
  trial.tell(httpMessage({ isRequest: false, status: asked.status ?? 200, contentType: type, headers: answerHeaders }));
  trial.sendInPieces(false, asked.answer ?? "", size);
  trial.tell({ kind: "http-message-end", exchange: 1, isRequest: false, isComplete: true });
  trial.close();
  return trial;
}

const row = (...args: Parameters<typeof play>): Readonly<Record<string, unknown>> =>
  play(...args).table("object_store")[0]!;
const acts = (...args: Parameters<typeof play>): unknown[] =>
  play(...args)
    .table("archive_op")
    .map(({ operation, outcome, share, object, detail }) => [operation, outcome, share, object, detail]);

it("a list that begins anew holds nothing of one that never ended", () => {
  const pair = new Map<string, unknown>();
  const names = Array.from({ length: 100 }, (_, i) => `<Contents><Key>${"k".repeat(50)}${i}</Key></Contents>`).join("");
  const answer = `<ListBucketResult>${names}<IsTruncated>true</IsTruncated></ListBucketResult>`;
  const carried = Array.from({ length: 5 }, () => {
    const trial = play("GET", "/b?list-type=2&prefix=a%2F", { answer, pair });
    return trial.conn.pair.carried;
  });
  expect(carried[0]).toBeGreaterThan(9000);
  expect(carried[4]).toBeLessThan(carried[0]! * 1.5);
});

describe("S3", () => {
  it.each([
    ["GET", "/", "ListBuckets", null, null],
    ["GET", "/b?list-type=2&prefix=a%2F", "ListObjectsV2", "b", "a/"],
    ["GET", "/b/?versions", "ListObjectVersions", "b", null],
    ["PUT", "/b/d/a%20b.vbk?partNumber=3&uploadId=u1", "UploadPart", "b", "d/a b.vbk"],
    ["POST", "/b/k?uploads", "CreateMultipartUpload", "b", "k"],
    ["POST", "/b/k?uploadId=u", "CompleteMultipartUpload", "b", "k"],
    ["DELETE", "/b/k?uploadId=u", "AbortMultipartUpload", "b", "k"],
    ["DELETE", "/b?lifecycle", "DeleteBucketLifecycle", "b", null],
    ["PUT", "/b?replication", "PutBucketReplication", "b", null],
    ["POST", "/b/k?restore", "RestoreObject", "b", "k"],
    ["HEAD", "/b", "HeadBucket", "b", null],
  ])("%s %s is %s", (method, target, operation, bucket, key) => {
    expect(row(method, target)).toMatchObject({ service: "s3", operation, bucket, key, is_virtual_host: false });
  });

  it("tells who signed, of a header, a link and the old scheme", () => {
    expect(row("GET", "/b/k")).toMatchObject({
      access_key: "AKIAIOSFODNN7EXAMPLE",
      auth: "sigv4",
      region: "eu-west-1",
    });
    const link =
      "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20130524%2Fus-east-1%2Fs3%2Faws4_request";
    expect(row("GET", link, { headers: {} })).toMatchObject({
      access_key: "AKID",
      auth: "sigv4 presigned",
      operation: "GetObject",
    });
    expect(row("GET", "/b/k", { headers: { authorization: "AWS AKID:sig=" } })).toMatchObject({
      access_key: "AKID",
      auth: "sigv2",
    });
  });

  it("finds the bucket in the host", () => {
    const host = "my.bucket.s3.eu-west-1.amazonaws.com";
    expect(row("DELETE", "/a/b?versionId=v1", { host })).toMatchObject({
      bucket: "my.bucket",
      key: "a/b",
      version_id: "v1",
      is_virtual_host: true,
    });
    expect(row("PUT", "/?versioning", { host: "bkt.store.example" })).toMatchObject({
      bucket: "bkt",
      operation: "PutBucketVersioning",
    });
  });

  it("reads settings", () => {
    expect(acts("PUT", "/b?versioning", { body: "<a><Status>Suspended</Status></a>" })).toEqual([
      ["retention", "granted", "b", null, "versioning Suspended"],
    ]);
    const lifecycle =
      "<L><Rule><Status>Enabled</Status><Filter><Prefix>db/</Prefix></Filter><Expiration><Days>1</Days></Expiration>" +
      "<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays></NoncurrentVersionExpiration></Rule></L>";
    expect(row("PUT", "/b?lifecycle", { body: lifecycle })["lifecycle"]).toEqual([
      "Enabled: Expiration 1 days, NoncurrentVersionExpiration 2 days (prefix db/)",
    ]);
    const hold = {
      body: "<LegalHold><Status>OFF</Status></LegalHold>",
      status: 403,
      answer: "<Error><Code>AccessDenied</Code></Error>",
    };
    expect(acts("PUT", "/b/k?legal-hold", hold)).toEqual([["unlock", "refused", "b", "k", null]]);
    expect(row("PUT", "/b?policy", { body: '{"Version":"2012-10-17"}' })["settings"]).toBe('{"Version":"2012-10-17"}');
  });

  it("tells each object of a bulk deletion, and those that were refused", () => {
    const body =
      "<Delete><Object><Key>a&amp;b.vbk</Key><VersionId>v</VersionId></Object><Object><Key>c.vib</Key></Object><Object><Key>n</Key></Object></Delete>";
    const answer = "<DeleteResult><Error><Key>c.vib</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    const headers = { authorization: SIGNED, "x-amz-bypass-governance-retention": "true" };
    expect(acts("POST", "/b?delete", { body, answer, headers })).toEqual([
      ["delete", "granted", "b", "a&b.vbk", "governance retention bypassed; version v"],
      ["delete", "refused", "b", "c.vib", "governance retention bypassed"],
    ]);
  });

  it("tells deletion by a marker, of a bucket, and a copy that only the client can read", () => {
    const marker = { status: 204, answerHeaders: { "x-amz-delete-marker": "true", "x-amz-version-id": "m1" } };
    expect(acts("DELETE", "/b/FS01.vbk", marker)).toEqual([["delete", "granted", "b", "FS01.vbk", "delete marker m1"]]);
    expect(acts("DELETE", "/b", { status: 204 })).toEqual([["delete", "granted", "b", null, "the bucket itself"]]);
    const headers = {
      authorization: SIGNED,
      "x-amz-copy-source": "/b/FS01.vbk",
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
    };
    expect(acts("PUT", "/b/FS01.vbk", { headers })).toEqual([
      ["create", "granted", "b", "b/FS01.vbk", "over itself; encrypted with the client's key (SSE-C AES256)"],
    ]);
  });

  it("takes the framing of signed chunks off, whatever the segments", () => {
    const body = "5;chunk-signature=ab\r\nhello\r\n3;chunk-signature=cd\r\nabc\r\n0;chunk-signature=ef\r\n\r\n";
    const headers = {
      authorization: SIGNED,
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": "8",
    };
    for (const size of [1, 7, 1000]) {
      const trial = play("PUT", "/b/k", { body, headers }, size);
      expect(trial.table("object_store")[0]).toMatchObject({ operation: "PutObject", request_octets: 8 });
      expect(trial.files.map(({ bytes, name, total, closed }) => [bytes.toString(), name, total, closed])).toEqual([
        ["helloabc", "b/k", 8, true],
      ]);
    }
  });

  it("compares content with the digest it should have", () => {
    // SHA-256 of "abc", FIPS 180-2 B.1
    const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const path = `/b/r/data/ba/${digest}`;
    expect(row("PUT", path, { body: "abc" })).toMatchObject({ content_verified: "match", product: "restic" });
    expect(row("GET", path, { answer: "abd" })).toMatchObject({ content_verified: "mismatch" });
    const part = { status: 206, answer: "bc", answerHeaders: { "content-range": "bytes 1-2/3" } };
    expect(row("GET", path, part)).toMatchObject({ content_verified: "partial" });
    const whole = { status: 206, answer: "abc", answerHeaders: { "content-range": "bytes 0-2/3" } };
    expect(row("GET", path, whole)).toMatchObject({ content_verified: "match" });
    const headers = { authorization: SIGNED, "x-amz-content-sha256": digest };
    expect(row("PUT", "/b/k", { body: "abX", headers })).toMatchObject({ content_verified: "mismatch" });
  });
});

/** From the examples of the services' references, shortened. */
describe("other stores", () => {
  const azure = (more: Readonly<Record<string, string>> = {}) => ({
    host: "acc.blob.core.windows.net",
    headers: { "x-ms-version": "2021-12-02", authorization: "SharedKey acc:sig", ...more },
  });

  it("Azure Blob", () => {
    expect(acts("DELETE", "/vault/FS01.vbk?snapshot=2024", { ...azure(), status: 202 })).toEqual([
      ["delete", "granted", "vault", "FS01.vbk", "version 2024"],
    ]);
    expect(acts("PUT", "/vault/FS01.vbk?comp=snapshot", { ...azure(), status: 201 })).toEqual([
      ["snapshot", "granted", "vault", "FS01.vbk", null],
    ]);
    const policy = azure({
      "x-ms-immutability-policy-until-date": "Fri, 01 Jan 2027",
      "x-ms-immutability-policy-mode": "Unlocked",
    });
    expect(acts("PUT", "/vault/k?comp=immutabilityPolicies", policy)).toEqual([
      ["retention", "granted", "vault", "k", "Unlocked until Fri, 01 Jan 2027"],
    ]);
    expect(acts("DELETE", "/vault?restype=container", { ...azure(), status: 403 })).toEqual([
      ["delete", "refused", "vault", null, "the bucket itself"],
    ]);
    expect(
      row("PUT", "/acc/vault/k?comp=tier", { ...azure({ "x-ms-access-tier": "Archive" }), host: "127.0.0.1:10000" }),
    ).toMatchObject({
      operation: "SetBlobTier",
      bucket: "vault",
      key: "k",
      access_key: "acc",
      tier: "Archive",
    });
    expect(row("PUT", "/vault/k?comp=lease", azure({ "x-ms-lease-action": "break" }))["operation"]).toBe(
      "LeaseBlob break",
    );
    const sas = "/vault/k?sv=2022-11-02&sr=b&sp=rd&sig=x";
    expect(row("GET", sas, { headers: {} })).toMatchObject({
      service: "azure_blob",
      auth: "sas",
      settings: "permissions rd",
    });
  });

  it("Google Cloud Storage", () => {
    const headers = { authorization: "Bearer t" };
    expect(row("DELETE", "/storage/v1/b/vault/o/a%2Fb.vbk?generation=7", { headers, status: 204 })).toMatchObject({
      service: "gcs",
      operation: "objects.delete",
      bucket: "vault",
      key: "a/b.vbk",
      version_id: "7",
    });
    expect(row("POST", "/storage/v1/b/v/o/a/rewriteTo/b/w/o/c", { headers })).toMatchObject({
      operation: "objects.rewrite",
      source: "v/a",
      bucket: "w",
      key: "c",
    });
    expect(acts("PATCH", "/storage/v1/b/vault", { headers, body: '{"versioning":{"enabled":false}}' })).toEqual([
      ["retention", "granted", "vault", null, "versioning Suspended"],
    ]);
    expect(row("POST", "/upload/storage/v1/b/v/o?uploadType=media&name=x.vbk", { headers, body: "x" })).toMatchObject({
      operation: "objects.insert",
      key: "x.vbk",
    });
  });

  it("Swift and B2", () => {
    const headers = { "x-auth-token": "AUTH_tk" };
    expect(acts("DELETE", "/v1/AUTH_acc/vault/FS01.vbk", { headers, status: 204 })).toEqual([
      ["delete", "granted", "vault", "FS01.vbk", null],
    ]);
    expect(row("POST", "/v1/AUTH_acc?bulk-delete", { headers, body: "vault/a.vbk\nvault/b%20c\n" })["keys"]).toEqual([
      "vault/a.vbk",
      "vault/b c",
    ]);
    const body = '{"fileName":"FS01.vbk","fileId":"4_z","bypassGovernance":true}';
    expect(acts("POST", "/b2api/v3/b2_delete_file_version", { headers: { authorization: "4_00" }, body })).toEqual([
      ["delete", "granted", null, "FS01.vbk", "governance retention bypassed; version 4_z"],
    ]);
    const upload = { "x-bz-file-name": "d/FS01.vbk", "x-bz-content-sha1": "a9993e364706816aba3e25717850c26c9cd0d89d" };
    expect(row("POST", "/b2api/v3/b2_upload_file/4a/c001", { headers: upload, body: "abc" })).toMatchObject({
      operation: "b2_upload_file",
      key: "d/FS01.vbk",
      content_verified: "match",
    });
  });
});

describe("recognition and readers", () => {
  it("leave ordinary web traffic alone", () => {
    const head = (target: string, headers: Record<string, string> = {}) => {
      const fact = httpMessage({ isRequest: true, method: "GET", target, headers: new Map(Object.entries(headers)) });
      return fact.kind === "http-message" ? fact : null;
    };
    expect(serviceOf(head("/index.html?versioning"), null)).toBeNull();
    expect(serviceOf(head("/v1/users", { authorization: "Bearer x" }), null)).toBeNull();
    expect(serviceOf(head("/", { authorization: SIGNED.replace("/s3/", "/ec2/") }), null)).toBeNull();
  });

  it("never throw", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 20 }), (target, body, size) => {
        readTarget(target);
        for (const method of ["PUT", "POST", "DELETE"]) {
          for (const path of [
            `/b?delete&${target}`,
            `/${target}?lifecycle`,
            `/storage/v1/b/${target}`,
            `/v1/AUTH_x/${target}?bulk-delete`,
          ])
            play(method, path, { body: `<a>${body}`, answer: `<Error>${body}`, status: 400 }, size);
        }
        const chunks = new AwsChunked({ data: () => undefined, gap: () => undefined });
        chunks.data(Buffer.from(body), 0, Buffer.byteLength(body));
        readXml(body, {});
      }),
      { numRuns: 40 },
    );
  });
});
