import type { Protocol } from "../protocol.ts";
import { DnsAnalyzer } from "./analyzer.ts";
import { probeDns } from "./probe.ts";
import { DNS_RECORD } from "./records.ts";
import { DNS_WEIRDS } from "./weirds.ts";

/** DNS, multicast DNS, LLMNR and the NetBIOS name service. */
export const dns: Protocol = {
  name: "dns",
  specs: ["RFC 1035", "RFC 1002", "RFC 2136", "RFC 6891", "RFC 6762", "RFC 4795", "RFC 9460"],
  over: ["tcp", "udp"],
  ports: [53, 137, 5353, 5355],
  probe: probeDns,
  open: (conn, out) => new DnsAnalyzer(conn, out),
  records: [DNS_RECORD],
  weirds: DNS_WEIRDS,
};
