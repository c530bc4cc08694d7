import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeSigningKey, parseSignature, readSigningKey, signatureHolds, signedText } from "./signing.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-signing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const HASH = "ab".repeat(32);
const isWithoutOpenssl = spawnSync("openssl", ["version"]).status !== 0;

describe("an investigator's key", () => {
  it("is a file of its owner alone, is never written over, and signs as long as nobody else may read it", () => {
    const path = join(folder, "keys", "one.key");
    const made = makeSigningKey(path);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => makeSigningKey(path)).toThrow(/already/);
    const key = readSigningKey(path);
    expect(key.fingerprint).toBe(made.fingerprint);
    const signature = key.sign("report", HASH);
    expect(signatureHolds(signature)).toBe(true);
    expect(parseSignature(JSON.parse(JSON.stringify(signature)))).toEqual(signature);
    expect(signatureHolds({ ...signature, sha256: "cd".repeat(32) })).toBe(false);
    expect(signatureHolds({ ...signature, kind: "journal" })).toBe(false);
    expect(signatureHolds({ ...signature, publicKey: makeSigningKey(join(folder, "two.key")).publicKey })).toBe(false);
    expect(signatureHolds({ ...signature, publicKey: "no key" })).toBe(false);
    expect(parseSignature({ ...signature, kind: "letter" })).toBeNull();
    if (process.platform !== "win32") {
      chmodSync(path, 0o644);
      expect(() => readSigningKey(path)).toThrow(/chmod 600/);
    }
  });

  it("opens with its passphrase only", () => {
    const path = join(folder, "locked.key");
    const { fingerprint } = makeSigningKey(path, "correct horse");
    expect(() => readSigningKey(path)).toThrow(/passphrase/);
    expect(() => readSigningKey(path, "wrong")).toThrow(/does not open/);
    expect(readSigningKey(path, "correct horse").fingerprint).toBe(fingerprint);
    writeFileSync(path, "no key", { mode: 0o600 });
    expect(() => readSigningKey(path)).toThrow(/no private key/);
    expect(() => readSigningKey(join(folder, "none"))).toThrow(/--new/);
  });

  it.skipIf(isWithoutOpenssl)("makes signatures that OpenSSL accepts as docs/custody.md says", () => {
    const signature = makeSigningKey(join(folder, "three.key")).sign("journal", HASH);
    const [text, raw, pem] = ["text", "sig", "pem"].map((name) => join(folder, name)) as [string, string, string];
    writeFileSync(text, signedText("journal", HASH));
    writeFileSync(raw, Buffer.from(signature.signature, "base64"));
    writeFileSync(pem, signature.publicKey);
    const said = execFileSync(
      "openssl",
      ["pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", text, "-sigfile", raw],
      { encoding: "utf8" },
    );
    expect(said).toContain("Verified Successfully");
  });
});
