import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { SmbAnalyzer } from "./analyzer.ts";
import { isSmbMagic, isSmbStart } from "./framing.ts";
import { smbFiles, smbMapping, smbOperations, smbSessions } from "./records.ts";
import { SMB_WEIRDS } from "./weirds.ts";

/** Length of a NetBIOS session request with two encoded names without scope. RFC 1002 4.3.2 */
const SESSION_REQUEST_LENGTH = 68;
/** Most octets searched for a message when the capture began in the middle of the connection. */
const MAX_SEARCH = 4096;

/** SMB 1, 2 and 3 over TCP, direct or in NetBIOS sessions. */
export const smb: Protocol = {
  name: "smb",
  specs: ["MS-SMB2", "MS-SMB", "MS-CIFS", "RFC 1001", "RFC 1002"],
  over: ["tcp"],
  ports: [445, 139],
  probe,
  open: (conn, out) => new SmbAnalyzer(conn, out),
  records: [smbFiles, smbMapping, smbOperations, smbSessions],
  weirds: SMB_WEIRDS,
};

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const type = r.peekU8();
  if (type === 0x81 && hint.fromOriginator) {
    if (r.left < 5) return "more";
    return r.peekU16be(2) === SESSION_REQUEST_LENGTH && r.peekU8(4) === 0x20 ? "yes" : "no";
  }
  if (type === 0x82 && !hint.fromOriginator && hint.onPort) return r.left < 4 ? "more" : "yes";
  if (type === 0) {
    if (r.left < 8) return "more";
    if (isSmbMagic(r.source, r.pos + 4)) return "yes";
  }
  return hint.onPort && hasMessage(r) ? "yes" : "no";
}

/** True if a session message with SMB begins somewhere in the octets. */
function hasMessage(r: ByteReader): boolean {
  const end = Math.min(r.end, r.pos + MAX_SEARCH);
  const bytes = r.source.subarray(0, end);
  for (let found = bytes.indexOf(0x53, r.pos); found >= 0; found = bytes.indexOf(0x53, found + 1)) {
    if (found - 5 >= r.pos && isSmbStart(bytes, found - 5, end)) return true;
  }
  return false;
}
