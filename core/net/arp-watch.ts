import { ipv4Text, macIn, macText } from "./addresses.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { NO_OFFSET } from "./packet-batch.ts";
import type { PacketFaults } from "./packet-faults.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import { RecentMap } from "./recent-map.ts";

const SECOND_NS = 1_000_000_000;
/** Holders, hardware addresses, questions, askers and claims that are remembered, each. */
const MOST_REMEMBERED = 16_384;
/** Hardware addresses that are remembered of one address, and of one question. */
const MOST_HOLDERS = 4;
/** Who asks for so many addresses within so long sweeps the link. */
const SWEEP_ADDRESSES = 32;
const SWEEP_NS = 10 * SECOND_NS;
/** So long after a question an answer to it is one. */
const QUESTION_NS = 5 * SECOND_NS;
/** Who was silent for longer may have given its address up. */
const HOLDER_NS = 600 * SECOND_NS;
/** Claims of one row follow each other within so long: tools repeat them every 1 to 10 seconds, a neighbour is checked again after more. */
const ROW_NS = 15 * SECOND_NS;
/** Copies of one packet come within less. */
const COPY_NS = SECOND_NS / 10;
/** So many claims over so long contest an address. A bond that moves its clients to another card repeats it for 6 seconds. */
const CONTEST_CLAIMS = 4;
const CONTEST_NS = 10 * SECOND_NS;
/** So many claims in each direction put a machine between two others. */
const BETWEEN_CLAIMS = 2;
/** Beginnings of hardware addresses that routers share: VRRP (RFC 5798 7.3), HSRP, GLBP. */
const SHARED = ["00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:"];
const REQUEST = 1;
const REPLY = 2;

/** What one hardware address asked for lately. */
interface Asked {
  readonly sinceNs: number;
  readonly addresses: Set<number>;
}

/** Claims of one address by one hardware address to one host, or to all, that nobody asked for. */
interface Claims {
  readonly sinceNs: number;
  lastNs: number;
  count: number;
}

/** An ARP packet that was read. */
interface Claim {
  /** Capture, interface and VLANs, within which addresses are unique. */
  readonly link: string;
  readonly at: number;
  readonly mac: number;
  readonly address: number;
  /** Who is told. */
  readonly target: number;
  readonly isToAll: boolean;
}

/**
 * Follows who claims which IPv4 address of a link. Told are an address that one machine goes on to claim unasked while another is there that claims it too,
 * a machine that tells each of two unasked that it is the other, and somebody who asks all for one address after the other. RFC 826
 */
export class ArpWatch {
  readonly #packet: PacketInHand;
  readonly #faults: PacketFaults;
  readonly #counters: DecodeCounters;
  /** When which hardware addresses claimed an address last. */
  readonly #holders: RecentMap<string, Map<number, number>>;
  /** The address as which each hardware address asks all. */
  readonly #own: RecentMap<string, number>;
  readonly #asked: RecentMap<string, Asked>;
  /** Who asked for which address, and when which hardware addresses answered. */
  readonly #questions: RecentMap<string, Map<number, number>>;
  readonly #claims: RecentMap<string, Claims>;

  constructor(packet: PacketInHand, faults: PacketFaults, counters: DecodeCounters) {
    this.#packet = packet;
    this.#faults = faults;
    this.#counters = counters;
    const remembered = <V>(mattersNs: number): RecentMap<string, V> =>
      new RecentMap(MOST_REMEMBERED, mattersNs, () => this.#lose());
    this.#holders = remembered(HOLDER_NS);
    this.#own = remembered(HOLDER_NS);
    this.#asked = remembered(SWEEP_NS);
    this.#questions = remembered(QUESTION_NS);
    this.#claims = remembered(ROW_NS);
  }

  /** @param at Where an ARP packet for IPv4 over Ethernet begins, all of which was captured. */
  read(at: number): void {
    const { view, capture, iface, vlan, innerVlan } = this.#packet;
    const operation = view.getUint16(at + 6);
    const mac = macIn(view, at + 8);
    const address = view.getUint32(at + 14);
    const target = view.getUint32(at + 24);
    if (mac === 0) return;
    const isQuestion = operation === REQUEST && address !== target;
    const isToAll = address === target || this.#isToAll(at);
    const claim = { link: `${capture} ${iface} ${vlan} ${innerVlan}`, at, mac, address, target, isToAll };
    if (isQuestion) this.#ask(claim);
    if (address === 0) return;
    const otherHolder = this.#holder(claim);
    if (isQuestion && isToAll) return;
    const isAnswer = operation === REPLY && !isToAll && this.#answers(claim);
    if (!isAnswer && !isShared(mac)) this.#claim(claim, otherHolder);
  }

  /** Without the frame's destination, as in a capture of all interfaces, what the packet itself is addressed to decides. */
  #isToAll(at: number): boolean {
    const { view, macAt } = this.#packet;
    if (macAt !== NO_OFFSET) return (view.getUint8(macAt) & 1) === 1;
    const told = macIn(view, at + 18);
    return told === 0 || (view.getUint8(at + 18) & 1) === 1;
  }

  /** Whether this answers a question. Each hardware address answers a question once. */
  #answers({ link, mac, address, target }: Claim): boolean {
    const { nowNs } = this.#packet;
    const answers = this.#questions.get(`${link} ${target} ${address}`, nowNs);
    if (answers === undefined) return false;
    const answered = answers.get(mac);
    if (answered !== undefined) return Math.abs(nowNs - answered) < COPY_NS;
    if (answers.size < MOST_HOLDERS) answers.set(mac, nowNs);
    return true;
  }

  #ask(claim: Claim): void {
    const { link, at, mac, address, target, isToAll } = claim;
    const { nowNs } = this.#packet;
    this.#questions.see(`${link} ${address} ${target}`, new Map(), nowNs);
    if (!isToAll) return;
    const key = `${link} ${mac}`;
    if (address !== 0) this.#own.see(key, address, nowNs);
    let asked = this.#asked.get(key, nowNs);
    if (asked === undefined || nowNs - asked.sinceNs > SWEEP_NS) asked = { sinceNs: nowNs, addresses: new Set() };
    this.#asked.see(key, asked, nowNs);
    asked.addresses.add(target);
    if (asked.addresses.size !== SWEEP_ADDRESSES) return;
    this.#faults.tellArp("arp_sweep", macText(mac), at + 14, null);
    asked.addresses.clear();
  }

  /** Notes who claims the address, and gives who else did last, and when. */
  #holder({ link, address, mac }: Claim): readonly [mac: number, atNs: number] | undefined {
    const { nowNs } = this.#packet;
    const key = `${link} ${address}`;
    const holders = this.#holders.get(key, nowNs) ?? new Map<number, number>();
    const other = [...holders].findLast(([each, atNs]) => each !== mac && nowNs - atNs <= HOLDER_NS);
    holders.delete(mac);
    if (holders.size >= MOST_HOLDERS) {
      const [oldest, atNs] = holders.entries().next().value!;
      holders.delete(oldest);
      if (nowNs - atNs <= HOLDER_NS) this.#lose();
    }
    holders.set(mac, nowNs);
    this.#holders.see(key, holders, nowNs);
    return other;
  }

  #claim(claim: Claim, other: readonly [mac: number, atNs: number] | undefined): void {
    const { at, isToAll } = claim;
    const claims = this.#repeated(claim);
    if (claims === null) return;
    if (!isToAll && this.#isBetween(claim, claims))
      this.#faults.tellArp("arp_between", this.#named(claim), at + 14, at + 24);
    if (other === undefined || claims.count < CONTEST_CLAIMS || claims.lastNs - claims.sinceNs < CONTEST_NS) return;
    // One that takes an address over tells all; then whoever had it is silent.
    if (isToAll && other[1] <= claims.sinceNs) return;
    const text = `${this.#named(claim)}, beside ${macText(other[0])}`;
    this.#faults.tellArp("arp_address_contested", text, at + 14, isToAll ? null : at + 24);
  }

  #named({ link, mac, address, target }: Claim): string {
    const own = this.#own.get(`${link} ${mac}`, this.#packet.nowNs);
    return own === undefined || own === address || own === target
      ? macText(mac)
      : `${macText(mac)}, which is ${ipv4Text(own)}`;
  }

  /** The row of claims that this one goes on with; null for a copy of the last. */
  #repeated({ link, mac, address, target, isToAll }: Claim): Claims | null {
    const { nowNs } = this.#packet;
    const key = `${link} ${mac} ${address} ${isToAll ? "all" : target}`;
    const claims = this.#claims.get(key, nowNs) ?? { sinceNs: nowNs, lastNs: -Infinity, count: 0 };
    if (Math.abs(nowNs - claims.lastNs) < COPY_NS) return null;
    claims.count++;
    claims.lastNs = nowNs;
    this.#claims.see(key, claims, nowNs);
    return claims;
  }

  #isBetween({ link, mac, address, target }: Claim, claims: Claims): boolean {
    const back = this.#claims.get(`${link} ${mac} ${target} ${address}`, this.#packet.nowNs);
    return back !== undefined && Math.min(claims.count, back.count) >= BETWEEN_CLAIMS;
  }

  #lose(): void {
    this.#counters.arpForgotten++;
    this.#faults.tell("arp_flood", "ARP");
  }
}

function isShared(mac: number): boolean {
  const text = macText(mac);
  return SHARED.some((beginning) => text.startsWith(beginning));
}
