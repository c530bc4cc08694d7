import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { RdpAnalyzer } from "./analyzer.ts";
import { beginsTsRequest } from "./credssp.ts";
import { CONNECT_INITIAL, CONNECT_RESPONSE } from "./gcc.ts";
import { RDP_RECORD } from "./records.ts";
import { RDP_WEIRDS } from "./weirds.ts";
import { CONNECTION_CONFIRM, CONNECTION_REQUEST, DATA, TPKT_HEADER, TPKT_VERSION, isRdpConnection } from "./x224.ts";

/** Longest connection TPDU that is taken for RDP's: cookie or token, negotiation and correlation information. */
const MAX_CONNECTION = 600;
const MIN_CONNECTION = 11;

/** Remote desktop. */
export const rdp: Protocol = {
  name: "rdp",
  specs: ["MS-RDPBCGR", "MS-RDPELE", "MS-CSSP", "T.123", "T.124", "T.125"],
  over: ["tcp"],
  ports: [3389],
  probe,
  open: (conn, out) => new RdpAnalyzer(conn, out),
  records: [RDP_RECORD],
  weirds: RDP_WEIRDS,
};

/** A connection TPDU with a cookie or negotiation, MCS with RDP's messages, or (inside TLS) CredSSP. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const first = r.peekU8();
  if (first !== TPKT_VERSION) {
    if (first < 0) return "more";
    const begins = hint.fromOriginator && hint.respPort === 0 ? beginsTsRequest(r) : false;
    return begins === "short" ? "more" : begins ? "yes" : "no";
  }
  if (r.left < TPKT_HEADER + 2) return r.peekU8(1) > 0 ? "no" : "more";
  const length = r.peekU16be(2);
  if (r.peekU8(1) !== 0) return "no";
  const type = r.peekU8(TPKT_HEADER + 1);
  if (type === DATA) return probeConnect(r, TPKT_HEADER);
  const isRequest = type === CONNECTION_REQUEST;
  if (!isRequest && type !== CONNECTION_CONFIRM) return "no";
  if (length < MIN_CONNECTION || length > MAX_CONNECTION) return "no";
  if (r.peekU8(TPKT_HEADER) !== length - TPKT_HEADER - 1) return "no";
  const isRdp = isRdpConnection(r, length, isRequest);
  if (isRdp !== "short") return isRdp ? "yes" : "no";
  if (length > MIN_CONNECTION) return "more";
  // Clients and servers of old say nothing more here, as do other protocols: the next message tells, or the port.
  if (hint.onPort) return "yes";
  return r.left <= length ? "more" : probeConnect(r, length + TPKT_HEADER);
}

/** Judges a data TPDU, whose X.224 header is at `at`, by what MCS begins with. */
function probeConnect(r: ByteReader, at: number): Verdict {
  if (r.left < at + 5) return "more";
  const type = r.peekU16be(at + 3);
  return r.peekU8(at + 1) === DATA && (type === CONNECT_INITIAL || type === CONNECT_RESPONSE) ? "yes" : "no";
}
