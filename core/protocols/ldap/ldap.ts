import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { LdapAnalyzer } from "./analyzer.ts";
import { readHead } from "./message.ts";
import { isOperation, OP } from "./names.ts";
import { ldapRecord, ldapSearchRecord } from "./records.ts";
import { LDAP_WEIRDS } from "./weirds.ts";

/** LDAP version 3, and CLDAP as domain controllers are looked for with. */
export const ldap: Protocol = {
  name: "ldap",
  specs: ["RFC 4511", "RFC 4515", "RFC 4121", "MS-ADTS"],
  over: ["tcp", "udp"],
  ports: [389, 3268],
  probe,
  open: (conn, out) => new LdapAnalyzer(conn, out),
  records: [ldapRecord, ldapSearchRecord],
  weirds: LDAP_WEIRDS,
};

/** Octets in which a head ends at the latest. */
const HEAD_OCTETS = 18;
/** What goes over UDP: there is nobody to bind to. [MS-ADTS] 3.1.1.3.1.12 */
const CONNECTIONLESS: readonly number[] = [
  OP.bindRequest,
  OP.bindResponse,
  OP.unbindRequest,
  OP.searchRequest,
  OP.searchResultEntry,
  OP.searchResultDone,
  OP.abandonRequest,
  OP.searchResultReference,
  OP.extendedRequest,
  OP.extendedResponse,
];

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const start = r.pos;
  const head = readHead(r);
  if (hint.carrier === "udp") {
    const isWhole = head !== null && head !== "more" && head.end <= r.end;
    return isWhole && CONNECTIONLESS.includes(head.op) ? "yes" : "no";
  }
  if (head === "more") return r.end - start < HEAD_OCTETS ? "more" : "no";
  return head !== null && isOperation(head.op) ? "yes" : "no";
}
