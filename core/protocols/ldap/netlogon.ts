import { DER, DerReader } from "../../bytes/der.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Head } from "./message.ts";
import { utf8 } from "./text.ts";

/** What a domain controller says of itself to who looks for one. [MS-ADTS] 6.3.1.9 */
export interface DomainController {
  readonly forest: string;
  readonly domain: string;
  readonly host: string;
  readonly netbiosDomain: string;
  readonly netbiosHost: string;
  /** Account that the client asked about; "" if it asked about none. */
  readonly user: string;
  readonly site: string;
  readonly clientSite: string;
  readonly flags: readonly string[];
}

/** LOGON_SAM_LOGON_RESPONSE_EX, LOGON_SAM_USER_UNKNOWN_EX and the one of a paused controller. */
const RESPONSES: readonly number[] = [23, 24, 25];
/** DS_FLAG options by bit number. [MS-ADTS] 6.3.1.2 */
const FLAGS: Readonly<Record<number, string>> = {
  0: "pdc",
  2: "gc",
  3: "ldap",
  4: "ds",
  5: "kdc",
  6: "timeserv",
  7: "closest",
  8: "writable",
  9: "good-timeserv",
  10: "nondomain-nc",
  11: "select-secret-domain-6",
  12: "full-secret-domain-6",
  13: "web-service",
  14: "ds-8",
  15: "ds-9",
};

/** The answer in a search result entry with the attribute `netlogon`; null if it has none. */
export function readNetlogon(bytes: Uint8Array, head: Head): DomainController | null {
  const d = new DerReader(bytes, head.body, head.bodyEnd);
  d.octets();
  d.enter(DER.sequence);
  d.enter(DER.sequence);
  const name = utf8(d.octets());
  d.enter(DER.set);
  const value = d.octets();
  return d.failed || name.toLowerCase() !== "netlogon" ? null : response(value);
}

function response(value: Uint8Array): DomainController | null {
  const r = new ByteReader(value);
  if (!RESPONSES.includes(r.u16le())) return null;
  r.skip(2);
  const bits = r.u32le();
  r.skip(16); // DomainGuid
  const names: string[] = [];
  for (let i = 0; i < 8; i++) names.push(compressedName(r));
  if (r.truncated) return null;
  const [forest, domain, host, netbiosDomain, netbiosHost, user, site, clientSite] = names as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const flags = Object.entries(FLAGS).flatMap(([bit, flag]) => (((bits >>> Number(bit)) & 1) !== 0 ? [flag] : []));
  return { forest, domain, host, netbiosDomain, netbiosHost, user, site, clientSite, flags };
}

/** Most labels and jumps of one name. */
const MAX_STEPS = 64;

/** A name of labels, compressed as in DNS with offsets from the value's beginning. RFC 1035 4.1.4 */
function compressedName(r: ByteReader): string {
  const labels: string[] = [];
  let resume = -1;
  for (let i = 0; i < MAX_STEPS && !r.truncated; i++) {
    const length = r.u8();
    if (length === 0) break;
    if (length < 0xc0) {
      labels.push(r.utf8(length));
      continue;
    }
    const target = (length & 0x3f) * 256 + r.u8();
    if (r.truncated) break;
    if (resume < 0) resume = r.pos;
    // Only backwards, so that this ends.
    if (target >= r.pos - 2) return "";
    r.seek(target);
  }
  if (resume >= 0 && !r.truncated) r.seek(resume);
  return labels.join(".");
}
