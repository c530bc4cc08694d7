import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { RfbAnalyzer } from "./analyzer.ts";
import { rfbRecord } from "./records.ts";

/** VNC. */
export const rfb: Protocol = {
  name: "rfb",
  specs: ["RFC 6143"],
  over: ["tcp"],
  ports: [5900, 5901, 5902],
  probe,
  open: (conn, out) => new RfbAnalyzer(conn, out),
  records: [rfbRecord],
  weirds: [],
};

const VERSION = /^RFB \d{3}\.\d{3}\n/u;

/** The server's version, which it says first. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (hint.fromOriginator) return "no";
  if (r.left >= 12)
    return VERSION.test(Buffer.from(r.source.subarray(r.pos, r.pos + 12)).toString("latin1")) ? "yes" : "no";
  for (let i = 0; i < Math.min(4, r.left); i++) if (r.peekU8(i) !== "RFB ".charCodeAt(i)) return "no";
  return "more";
}
