import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { QuicAnalyzer } from "./analyzer.ts";
import { isReadableVersion } from "./initial-keys.ts";
import { isLongHeader, readLongPacket } from "./packet.ts";
import { QUIC_RECORD } from "./records.ts";

/** Shortest connection id that a client may send its first packet to. RFC 9000 7.2 */
const MIN_DESTINATION = 8;

/** QUIC, versions 1 and 2 and late drafts. */
export const quic: Protocol = {
  name: "quic",
  specs: ["RFC 9000", "RFC 9001", "RFC 9369"],
  over: ["udp"],
  ports: [443, 784, 853],
  probe,
  open: (conn, out) => new QuicAnalyzer(conn, out),
  records: [QUIC_RECORD],
  weirds: ["QUIC_many_protocols", "QUIC_max_history_length_reached", "QUIC_spurious_short_packet_threshold_crossed"],
};

/** A client's Initial packet; the server's are only known by the keys the client's give. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator || !isLongHeader(r)) return "no";
  const start = r.pos;
  const packet = readLongPacket(r, isReadableVersion);
  r.seek(start);
  if (packet === null || packet.version === 0) return "no";
  if (packet.type === "unknown") return hint.onPort && packet.destination.length > 0 ? "yes" : "no";
  return packet.destination.length >= MIN_DESTINATION && (packet.type === "initial" || hint.onPort) ? "yes" : "no";
}
