import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { AfpAnalyzer } from "./analyzer.ts";
import { dsiLength, HEADER_OCTETS, isFirstRequest } from "./dsi.ts";

/** Apple Filing Protocol over TCP. */
export const afp: Protocol = {
  name: "afp",
  specs: ["Apple Filing Protocol Reference"],
  over: ["tcp"],
  ports: [548],
  probe,
  open: (conn, out) => new AfpAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** The client begins: it asks for the status of the server or opens a session. */
function probe(r: ByteReader, { fromOriginator, onPort }: ProbeHint): Verdict {
  // In the middle of a session, two octets of a header are too little to go by without the port.
  if (fromOriginator && !isFirstRequest(r) && !(onPort && r.left >= HEADER_OCTETS && dsiLength(r) > 0)) return "no";
  if (!fromOriginator) return "no";
  return r.left < HEADER_OCTETS ? "more" : "yes";
}
