import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import { HYPERVISOR_API_RECORD } from "../hypervisor-api/records.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { LibvirtAnalyzer } from "./analyzer.ts";
import { HEADER_OCTETS, isMessage } from "./message.ts";

/** Calls to libvirt's daemon over TCP, or inside TLS that could be opened. */
export const libvirt: Protocol = {
  name: "libvirt",
  specs: ["libvirt 9.0 src/rpc/virnetprotocol.x, src/remote/remote_protocol.x"],
  over: ["tcp"],
  ports: [16509, 16514],
  probe,
  open: (conn, out) => new LibvirtAnalyzer(conn, out),
  records: [storageLinkRecord, HYPERVISOR_API_RECORD, archiveOpRecord],
  weirds: [],
};

/** Both sides begin with a message. */
function probe(r: ByteReader): Verdict {
  if (!isMessage(r)) return "no";
  return r.left < HEADER_OCTETS ? "more" : "yes";
}
