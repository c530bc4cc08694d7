import type { RecordType } from "../records/record-type.ts";
import { recordType } from "../records/record-type.ts";

const CONN = "Zeek scripts/base/protocols/conn/main.zeek";

/** One connection of the network, as Zeek's conn.log has it. Written when the connection is over; its `n` is 0. */
export const conn = recordType({
  name: "conn",
  text: "A connection: all packets between two addresses and ports, from the first until its end or a silence",
  version: 1,
  layout: "connection",
  columns: {
    proto: {
      kind: "enum",
      text: "Transport protocol: tcp, udp, icmp, or unknown_transport for the rest",
      example: "tcp",
      source: CONN,
    },
    service: {
      kind: "string",
      joined: true,
      text: "Application protocols that were recognised by their octets, comma between them",
      example: "gssapi,smb",
      source: CONN,
    },
    duration: {
      kind: "interval",
      text: "Time from the first to the last packet that counts; unset if that is 0",
      unit: "ns",
      source: CONN,
    },
    orig_bytes: {
      kind: "count",
      text: "Payload the originator sent; TCP: by sequence numbers, so octets that were not captured count too",
      unit: "octets",
      source: CONN,
    },
    resp_bytes: {
      kind: "count",
      text: "Payload the responder sent, measured as orig_bytes is",
      unit: "octets",
      source: CONN,
    },
    conn_state: {
      kind: "string",
      text: "How it began and ended: S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH",
      example: "SF",
      source: CONN,
    },
    local_orig: {
      kind: "bool",
      text: "Whether the originator's address is one that is not routed on the Internet",
      source: CONN,
    },
    local_resp: {
      kind: "bool",
      text: "Whether the responder's address is one that is not routed on the Internet",
      source: CONN,
    },
    missed_bytes: {
      kind: "count",
      text: "Payload that was acknowledged but never captured; any value but 0 means that analysis may have missed something",
      unit: "octets",
      source: CONN,
    },
    history: {
      kind: "string",
      text: "What happened in order, upper case by the originator: s SYN, h SYN+ACK, a ACK, d data, f FIN, r RST, c bad checksum, g gap, t retransmission, w zero window, i and q odd flags, ^ roles swapped",
      example: "ShADadFf",
      source: CONN,
    },
    orig_pkts: { kind: "count", text: "Packets the originator sent", unit: "packets", source: CONN },
    orig_ip_bytes: { kind: "count", text: "Length of those packets by their IP headers", unit: "octets", source: CONN },
    resp_pkts: { kind: "count", text: "Packets the responder sent", unit: "packets", source: CONN },
    resp_ip_bytes: { kind: "count", text: "Length of those packets by their IP headers", unit: "octets", source: CONN },
    tunnel_parents: {
      kind: "set[string]",
      text: "uid of each tunnel that directly carried the connection",
      source: CONN,
      example: "C4J4Th3PJpwU",
    },
    ip_proto: { kind: "count", text: "Protocol number of the IP header", example: "6", source: CONN },
    orig_l2_addr: {
      kind: "string",
      own: true,
      text: "Originator's MAC address in the first packet",
      example: "00:50:56:9a:11:02",
    },
    resp_l2_addr: {
      kind: "string",
      own: true,
      text: "Responder's MAC address in the first packet",
      example: "00:50:56:9a:11:07",
    },
    vlan: {
      kind: "count",
      own: true,
      text: "VLAN of the first packet, the outer one if there are two",
      source: "IEEE 802.1Q",
      example: "20",
    },
    inner_vlan: {
      kind: "count",
      own: true,
      text: "Inner VLAN of the first packet",
      source: "IEEE 802.1ad",
      example: "101",
    },
    community_id: {
      kind: "string",
      own: true,
      text: "Community ID, version 1, seed 0: the same connection in other tools' logs has the same",
      example: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
      source: "github.com/corelight/community-id-spec",
    },
    saw_start: {
      kind: "bool",
      own: true,
      text: "Whether the capture holds its beginning (TCP: a SYN or SYN+ACK came first)",
    },
    skipped_bytes: {
      kind: "count",
      own: true,
      text: "Bulk payload that no analyzer asked for and that was passed over",
      unit: "octets",
    },
    sealed_bytes: { kind: "count", own: true, text: "Payload known to be encrypted", unit: "octets" },
    cut_bytes: { kind: "count", own: true, text: "Payload that the capture's snap length cut off", unit: "octets" },
    duplicate_pkts: {
      kind: "count",
      own: true,
      text: "Packets that are further copies of one, as a mirror port makes them; counted in orig_pkts and resp_pkts, but analysed once",
      unit: "packets",
    },
  },
});

/** A tunnel that carries other packets, as Zeek's tunnel.log has it. */
export const tunnel = recordType({
  name: "tunnel",
  text: "A tunnel was seen to carry packets, or ended",
  version: 1,
  layout: "connection",
  columns: {
    tunnel_type: {
      kind: "enum",
      text: "Kind of tunnel: Tunnel::IP, GRE, VXLAN, GENEVE, TEREDO, GTPv1, AYIYA; SOCKS and HTTP for proxies",
      example: "Tunnel::GRE",
      source: "Zeek scripts/base/frameworks/tunnels/main.zeek",
    },
    action: {
      kind: "enum",
      text: "Tunnel::DISCOVER with its first packet, Tunnel::CLOSE when its connection is over, Tunnel::EXPIRE after a long silence",
      source: "Zeek scripts/base/frameworks/tunnels/main.zeek",
    },
    network: {
      kind: "count",
      own: true,
      text: "Network number of its first packet: VXLAN or GENEVE VNI, GRE key, ERSPAN session, GTP endpoint",
      example: "5010",
    },
    packets: { kind: "count", own: true, text: "Packets it carried so far", unit: "packets", example: "412" },
    tunnel_parents: {
      kind: "set[string]",
      own: true,
      text: "uid of each tunnel that carries this one",
      example: "C4J4Th3PJpwU",
    },
  },
});

/** Something that should not be, as Zeek's weird.log has it. */
export const weird = recordType({
  name: "weird",
  text: "Something that a protocol does not allow or that is seldom seen without a reason",
  version: 1,
  layout: "connection",
  columns: {
    name: {
      kind: "string",
      text: "What was seen, by a fixed name",
      example: "SYN_seq_jump",
      source: "Zeek scripts/base/frameworks/notice/weird.zeek",
    },
    addl: {
      kind: "string",
      text: "Further detail, if there is any",
      source: "Zeek scripts/base/frameworks/notice/weird.zeek",
    },
    notice: {
      kind: "bool",
      text: "Whether it was also raised as a notice; here never",
      source: "Zeek scripts/base/frameworks/notice/weird.zeek",
    },
    peer: {
      kind: "string",
      text: "Program that saw it",
      example: "backtrail",
      source: "Zeek scripts/base/frameworks/notice/weird.zeek",
    },
    source: {
      kind: "string",
      text: "Protocol whose rules it breaks",
      example: "TCP",
      source: "Zeek scripts/base/frameworks/notice/weird.zeek",
    },
  },
});

export const NET_RECORDS: readonly RecordType[] = [conn, tunnel, weird];
