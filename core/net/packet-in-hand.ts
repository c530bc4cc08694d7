import { NO_OFFSET, NO_VLAN } from "./packet-batch.ts";

/**
 * The packet that a decoder is at: the frame's, then the one inside its tunnel, and so on. One object serves a whole run, so that none is
 * made per packet; each layer fills in its part and hands it on.
 */
export class PacketInHand {
  /** Octets that all places count in: the frames', or those of datagrams put together. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Row of the batch's frames, and the frame's number in the run. */
  frame = 0;
  ordinal = 0;
  /** Capture file, and the interface within it. */
  capture = 0;
  iface = 0;
  /** Nanoseconds as a double: exact to 256 ns, which timeouts can bear. Records use the exact integer. */
  nowNs = 0;

  /** `PACKET_FLAG` bits */
  flags = 0;
  /** Number of the packet within its frame. */
  level = 0;
  /** Key of the tunnel it is in, -1 for none. */
  carrier = -1;
  vlan: number = NO_VLAN;
  innerVlan: number = NO_VLAN;
  macAt: number = NO_OFFSET;

  /** `PACKET_KIND`; it and what follows are those of the IP header. */
  kind = 0;
  pairHash = 0;
  ipAt = 0;
  srcAt = 0;
  dstAt = 0;
  ipLength = 0;
  /** IP protocol after the extension headers. */
  proto = 0;
  /** Transport header, the place behind the last octet captured, and behind the last one there was on the wire. */
  l4At = 0;
  end = 0;
  wire = 0;

  /** Begins with a frame. */
  begin(frame: number, ordinal: number, nowNs: number, bytes: Uint8Array, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
    this.frame = frame;
    this.ordinal = ordinal;
    this.nowNs = nowNs;
    this.flags = 0;
    this.level = 0;
    this.carrier = -1;
  }

  /** Notes what the IP header says of the packet as a whole. */
  header(kind: number, pairHash: number, ipAt: number, srcAt: number, dstAt: number, ipLength: number): void {
    this.kind = kind;
    this.pairHash = pairHash;
    this.ipAt = ipAt;
    this.srcAt = srcAt;
    this.dstAt = dstAt;
    this.ipLength = ipLength;
  }

  /** Notes what the packet carries. */
  carries(proto: number, l4At: number, end: number, wire: number): void {
    this.proto = proto;
    this.l4At = l4At;
    this.end = end;
    this.wire = wire;
  }
}
