import type { ByteReader } from "../../bytes/reader.ts";
import { readTlv } from "../../bytes/der.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { SnmpAnalyzer } from "./analyzer.ts";
import { looksLikeSnmp, readSnmp } from "./message.ts";
import { snmpRecord } from "./records.ts";

/** Off the ports, the message must be whole, fill its datagram and hold a readable PDU. */
function probeSnmp(r: ByteReader, hint: ProbeHint): Verdict {
  if (!looksLikeSnmp(r)) return "no";
  if (hint.onPort) return "yes";
  const { source, pos, end } = r;
  const message = readSnmp(source, pos, end);
  const outer = readTlv(r);
  if (message === null || message.isMalformed || outer === null || outer.end !== end) return "no";
  return message.v3 !== null || (message.pdu !== null && message.pdu.bindings.length > 0) ? "yes" : "no";
}

/** The Simple Network Management Protocol, versions 1, 2c and 3. */
export const snmp: Protocol = {
  name: "snmp",
  specs: ["RFC 1157", "RFC 1901", "RFC 3412", "RFC 3414", "RFC 3416"],
  over: ["udp"],
  ports: [161, 162],
  probe: probeSnmp,
  open: (conn, out) => new SnmpAnalyzer(conn, out),
  records: [snmpRecord],
  weirds: ["asn_oid_subidentifier_too_long", "snmp_malformed_pdu", "snmp_unknown_pdu"],
};
