import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { FcipAnalyzer } from "./analyzer.ts";
import { isEncapsulation } from "./encapsulation.ts";

/** Octets that tell: up to the length with its bits turned. */
const CHECKED = 16;

/** Fibre Channel over IP: tunnels between fabrics (FCIP) and gateways of single ports (iFCP). */
export const fcip: Protocol = {
  name: "fcip",
  specs: ["RFC 3643", "RFC 3821", "RFC 4172"],
  over: ["tcp"],
  ports: [3225, 3420],
  probe,
  open: (conn, out) => new FcipAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** Both sides begin alike. */
function probe(r: ByteReader): Verdict {
  if (!isEncapsulation(r)) return "no";
  return r.left < CHECKED ? "more" : "yes";
}
