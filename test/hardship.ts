import type { GeneratedFrame } from "./generated-captures.ts";

/** What may happen to a capture on its way: frames in, frames out. Frames are Ethernet with IPv4 or IPv6; others stay as they are. */
export type Hardship = (frames: readonly GeneratedFrame[]) => GeneratedFrame[];

const ETHERNET_OCTETS = 14;
const TCP = 6;
const UDP = 17;

/** Where the parts of a frame lie; null if it is neither TCP nor UDP over plain IP. */
export interface FrameParts {
  readonly proto: number;
  readonly from: string;
  readonly to: string;
  /** Offset of the ports. */
  readonly transport: number;
  readonly fromPort: number;
  readonly toPort: number;
  /** Offset and length of the payload. */
  readonly payload: number;
  readonly payloadOctets: number;
}

export function partsOf({ bytes }: GeneratedFrame): FrameParts | null {
  if (bytes.length < ETHERNET_OCTETS + 28) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint16(12);
  let proto = 0;
  let transport = 0;
  let end = 0;
  let from = "";
  let to = "";
  if (type === 0x0800) {
    if ((view.getUint16(20) & 0x1fff) !== 0) return null;
    proto = view.getUint8(23);
    transport = ETHERNET_OCTETS + 4 * (view.getUint8(14) & 15);
    end = ETHERNET_OCTETS + view.getUint16(16);
    from = bytes.subarray(26, 30).join(".");
    to = bytes.subarray(30, 34).join(".");
  } else if (type === 0x86dd) {
    proto = view.getUint8(20);
    transport = ETHERNET_OCTETS + 40;
    end = transport + view.getUint16(18);
    from = bytes.subarray(22, 38).join(".");
    to = bytes.subarray(38, 54).join(".");
  } else return null;
  if ((proto !== TCP && proto !== UDP) || transport + (proto === TCP ? 20 : 8) > bytes.length) return null;
  const payload = transport + (proto === TCP ? 4 * (view.getUint8(transport + 12) >> 4) : 8);
  const [fromPort, toPort] = [view.getUint16(transport), view.getUint16(transport + 2)];
  return { proto, from, to, transport, fromPort, toPort, payload, payloadOctets: Math.max(0, end - payload) };
}

/** Ports are changed, consistently over the whole capture; checksums are left alone. */
export function onOtherPorts(ports: ReadonlyMap<number, number>): Hardship {
  return (frames) =>
    frames.map((frame) => {
      const parts = partsOf(frame);
      if (parts === null || !(ports.has(parts.fromPort) || ports.has(parts.toPort))) return frame;
      const bytes = Uint8Array.from(frame.bytes);
      const view = new DataView(bytes.buffer);
      view.setUint16(parts.transport, ports.get(parts.fromPort) ?? parts.fromPort);
      view.setUint16(parts.transport + 2, ports.get(parts.toPort) ?? parts.toPort);
      return { ...frame, bytes };
    });
}

/** Only one direction of each conversation was mirrored: that of who sent first, or the other. */
export function oneWay(ofFirst: boolean): Hardship {
  return (frames) => {
    const firsts = new Map<string, boolean>();
    return frames.filter((frame) => {
      const parts = partsOf(frame);
      if (parts === null) return true;
      const ends = [`${parts.from} ${parts.fromPort}`, `${parts.to} ${parts.toPort}`];
      const forwards = ends[0]! < ends[1]!;
      const key = `${parts.proto} ${(forwards ? ends : ends.reverse()).join(" ")}`;
      if (!firsts.has(key)) firsts.set(key, forwards);
      return (firsts.get(key) === forwards) === ofFirst;
    });
  };
}

/** Only the first octets of each frame were kept. */
export function snapped(octets: number): Hardship {
  return (frames) => frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, octets) }));
}

/** Every nth frame with payload is missing. */
export function withGaps(every: number): Hardship {
  return (frames) => {
    let seen = 0;
    return frames.filter((frame) => (partsOf(frame)?.payloadOctets ?? 0) === 0 || ++seen % every !== 0);
  };
}

/** The capture begins or ends in the middle: a part of the frames, from 0 to 1. */
export function between(from: number, to: number): Hardship {
  return (frames) => frames.slice(Math.floor(frames.length * from), Math.ceil(frames.length * to));
}

/** Neighbouring segments of one direction of TCP arrive in the other order (their times stay with the places). */
export const reordered: Hardship = (frames) => {
  const out = [...frames];
  for (let i = 0; i + 1 < out.length; i++) {
    const [a, b] = [partsOf(out[i]!), partsOf(out[i + 1]!)];
    if (a === null || b === null || a.proto !== TCP || b.proto !== TCP) continue;
    const isSameWay = a.from === b.from && a.to === b.to && a.fromPort === b.fromPort && a.toPort === b.toPort;
    if (!isSameWay || a.payloadOctets === 0 || b.payloadOctets === 0) continue;
    const [first, second] = [out[i]!, out[i + 1]!];
    out[i] = { ...second, ts: first.ts };
    out[i + 1] = { ...first, ts: second.ts };
    i++;
  }
  return out;
};

/** Every frame is there twice, as when a mirror port sees it before and behind a router. */
export const duplicated: Hardship = (frames) =>
  frames.flatMap((frame) => {
    const bytes = Uint8Array.from(frame.bytes);
    bytes[11]! ^= 0x40; // another source address of the link layer
    return [frame, { ...frame, bytes, ts: frame.ts + 1000n }];
  });

/** Every segment of TCP is sent again a little later, with the same octets but another IP identification. */
export const retransmitted: Hardship = (frames) =>
  frames.flatMap((frame) => {
    const parts = partsOf(frame);
    if (parts?.proto !== TCP || parts.payloadOctets === 0 || frame.bytes[12] !== 0x08) return [frame];
    const bytes = Uint8Array.from(frame.bytes);
    const view = new DataView(bytes.buffer);
    view.setUint16(18, (view.getUint16(18) + 0x4000) & 0xffff);
    return [frame, { ...frame, bytes, ts: frame.ts + 2000n }];
  });

/** Segments of TCP are cut in two at the given octet of their payload; sequence numbers follow, checksums do not. */
export function segmentedAt(octet: number): Hardship {
  return (frames) =>
    frames.flatMap((frame) => {
      const parts = partsOf(frame);
      if (parts?.proto !== TCP || frame.bytes[12] !== 0x08) return [frame];
      if (parts.payloadOctets <= octet || frame.bytes.length < frame.wireLength) return [frame];
      const cut = (from: number, to: number): GeneratedFrame => {
        const bytes = new Uint8Array(parts.payload + to - from);
        bytes.set(frame.bytes.subarray(0, parts.payload));
        bytes.set(frame.bytes.subarray(parts.payload + from, parts.payload + to), parts.payload);
        const view = new DataView(bytes.buffer);
        view.setUint16(16, bytes.length - ETHERNET_OCTETS);
        view.setUint32(parts.transport + 4, (view.getUint32(parts.transport + 4) + from) >>> 0);
        if (from > 0) view.setUint16(18, (view.getUint16(18) + 0x2000) & 0xffff);
        return { ts: frame.ts, wireLength: bytes.length, bytes };
      };
      return [cut(0, octet), cut(octet, parts.payloadOctets)];
    });
}
