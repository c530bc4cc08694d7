import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { publicCertificate, selfSigned } from "./certificate.ts";
import { integer, objectId, octets } from "./der.ts";

describe("DER", () => {
  it("writes lengths in the shortest form", () => {
    expect([...octets(new Uint8Array(127)).subarray(0, 2)]).toEqual([4, 127]);
    expect([...octets(new Uint8Array(128)).subarray(0, 3)]).toEqual([4, 0x81, 128]);
    expect([...octets(new Uint8Array(300)).subarray(0, 4)]).toEqual([4, 0x82, 1, 44]);
  });

  // X.690 8.3, 8.19
  it("writes integers and object identifiers", () => {
    expect([...integer(0)]).toEqual([2, 1, 0]);
    expect([...integer(128)]).toEqual([2, 2, 0, 128]);
    expect([...integer(-129)]).toEqual([2, 2, 0xff, 0x7f]);
    expect([...objectId("1.2.840.113554.1.2.2")]).toEqual([6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
  });
});

describe("a certificate", () => {
  it("is one for others as well", () => {
    const found = new X509Certificate(publicCertificate("www.news.example", Date.UTC(2026, 2, 2)));
    expect(found.subject).toContain("CN=www.news.example");
    expect(found.subjectAltName).toBe("DNS:www.news.example");
    expect(found.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(new X509Certificate(selfSigned("BKP01", ["bkp01.norrvik.example"])).issuer).toContain("CN=BKP01");
  });
});
