import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import { blockOpRecord } from "../block-op.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { IscsiAnalyzer } from "./analyzer.ts";
import { BHS_OCTETS, LOGIN_REQUEST, LOGIN_RESPONSE, isLikelyHeader } from "./pdu.ts";
import { iscsiRecord } from "./records.ts";
import { ISCSI_WEIRDS } from "./weirds.ts";

/** iSCSI, and the SCSI commands in it. */
export const iscsi: Protocol = {
  name: "iscsi",
  specs: ["RFC 7143", "SPC-5", "SBC-4", "SSC-4", "SMC-3"],
  over: ["tcp"],
  ports: [3260, 860],
  probe,
  open: (conn, out) => new IscsiAnalyzer(conn, out),
  records: [iscsiRecord, blockOpRecord, archiveOpRecord],
  weirds: ISCSI_WEIRDS,
};

/** Keys that the first login request has. RFC 7143 6.2, 13 */
const LOGIN_KEYS =
  /^(?:InitiatorName|InitiatorAlias|SessionType|TargetName|AuthMethod|HeaderDigest|DataDigest|MaxRecvDataSegmentLength)=/;

/** A login request with a key of its own; on iSCSI's port also a login answer, or any header that is right in all its reserved fields. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const opcode = r.peekU8() & 0x3f;
  if (r.peekU8() >= 0x80) return "no";
  if (hint.fromOriginator && opcode === LOGIN_REQUEST) {
    if (r.left < BHS_OCTETS) return r.left < 4 || (r.peekU8(1) & 0x30) === 0 ? "more" : "no";
    if (!isLikelyHeader(r, true)) return "no";
    const text = Buffer.from(r.source.subarray(r.pos + BHS_OCTETS, Math.min(r.end, r.pos + 96))).toString("latin1");
    if (LOGIN_KEYS.test(text)) return "yes";
    return text.length < 32 ? "more" : "no";
  }
  if (!hint.onPort) return "no";
  if (!hint.fromOriginator && opcode === LOGIN_RESPONSE && r.left < BHS_OCTETS) return "more";
  return isLikelyHeader(r, hint.fromOriginator) ? "yes" : r.left < BHS_OCTETS ? "more" : "no";
}
