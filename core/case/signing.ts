import type { KeyObject } from "node:crypto";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BacktrailError } from "../contracts/result.ts";
import { syncFolder, writeAll } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import { makeFolder } from "./make-folder.ts";

/** What is signed: a report, the head of a case's journal, the list of hashes of a court pack. */
export type SignedKind = "report" | "journal" | "pack";

/** A signature as it stands in `.sig.json` files and in the journal. */
export interface Signature {
  readonly format: 1;
  readonly kind: SignedKind;
  /** What was signed, in hex: SHA-256 of the file, or the journal's head. */
  readonly sha256: string;
  readonly algorithm: "Ed25519";
  /** SubjectPublicKeyInfo as PEM. */
  readonly publicKey: string;
  /** SHA-256 of the key's DER form, in hex: what the investigator says on the telephone. */
  readonly fingerprint: string;
  /** 64 octets in base64, over `signedText`. */
  readonly signature: string;
}

/** An investigator's key. */
export interface SigningKey {
  readonly fingerprint: string;
  /** PEM. */
  readonly publicKey: string;
  sign(kind: SignedKind, sha256: string): Signature;
}

/** The octets that a signature is over: one line, so that `printf` makes it again. */
export function signedText(kind: SignedKind, sha256: string): Buffer {
  return Buffer.from(`backtrail-${kind}-v1 ${sha256}\n`, "ascii");
}

/**
 * Makes a key file that only its owner can read: PKCS #8 PEM, encrypted where a passphrase is given.
 * @throws BacktrailError `key-exists`; a key is never written over.
 */
export function makeSigningKey(path: string, passphrase?: string): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export(
    passphrase === undefined
      ? { type: "pkcs8", format: "pem" }
      : { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase },
  );
  try {
    makeFolder(dirname(path));
    const file = openSync(path, "wx", 0o600);
    try {
      writeAll(file, Buffer.from(pem));
      fsyncSync(file);
    } catch (error) {
      rmSync(path, { force: true }); // half a key would be in the way of the next one
      throw error;
    } finally {
      closeSync(file);
    }
    syncFolder(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new BacktrailError("key-exists", `There is a key in ${path} already: use it, or give another file.`);
    throw ioProblem(error, `writing the key ${path}`);
  }
  return keyOf(privateKey);
}

/**
 * Reads a key file.
 * @throws BacktrailError where it is missing, no Ed25519 key, open to other users, or the passphrase does not fit.
 */
export function readSigningKey(path: string, passphrase?: string): SigningKey {
  let pem: string;
  try {
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
      throw new BacktrailError("key-open", `Other users may read the key ${path}: chmod 600 ${path}, then try again.`);
    }
    pem = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new BacktrailError("no-key", `There is no key in ${path}: backtrail key --new makes one.`);
    throw ioProblem(error, `reading the key ${path}`);
  }
  const isEncrypted = pem.includes("ENCRYPTED PRIVATE KEY");
  if (isEncrypted && passphrase === undefined) {
    throw new BacktrailError(
      "passphrase-needed",
      `The key ${path} has a passphrase: give it with --passphrase-file, or in the variable BACKTRAIL_PASSPHRASE.`,
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase });
  } catch (error) {
    const message = isEncrypted
      ? `The passphrase does not open the key ${path}: check it.`
      : `${path} holds no private key that can be read: give the file that backtrail key --new wrote.`;
    throw new BacktrailError("key-unreadable", message, { cause: error });
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new BacktrailError(
      "key-kind",
      `${path} holds a key of kind ${key.asymmetricKeyType ?? "unknown"}: an Ed25519 key is needed (backtrail key --new).`,
    );
  }
  return keyOf(key);
}

/** True if the signature is over what it names and by the key it carries. Whose key that is, the fingerprint tells. */
export function signatureHolds(signature: Signature): boolean {
  try {
    const key = createPublicKey(signature.publicKey);
    if (key.asymmetricKeyType !== "ed25519" || fingerprintOf(key) !== signature.fingerprint) return false;
    return verify(null, signedText(signature.kind, signature.sha256), key, Buffer.from(signature.signature, "base64"));
  } catch {
    return false; // no key at all
  }
}

/** A signature from JSON; null if it is none. */
export function parseSignature(value: unknown): Signature | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, kind, sha256, algorithm, publicKey, fingerprint, signature } = value as Record<string, unknown>;
  if (format !== 1 || algorithm !== "Ed25519" || (kind !== "report" && kind !== "journal" && kind !== "pack"))
    return null;
  if (typeof sha256 !== "string" || typeof publicKey !== "string") return null;
  if (typeof fingerprint !== "string" || typeof signature !== "string") return null;
  return { format, kind, sha256, algorithm, publicKey, fingerprint, signature };
}

function keyOf(privateKey: KeyObject): SigningKey {
  const key = createPublicKey(privateKey);
  const publicKey = key.export({ type: "spki", format: "pem" }).toString();
  const fingerprint = fingerprintOf(key);
  return {
    fingerprint,
    publicKey,
    sign: (kind, sha256) => ({
      format: 1,
      kind,
      sha256,
      algorithm: "Ed25519",
      publicKey,
      fingerprint,
      signature: sign(null, signedText(kind, sha256), privateKey).toString("base64"),
    }),
  };
}

function fingerprintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
}
