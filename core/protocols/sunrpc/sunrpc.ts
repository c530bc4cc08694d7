import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { SunrpcAnalyzer } from "./analyzer.ts";
import { isKnownProgram } from "./programs.ts";
import { mountRecord, nfsRecord, portmapRecord, rpcRecord } from "./records.ts";
import { SUNRPC_WEIRDS } from "./weirds.ts";

/** ONC remote procedure calls: portmapper, mount, NFS 2 to 4.2; other programs by name. */
export const sunrpc: Protocol = {
  name: "sunrpc",
  specs: ["RFC 5531", "RFC 4506", "RFC 2203", "RFC 1833", "RFC 1094", "RFC 1813", "RFC 7530", "RFC 8881", "RFC 7862"],
  over: ["tcp", "udp"],
  ports: [111, 2049, 20048],
  probe,
  open: (conn, out) => new SunrpcAnalyzer(conn, out),
  records: [rpcRecord, portmapRecord, mountRecord, nfsRecord],
  weirds: SUNRPC_WEIRDS,
};

/** Octets of a call up to the length of its credential. RFC 5531 9 */
const CALL_OCTETS = 32;
const REPLY_OCTETS = 24;
/** A call that was denied. */
const SHORTEST = 20;
const MAX_AUTH = 400;
const MAX_FLAVOR = 7;
/** Longest call or answer that is believed at the beginning of a connection. */
const MAX_RECORD = 1 << 22;
/** Most octets searched for a call when the capture began in the middle of the connection. */
const MAX_SEARCH = 4096;

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const isStream = hint.carrier === "tcp";
  const verdict = judge(r, 0, isStream, hint.onPort);
  if (verdict === "no" && isStream && hint.onPort) return hasCall(r) ? "yes" : "no";
  return verdict;
}

function judge(r: ByteReader, at: number, isStream: boolean, onPort: boolean): Verdict {
  const start = isStream ? at + 4 : at;
  const there = r.left - start;
  if (isStream && there >= 0) {
    const octets = r.peekU32be(at) & 0x7fffffff;
    if (octets < SHORTEST || octets > MAX_RECORD) return "no";
  }
  const type = r.peekU32be(start + 4);
  if (type > 1) return "no";
  if (type === 1) return onPort && isStream && there < REPLY_OCTETS ? "more" : isReply(r, start, onPort);
  if (there >= 12 && r.peekU32be(start + 8) !== 2) return "no";
  if (there >= 20 && !onPort && !isKnownProgram(r.peekU32be(start + 12), r.peekU32be(start + 16))) return "no";
  if (there < CALL_OCTETS) return isStream ? "more" : "no";
  const [flavor, length] = [r.peekU32be(start + 24), r.peekU32be(start + 28)];
  return flavor <= MAX_FLAVOR && length <= MAX_AUTH && (length & 3) === 0 ? "yes" : "no";
}

/** An answer says little by itself: it counts on the protocol's own ports only. */
function isReply(r: ByteReader, start: number, onPort: boolean): Verdict {
  if (!onPort || r.left - start < REPLY_OCTETS) return "no";
  return r.peekU32be(start + 8) === 0 && r.peekU32be(start + 12) <= MAX_FLAVOR && r.peekU32be(start + 16) <= MAX_AUTH
    ? "yes"
    : "no";
}

function hasCall(r: ByteReader): boolean {
  const last = Math.min(r.left, MAX_SEARCH) - CALL_OCTETS - 4;
  for (let at = 1; at <= last; at++)
    if (r.peekU32be(at + 8) === 0 && r.peekU32be(at + 12) === 2 && judge(r, at, true, false) === "yes") return true;
  return false;
}
