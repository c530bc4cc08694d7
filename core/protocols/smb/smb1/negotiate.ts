import type { ByteReader } from "../../../bytes/reader.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";

/** Dialect strings of a NEGOTIATE request, each behind a format octet 2. [MS-CIFS] 2.2.4.52.1 */
export function dialects(r: ByteReader, block: Block): string[] {
  r.seek(block.bytesAt, block.bytesEnd);
  const names: string[] = [];
  while (names.length < 64 && r.left > 1 && r.u8() === 2) names.push(readText(r, 0, false));
  return names;
}

/** Signing as the SecurityMode of a NEGOTIATE response says. [MS-CIFS] 2.2.4.52.2 */
export function signing(mode: number): string {
  if ((mode & 8) !== 0) return "required";
  return (mode & 4) !== 0 ? "enabled" : "off";
}

/** Whether the response names mechanisms in a GSS token, which then follows the server's GUID. [MS-SMB] 2.2.4.5.2.1 */
export function offersGss(r: ByteReader, block: Block): boolean {
  if (block.wordCount !== 17) return false;
  r.seek(block.bytesAt, block.bytesEnd);
  return r.peekU8(GUID_OCTETS) === GSS_TOKEN;
}

const GUID_OCTETS = 16;
/** First octet of a GSS token. RFC 2743 3.1 */
const GSS_TOKEN = 0x60;
