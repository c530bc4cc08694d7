import { NO_OFFSET, NO_VLAN } from "./packet-batch.ts";

/** What a link layer was found to carry. */
export const NETWORK = { other: 0, arp: 1, ipv4: 2, ipv6: 3, malformed: 4, unsupported: 5 } as const;
export type Network = (typeof NETWORK)[keyof typeof NETWORK];

const ETHERNET_HEADER = 14;
/** RFC 2516 4 */
const PPPOE_HEADER = 6;
/** Tags and labels looked through in one frame, so that a crafted frame cannot keep us busy. */
const MAX_TAGS = 16;

/** Ethernet types. https://www.iana.org/assignments/ieee-802-numbers */
const TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  transEther: 0x6558,
  dot1q: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  dot1ad: 0x88a8,
  dot1ah: 0x88e7,
  vnTag: 0x8926,
  qinqOld1: 0x9100,
  qinqOld2: 0x9200,
} as const;

/** PPP protocol numbers (RFC 1661, RFC 5072, RFC 3032). */
const PPP = { ipv4: 0x0021, ipv6: 0x0057, mpls: 0x0281, mplsMulticast: 0x0283 } as const;

/** Something wrong with a frame's link layers. */
export interface LinkFault {
  readonly name: string;
  readonly source: string;
  readonly addl: string | null;
}

const TRIPLE_TAG: LinkFault = {
  name: "triple_tagged_vlan_unsupported",
  source: "VLAN",
  addl: "inner VLAN tag overwritten",
};

/**
 * Looks through a frame's link layers up to ARP or IP. One object serves a whole run; results are its fields.
 *
 * Every read stays below the `end` given to `walk`; a header that does not fit gives `NETWORK.malformed`.
 */
export class LinkLayer {
  /** First octet of what the link layer carries, and the place behind its last one. */
  at = 0;
  end = 0;
  vlan: number = NO_VLAN;
  innerVlan: number = NO_VLAN;
  macAt: number = NO_OFFSET;
  /** What is wrong with the link layers, by Zeek's name, with detail and Zeek's analyzer; null if nothing that has a name. */
  fault: LinkFault | null = null;
  /** Ethernet (or PPP) type that was not understood. */
  type = 0;

  #view: DataView = new DataView(new ArrayBuffer(0));
  #tags = 0;

  /** @param linkType LINKTYPE_* of https://www.tcpdump.org/linktypes.html */
  walk(view: DataView, linkType: number, at: number, end: number): Network {
    this.#view = view;
    this.end = end;
    this.#tags = 0;
    this.vlan = NO_VLAN;
    this.innerVlan = NO_VLAN;
    this.macAt = NO_OFFSET;
    this.type = 0;
    this.fault = null;
    this.at = at;
    switch (linkType) {
      case 1: // ETHERNET
        return this.#ethernet(at);
      case 0: // NULL: address family in the byte order of the capturing host
      case 108: // LOOP: the same in network order
        return this.#family(at);
      case 10: // FDDI: frame control, addresses (on the wire's bit order, so not worth keeping), IEEE 802.2
        return this.#llc(at + 13);
      case 105: // IEEE802_11
        return this.#wireless(at);
      case 127: // IEEE802_11_RADIOTAP: its length comes third
        return this.#has(at, 8) ? this.#wireless(at + view.getUint16(at + 2, true)) : NETWORK.malformed;
      case 9: // PPP
      case 50: // PPP_HDLC
        return this.#ppp(at);
      case 51: // PPP_ETHER
        return this.#pppoe(at);
      case 104: // C_HDLC: address, control, Ethernet type
        return this.#has(at, 4) ? this.#ethertype(view.getUint16(at + 2), at + 4) : NETWORK.malformed;
      case 113: // LINUX_SLL
        return this.#has(at, 16)
          ? this.#cooked(view.getUint16(at + 2), view.getUint16(at + 14), at + 16)
          : NETWORK.malformed;
      case 276: // LINUX_SLL2
        return this.#has(at, 20)
          ? this.#cooked(view.getUint16(at + 8), view.getUint16(at), at + 20)
          : NETWORK.malformed;
      case 12:
      case 14: // RAW as some systems number it
      case 101: // RAW
        return this.#raw(at);
      case 204: // PPP_PPPD: direction, then PPP
        return this.#ppp(at + 1);
      case 228:
        return NETWORK.ipv4;
      case 229:
        return NETWORK.ipv6;
      case 239:
        return this.#nflog(at);
      default:
        return NETWORK.unsupported;
    }
  }

  #has(at: number, octets: number): boolean {
    return octets <= this.end - at;
  }

  #ethernet(at: number): Network {
    if (!this.#has(at, ETHERNET_HEADER)) return this.#malformed("truncated_ethernet_frame", "ETHERNET");
    if (this.macAt === NO_OFFSET) this.macAt = at;
    return this.#ethertype(this.#view.getUint16(at + 12), at + ETHERNET_HEADER);
  }

  #ethertype(first: number, from: number): Network {
    const view = this.#view;
    let type = first;
    let at = from;
    for (; this.#tags < MAX_TAGS; this.#tags++) {
      switch (type) {
        case TYPE.ipv4:
          this.at = at;
          return NETWORK.ipv4;
        case TYPE.ipv6:
          this.at = at;
          return NETWORK.ipv6;
        case TYPE.arp:
          this.at = at;
          return NETWORK.arp;
        case TYPE.dot1q:
        case TYPE.dot1ad:
        case TYPE.qinqOld1:
        case TYPE.qinqOld2: {
          if (!this.#has(at, 4)) return NETWORK.malformed;
          const id = view.getUint16(at) & 0x0fff;
          if (this.vlan === NO_VLAN) this.vlan = id;
          else {
            if (this.innerVlan !== NO_VLAN) this.fault = TRIPLE_TAG;
            this.innerVlan = id;
          }
          type = view.getUint16(at + 2);
          at += 4;
          break;
        }
        case TYPE.vnTag:
          if (!this.#has(at, 6)) return NETWORK.malformed;
          type = view.getUint16(at + 4);
          at += 6;
          break;
        case TYPE.dot1ah: // I-tag, then a whole Ethernet frame
          if (!this.#has(at, 4)) return NETWORK.malformed;
          this.#tags++;
          return this.#ethernet(at + 4);
        case TYPE.transEther:
          this.#tags++;
          return this.#ethernet(at);
        case TYPE.mpls:
        case TYPE.mplsMulticast:
          return this.#mpls(at);
        case TYPE.pppoeSession:
          return this.#pppoe(at);
        default:
          if (type >= 0x600) {
            this.type = type;
            this.at = at;
            return NETWORK.other;
          }
          this.#tags++;
          return this.#llc(at); // a length
      }
    }
    this.at = at;
    return this.#malformed("max_packet_analyzer_depth_exceeded", "ETHERNET");
  }

  #malformed(name: string, source: string, addl: string | null = null): Network {
    this.fault = { name, source, addl };
    return NETWORK.malformed;
  }

  /** IEEE 802.2: only SNAP names an Ethernet type (RFC 1042). */
  #llc(at: number): Network {
    const view = this.#view;
    this.at = at;
    if (!this.#has(at, 8) || view.getUint16(at) !== 0xaaaa || view.getUint8(at + 2) !== 3) return NETWORK.other;
    const type = view.getUint16(at + 6);
    return type < 0x600 ? NETWORK.other : this.#ethertype(type, at + 8);
  }

  /** IEEE 802.11-2020 9.2: data frames that are not encrypted; of an aggregate the first one. */
  #wireless(from: number): Network {
    const view = this.#view;
    this.at = from;
    if (!this.#has(from, 24)) return this.#has(from, 2) ? NETWORK.other : NETWORK.malformed;
    const control = view.getUint8(from);
    const flags = view.getUint8(from + 1);
    const isData = (control & 0x0c) === 0x08 && (control & 0x40) === 0;
    if (!isData || (flags & 0x40) !== 0) return NETWORK.other;
    let at = from + 24;
    if ((flags & 0x03) === 0x03) at += 6; // from one access point to another: a fourth address
    if ((control & 0x80) !== 0) {
      // Quality of service: two octets, four more if an HT control field follows.
      if (!this.#has(at, 2)) return NETWORK.malformed;
      const isAggregate = (view.getUint8(at) & 0x80) !== 0;
      at += (flags & 0x80) !== 0 ? 6 : 2;
      if (isAggregate) at += 14;
    }
    return this.#llc(at);
  }

  /** Label stack (RFC 3032), then IP by its version, or an Ethernet pseudo-wire with or without control word (RFC 4448). */
  #mpls(from: number): Network {
    const view = this.#view;
    let at = from;
    for (; ; at += 4, this.#tags++) {
      if (!this.#has(at, 4) || this.#tags >= MAX_TAGS) return NETWORK.malformed;
      if ((view.getUint8(at + 2) & 1) !== 0) break;
    }
    at += 4;
    this.#tags++;
    if (!this.#has(at, 1)) return NETWORK.malformed;
    switch (view.getUint8(at) >> 4) {
      case 4:
        this.at = at;
        return NETWORK.ipv4;
      case 6:
        this.at = at;
        return NETWORK.ipv6;
      case 0:
        // A control word, unless what follows the label is itself a frame whose address begins with a 0.
        return this.#looksLikeEthernet(at + 4) || !this.#looksLikeEthernet(at)
          ? this.#ethernet(at + 4)
          : this.#ethernet(at);
      default:
        return this.#looksLikeEthernet(at) ? this.#ethernet(at) : NETWORK.other;
    }
  }

  #looksLikeEthernet(at: number): boolean {
    if (!this.#has(at, ETHERNET_HEADER)) return false;
    switch (this.#view.getUint16(at + 12)) {
      case TYPE.ipv4:
      case TYPE.ipv6:
      case TYPE.arp:
      case TYPE.dot1q:
      case TYPE.dot1ad:
      case TYPE.mpls:
      case TYPE.pppoeSession:
        return true;
      default:
        return false;
    }
  }

  /** PPPoE session header (RFC 2516 4), then PPP without address and control. */
  #pppoe(at: number): Network {
    if (!this.#has(at, PPPOE_HEADER + 3)) return this.#malformed("truncated_pppoe_header", "PPPOE");
    if (this.#view.getUint8(at + 1) !== 0) return NETWORK.other; // discovery
    const payload = at + PPPOE_HEADER;
    const end = payload + this.#view.getUint16(at + 4);
    if (end > this.end) this.fault = { name: "pppoe_truncated_payload", source: "PPPOE", addl: null };
    else if (end < this.end) {
      this.fault = { name: "pppoe_extra_data_after_payload", source: "PPPOE", addl: null };
      this.end = end;
    }
    return this.#ppp(payload);
  }

  #ppp(from: number): Network {
    const view = this.#view;
    let at = from;
    if (this.#has(at, 2) && view.getUint16(at) === 0xff03) at += 2;
    if (!this.#has(at, 1)) return NETWORK.malformed;
    let protocol = view.getUint8(at);
    if ((protocol & 1) !== 0) {
      at += 1; // protocol field compression (RFC 1661 6.5)
    } else {
      if (!this.#has(at, 2)) return NETWORK.malformed;
      protocol = view.getUint16(at);
      at += 2;
    }
    this.at = at;
    this.type = protocol;
    switch (protocol) {
      case PPP.ipv4:
        return NETWORK.ipv4;
      case PPP.ipv6:
        return NETWORK.ipv6;
      case PPP.mpls:
      case PPP.mplsMulticast:
        return this.#mpls(at);
      default:
        return NETWORK.other;
    }
  }

  /** BSD loopback: values of AF_INET and AF_INET6 of the systems that write it. */
  #family(at: number): Network {
    if (!this.#has(at, 4)) return NETWORK.malformed;
    const big = this.#view.getUint32(at);
    const family = big > 0xffff ? this.#view.getUint32(at, true) : big;
    this.at = at + 4;
    this.type = family;
    switch (family) {
      case 2:
        return NETWORK.ipv4;
      case 10: // Linux
      case 23: // Windows
      case 24: // OpenBSD, NetBSD
      case 28: // FreeBSD
      case 30: // Darwin
        return NETWORK.ipv6;
      default:
        return NETWORK.other;
    }
  }

  #cooked(hardware: number, protocol: number, at: number): Network {
    this.at = at;
    this.type = protocol;
    // ARPHRD values whose protocol field is no Ethernet type: netlink, frame relay, 802.11 (tcpdump's page on SLL).
    if (hardware === 824 || hardware === 801 || hardware === 802 || hardware === 803) return NETWORK.other;
    return this.#ethertype(protocol, at);
  }

  #raw(at: number): Network {
    if (!this.#has(at, 1)) return NETWORK.malformed;
    this.at = at;
    switch (this.#view.getUint8(at) >> 4) {
      case 4:
        return NETWORK.ipv4;
      case 6:
        return NETWORK.ipv6;
      default:
        return NETWORK.malformed;
    }
  }

  /** Netfilter log: values of which number 9 is the packet. https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html */
  #nflog(from: number): Network {
    const view = this.#view;
    if (!this.#has(from, 4) || view.getUint8(from + 1) !== 0) return NETWORK.malformed;
    const family = view.getUint8(from);
    let at = from + 4;
    while (this.#has(at, 4)) {
      // Lengths are in the byte order of the capturing host; a value above 0xff00 is one of the other order.
      const little = view.getUint16(at, true);
      const swapped = (view.getUint16(at + 2, true) & 0x7fff) > 0xff;
      const length = swapped ? view.getUint16(at) : little;
      const type = view.getUint16(at + 2, !swapped) & 0x7fff;
      const left = this.end - at;
      if (length < 4 || length > left)
        return this.#malformed("nflog_bad_tlv_len", "NFLOG", length > left ? `(${length} > ${left})` : null);
      if (type === 9) {
        this.at = at + 4;
        if (family === 2) return NETWORK.ipv4;
        return family === 10 ? NETWORK.ipv6 : NETWORK.other;
      }
      at += (length + 3) & ~3;
    }
    return NETWORK.malformed;
  }
}
