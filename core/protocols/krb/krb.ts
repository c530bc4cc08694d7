import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { beginsKdcMessage, beginsMessage, KrbAnalyzer } from "./analyzer.ts";
import { kerberos } from "./records.ts";

/** What can be wrong in Kerberos. */
export const KRB_WEIRDS = [
  /** A message that is no Kerberos, or whose ASN.1 is wrong. */
  "krb_message_malformed",
  /** A length before a message that cannot be. */
  "krb_length_invalid",
] as const;

/** Octets that tell a message over TCP: length, tag, its length, the SEQUENCE. */
const TELLING_OCTETS = 10;

/** Kerberos V5 with a KDC. */
export const krb: Protocol = {
  name: "krb",
  specs: ["RFC 4120", "RFC 4556", "RFC 6113", "MS-KILE", "MS-SFU"],
  over: ["tcp", "udp"],
  ports: [88],
  probe,
  open: (conn, out) => new KrbAnalyzer(conn, out),
  records: [kerberos],
  weirds: KRB_WEIRDS,
};

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (hint.carrier === "udp") return beginsKdcMessage(r, 0, r.left) ? "yes" : "no";
  if (r.left >= 1 && r.peekU8() !== 0) return "no";
  if (r.left < TELLING_OCTETS) return "more";
  return beginsMessage(r) ? "yes" : "no";
}
