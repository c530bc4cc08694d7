import type { ByteReader } from "../../bytes/reader.ts";
import { boundedText, wireText } from "../../bytes/text.ts";
import { ARGUMENT_OCTETS } from "./records.ts";

/** Codes in the place of the version of the first message. PostgreSQL protocol, "Message Formats" */
export const REQUEST = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const;
export const VERSION_3 = 3;

/** Most parameters of a startup message that are looked at. */
const MAX_PARAMETERS = 64;

/** Reads the parameters of a startup message: names and values, each ended by a NUL, up to an empty name. */
export function readParameters(r: ByteReader): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let i = 0; i < MAX_PARAMETERS && r.left > 1 && r.peekU8() !== 0; i++) {
    const name = nulText(r);
    const value = nulText(r);
    if (name === null || value === null) break;
    parameters.set(name, value);
  }
  return parameters;
}

/** Names of the fields of errors and notices. Zeek base/protocols/postgresql/consts.zeek */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  S: "SeverityLocalized",
  V: "Severity",
  C: "Code",
  M: "Message",
  D: "Detail",
  H: "Hint",
  P: "Position",
  p: "InternalPosition",
  q: "InternalQuery",
  W: "Where",
  s: "Schema",
  t: "Table",
  c: "Column",
  d: "Data",
  n: "Constraint",
  F: "File",
  L: "Line",
  R: "Routine",
};

/** Fields of an error or notice. */
export interface Report {
  /** "Name=value" of each, in order. */
  readonly fields: readonly string[];
  /** SQLSTATE. */
  readonly code: string | null;
}

/** Most fields of an error or notice that are looked at. */
const MAX_FIELDS = 32;

export function readReport(r: ByteReader): Report {
  const fields: string[] = [];
  let code: string | null = null;
  while (fields.length < MAX_FIELDS && r.left > 1 && r.peekU8() !== 0) {
    const type = r.latin1(1);
    const value = nulText(r);
    if (value === null) break;
    if (type === "C") code = value;
    fields.push(`${FIELD_NAMES[type] ?? `UnknownErrorId${type}`}=${value}`);
  }
  return { fields, code };
}

/** Names of what the server asks for. Zeek base/protocols/postgresql/consts.zeek */
const AUTHENTICATION: Readonly<Record<number, string>> = {
  2: "KerberosV5",
  3: "CleartextPassword",
  5: "MD5Password",
  7: "GSSAPI",
  8: "GSSAPIContinue",
  9: "SSPI",
  10: "SASL",
  11: "SASLContinue",
  12: "SASLFinal",
};
export const LAST_AUTHENTICATION = 12;

export function authenticationName(identifier: number): string {
  return AUTHENTICATION[identifier] ?? `UnknownAuthId${identifier}`;
}

/** Text up to a NUL, which is read too; null if there is none. */
export function nulText(r: ByteReader): string | null {
  const end = r.find(0);
  if (end < 0) return null;
  const text = wireText(r, end - r.pos);
  r.skip(1);
  return text;
}

/**
 * Text of a statement up to a NUL; `total` octets are left in its message, more perhaps than `r` has.
 * @returns also how many octets of it were left out.
 */
export function readStatement(r: ByteReader, total: number): { text: string; cut: number } {
  const end = r.find(0);
  const length = end < 0 ? total - 1 : end - r.pos;
  return boundedText(r, Math.max(0, length), ARGUMENT_OCTETS);
}
