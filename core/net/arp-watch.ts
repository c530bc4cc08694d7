import { ipv4Text, macText } from "./addresses.ts";
import type { PacketFaults } from "./packet-faults.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import { NO_OFFSET } from "./packet-batch.ts";

/** Addresses, hardware addresses and senders of questions that are remembered, each; the oldest is forgotten first. */
const MOST_REMEMBERED = 16_384;
/** Who asks for so many addresses within so long sweeps the link. */
const SWEEP_ADDRESSES = 32;
const SWEEP_NS = 10_000_000_000;
/** Beginnings of hardware addresses that routers share: VRRP (RFC 5798 7.3), HSRP, GLBP. */
const SHARED = ["00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:"];
const REQUEST = 1;
const REPLY = 2;

/** What one hardware address asked for lately. */
interface Asked {
  since: number;
  readonly addresses: Set<number>;
}

/**
 * Follows who holds which IPv4 address of a link. Told are three oddities: an address that somebody is told to belong to another machine than before, one
 * machine that tells each of two that it is the other, and somebody who asks for one address after the other. What is said to all, as by a machine that takes over an address, is only noted. RFC 826
 */
export class ArpWatch {
  readonly #packet: PacketInHand;
  readonly #faults: PacketFaults;
  readonly #holders = new Map<number, number>();
  /** The first address of each hardware address. */
  readonly #own = new Map<number, number>();
  readonly #asked = new Map<number, Asked>();
  /** Which hardware address told whom that it holds which address. */
  readonly #answers = new Map<string, true>();

  constructor(packet: PacketInHand, faults: PacketFaults) {
    this.#packet = packet;
    this.#faults = faults;
  }

  /** @param at Where an ARP packet for IPv4 over Ethernet begins, all of which was captured. */
  read(at: number): void {
    const { view, vlan, macAt } = this.#packet;
    const operation = view.getUint16(at + 6);
    const mac = view.getUint16(at + 8) * 0x1_0000_0000 + view.getUint32(at + 10);
    const address = view.getUint32(at + 14);
    const target = view.getUint32(at + 24);
    if (mac === 0) return;
    if (operation === REQUEST && address !== target) this.#ask(at, mac, target);
    if (address === 0) return;
    const isToAll = macAt === NO_OFFSET || (view.getUint8(macAt) & 1) === 1 || address === target;
    if (operation === REPLY && !isToAll) this.#answer(at, mac, address, target);
    const key = vlan * 0x1_0000_0000 + address;
    const holder = this.#holders.get(key);
    if (holder === mac) return;
    if (holder !== undefined && !isToAll) this.#tellMoved(at, mac, holder, address);
    remember(this.#holders, key, mac);
    if (!this.#own.has(mac)) remember(this.#own, mac, address);
  }

  #tellMoved(at: number, mac: number, holder: number, address: number): void {
    const text = macText(mac);
    if (SHARED.some((beginning) => text.startsWith(beginning))) return;
    const own = this.#own.get(mac);
    const also = own === undefined || own === address ? "" : `, which is ${ipv4Text(own)}`;
    this.#faults.tellArp("arp_address_moved", `${text}${also}, instead of ${macText(holder)}`, at + 14, at + 24);
  }

  #answer(at: number, mac: number, address: number, target: number): void {
    if (this.#answers.has(`${mac} ${target} ${address}`))
      this.#faults.tellArp("arp_between", macText(mac), at + 14, at + 24);
    const key = `${mac} ${address} ${target}`;
    if (!this.#answers.has(key)) remember(this.#answers, key, true);
  }

  #ask(at: number, mac: number, target: number): void {
    const { nowNs } = this.#packet;
    let asked = this.#asked.get(mac);
    if (asked === undefined || nowNs - asked.since > SWEEP_NS) {
      asked = { since: nowNs, addresses: new Set() };
      remember(this.#asked, mac, asked);
    }
    asked.addresses.add(target);
    if (asked.addresses.size !== SWEEP_ADDRESSES) return;
    this.#faults.tellArp("arp_sweep", macText(mac), at + 14, null);
    asked.addresses.clear();
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  if (map.size >= MOST_REMEMBERED) map.delete(map.keys().next().value!);
  map.set(key, value);
}
