import type { Protocol } from "../protocol.ts";
import { DceRpcAnalyzer } from "./analyzer.ts";
import { looksLikePdu, PDU_HEADER_LENGTH } from "./pdu.ts";
import { dceRpcRecord, endpointRecord } from "./records.ts";
import { WEIRDS } from "./weirds.ts";

/** Remote procedure calls of Windows: connection-oriented PDUs over TCP and in named pipes. */
export const dceRpc: Protocol = {
  name: "dce_rpc",
  specs: ["C706", "MS-RPCE", "MS-DCOM"],
  over: ["tcp", "pipe"],
  ports: [135],
  probe(r) {
    if (r.left < 3) return r.left === 0 || r.peekU8() === 5 ? "more" : "no";
    if (!looksLikePdu(r)) return "no";
    return r.left < PDU_HEADER_LENGTH ? "more" : "yes";
  },
  open: (conn, out) => new DceRpcAnalyzer(conn, out),
  records: [dceRpcRecord, endpointRecord],
  weirds: WEIRDS,
};
