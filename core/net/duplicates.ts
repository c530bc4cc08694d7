import { intsOf, RECENT, RECENT_COUNT, RECENT_NEXT } from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { IP_PROTO } from "./ipv6-chain.ts";
import { NO_OFFSET } from "./packet-batch.ts";

/** Copies that a mirror port makes come this close to each other. */
export const DUPLICATE_WINDOW_NS = 1e6;

/** Words of the transport header that tell packets apart; they hold the checksum, which covers the payload. */
const TCP_WORDS = 5;
const OTHER_WORDS = 2;

const K1 = 0x85ebca6b;
const K2 = 0xc2b2ae35;

/**
 * Tells copies of a packet, as a mirror port makes that sees it come in and go out, from retransmissions.
 *
 * A copy has the same IP identification, length and transport header (with its checksum) as one of the connection's last packets, at most
 * 1 ms before; time to live, header checksum, type of service, VLAN and MAC addresses may differ. A retransmission has a new
 * identification. Where there is none (IPv6, or 0), a packet counts as a copy only if the link layer or the time to live
 * differs, so that packets repeated on purpose are kept.
 */
export class Duplicates {
  readonly #table: FlowTable;
  #packet = 0;
  #link = 0;
  #hasIdentity = false;

  constructor(table: FlowTable) {
    this.#table = table;
  }

  /** Describes the packet at hand. */
  describe(
    view: DataView,
    isV4: boolean,
    ipAt: number,
    ipLength: number,
    proto: number,
    l4At: number,
    l4Octets: number,
    macAt: number,
    vlans: number,
  ): void {
    let hash = isV4 ? view.getUint16(ipAt + 4) | (proto << 16) : proto << 16;
    this.#hasIdentity = hash << 16 !== 0;
    hash = mixed(hash, ipLength);
    const words = proto === IP_PROTO.tcp ? TCP_WORDS : Math.min(OTHER_WORDS, l4Octets >>> 2);
    for (let i = 0; i < words; i++) hash = mixed(hash, view.getInt32(l4At + i * 4));
    this.#packet = finished(hash);
    let link = mixed(view.getUint8(isV4 ? ipAt + 8 : ipAt + 7), vlans);
    if (macAt !== NO_OFFSET) for (let i = 0; i < 12; i += 4) link = mixed(link, view.getInt32(macAt + i));
    this.#link = finished(link);
  }

  /** True if the described packet is a copy of a recent one of that connection; else it is remembered. */
  isCopy(slot: number, nowNs: number): boolean {
    const { ints } = this.#table;
    const at = intsOf(slot);
    const now = Math.floor(nowNs / 1000) | 0;
    for (let i = 0; i < RECENT_COUNT; i++) {
      const recent = at + RECENT + i * 3;
      if (ints[recent] !== this.#packet) continue;
      const ago = (now - ints[recent + 2]!) | 0;
      if (ago < 0 || ago > DUPLICATE_WINDOW_NS / 1000) continue;
      if (this.#hasIdentity || ints[recent + 1] !== this.#link) return true;
    }
    const place = ints[at + RECENT_NEXT]!;
    ints[at + RECENT_NEXT] = place + 1 === RECENT_COUNT ? 0 : place + 1;
    ints[at + RECENT + place * 3] = this.#packet;
    ints[at + RECENT + place * 3 + 1] = this.#link;
    ints[at + RECENT + place * 3 + 2] = now;
    return false;
  }
}

function mixed(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, K1);
  return h ^ (h >>> 15);
}

/** Never 0, which marks an empty place. */
function finished(hash: number): number {
  const h = Math.imul(hash, K2);
  return (h ^ (h >>> 16)) | 1;
}
