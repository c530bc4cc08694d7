import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { IpmiAnalyzer } from "./analyzer.ts";
import { readMessage, readRmcp } from "./packet.ts";
import { IPMI_RECORD } from "./records.ts";
import { OPEN_REQUEST, OPEN_RESPONSE } from "./session-setup.ts";
import { IPMI_WEIRDS } from "./weirds.ts";

/** Payload of an IPMI message. */
const MESSAGE = 0;

/** Management controllers: ASF, IPMI 1.5 and RMCP+ over RMCP. */
export const ipmi: Protocol = {
  name: "ipmi",
  specs: ["IPMI 2.0", "DSP0136"],
  over: ["udp"],
  ports: [623],
  probe,
  open: (conn, out) => new IpmiAnalyzer(conn, out),
  records: [IPMI_RECORD],
  weirds: IPMI_WEIRDS,
};

/** A whole RMCP datagram; on another port it must hold a message that can be checked too. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const packet = readRmcp(r);
  if (packet === null || packet.kind === "acknowledgement") return "no";
  if (packet.kind === "asf" || hint.onPort) return "yes";
  if (packet.payloadType === OPEN_REQUEST || packet.payloadType === OPEN_RESPONSE) return "yes";
  if (packet.payloadType !== MESSAGE || packet.isEncrypted) return "no";
  r.seek(packet.start, packet.end);
  return readMessage(r) === null ? "no" : "yes";
}
