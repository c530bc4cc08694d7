import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { BurpAnalyzer } from "./analyzer.ts";
import { HEADER_OCTETS, messageLength } from "./message.ts";

const HELLO = "hello";
const WHO = "whoareyou";

/** BURP, a backup program; always inside TLS, so it is read where the keys are known. */
export const burp: Protocol = {
  name: "burp",
  specs: ["BURP 3.1 src/asfd.c, src/client/auth.c"],
  over: ["tcp"],
  ports: [4971],
  probe,
  open: (conn, out) => new BurpAnalyzer(conn, out),
  records: [storageLinkRecord, archiveOpRecord],
  weirds: [],
};

/** The client says hello, the server asks who it is. */
function probe(r: ByteReader, { fromOriginator }: ProbeHint): Verdict {
  const word = fromOriginator ? HELLO : WHO;
  if (r.peekU8() !== "c".charCodeAt(0)) return "no";
  const octets = messageLength(r);
  if (octets < 0 || (octets > 0 && octets < HEADER_OCTETS + word.length)) return "no";
  for (let i = 0; i < word.length; i++) {
    const octet = r.peekU8(HEADER_OCTETS + i);
    if (octet < 0) return "more";
    if (octet !== word.charCodeAt(i)) return "no";
  }
  return "yes";
}
