import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { CaptureFile } from "../../capture/capture-file.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { KerberosKey, NtHash } from "../../protocols/secrets.ts";
import type { FoundSecrets, GivenSecrets, TlsSecretEntry } from "./given-secrets.ts";
import { MAX_KEY_LOG_LINES, readKeyLog } from "./key-log.ts";
import { readKeytab } from "./keytab.ts";
import { readNtHash } from "./nt-hashes.ts";

/** What the investigator names. */
export interface SecretInputs {
  /** TLS key log files. */
  readonly tlsKeylogs?: readonly string[];
  /** Keytab files. */
  readonly keytabs?: readonly string[];
  /** `[DOMAIN\]USER:HASH`, or `@FILE` with one a line. */
  readonly ntHashes?: readonly string[];
}

/** Says that secrets were given, without them: for the journal. */
export interface SecretNote {
  readonly kind: "tls-key-log" | "kerberos-key" | "nt-hash";
  /** The file, null if they came as arguments or through the environment. */
  readonly path: string | null;
  readonly count: number;
  /** SHA-256 of the file. */
  readonly sha256: string | null;
}

export interface ReadSecrets {
  readonly given: GivenSecrets;
  readonly notes: readonly SecretNote[];
}

/** Type of decryption secrets that are a TLS key log. pcapng 4.7 */
const TLS_KEY_LOG = 0x544c534b;

/**
 * Reads the secrets that were named.
 * @throws BacktrailError where a file cannot be read or holds no secret.
 */
export function readSecrets(inputs: SecretInputs): ReadSecrets {
  const tls: TlsSecretEntry[] = [];
  const ntHashes: NtHash[] = [];
  const kerberosKeys: KerberosKey[] = [];
  const notes: SecretNote[] = [];
  for (const path of inputs.tlsKeylogs ?? []) {
    const bytes = read(path, "key log");
    const originOf = (line: number): string => `key log ${basename(path)}, line ${line}`;
    const entries = readKeyLog(bytes.toString("latin1"), originOf, MAX_KEY_LOG_LINES - tls.length);
    if (entries.length === 0) throw noSecret(path, "TLS key log lines (CLIENT_RANDOM, CLIENT_TRAFFIC_SECRET_0, ...)");
    for (const entry of entries) tls.push(entry);
    notes.push({ kind: "tls-key-log", path, count: entries.length, sha256: sha256(bytes) });
  }
  for (const path of inputs.keytabs ?? []) {
    const bytes = read(path, "keytab");
    const keys = readKeytab(bytes, (entry) => `keytab ${basename(path)}, entry ${entry}`);
    if (keys === null || keys.length === 0) throw noSecret(path, "keys of an MIT keytab (version 2)");
    kerberosKeys.push(...keys);
    notes.push({ kind: "kerberos-key", path, count: keys.length, sha256: sha256(bytes) });
  }
  let argument = 0;
  for (const text of inputs.ntHashes ?? []) {
    if (text.startsWith("@")) {
      const path = text.slice(1);
      const bytes = read(path, "NT hash file");
      const hashes = hashLines(bytes.toString("utf8"), path);
      ntHashes.push(...hashes);
      notes.push({ kind: "nt-hash", path, count: hashes.length, sha256: sha256(bytes) });
      continue;
    }
    const hash = readNtHash(text, `NT hash argument ${++argument}`);
    if (hash === null) {
      const wanted = "write [DOMAIN\\]USER:HASH with 32 hexadecimal digits, or @FILE";
      throw new BacktrailError("secret-malformed", `NT hash ${argument} is not understood: ${wanted}.`);
    }
    ntHashes.push(hash);
  }
  if (argument > 0) notes.push({ kind: "nt-hash", path: null, count: argument, sha256: null });
  return { given: { tls, ntHashes, kerberosKeys }, notes };
}

/** Takes the secrets that captures brought since it was asked last. */
export class CaptureSecrets {
  readonly #taken = new Map<CaptureFile, number>();

  /** What is new, in the order of the captures; each capture's in the order of its blocks. */
  take(captures: readonly CaptureFile[]): FoundSecrets[] {
    const found: FoundSecrets[] = [];
    for (const capture of captures) {
      const before = this.#taken.get(capture) ?? 0;
      if (capture.secrets.length === before) continue;
      this.#taken.set(capture, capture.secrets.length);
      for (const { type, data, frame, ts } of capture.secrets.slice(before)) {
        if (type !== TLS_KEY_LOG) continue;
        const origin = `decryption secrets block of capture ${capture.number}`;
        const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1");
        const tls = readKeyLog(text, () => origin, MAX_KEY_LOG_LINES);
        const from = { capture: capture.number, frame, ts: ts ?? capture.tsFirst ?? 0n };
        if (tls.length > 0) found.push({ from, tls });
      }
    }
    return found;
  }
}

function hashLines(text: string, path: string): NtHash[] {
  const hashes: NtHash[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const hash = readNtHash(line, `NT hash file ${basename(path)}, line ${i + 1}`);
    if (hash === null) {
      const wanted = "each line is [DOMAIN\\]USER:HASH with 32 hexadecimal digits";
      throw new BacktrailError("secret-malformed", `Line ${i + 1} of ${path} is no NT hash: ${wanted}.`);
    }
    hashes.push(hash);
  }
  if (hashes.length === 0) throw noSecret(path, "NT hashes ([DOMAIN\\]USER:HASH)");
  return hashes;
}

function read(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BacktrailError("secret-unreadable", `The ${what} ${path} cannot be read (${reason}).`, { cause: error });
  }
}

function noSecret(path: string, wanted: string): BacktrailError {
  return new BacktrailError("secret-none", `${path} holds no ${wanted}: name the right file.`);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
