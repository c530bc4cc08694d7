import { ByteReader } from "../../bytes/reader.ts";
import { hexOf, utf8 } from "./text.ts";

/** Longest text of one value, and most octets of a binary one. */
const MAX_TEXT = 256;
const MAX_BINARY = 64;
/** Most SIDs listed of one security descriptor. */
const MAX_SIDS = 32;

/** Attributes whose values are secrets: that they were written is told, not what. */
const SECRETS: ReadonlySet<string> = new Set([
  "userpassword",
  "unicodepwd",
  "dbcspwd",
  "unixuserpassword",
  "clearpassword",
  "supplementalcredentials",
  "ntpwdhistory",
  "lmpwdhistory",
  "ms-mcs-admpwd",
  "mslaps-password",
  "mslaps-encryptedpassword",
  "msds-managedpassword",
  "sambantpassword",
  "sambalmpassword",
]);

/** Attributes whose values are security descriptors, and those that are SIDs. [MS-ADA1], [MS-ADA2], [MS-ADA3] */
const DESCRIPTORS: ReadonlySet<string> = new Set([
  "ntsecuritydescriptor",
  "msds-allowedtoactonbehalfofotheridentity",
  "msds-groupmsamembership",
]);
const SIDS: ReadonlySet<string> = new Set(["objectsid", "sidhistory", "securityidentifier"]);

/** A value that is written, as text: secrets hidden, security descriptors by the SIDs they name, the rest as it is. */
export function writtenValue(attribute: string, value: Uint8Array): string {
  const name = attribute.toLowerCase();
  if (SECRETS.has(name)) return "(secret)";
  if (DESCRIPTORS.has(name)) return descriptorText(value) ?? binary(value);
  if (SIDS.has(name)) return sidText(new ByteReader(value)) ?? binary(value);
  const text = utf8(value);
  return isPrintable(text) ? clipped(text) : binary(value);
}

function isPrintable(text: string): boolean {
  return !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/.test(text);
}

function clipped(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function binary(value: Uint8Array): string {
  return `0x${hexOf(value.subarray(0, MAX_BINARY))}${value.length > MAX_BINARY ? "…" : ""}`;
}

const DACL_OFFSET = 16;
/** Access control entries that name an object type before the SID. [MS-DTYP] 2.4.4.3 */
const OBJECT_ACES: readonly number[] = [5, 6, 7, 8, 11, 12, 15, 16];

/** SIDs that the list of a self-relative security descriptor grants or denies something. [MS-DTYP] 2.4.6, 2.4.5 */
function descriptorText(value: Uint8Array): string | null {
  const r = new ByteReader(value);
  if (r.u8() !== 1) return null;
  r.seek(DACL_OFFSET, value.length);
  const dacl = r.u32le();
  if (r.truncated || dacl === 0 || dacl > value.length) return null;
  r.seek(dacl, value.length);
  r.skip(4);
  const count = r.u16le();
  r.skip(2);
  const sids: string[] = [];
  for (let i = 0; i < count && !r.truncated && sids.length < MAX_SIDS; i++) {
    const start = r.pos;
    const type = r.u8();
    r.skip(1);
    const size = r.u16le();
    r.skip(4);
    if (size < 8 || start + size > value.length) break;
    if (OBJECT_ACES.includes(type)) {
      const flags = r.u32le();
      r.skip(((flags & 1) !== 0 ? 16 : 0) + ((flags & 2) !== 0 ? 16 : 0));
    }
    const sid = sidText(r);
    if (sid !== null && !sids.includes(sid)) sids.push(sid);
    r.seek(start + size, value.length);
  }
  return sids.join(" ");
}

/** Most sub-authorities of a SID. [MS-DTYP] 2.4.2.2 */
const MAX_SUB_AUTHORITIES = 15;

function sidText(r: ByteReader): string | null {
  const revision = r.u8();
  const count = r.u8();
  const authority = r.u16be() * 0x1_0000_0000 + r.u32be();
  if (count > MAX_SUB_AUTHORITIES) return null;
  let text = `S-${revision}-${authority}`;
  for (let i = 0; i < count; i++) text += `-${r.u32le()}`;
  return r.truncated || revision !== 1 ? null : text;
}
