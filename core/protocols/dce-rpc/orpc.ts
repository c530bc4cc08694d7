import type { NdrReader } from "./ndr.ts";

/** Most extensions of a COM call; Windows sends two. */
const MOST_EXTENSIONS = 16;
const MOST_EXTENSION_OCTETS = 65_536;

/** Skips ORPCTHIS, with which the stub of every COM request begins. [MS-DCOM] 2.2.13.3 */
export function skipOrpcThis(ndr: NdrReader): void {
  ndr.u16(); // Version
  ndr.u16();
  ndr.u32(); // Flags
  ndr.u32();
  ndr.uuid(); // Causality
  skipExtensions(ndr);
}

/** Skips ORPCTHAT, with which the stub of every COM answer begins. [MS-DCOM] 2.2.13.4 */
export function skipOrpcThat(ndr: NdrReader): void {
  ndr.u32(); // Flags
  skipExtensions(ndr);
}

/** A unique pointer to ORPC_EXTENT_ARRAY. [MS-DCOM] 2.2.21.1 to 2.2.21.3 */
function skipExtensions(ndr: NdrReader): void {
  if (!ndr.pointer()) return;
  ndr.u32(); // Number of extensions
  ndr.u32();
  if (!ndr.pointer()) return;
  const slots = ndr.count();
  let present = 0;
  for (let i = 0; i < slots && i < MOST_EXTENSIONS && !ndr.truncated; i++) if (ndr.pointer()) present++;
  for (let i = 0; i < present && !ndr.truncated; i++) {
    const octets = ndr.count();
    ndr.uuid();
    ndr.u32();
    if (octets > MOST_EXTENSION_OCTETS) return;
    ndr.skip(octets);
  }
}
