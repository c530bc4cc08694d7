/** What the decoder saw, for the coverage statement. Numbers of frames unless the name says otherwise. */
export interface DecodeCounters {
  frames: number;
  /** Packets found, those inside tunnels included. */
  packets: number;
  innerPackets: number;
  arp: number;
  /** Addresses, questions and claims of ARP that were forgotten too early because there were too many. */
  arpForgotten: number;
  /** Frames that carry neither ARP nor IP, by Ethernet type (or PPP protocol). */
  readonly otherTypes: Map<number, number>;
  /** Frames by link type. */
  readonly linkTypes: Map<number, number>;
  /** Frames of a link type that is not read, by its name: "IEEE 802.5 Token Ring (LINKTYPE 6)". */
  readonly unsupported: Map<string, number>;
  /** Frames whose link-layer headers do not fit into them. */
  malformedLink: number;
  /** IP headers that are cut, contradict themselves, or claim more than the frame has. */
  malformedIp: number;
  /** Transport headers that are cut or contradict themselves. */
  malformedTransport: number;
  /** With `verifyChecksums`: packets left out because the IPv4 header checksum does not fit. */
  badIpChecksum: number;
  badTransportChecksum: number;
  /** Packets of which fewer octets were captured than they had. */
  cut: number;
  fragments: number;
  /** Datagrams put together. */
  reassembled: number;
  /** Datagrams given up because their parts came too far apart. */
  fragmentsExpired: number;
  /** Datagrams given up because too many were open, or because one had too many or contradicting parts. */
  fragmentsDropped: number;
  /** Fragments with octets that an earlier one had otherwise. The earlier octets are kept. */
  fragmentContradictions: number;
  /** Datagrams that still lack parts. */
  fragmentsPending: number;
  /** Packets whose inner packet was left alone because tunnels nest too deep. */
  tooDeep: number;
  /** Tunnels forgotten because too many were open. */
  tunnelsDropped: number;
}

export function newDecodeCounters(): DecodeCounters {
  return {
    frames: 0,
    packets: 0,
    innerPackets: 0,
    arp: 0,
    arpForgotten: 0,
    otherTypes: new Map(),
    linkTypes: new Map(),
    unsupported: new Map(),
    malformedLink: 0,
    malformedIp: 0,
    malformedTransport: 0,
    badIpChecksum: 0,
    badTransportChecksum: 0,
    cut: 0,
    fragments: 0,
    reassembled: 0,
    fragmentsExpired: 0,
    fragmentsDropped: 0,
    fragmentContradictions: 0,
    fragmentsPending: 0,
    tooDeep: 0,
    tunnelsDropped: 0,
  };
}

/** Link types that are recognised and not read. https://www.tcpdump.org/linktypes.html */
const NAMES: ReadonlyMap<number, string> = new Map([
  [3, "AX.25"],
  [6, "IEEE 802.5 Token Ring"],
  [7, "ARCNET"],
  [8, "SLIP"],
  [100, "LLC/SNAP ATM"],
  [107, "Frame Relay"],
  [114, "LocalTalk"],
  [117, "OpenBSD PF log"],
  [119, "IEEE 802.11 with Prism header"],
  [122, "IP over Fibre Channel"],
  [123, "SunATM"],
  [138, "IP over IEEE 1394"],
  [140, "SS7 MTP2"],
  [141, "SS7 MTP3"],
  [142, "SS7 SCCP"],
  [143, "DOCSIS"],
  [144, "Linux IrDA"],
  [147, "user-defined 0"],
  [163, "IEEE 802.11 with AVS header"],
  [187, "Bluetooth HCI H4"],
  [189, "USB (Linux, short header)"],
  [192, "Per-Packet Information"],
  [195, "IEEE 802.15.4"],
  [201, "Bluetooth HCI H4 with direction"],
  [209, "Linux I2C / IPMB"],
  [220, "USB (Linux)"],
  [224, "Fibre Channel FC-2"],
  [227, "SocketCAN"],
  [247, "InfiniBand"],
  [249, "USBPcap"],
  [251, "Bluetooth Low Energy"],
  [253, "Linux netlink"],
  [254, "Bluetooth Linux monitor"],
  [258, "Apple PKTAP"],
]);

/** Name of a link type as the counters use it. */
export function linkTypeName(linkType: number): string {
  const name = NAMES.get(linkType);
  return name === undefined ? `LINKTYPE ${linkType}` : `${name} (LINKTYPE ${linkType})`;
}

export function countUnsupported(counters: DecodeCounters, linkType: number): void {
  const name = linkTypeName(linkType);
  counters.unsupported.set(name, (counters.unsupported.get(name) ?? 0) + 1);
}

/** Counts the link types of `count` frames; they come in long runs. */
export function countLinkTypes(counters: DecodeCounters, linkType: Uint16Array, count: number): void {
  for (let i = 0; i < count;) {
    const type = linkType[i]!;
    let next = i + 1;
    while (next < count && linkType[next] === type) next++;
    counters.linkTypes.set(type, (counters.linkTypes.get(type) ?? 0) + next - i);
    i = next;
  }
}
