import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { DhcpAnalyzer } from "./analyzer.ts";
import { looksLikeDhcp, readDhcpMessage } from "./message.ts";
import { dhcpRecord } from "./records.ts";
import { DHCP_WEIRDS } from "./weirds.ts";

/** The magic cookie is proof enough on the usual ports; elsewhere the options must hold together too. */
function probeDhcp(r: ByteReader, hint: ProbeHint): Verdict {
  if (!looksLikeDhcp(r)) return "no";
  if (hint.onPort) return "yes";
  const message = readDhcpMessage(r);
  return message !== null && message.type !== 0 && !message.isCut ? "yes" : "no";
}

/** DHCP, and BOOTP with DHCP's options. */
export const dhcp: Protocol = {
  name: "dhcp",
  specs: ["RFC 2131", "RFC 2132", "RFC 3046", "RFC 4702"],
  over: ["udp"],
  ports: [67, 68, 4011],
  probe: probeDhcp,
  open: (conn, out) => new DhcpAnalyzer(conn, out),
  records: [dhcpRecord],
  weirds: DHCP_WEIRDS,
};
