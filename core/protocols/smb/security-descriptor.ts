import type { ByteReader } from "../../bytes/reader.ts";

/** Most entries of one list that are shown; a list has a few dozen at most in practice. */
const MOST_ENTRIES = 64;
/** Most sub-authorities of a SID. [MS-DTYP] 2.4.2 */
const MOST_SUB_AUTHORITIES = 15;

const CONTROL_DACL_PRESENT = 0x0004;
const CONTROL_SACL_PRESENT = 0x0010;
const CONTROL_DACL_PROTECTED = 0x1000;
const CONTROL_SACL_PROTECTED = 0x2000;

/** Kinds of entry in SDDL. [MS-DTYP] 2.4.4.1, 2.5.1.1 */
const ENTRY_TYPES: Readonly<Record<number, string>> = {
  0: "A",
  1: "D",
  2: "AU",
  5: "OA",
  6: "OD",
  9: "XA",
  10: "XD",
  0x11: "ML",
};

const ENTRY_FLAGS: readonly [bit: number, name: string][] = [
  [0x01, "OI"],
  [0x02, "CI"],
  [0x04, "NP"],
  [0x08, "IO"],
  [0x10, "ID"],
  [0x40, "SA"],
  [0x80, "FA"],
];

/** Rights of files that SDDL has a name for; others are shown as a number. [MS-DTYP] 2.5.1.1 */
const RIGHTS: Readonly<Record<number, string>> = {
  0x10000000: "GA",
  0x80000000: "GR",
  0x40000000: "GW",
  0x20000000: "GX",
  0x001f01ff: "FA",
  0x00120089: "FR",
  0x00120116: "FW",
  0x001200a0: "FX",
};

/** Well-known SIDs by their SDDL letters. [MS-DTYP] 2.4.2.4 */
const SIDS: Readonly<Record<string, string>> = {
  "S-1-1-0": "WD",
  "S-1-3-0": "CO",
  "S-1-3-1": "CG",
  "S-1-5-7": "AN",
  "S-1-5-11": "AU",
  "S-1-5-18": "SY",
  "S-1-5-19": "LS",
  "S-1-5-20": "NS",
  "S-1-5-32-544": "BA",
  "S-1-5-32-545": "BU",
  "S-1-5-32-546": "BG",
  "S-1-5-32-551": "BO",
};

/**
 * A self-relative SECURITY_DESCRIPTOR as SDDL text; `r` is at it. What an object entry names beside its SID is left out,
 * and entries past the 64th are counted ("+3"). [MS-DTYP] 2.4.6, 2.5.1
 * @returns "" if it is cut short or no descriptor.
 */
export function securityDescriptorText(r: ByteReader): string {
  const start = r.pos;
  const { end } = r;
  if (r.u8() !== 1) return "";
  r.skip(1);
  const control = r.u16le();
  const owner = r.u32le();
  const group = r.u32le();
  const sacl = r.u32le();
  const dacl = r.u32le();
  if (r.truncated) return "";
  let text = "";
  if (owner !== 0) text += `O:${sidAt(r, start + owner, end)}`;
  if (group !== 0) text += `G:${sidAt(r, start + group, end)}`;
  if ((control & CONTROL_DACL_PRESENT) !== 0) {
    text += `D:${(control & CONTROL_DACL_PROTECTED) !== 0 ? "P" : ""}`;
    // No list at all lets everybody do everything.
    text += dacl === 0 ? "NO_ACCESS_CONTROL" : listAt(r, start + dacl, end);
  }
  if ((control & CONTROL_SACL_PRESENT) !== 0 && sacl !== 0) {
    text += `S:${(control & CONTROL_SACL_PROTECTED) !== 0 ? "P" : ""}${listAt(r, start + sacl, end)}`;
  }
  return text;
}

/** ACL: revision, size, number of entries, then the entries. [MS-DTYP] 2.4.5 */
function listAt(r: ByteReader, at: number, end: number): string {
  if (at + 8 > end) return "";
  r.seek(at, end);
  r.skip(4);
  const count = r.u16le();
  r.skip(2);
  let text = "";
  let next = r.pos;
  for (let i = 0; i < count; i++) {
    if (i === MOST_ENTRIES) return `${text}+${count - i}`;
    if (next + 8 > end) return text;
    r.seek(next, end);
    const type = r.u8();
    const flags = r.u8();
    const size = r.u16le();
    const mask = r.u32le();
    if (size < 8 || next + size > end) return text;
    let sid = r.pos;
    if (type === 5 || type === 6) {
      const present = r.u32le();
      sid = r.pos + ((present & 1) !== 0 ? 16 : 0) + ((present & 2) !== 0 ? 16 : 0);
    }
    const kind = ENTRY_TYPES[type] ?? `0x${type.toString(16)}`;
    const inheritance = ENTRY_FLAGS.filter(([bit]) => (flags & bit) !== 0)
      .map(([, name]) => name)
      .join("");
    text += `(${kind};${inheritance};${RIGHTS[mask] ?? `0x${mask.toString(16)}`};;;${sidAt(r, sid, next + size)})`;
    next += size;
  }
  return text;
}

/** SID as text, or its letters if it is a well-known one; "?" if it is cut short. [MS-DTYP] 2.4.2 */
function sidAt(r: ByteReader, at: number, end: number): string {
  if (at + 8 > end) return "?";
  r.seek(at, end);
  const revision = r.u8();
  const count = r.u8();
  const authority = r.u16be() * 0x1_0000_0000 + r.u32be();
  if (count > MOST_SUB_AUTHORITIES || r.left < count * 4) return "?";
  let text = `S-${revision}-${authority}`;
  for (let i = 0; i < count; i++) text += `-${r.u32le()}`;
  return SIDS[text] ?? text;
}
