import { IPV6_HEADER } from "./ipv6-chain.ts";
import { LinkLayer, NETWORK } from "./link-layer.ts";

const ARP_ETHERNET = 28;

/** Octets of transport headers of a fixed length, by protocol number: ICMP, UDP, ICMPv6, SCTP. What ICMP quotes is payload. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 17: 8, 58: 8, 132: 12 };
const TCP = 6;

/** IPv6 headers that another follows: hop-by-hop, routing, destination options; fragment; authentication. RFC 8200 4, RFC 4302 2 */
const OPTIONS: readonly number[] = [0, 43, 60];
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const MOST_EXTENSIONS = 16;

/**
 * Octets of a frame up to its payload: link layer with tags and labels, ARP, IP with its options and extensions, and the header of
 * TCP, UDP, ICMP or SCTP. What a tunnel carries, and a later fragment, is payload; of a frame that is not understood only its link layer counts.
 */
export function headerOctets(frame: Uint8Array, linkType: number): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const link = new LinkLayer();
  const network = link.walk(view, linkType, 0, frame.length);
  const end = endOf(view, network, link.at);
  return Math.min(end, frame.length);
}

function endOf(view: DataView, network: number, at: number): number {
  if (network === NETWORK.arp) return at + ARP_ETHERNET;
  if (network === NETWORK.ipv4) return ipv4End(view, at);
  return network === NETWORK.ipv6 ? ipv6End(view, at) : at;
}

function ipv4End(view: DataView, at: number): number {
  if (at + 20 > view.byteLength) return at;
  const end = at + (view.getUint8(at) & 0x0f) * 4;
  const isLaterFragment = (view.getUint16(at + 6) & 0x1fff) !== 0;
  return isLaterFragment ? end : transportEnd(view, view.getUint8(at + 9), end);
}

function ipv6End(view: DataView, at: number): number {
  if (at + IPV6_HEADER > view.byteLength) return at;
  let next = view.getUint8(at + 6);
  let end = at + IPV6_HEADER;
  for (let i = 0; i < MOST_EXTENSIONS && end + 8 <= view.byteLength; i++) {
    const length = view.getUint8(end + 1);
    if (next === FRAGMENT && (view.getUint16(end + 2) & 0xfff8) !== 0) return end + 8;
    const octets = OPTIONS.includes(next)
      ? (length + 1) * 8
      : next === FRAGMENT
        ? 8
        : next === AUTHENTICATION
          ? (length + 2) * 4
          : 0;
    if (octets === 0) break;
    next = view.getUint8(end);
    end += octets;
  }
  return transportEnd(view, next, end);
}

function transportEnd(view: DataView, protocol: number, at: number): number {
  if (protocol !== TCP) return at + (FIXED[protocol] ?? 0);
  return at + 12 < view.byteLength ? at + (view.getUint8(at + 12) >>> 4) * 4 : at;
}
