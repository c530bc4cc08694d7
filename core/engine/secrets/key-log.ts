import { TLS_SECRET_LABELS } from "../../protocols/secrets.ts";
import type { TlsSecretEntry } from "./given-secrets.ts";

/** Most lines taken from all key logs together: some 400 octets each in every worker. */
export const MAX_KEY_LOG_LINES = 500_000;

/** LABEL, client random, secret: hexadecimal, with blanks between. draft-ietf-tls-keylogfile 2 */
const LINE = /^(?:QUIC_)?([A-Z_0-9]+)[ \t]+([0-9A-Fa-f]+)[ \t]+([0-9A-Fa-f]+)[ \t]*$/;
/** Older writers: `RSA Session-ID:` and the like are left out, a TLS 1.3 label of a draft is not known. */
const LABELS: ReadonlyMap<string, (typeof TLS_SECRET_LABELS)[number]> = new Map(
  TLS_SECRET_LABELS.map((label) => [label, label]),
);
const RANDOM_DIGITS = 64;
const RSA_DIGITS = 16;
/** Longest secret: TLS 1.3's are as long as a hash, a premaster secret of Diffie-Hellman as long as its prime. */
const MAX_SECRET_DIGITS = 2048;

/**
 * Reads a TLS key log. Comments, empty lines and lines that are no secret are passed over.
 * @param originOf Says in words where the secret of a line (1-based) came from.
 */
export function readKeyLog(text: string, originOf: (line: number) => string, limit: number): TlsSecretEntry[] {
  const entries: TlsSecretEntry[] = [];
  let line = 0;
  for (let at = 0; at < text.length && entries.length < limit;) {
    const newLine = text.indexOf("\n", at);
    const end = newLine < 0 ? text.length : newLine;
    line++;
    const entry = readLine(text.slice(at, Math.min(end, at + MAX_LINE)).trimEnd(), originOf, line);
    if (entry !== null) entries.push(entry);
    at = end + 1;
  }
  return entries;
}

const MAX_LINE = 4096;

function readLine(line: string, originOf: (line: number) => string, number: number): TlsSecretEntry | null {
  const parts = LINE.exec(line);
  const label = parts === null ? undefined : LABELS.get(parts[1]!);
  if (parts === null || label === undefined) return null;
  const [, , key = "", secret = ""] = parts;
  if (key.length !== (label === "RSA" ? RSA_DIGITS : RANDOM_DIGITS)) return null;
  if (secret.length % 2 !== 0 || secret.length > MAX_SECRET_DIGITS) return null;
  return {
    label,
    key: key.toLowerCase(),
    secret: Uint8Array.from(Buffer.from(secret, "hex")),
    origin: originOf(number),
  };
}
