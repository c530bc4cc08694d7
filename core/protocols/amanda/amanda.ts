import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { AmandaAnalyzer, AmandaDatagramAnalyzer, isRequest } from "./analyzer.ts";
import { FRAME_OCTETS, frameLength, parseDatagram } from "./packet.ts";

const BEGINNING = "Amanda ";
/** Longest first request. */
const MOST_FIRST = 1 << 16;

/** The backup program Amanda, over TCP ("bsdtcp") and UDP ("bsdudp", "bsd"). */
export const amanda: Protocol = {
  name: "amanda",
  specs: ["Amanda 3.5 common-src/packet.c, common-src/security-util.c"],
  over: ["tcp", "udp"],
  ports: [10080],
  probe: (r, hint) => (hint.carrier === "udp" ? probeDatagram(r) : probeStream(r, hint)),
  open: (conn, out) => (conn.carrier === "udp" ? new AmandaDatagramAnalyzer(conn, out) : new AmandaAnalyzer(conn, out)),
  records: [storageLinkRecord, archiveOpRecord],
  weirds: [],
};

function probeDatagram(r: ByteReader): Verdict {
  for (let i = 0; i < BEGINNING.length; i++) if (r.peekU8(i) !== BEGINNING.charCodeAt(i)) return "no";
  return parseDatagram(r) === null ? "no" : "yes";
}

/** Who opens the connection asks for a service. */
function probeStream(r: ByteReader, { fromOriginator }: ProbeHint): Verdict {
  if (!fromOriginator) return "no";
  const octets = frameLength(r);
  if (octets < 0 || octets > MOST_FIRST || r.peekU8() > 0) return "no";
  if (r.left < FRAME_OCTETS + 3) return "more";
  r.skip(FRAME_OCTETS);
  return isRequest(r) ? "yes" : "no";
}
