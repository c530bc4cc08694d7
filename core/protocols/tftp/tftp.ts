import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { TftpAnalyzer, TftpDataAnalyzer } from "./analyzer.ts";
import { parseTftp } from "./message.ts";
import { TFTP_RECORD } from "./records.ts";

const TFTP_WEIRDS = ["tftp_malformed_message"] as const;
const SPECS = ["RFC 1350", "RFC 2347", "RFC 2348", "RFC 2349"] as const;

/** Requests of TFTP. */
export const tftp: Protocol = {
  name: "tftp",
  specs: SPECS,
  over: ["udp"],
  ports: [69],
  probe,
  open: (conn, out) => new TftpAnalyzer(conn, out),
  records: [TFTP_RECORD],
  weirds: TFTP_WEIRDS,
};

/** Their data, which go on from another port. */
export const tftpData: Protocol = {
  name: "tftp-data",
  specs: SPECS,
  over: ["udp"],
  ports: [],
  probe: () => "no",
  open: (conn, out) => new TftpDataAnalyzer(conn, out),
  records: [],
  weirds: TFTP_WEIRDS,
};

/** A request: a name that can be printed, and one of three modes. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator || r.peekU16be() < 1 || r.peekU16be() > 2) return "no";
  const message = parseTftp(r);
  return message?.kind === "request" && /^[\x20-\x7e\x80-\uffff]+$/.test(message.name) ? "yes" : "no";
}
