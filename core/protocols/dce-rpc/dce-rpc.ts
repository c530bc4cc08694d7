import type { Protocol } from "../protocol.ts";
import { DceRpcAnalyzer } from "./analyzer.ts";
import { DatagramAnalyzer } from "./datagram-analyzer.ts";
import { looksLikeDatagram } from "./datagram.ts";
import { HTTP_BANNER, looksLikePdu, PDU_HEADER_LENGTH } from "./pdu.ts";
import { dceRpcRecord, endpointRecord } from "./records.ts";
import { WEIRDS } from "./weirds.ts";

/** Remote procedure calls of Windows: associations over TCP and in named pipes, connectionless calls over UDP. */
export const dceRpc: Protocol = {
  name: "dce_rpc",
  specs: ["C706", "MS-RPCE", "MS-DCOM"],
  over: ["tcp", "pipe", "udp"],
  ports: [135, 593],
  probe(r, hint) {
    if (hint.carrier === "udp") return looksLikeDatagram(r) ? "yes" : "no";
    if (!hint.fromOriginator && hint.carrier === "tcp" && r.peekU8() === HTTP_BANNER.charCodeAt(0)) {
      if (r.left < HTTP_BANNER.length) return "more";
      return r.startsWith(HTTP_BANNER) ? "yes" : "no";
    }
    if (r.left < 3) return r.left === 0 || r.peekU8() === 5 ? "more" : "no";
    if (!looksLikePdu(r)) return "no";
    return r.left < PDU_HEADER_LENGTH ? "more" : "yes";
  },
  open: (conn, out) => (conn.carrier === "udp" ? new DatagramAnalyzer(conn, out) : new DceRpcAnalyzer(conn, out)),
  records: [dceRpcRecord, endpointRecord],
  weirds: WEIRDS,
};
