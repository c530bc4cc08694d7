import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { NvmeTcpAnalyzer } from "./analyzer.ts";
import { HEADER_OCTETS, IC_REQUEST, IC_RESPONSE, isIcHeader, parseIc } from "./pdu.ts";

/** Octets of the header and of the fields that are checked. */
const CHECKED = HEADER_OCTETS + 8;

/** NVMe over TCP. */
export const nvmeTcp: Protocol = {
  name: "nvme_tcp",
  specs: ["NVM Express TCP Transport Specification 1.0", "NVM Express over Fabrics 1.1"],
  over: ["tcp"],
  ports: [4420, 8009],
  probe,
  open: (conn, out) => new NvmeTcpAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** Each side begins with a PDU of its own, alike but for its type; the first version of the format is 0. */
function probe(r: ByteReader, { fromOriginator }: ProbeHint): Verdict {
  const type = fromOriginator ? IC_REQUEST : IC_RESPONSE;
  const first = [type, 0, 128, 0, 128, 0, 0, 0, 0, 0];
  for (let i = 0; i < first.length && i < r.left; i++) if (r.peekU8(i) !== first[i]) return "no";
  if (r.left < CHECKED) return "more";
  return isIcHeader(r, type) && parseIc(r) !== null ? "yes" : "no";
}
