import type { ByteReader } from "../../bytes/reader.ts";

/** Client Info PDU in clear. [MS-RDPBCGR] 2.2.1.11 */
export interface ClientInfo {
  readonly domain: string;
  readonly user: string;
  /** A password went with it. */
  readonly hasPassword: boolean;
  /** The client logs on with it by itself. */
  readonly autoLogon: boolean;
  readonly alternateShell: string;
  readonly workingDirectory: string;
  /** Address that the client believes is its own; null where an old client leaves it out. */
  readonly clientAddress: string | null;
  /** Folder of the client's program. */
  readonly clientDirectory: string | null;
}

const AUTO_LOGON = 0x0008;
const UNICODE = 0x0010;
/** Longest text that is kept; the specification allows 512 octets. */
const MAX_TEXT = 1024;

/** Reads TS_INFO_PACKET; null if it is cut short before the working directory. */
export function readClientInfo(r: ByteReader): ClientInfo | null {
  r.skip(4);
  const flags = r.u32le();
  const isUnicode = (flags & UNICODE) !== 0;
  const lengths = [r.u16le(), r.u16le(), r.u16le(), r.u16le(), r.u16le()] as const;
  const terminator = isUnicode ? 2 : 1;
  const text = (octets: number): string => {
    const shown = readText(r, octets, isUnicode);
    r.skip(terminator);
    return shown;
  };
  const domain = text(lengths[0]);
  const user = text(lengths[1]);
  // What the password is stays on the wire.
  r.skip(lengths[2] + terminator);
  const alternateShell = text(lengths[3]);
  const workingDirectory = text(lengths[4]);
  if (r.truncated) return null;
  r.skip(2);
  const clientAddress = readText(r, r.u16le(), true);
  const hasAddress = !r.truncated;
  const clientDirectory = readText(r, r.u16le(), true);
  return {
    domain,
    user,
    hasPassword: lengths[2] > 0,
    autoLogon: (flags & AUTO_LOGON) !== 0,
    alternateShell,
    workingDirectory,
    clientAddress: hasAddress ? clientAddress : null,
    clientDirectory: r.truncated ? null : clientDirectory,
  };
}

function readText(r: ByteReader, octets: number, isUnicode: boolean): string {
  const start = r.pos;
  r.skip(octets);
  if (r.truncated) return "";
  const end = r.pos;
  r.pos = start;
  const kept = Math.min(octets, MAX_TEXT);
  const text = isUnicode ? r.utf16le(kept) : r.latin1(kept);
  r.pos = end;
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
