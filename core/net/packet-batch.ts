import type { FrameBatch } from "../capture/frame-batch.ts";
import type { Stray } from "./strays.ts";

/** What a row of a `PacketBatch` is. */
export const PACKET_KIND = {
  /** Nothing that is analysed further: LLDP, an unknown Ethernet type, an unsupported link type, a malformed header. */
  other: 0,
  arp: 1,
  ipv4: 2,
  ipv6: 3,
} as const;

/** Bits of `PacketBatch.flags`. */
export const PACKET_FLAG = {
  /** The packet was put together from fragments: its offsets refer to `extra`, not to the frames' octets. */
  reassembled: 1,
  /** TCP, UDP or ICMP checksum does not fit (only looked at with `verifyChecksums`). */
  badChecksum: 2,
  /** Fewer octets were captured than the packet had. */
  cut: 4,
  /** The transport header is too short or says nonsense; ports are 0 and there is no payload. */
  badTransport: 8,
  /** A packet inside a tunnel. */
  inner: 16,
  /** A fragment that could not be put together, because of a cut, and that stands for its datagram. */
  loneFragment: 32,
  /** The next row is an IP packet inside this one. */
  carriesIp: 64,
  /** There is a packet inside, deeper than tunnels are followed. */
  tooDeep: 128,
} as const;

/** What a carrier packet carries (`PacketBatch.carries`), with the names that Zeek gives the tunnel and the service. */
export const TUNNELS = [
  { tunnel: "", service: "" },
  { tunnel: "Tunnel::IP", service: "" },
  { tunnel: "Tunnel::GRE", service: "" },
  { tunnel: "Tunnel::VXLAN", service: "vxlan" },
  { tunnel: "Tunnel::GENEVE", service: "geneve" },
  { tunnel: "Tunnel::TEREDO", service: "teredo" },
  { tunnel: "Tunnel::GTPv1", service: "gtpv1" },
  { tunnel: "Tunnel::AYIYA", service: "ayiya" },
] as const;

/** Indices into `TUNNELS`. */
export const TUNNEL = { none: 0, ip: 1, gre: 2, vxlan: 3, geneve: 4, teredo: 5, gtp: 6, ayiya: 7 } as const;

/** Packets that one frame may hold inside each other; further nesting is counted and left alone. */
export const MAX_LEVELS = 8;

/** `vlan` and `innerVlan` of a packet without that tag; a tag may say 0. */
export const NO_VLAN = 0xffff;

/** `macAt` of a packet without Ethernet addresses. */
export const NO_OFFSET = 0xffffffff;

/**
 * Packets of one `FrameBatch`, decoded to their transport header: one row a packet.
 *
 * A frame gives a row for its packet, and further rows for packets inside it (a tunnel's inner packet follows the packet that
 * carries it). A frame that holds a fragment gives none until its datagram is whole. Offsets count from the start of
 * `frames.bytes`, or of `extra` where `flags` has `reassembled`. All arrays lie in one SharedArrayBuffer: posting a batch
 * copies nothing.
 */
export interface PacketBatch {
  readonly frames: FrameBatch;
  /** Rows in use; the arrays may be longer. */
  readonly count: number;
  /** Octets of reassembled datagrams. */
  readonly extra: Uint8Array;
  /** Row of `frames` that holds the packet (its last fragment). */
  readonly frame: Uint32Array;
  /** `PACKET_KIND` */
  readonly kind: Uint8Array;
  /** `PACKET_FLAG` bits */
  readonly flags: Uint8Array;
  /** IP protocol after the extension headers. */
  readonly proto: Uint8Array;
  /** Index into `TUNNELS`: what kind of tunnel the next row is inside of, 0 if this packet carries none. */
  readonly carries: Uint8Array;
  /** Number of the packet within its frame, 0 for the outermost. */
  readonly level: Uint8Array;
  /** Keyed hash of the two addresses, the same for both directions; of ARP: of the two protocol addresses. */
  readonly pairHash: Uint32Array;
  /** IP header (ARP: its first octet). */
  readonly ipAt: Uint32Array;
  /** Source and destination address: 4 or 16 octets. */
  readonly srcAt: Uint32Array;
  readonly dstAt: Uint32Array;
  /** Total length of the packet by its IP header, in octets; 0 where segmentation offloading left it empty. */
  readonly ipLength: Uint32Array;
  /** Ports; ICMP: type and code; otherwise 0. */
  readonly srcPort: Uint16Array;
  readonly dstPort: Uint16Array;
  /** Transport header. */
  readonly l4At: Uint32Array;
  readonly payloadAt: Uint32Array;
  /** Octets of payload captured, never more than `payloadLength`. */
  readonly payloadCaptured: Uint32Array;
  /** Octets of payload the packet had on the wire. UDP: as its header says. */
  readonly payloadLength: Uint32Array;
  /** VLAN identifiers, outer and inner, or `NO_VLAN`. */
  readonly vlan: Uint16Array;
  readonly innerVlan: Uint16Array;
  /** Destination and source MAC address (12 octets), or `NO_OFFSET`. */
  readonly macAt: Uint32Array;
  /** Key (see `sessionKey`) of the tunnel that directly carries this packet, -1 for none. */
  readonly carrierKey: Float64Array;
  /** VXLAN or GENEVE network, GRE key, GTP endpoint of a carrier row; 0 where it has none. */
  readonly network: Uint32Array;
  /** Rows before which idle connections are to be looked for, ascending, and the capture's time there in ns. */
  readonly sweeps: readonly Sweep[];
  /** Earlier frames of reassembled datagrams: row of the datagram, and run ordinal of each frame that held a part. */
  readonly parts: readonly DatagramPart[];
  /** Oddities of packets that belong to no connection. */
  readonly strays: readonly Stray[];
}

/** A moment of the capture at which idle connections are looked for. It depends on the frames only, not on batches. */
export interface Sweep {
  readonly row: number;
  readonly clockNs: number;
}

/** A frame that held a part of a reassembled datagram. */
export interface DatagramPart {
  readonly row: number;
  readonly ordinal: number;
}

/** Column arrays under construction. */
export type PacketColumns = {
  -readonly [
    K in Exclude<keyof PacketBatch, "frames" | "count" | "extra" | "sweeps" | "parts" | "strays">
  ]: PacketBatch[K];
};

/** One column of 8 octets, twelve of 4, four of 2 and five of 1. */
const ROW_OCTETS = 69;

/** Column arrays for `rows` packets in one SharedArrayBuffer. */
export function packetColumns(rows: number): PacketColumns {
  const room = (Math.max(rows, 1) + 7) & ~7;
  return columnsIn(new SharedArrayBuffer(room * ROW_OCTETS));
}

/** All columns come from this literal: the decoder writes twenty of them for a packet, and has to look each up where objects differ in shape. */
function columnsIn(buffer: SharedArrayBuffer): PacketColumns {
  const room = buffer.byteLength / ROW_OCTETS;
  const words = (column: number): Uint32Array => new Uint32Array(buffer, (8 + 4 * column) * room, room);
  const halves = (column: number): Uint16Array => new Uint16Array(buffer, (56 + 2 * column) * room, room);
  const octets = (column: number): Uint8Array => new Uint8Array(buffer, (64 + column) * room, room);
  return {
    carrierKey: new Float64Array(buffer, 0, room),
    frame: words(0),
    pairHash: words(1),
    ipAt: words(2),
    srcAt: words(3),
    dstAt: words(4),
    ipLength: words(5),
    l4At: words(6),
    payloadAt: words(7),
    payloadCaptured: words(8),
    payloadLength: words(9),
    macAt: words(10),
    network: words(11),
    srcPort: halves(0),
    dstPort: halves(1),
    vlan: halves(2),
    innerVlan: halves(3),
    kind: octets(0),
    flags: octets(1),
    proto: octets(2),
    carries: octets(3),
    level: octets(4),
  };
}

/** Column arrays that come back from workers and are filled again, so that memory stays flat. */
export class PacketColumnsPool {
  #free: PacketColumns[] = [];

  /** Columns for `rows` packets or more, all 0. */
  take(rows: number): PacketColumns {
    const at = this.#free.findIndex(({ frame }) => frame.length >= rows);
    if (at < 0) {
      // What is too short now would be later too: batches are about equally long.
      this.#free = [];
      return packetColumns(rows);
    }
    const [columns] = this.#free.splice(at, 1);
    new Uint8Array(columns!.frame.buffer).fill(0);
    return columns!;
  }

  /** @param columns Or a batch with them: of it nothing else is kept. */
  give(columns: PacketColumns): void {
    if (this.#free.length < MOST_FREE) this.#free.push(columnsIn(columns.frame.buffer as SharedArrayBuffer));
  }
}

const MOST_FREE = 8;

/** Wider arrays with the same rows. */
export function grownColumns(old: PacketColumns, rows: number): PacketColumns {
  const wider = packetColumns(rows);
  for (const name of Object.keys(wider) as (keyof PacketColumns)[]) (wider[name] as Uint32Array).set(old[name]);
  return wider;
}

/** Shard, from 0 to `shards - 1`, that all packets of a host pair go to. */
export function shardOf(pairHash: number, shards: number): number {
  // The high bits choose the shard, so that the low ones still spread the tables within it.
  return shards === 1 ? 0 : Math.floor((pairHash / 0x1_0000_0000) * shards);
}

/**
 * Number by which a connection (or a tunnel) is known: the run ordinal of its first frame and the packet's level within it.
 * Unique in a run, and the same whatever the batches and the number of workers.
 */
export function sessionKey(ordinal: number, level: number): number {
  return ordinal * MAX_LEVELS + level;
}
