import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { timestampRequest, verifyTimestamp } from "./timestamp.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-stamp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const isWithoutOpenssl = spawnSync("openssl", ["version"]).status !== 0;
const HASH = "5e".repeat(32);
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });

/** A root, an authority below it, and a root that has nothing to do with them. */
function makeAuthority(): void {
  writeFileSync(
    at("ext.cnf"),
    `[tsa]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n
[tsa_config]\nserial=${at("serial")}\nsigner_cert=${at("tsa.pem")}\nsigner_key=${at("tsa.key")}
certs=${at("root.pem")}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\ness_cert_id_alg=sha256\n`,
  );
  writeFileSync(at("serial"), "01\n");
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Test root", "-days", "30");
  openssl(
    "req",
    "-x509",
    ...ec,
    "-keyout",
    "stranger.key",
    "-out",
    "stranger.pem",
    "-subj",
    "/CN=Stranger",
    "-days",
    "30",
  );
  openssl("req", ...ec, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test authority");
  const sign = [
    "x509",
    "-req",
    "-in",
    "tsa.csr",
    "-CA",
    "root.pem",
    "-CAkey",
    "root.key",
    "-CAcreateserial",
    "-days",
    "9",
  ];
  openssl(...sign, "-out", "tsa.pem", "-extfile", "ext.cnf", "-extensions", "tsa");
}

describe.skipIf(isWithoutOpenssl)("a time stamp of OpenSSL's authority", () => {
  let answer: Buffer;
  let roots: string;
  let nonce: string;

  beforeAll(() => {
    makeAuthority();
    const made = timestampRequest(HASH);
    nonce = made.nonce;
    writeFileSync(at("head.tsq"), made.request);
    openssl(
      "ts",
      "-reply",
      "-queryfile",
      "head.tsq",
      "-out",
      "head.tsr",
      "-config",
      "ext.cnf",
      "-section",
      "tsa_config",
    );
    answer = readFileSync(at("head.tsr"));
    roots = readFileSync(at("root.pem"), "utf8");
  });

  it("is asked for as OpenSSL reads it", () => {
    const said = openssl("ts", "-query", "-in", "head.tsq", "-text").toString();
    expect(said).toContain("Hash Algorithm: sha256");
    expect(said).toContain(`Nonce: 0x${nonce.toUpperCase()}`);
    expect(said).toContain("Certificate required: yes");
  });

  it("holds for its hash and its root, and OpenSSL says so too", () => {
    const stamp = verifyTimestamp(answer, { sha256: HASH, roots });
    expect(stamp).toMatchObject({ sha256: HASH, nonce, policy: "1.2.3.4", authority: "CN=Test authority" });
    expect(Math.abs(Date.parse(stamp.time) - Date.now())).toBeLessThan(120_000);
    expect(openssl("ts", "-verify", "-digest", HASH, "-in", "head.tsr", "-CAfile", "root.pem").toString()).toContain(
      "OK",
    );
  });

  it("does not hold for another hash or another root, nor cut short, nor with any octet changed", () => {
    expect(() => verifyTimestamp(answer, { sha256: "00".repeat(32), roots })).toThrow(/not over/);
    const stranger = readFileSync(at("stranger.pem"), "utf8");
    expect(() => verifyTimestamp(answer, { sha256: HASH, roots: stranger })).toThrow(/trusted/);
    expect(() => verifyTimestamp(answer, { sha256: HASH, roots: "" })).toThrow(/no certificate/);
    for (let cut = 0; cut < answer.length; cut += 7)
      expect(() => verifyTimestamp(answer.subarray(0, cut), { sha256: HASH, roots }), `${cut}`).toThrow();
    const info = verifyTimestamp(answer, { sha256: HASH, roots });
    for (let i = 9; i < answer.length; i += 11) {
      const bad = Buffer.from(answer);
      bad[i]! ^= 1;
      let found;
      try {
        found = verifyTimestamp(bad, { sha256: HASH, roots });
      } catch {
        continue;
      }
      expect(found, `octet ${i}`).toEqual(info); // octets that nothing of the stamp depends on: an unused certificate, a version
    }
  });
});
