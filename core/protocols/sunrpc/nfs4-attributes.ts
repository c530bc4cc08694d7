import type { XdrReader } from "./xdr.ts";

/** What is kept of a file's attributes. */
export interface Attributes {
  size: number | null;
  mode: number | null;
  handle: string | null;
  /** Others that are set or told and matter: owner, access list, times. */
  names: string[];
}

const [TYPE_SIZE, TYPE_ACL, TYPE_HANDLE, TYPE_MODE] = [4, 12, 19, 33];
const NAMED: Readonly<Record<number, string>> = {
  12: "access list",
  14: "archive flag",
  25: "hidden flag",
  36: "owner",
  37: "group",
  46: "system flag",
  48: "access time",
  54: "modification time",
};

/** XDR items of each attribute by its number; null for one whose form is not read, behind which nothing is. RFC 8881 5 */
const FORMS: readonly (string | null)[] =
  "bm u4 u4 u8 u8 u4 u4 u4 n16 u4 u4 u4 acl u4 u4 u4 u4 u4 u4 opq u8 u8 u8 u8 - u4 u4 u8 u4 u4 u8 u8 opq u4 u4 u4 opq opq u8 u8 u8 n8 u8 u8 u8 u8 u4 n12 settime n12 n12 n12 n12 n12 settime u8"
    .split(" ")
    .map((form) => (form === "-" ? null : form));

/** RFC 8881 3.3.7 `fattr4` */
export function readAttributes(x: XdrReader): Attributes {
  const found: Attributes = { size: null, mode: null, handle: null, names: [] };
  const bitmap = x.bitmap();
  const length = x.u32();
  const { r } = x;
  if (length > r.left) {
    r.skip(length);
    return found;
  }
  const former = r.narrow(length);
  for (let bit = 0; bit < FORMS.length && !r.truncated; bit++) {
    if (((bitmap[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
    const form = FORMS[bit]!;
    if (form === null) break;
    readOne(bit, form, found, x);
  }
  // What an attribute says of its length is only good within these.
  const isWhole = !r.truncated;
  r.truncated = false;
  r.widen(former);
  if (!isWhole) return { size: null, mode: null, handle: null, names: [] };
  x.skip((4 - (length & 3)) & 3);
  return found;
}

function readOne(bit: number, form: string, found: Attributes, x: XdrReader): void {
  const name = NAMED[bit];
  if (name !== undefined) found.names.push(name);
  if (bit === TYPE_SIZE) found.size = x.u64();
  else if (bit === TYPE_MODE) found.mode = x.u32();
  else if (bit === TYPE_HANDLE) found.handle = x.opaque();
  else if (bit === TYPE_ACL) {
    const count = x.u32();
    for (let i = 0; i < count && !x.truncated; i++) {
      x.skip(12);
      x.skipOpaque();
    }
  } else if (form === "settime") x.skip(x.u32() === 1 ? 12 : 0);
  else if (form === "bm") x.bitmap();
  else if (form === "opq") x.skipOpaque();
  else x.skip(form === "u4" ? 4 : form === "u8" ? 8 : Number(form.slice(1)));
}
