import { IP_PROTO, IPV6_HEADER } from "./ipv6-chain.ts";
import { TUNNEL } from "./packet-batch.ts";

const LINK_ETHERNET = 1;
const LINK_RAW = 101;
const LINK_WIRELESS = 105;

/** Ports of the UDP tunnels, as Zeek registers them. */
export const TUNNEL_PORTS = {
  vxlan: 4789,
  geneve: 6081,
  teredo: 3544,
  gtpUser: 2152,
  gtpControl: 2123,
  ayiya: 5072,
} as const;

export function isTunnelPort(port: number): boolean {
  switch (port) {
    case TUNNEL_PORTS.vxlan:
    case TUNNEL_PORTS.geneve:
    case TUNNEL_PORTS.teredo:
    case TUNNEL_PORTS.gtpUser:
    case TUNNEL_PORTS.gtpControl:
    case TUNNEL_PORTS.ayiya:
      return true;
    default:
      return false;
  }
}

/**
 * Finds the packet inside a tunnel's packet. The results are fields, good if the method returned true.
 *
 * A tunnel is believed only if the packet inside it has a header that fits: a port alone proves nothing.
 */
export class TunnelHeader {
  /** Index into `TUNNELS`. */
  kind: number = TUNNEL.none;
  /** First octet of the inner packet. */
  at = 0;
  /** Link type of the inner packet. */
  linkType = LINK_RAW;
  /** Network or endpoint number of the tunnel, 0 where it has none. */
  network = 0;

  /** IP directly in IP (RFC 2003, RFC 4213). */
  ip(view: DataView, proto: number, at: number, end: number, wire: number): boolean {
    return this.#innerIp(view, TUNNEL.ip, at, end, wire, proto === IP_PROTO.ipv4 ? 4 : 6, true);
  }

  /** GRE (RFC 2784, RFC 2890), enhanced GRE of PPTP (RFC 2637), ERSPAN types I to III (draft-foschiano-erspan). */
  gre(view: DataView, at: number, end: number, wire: number): boolean {
    if (end - at < 4) return false;
    const flags = view.getUint16(at);
    const type = view.getUint16(at + 2);
    const version = flags & 7;
    if (version > 1 || (flags & 0x4078) !== 0) return false; // routing, reserved bits
    let pos = at + 4;
    if ((flags & 0x8000) !== 0) pos += 4;
    this.network = 0;
    if ((flags & 0x2000) !== 0) {
      if (end - pos < 4) return false;
      this.network = view.getUint32(pos);
      pos += 4;
    }
    if ((flags & 0x1000) !== 0) pos += 4;
    if ((flags & 0x0080) !== 0) pos += 4;
    if (version === 1) return type === 0x880b && this.#pptp(view, pos, end);
    switch (type) {
      case 0x0800:
        return this.#innerIp(view, TUNNEL.gre, pos, end, wire, 4, false);
      case 0x86dd:
        return this.#innerIp(view, TUNNEL.gre, pos, end, wire, 6, false);
      case 0x6558: // transparent Ethernet bridging
        return this.#inner(TUNNEL.gre, LINK_ETHERNET, pos, end, 14);
      case 0x88be: // ERSPAN: type II if there is a sequence number, else type I
        if ((flags & 0x1000) === 0) return this.#inner(TUNNEL.gre, LINK_ETHERNET, pos, end, 14);
        if (end - pos < 8) return false;
        this.network = view.getUint16(pos + 2) & 0x03ff;
        return this.#inner(TUNNEL.gre, LINK_ETHERNET, pos + 8, end, 14);
      case 0x22eb: {
        // ERSPAN type III, with an eight-octet subheader if its last bit says so
        if (end - pos < 12) return false;
        this.network = view.getUint16(pos + 2) & 0x03ff;
        const subheader = (view.getUint8(pos + 11) & 1) !== 0 ? 8 : 0;
        return this.#inner(TUNNEL.gre, LINK_ETHERNET, pos + 12 + subheader, end, 14);
      }
      default:
        // Aruba's access points put 802.11 frames behind numbers of their own.
        if (!isArubaType(type)) return false;
        return this.#inner(TUNNEL.gre, LINK_WIRELESS, pos, end, 24);
    }
  }

  /** A tunnel in a UDP datagram. `end` and `wire` are where its payload ends, captured and on the wire. */
  inUdp(view: DataView, srcPort: number, dstPort: number, at: number, end: number, wire: number): boolean {
    if (dstPort === TUNNEL_PORTS.vxlan || srcPort === TUNNEL_PORTS.vxlan) return this.#vxlan(view, at, end);
    if (dstPort === TUNNEL_PORTS.geneve || srcPort === TUNNEL_PORTS.geneve) return this.#geneve(view, at, end, wire);
    if (dstPort === TUNNEL_PORTS.teredo || srcPort === TUNNEL_PORTS.teredo) return this.#teredo(view, at, end, wire);
    if (isGtpPort(dstPort) || isGtpPort(srcPort)) return this.#gtp(view, at, end, wire);
    if (dstPort === TUNNEL_PORTS.ayiya || srcPort === TUNNEL_PORTS.ayiya) return this.#ayiya(view, at, end, wire);
    // Teredo between clients uses any port (RFC 4380 5.2): an address of its prefix or its own headers give it away.
    if (end - at < IPV6_HEADER) return false;
    const first = view.getUint16(at);
    return (first < 2 || (first >> 12 === 6 && isTeredoPacket(view, at))) && this.#teredo(view, at, end, wire);
  }

  /** PPTP: a PPP frame behind the header, address and control field possibly left out. */
  #pptp(view: DataView, at: number, end: number): boolean {
    if (end - at < 4) return false;
    const compressed = view.getUint16(at) !== 0xff03;
    const protocol = view.getUint16(compressed ? at : at + 2);
    if (protocol !== 0x0021 && protocol !== 0x0057) return false;
    return this.#inner(TUNNEL.gre, LINK_RAW, at + (compressed ? 2 : 4), end, 20);
  }

  /** RFC 7348 5 */
  #vxlan(view: DataView, at: number, end: number): boolean {
    if (end - at < 8 || (view.getUint8(at) & 0x08) === 0) return false;
    this.network = view.getUint32(at + 4) >>> 8;
    return this.#inner(TUNNEL.vxlan, LINK_ETHERNET, at + 8, end, 14);
  }

  /** RFC 8926 3.4 */
  #geneve(view: DataView, at: number, end: number, wire: number): boolean {
    if (end - at < 8 || view.getUint8(at) >> 6 !== 0) return false;
    const pos = at + 8 + (view.getUint8(at) & 0x3f) * 4;
    this.network = view.getUint32(at + 4) >>> 8;
    switch (view.getUint16(at + 2)) {
      case 0x6558:
        return this.#inner(TUNNEL.geneve, LINK_ETHERNET, pos, end, 14);
      case 0x0800:
        return this.#innerIp(view, TUNNEL.geneve, pos, end, wire, 4, false);
      case 0x86dd:
        return this.#innerIp(view, TUNNEL.geneve, pos, end, wire, 6, false);
      default:
        return false;
    }
  }

  /** Authentication and origin indication may come first, in this order. RFC 4380 5.1.1 */
  #teredo(view: DataView, at: number, end: number, wire: number): boolean {
    let pos = at;
    this.network = 0;
    if (end - pos >= 4 && view.getUint16(pos) === 1) pos += 4 + view.getUint8(pos + 2) + view.getUint8(pos + 3) + 9;
    if (end - pos >= 8 && view.getUint16(pos) === 0) pos += 8;
    if (end - pos < IPV6_HEADER || view.getUint8(pos) >> 4 !== 6) return false;
    const length = IPV6_HEADER + view.getUint16(pos + 4);
    // A bubble (no next header) may be followed by anything; other packets must fill the datagram.
    const isBubble = view.getUint8(pos + 6) === IP_PROTO.none && length === IPV6_HEADER;
    if (!isBubble && length !== wire - pos) return false;
    return this.#inner(TUNNEL.teredo, LINK_RAW, pos, end, IPV6_HEADER);
  }

  /** GTP version 1, user plane. 3GPP TS 29.281 5.1 */
  #gtp(view: DataView, at: number, end: number, wire: number): boolean {
    if (end - at < 8) return false;
    const flags = view.getUint8(at);
    if ((flags & 0xf0) !== 0x30 || view.getUint8(at + 1) !== 0xff) return false; // version 1, GTP, G-PDU
    this.network = view.getUint32(at + 4);
    let pos = at + 8;
    if ((flags & 0x07) !== 0) {
      if (end - pos < 4) return false;
      let extension = (flags & 0x04) !== 0 ? view.getUint8(pos + 3) : 0;
      pos += 4;
      for (let i = 0; extension !== 0; i++) {
        if (i >= 8 || end - pos < 4) return false;
        const octets = view.getUint8(pos) * 4;
        if (octets === 0 || octets > end - pos) return false;
        extension = view.getUint8(pos + octets - 1);
        pos += octets;
      }
    }
    if (end - pos < 1) return false;
    const version = view.getUint8(pos) >> 4;
    return (version === 4 || version === 6) && this.#innerIp(view, TUNNEL.gtp, pos, end, wire, version, true);
  }

  /** draft-massar-v6ops-ayiya-02 3 */
  #ayiya(view: DataView, at: number, end: number, wire: number): boolean {
    if (end - at < 8) return false;
    const identity = 1 << (view.getUint8(at) >> 4);
    const signature = (view.getUint8(at + 1) >> 4) * 4;
    const opcode = view.getUint8(at + 2) & 0x0f;
    const next = view.getUint8(at + 3);
    if (opcode !== 1 || (next !== IP_PROTO.ipv4 && next !== IP_PROTO.ipv6)) return false;
    this.network = 0;
    return this.#innerIp(
      view,
      TUNNEL.ayiya,
      at + 8 + identity + signature,
      end,
      wire,
      next === IP_PROTO.ipv4 ? 4 : 6,
      true,
    );
  }

  #inner(kind: number, linkType: number, at: number, end: number, octets: number): boolean {
    if (end - at < octets) return false;
    this.kind = kind;
    this.linkType = linkType;
    this.at = at;
    return true;
  }

  /** @param exact The inner packet must fill what carries it, as Zeek demands of these tunnels. */
  #innerIp(
    view: DataView,
    kind: number,
    at: number,
    end: number,
    wire: number,
    version: number,
    exact: boolean,
  ): boolean {
    if (end - at < (version === 4 ? 20 : IPV6_HEADER) || view.getUint8(at) >> 4 !== version) return false;
    const length = version === 4 ? view.getUint16(at + 2) : IPV6_HEADER + view.getUint16(at + 4);
    if (exact ? length !== wire - at : length > wire - at) return false;
    if (kind === TUNNEL.ip) this.network = 0;
    return this.#inner(kind, LINK_RAW, at, end, 20);
  }
}

/** GRE protocol types that Aruba uses, as Zeek tells them. */
function isArubaType(type: number): boolean {
  if (type === 0x9000) return true;
  return (type & 0x000f) === 0 && ((type & 0xff00) === 0x8200 || (type >= 0x8300 && type <= 0x8370));
}

function isGtpPort(port: number): boolean {
  return port === TUNNEL_PORTS.gtpUser || port === TUNNEL_PORTS.gtpControl;
}

/** True if an address of the IPv6 header at `at` has the Teredo prefix 2001:0::/32. */
function isTeredoPacket(view: DataView, at: number): boolean {
  return view.getUint32(at + 8) === 0x20010000 || view.getUint32(at + 24) === 0x20010000;
}
