import { contextPrimitive, DER, DerReader } from "../../bytes/der.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { readFilter } from "./filter.ts";
import type { Head } from "./message.ts";
import { OP } from "./names.ts";
import { textOfOctets, utf8 } from "./text.ts";
import { writtenValue } from "./values.ts";

/** Most attributes of one request, and values of one attribute, that are told. */
const MAX_ATTRIBUTES = 64;
const MAX_VALUES = 16;

/** SearchRequest. RFC 4511 4.5.1 */
export interface SearchRequest {
  readonly base: string;
  readonly scope: number;
  readonly deref: number;
  readonly sizeLimit: number;
  readonly timeLimit: number;
  readonly typesOnly: boolean;
  readonly filter: string;
  readonly attributes: readonly string[];
}

/** Null if the request is malformed before its filter. */
export function readSearch(bytes: Uint8Array, head: Head): SearchRequest | null {
  const d = new DerReader(bytes, head.body, head.bodyEnd);
  const base = textOfOctets(d.octets());
  const scope = d.integer(DER.enumerated);
  const deref = d.integer(DER.enumerated);
  const sizeLimit = d.integer();
  const timeLimit = d.integer();
  const typesOnly = d.boolean();
  if (d.failed) return null;
  const r = new ByteReader(bytes, d.pos, head.bodyEnd);
  const filter = readFilter(r);
  const list = new DerReader(bytes, r.pos, head.bodyEnd);
  const attributes: string[] = [];
  if (list.enter(DER.sequence)) {
    while (list.more && attributes.length < MAX_ATTRIBUTES) attributes.push(textOfOctets(list.octets()));
  }
  return { base, scope, deref, sizeLimit, timeLimit, typesOnly, filter, attributes };
}

/** What a request says of the entry it is about. */
export interface Write {
  /** Distinguished name of the entry. */
  readonly dn: string;
  /** How and which attribute, as "replace servicePrincipalName". */
  readonly changes: readonly string[];
  /** What was written, as "servicePrincipalName=cifs/x". */
  readonly values: readonly string[];
  /** New name, where the entry is renamed or moved. */
  readonly newDn: string | null;
  /** Of a modify, each change with its values, as "replace(servicePrincipalName=cifs/x)". */
  readonly modifications: readonly string[];
}

const MODIFICATIONS = ["add", "delete", "replace", "increment"];
const NEW_SUPERIOR = contextPrimitive(0);

/** The requests that write (and compare, which guesses at a value); null for others. RFC 4511 4.6 to 4.10 */
export function readWrite(bytes: Uint8Array, head: Head): Write | null {
  const d = new DerReader(bytes, head.body, head.bodyEnd);
  const changes: string[] = [];
  const values: string[] = [];
  const written = { changes, values, newDn: null, modifications: [] };
  switch (head.op) {
    case OP.delRequest:
      return { ...written, dn: utf8(bytes.subarray(head.body, head.bodyEnd)) };
    case OP.addRequest: {
      const dn = utf8(d.octets());
      d.enter(DER.sequence);
      while (d.more && changes.length < MAX_ATTRIBUTES) attribute(d, "add", changes, values);
      return { ...written, dn };
    }
    case OP.modifyRequest: {
      const dn = utf8(d.octets());
      const modifications: string[] = [];
      d.enter(DER.sequence);
      while (d.more && changes.length < MAX_ATTRIBUTES) {
        d.enter(DER.sequence);
        const kind = MODIFICATIONS[d.integer(DER.enumerated)] ?? "unknown";
        const { type, texts } = attribute(d, kind, changes, values);
        if (!d.failed) modifications.push(`${kind}(${type}${texts.length === 0 ? "" : "="}${texts.join(",")})`);
        d.leave();
      }
      return { ...written, dn, modifications };
    }
    case OP.compareRequest: {
      const dn = utf8(d.octets());
      d.enter(DER.sequence);
      const type = utf8(d.octets());
      const value = d.octets();
      return { ...written, dn, changes: [`compare ${type}`], values: [`${type}=${writtenValue(type, value)}`] };
    }
    case OP.modifyDnRequest: {
      const dn = utf8(d.octets());
      const newRdn = utf8(d.octets());
      d.boolean();
      const superior = d.at(NEW_SUPERIOR) ? utf8(d.octets(NEW_SUPERIOR)) : parentOf(dn);
      return { ...written, dn, newDn: superior === "" ? newRdn : `${newRdn},${superior}` };
    }
    default:
      return null;
  }
}

/** One PartialAttribute: its type and the texts of its values. */
function attribute(
  d: DerReader,
  kind: string,
  changes: string[],
  values: string[],
): { readonly type: string; readonly texts: readonly string[] } {
  const texts: string[] = [];
  d.enter(DER.sequence);
  const type = utf8(d.octets());
  if (!d.failed) changes.push(`${kind} ${type}`);
  d.enter(DER.set);
  for (let i = 0; i < MAX_VALUES && d.more; i++) {
    const value = d.octets();
    if (!d.failed) texts.push(writtenValue(type, value));
  }
  d.leave();
  d.leave();
  values.push(...texts.map((text) => `${type}=${text}`));
  return { type, texts };
}

/** What follows the first comma that is not escaped. */
function parentOf(dn: string): string {
  return /^(?:\\.|[^\\,])*,(.*)$/s.exec(dn)?.[1] ?? "";
}

/** MessageID that an AbandonRequest names. RFC 4511 4.11 */
export function readAbandon(bytes: Uint8Array, head: Head): number {
  let id = 0;
  for (let i = head.body; i < head.bodyEnd && i < head.body + 5; i++) id = id * 256 + bytes[i]!;
  return id;
}

const REQUEST_NAME = contextPrimitive(0);
const RESPONSE_NAME = contextPrimitive(10);

/** Identifier of an extended request. RFC 4511 4.12 */
export function readExtendedRequest(bytes: Uint8Array, head: Head): string {
  return textOfOctets(new DerReader(bytes, head.body, head.bodyEnd).octets(REQUEST_NAME));
}

/** Identifier that an extended response repeats, behind its result; null if it does not. */
export function readResponseName(d: DerReader): string | null {
  return d.at(RESPONSE_NAME) ? textOfOctets(d.octets(RESPONSE_NAME)) : null;
}
