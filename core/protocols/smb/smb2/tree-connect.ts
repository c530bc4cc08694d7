import type { ByteReader } from "../../../bytes/reader.ts";
import type { ShareType } from "../state.ts";

const SHARE_TYPES: readonly (ShareType | null)[] = [null, "DISK", "PIPE", "PRINT"];
const SHARE_FLAG_ENCRYPT = 0x8000;

/** SMB2 TREE_CONNECT response. [MS-SMB2] 2.2.10 */
export interface TreeConnectResponse {
  readonly shareType: ShareType | null;
  readonly mustEncrypt: boolean;
}

/** Path of a TREE_CONNECT request; offsets count from `headerAt`. [MS-SMB2] 2.2.9 */
export function parseTreeConnectRequest(r: ByteReader, headerAt: number): string | null {
  if (r.u16le() !== 9) return null;
  r.skip(2); // Flags
  const offset = r.u16le();
  const length = r.u16le();
  if (r.truncated) return null;
  return textAt(r, headerAt + offset, length);
}

export function parseTreeConnectResponse(r: ByteReader): TreeConnectResponse | null {
  if (r.u16le() !== 16) return null;
  const type = r.u8();
  r.skip(1);
  const flags = r.u32le();
  if (r.truncated) return null;
  return { shareType: SHARE_TYPES[type] ?? null, mustEncrypt: (flags & SHARE_FLAG_ENCRYPT) !== 0 };
}

/** UTF-16LE text at a position; what of it is there if it is cut short, null if it begins outside. */
export function textAt(r: ByteReader, at: number, octets: number): string | null {
  if (octets === 0) return "";
  if (at < 0 || at > r.end) return null;
  r.seek(at);
  const text = r.utf16le(Math.min(octets, r.left));
  return text === "" ? null : text;
}
