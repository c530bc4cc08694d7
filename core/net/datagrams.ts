import type { DecodeCounters } from "./decode-counters.ts";
import type { Fragment, FragmentLimits, WholeDatagram } from "./fragments.ts";
import { Defragmenter, FRAGMENT_ODDITY } from "./fragments.ts";
import type { DatagramPart } from "./packet-batch.ts";
import { NO_OFFSET, PACKET_FLAG } from "./packet-batch.ts";
import type { PacketFaults } from "./packet-faults.ts";
import type { PacketInHand } from "./packet-in-hand.ts";
import type { PacketRows } from "./packet-rows.ts";

/** Zeek: `MIN_ACCEPTABLE_FRAG_SIZE` */
const SMALL_FRAGMENT = 64;
/** Zeek: `MAX_ACCEPTABLE_FRAG_SIZE` */
const LARGE_FRAGMENT = 64_000;

const ODDITIES = [
  [FRAGMENT_ODDITY.header, "fragment_protocol_inconsistency"],
  [FRAGMENT_ODDITY.size, "fragment_size_inconsistency"],
  [FRAGMENT_ODDITY.contradicts, "fragment_inconsistency"],
  [FRAGMENT_ODDITY.overlaps, "fragment_overlap"],
] as const;

/** The fragments of a run, and the octets of the batch's datagrams that were put together of them. */
export class Datagrams {
  /** Parts of this batch's datagrams that came in other frames. */
  parts: DatagramPart[] = [];
  readonly part: Fragment = {
    bytes: new Uint8Array(0),
    headerAt: 0,
    headerEnd: 0,
    nextHeaderAt: 0,
    proto: 0,
    payloadAt: 0,
    payloadEnd: 0,
    offset: 0,
    more: false,
  };
  readonly #packet: PacketInHand;
  readonly #rows: PacketRows;
  readonly #faults: PacketFaults;
  readonly #fragments: Defragmenter;
  #extra = new Uint8Array(0);
  #extraLength = 0;

  constructor(
    packet: PacketInHand,
    rows: PacketRows,
    faults: PacketFaults,
    counters: DecodeCounters,
    limits: FragmentLimits,
  ) {
    this.#packet = packet;
    this.#rows = rows;
    this.#faults = faults;
    this.#fragments = new Defragmenter(limits, counters);
  }

  /** Begins a batch. */
  begin(): void {
    this.#extraLength = 0;
    this.parts = [];
  }

  /** Octets of the batch's whole datagrams, shared. */
  octets(): Uint8Array {
    const octets = new Uint8Array(new SharedArrayBuffer(this.#extraLength));
    octets.set(this.#extra.subarray(0, this.#extraLength));
    return octets;
  }

  /** Datagrams that are not whole yet. */
  get pending(): number {
    return this.#fragments.pending;
  }

  sweep(clockNs: number): void {
    this.#fragments.sweep(clockNs);
  }

  /** Adds `part` to its datagram, and tells what Zeek's `FragReassembler` finds odd. */
  add(key: string, kind: number, srcAt: number, dstAt: number): WholeDatagram | null {
    const { payloadAt, payloadEnd, offset, more } = this.part;
    const octets = payloadEnd - payloadAt;
    const faults = this.#faults;
    if (more && octets < SMALL_FRAGMENT) faults.tellOf(kind, srcAt, dstAt, "excessively_small_fragment", null);
    if (offset + octets > LARGE_FRAGMENT) faults.tellOf(kind, srcAt, dstAt, "excessively_large_fragment", null);
    const whole = this.#fragments.add(key, this.part, this.#packet.ordinal, this.#packet.nowNs);
    const { oddities } = this.#fragments;
    for (const [bit, name] of ODDITIES) if ((oddities & bit) !== 0) faults.tellOf(kind, srcAt, dstAt, name, null);
    return whole;
  }

  /** Copies a whole datagram to the batch's own octets and goes on there. @returns where it begins. */
  adopt(whole: WholeDatagram): number {
    const packet = this.#packet;
    const start = this.#extraLength;
    const length = whole.header.length + whole.payload.length;
    if (start + length > this.#extra.length) {
      const grown = new Uint8Array(Math.max(start + length, this.#extra.length * 2, 65_536));
      grown.set(this.#extra.subarray(0, start));
      this.#extra = grown;
    }
    this.#extra.set(whole.header, start);
    this.#extra.set(whole.payload, start + whole.header.length);
    this.#extraLength += length;
    for (const ordinal of whole.ordinals)
      if (ordinal !== packet.ordinal) this.parts.push({ row: this.#rows.count, ordinal });
    packet.bytes = this.#extra;
    packet.view = new DataView(this.#extra.buffer, 0, this.#extra.length);
    packet.flags |= PACKET_FLAG.reassembled;
    packet.macAt = NO_OFFSET;
    return start;
  }
}
