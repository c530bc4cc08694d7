import type { ByteReader } from "../../bytes/reader.ts";

/** Reads a UUID whose first three fields follow the data representation. [C706] appendix A */
export function readUuid(r: ByteReader, littleEndian: boolean): string {
  const low = r.u32(littleEndian);
  const mid = r.u16(littleEndian);
  const high = r.u16(littleEndian);
  const rest = r.hex(8);
  if (r.truncated) return NIL_UUID;
  return `${hex(low, 8)}-${hex(mid, 4)}-${hex(high, 4)}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}

export const NIL_UUID = "00000000-0000-0000-0000-000000000000";

/** NDR64. [MS-RPCE] 2.2.5 */
export const NDR64 = "71710533-beba-4937-8319-b5dbef9ccc36";
/** Transfer syntaxes that begin so ask for bind-time features and carry no calls. [MS-RPCE] 3.3.1.5.3 */
export const FEATURE_NEGOTIATION = "6cb71c2c-9812-4540-";

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
