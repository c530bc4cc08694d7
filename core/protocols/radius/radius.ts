import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { RadiusAnalyzer } from "./analyzer.ts";
import { ATTR, CODE, isCode, readRadius } from "./message.ts";
import { radiusAccounting, radiusRecord } from "./records.ts";

/** What can be wrong in RADIUS. */
export const RADIUS_WEIRDS = [
  /** A datagram that is no RADIUS packet. */
  "radius_message_malformed",
  /** Attributes that do not fill the packet, or a packet that is cut short. */
  "radius_attributes_malformed",
] as const;

/** RADIUS over UDP: authentication, accounting, and its ports of old. */
export const radius: Protocol = {
  name: "radius",
  specs: ["RFC 2865", "RFC 2866", "RFC 2869", "RFC 3579", "RFC 5176"],
  over: ["udp"],
  ports: [1812, 1813, 1645, 1646, 1700, 3799],
  probe,
  open: (conn, out) => new RadiusAnalyzer(conn, out),
  records: [radiusRecord, radiusAccounting],
  weirds: RADIUS_WEIRDS,
};

/** Attributes of which a request has one: who asks. RFC 2865 4.1, RFC 2866 4.1 */
const ASKERS: readonly number[] = [ATTR.nasAddress, ATTR.nasIdentifier, 95];

/** On its ports a packet whose attributes fill it; elsewhere only a request that says who asks. */
function probe(r: ByteReader, { onPort }: ProbeHint): Verdict {
  const octets = r.left;
  const length = r.peekU16be(2);
  const message = readRadius(r);
  if (message === null || !isCode(message.code) || message.isMalformed || length !== octets) return "no";
  if (onPort) return "yes";
  const isRequest = message.code === CODE.accessRequest || message.code === CODE.accountingRequest;
  return isRequest && ASKERS.some((type) => message.attributes.has(type)) ? "yes" : "no";
}
