import type { NdrReader } from "../ndr.ts";

/** Most names read of one array. */
const MOST_NAMES = 1000;
const SHOWN = 10;

/**
 * Array of RPC_UNICODE_STRING: the fixed parts, then the characters.
 * @param isVarying True if an offset and an actual count follow the conformance.
 */
export function nameArray(ndr: NdrReader, isVarying: boolean): string[] {
  let count = ndr.count();
  if (isVarying) {
    ndr.count();
    count = ndr.count();
  }
  let present = 0;
  for (let i = 0; i < count && i < MOST_NAMES && !ndr.truncated; i++) if (ndr.unicodeHead()) present++;
  const names: string[] = [];
  for (let i = 0; i < present && !ndr.truncated; i++) {
    const name = ndr.unicodeBuffer();
    if (!ndr.truncated) names.push(name);
  }
  return names;
}

/** Some names as text: the first ten, and how many more. */
export function shortList(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(", ");
  return `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;
}
