import type { DerReader } from "../../../bytes/der.ts";
import { DER } from "../../../bytes/der.ts";
import { attributeName } from "./oids.ts";

/** A distinguished name as text, and its common names. */
export interface DistinguishedName {
  /** RFC 2253 order and escapes as OpenSSL's XN_FLAG_RFC2253 prints them, which Zeek shows. */
  readonly text: string;
  readonly commonNames: readonly string[];
}

const EMPTY_NAME: DistinguishedName = { text: "", commonNames: [] };

/** Reads a Name (RDNSequence). RFC 5280 4.1.2.4 */
export function readName(d: DerReader): DistinguishedName {
  if (!d.enter(DER.sequence)) return EMPTY_NAME;
  const relative: string[] = [];
  const commonNames: string[] = [];
  while (d.more && d.enter(DER.set)) {
    const attributes: string[] = [];
    while (d.more && d.enter(DER.sequence)) {
      const oid = d.oid();
      const name = attributeName(oid);
      const value = valueOf(d);
      d.leave();
      if (value === null) continue;
      if (name === "CN") commonNames.push(value.text);
      attributes.push(name === null ? `${oid}=#${value.der}` : `${name}=${escaped(value.text)}`);
    }
    d.leave();
    relative.push(attributes.reverse().join("+"));
  }
  d.leave();
  return { text: relative.reverse().join(","), commonNames };
}

function valueOf(d: DerReader): { text: string; der: string } | null {
  const start = d.pos;
  const text = d.text();
  if (d.failed) return null;
  return { text, der: Buffer.from(d.source.subarray(start, d.pos)).toString("hex").toUpperCase() };
}

const SPECIAL = ',+"\\<>;';

/** Escapes of RFC 2253 2.4, with octets outside printable ASCII as hexadecimal of their UTF-8. */
function escaped(value: string): string {
  let text = "";
  const octets = Buffer.from(value, "utf8");
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]!;
    const char = String.fromCharCode(octet);
    if (octet < 0x20 || octet > 0x7e) text += "\\" + octet.toString(16).toUpperCase().padStart(2, "0");
    else if (SPECIAL.includes(char)) text += "\\" + char;
    else if (i === 0 && (char === " " || char === "#")) text += "\\" + char;
    else if (i === octets.length - 1 && char === " ") text += "\\ ";
    else text += char;
  }
  return text;
}
