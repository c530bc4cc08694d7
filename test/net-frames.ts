import type { FrameBatch } from "../core/capture/frame-batch.ts";

/** Makes frames in memory for tests of the network layers. Addresses are dotted quads. */

export interface TcpFields {
  readonly from: string;
  readonly to: string;
  readonly seq: number;
  readonly ack?: number;
  /** Letters of S A F R P. */
  readonly flags: string;
  readonly payload?: Uint8Array | string;
  readonly id?: number;
  readonly window?: number;
}

/** "10.0.0.1:80" as octets and port. */
function endpoint(text: string): { address: number[]; port: number } {
  const [address, port] = text.split(":");
  return { address: address!.split(".").map(Number), port: Number(port ?? 0) };
}

export function octetsOf(payload: Uint8Array | string | undefined): Uint8Array {
  if (payload === undefined) return new Uint8Array(0);
  return typeof payload === "string" ? Uint8Array.from(Buffer.from(payload, "latin1")) : payload;
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const be16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];

/** Ethernet frame with made-up addresses. */
export function ethernet(type: number, payload: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const tagged = tags.flatMap((id) => [...be16(0x8100), ...be16(id)]);
  return joined([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], tagged, be16(type), payload);
}

/** IPv4 packet with a good header checksum. `fragment` holds the flags and the offset in units of 8. */
export function ipv4(from: string, to: string, proto: number, payload: Uint8Array, id = 0, fragment = 0): Uint8Array {
  const header = [
    ...[0x45, 0, ...be16(20 + payload.length), ...be16(id), ...be16(fragment), 64, proto, 0, 0],
    ...endpoint(from).address,
    ...endpoint(to).address,
  ];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += header[i]! * 256 + header[i + 1]!;
  sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  header[10] = checksum >>> 8;
  header[11] = checksum & 0xff;
  return joined(header, payload);
}

/** IPv6 packet between two addresses of 16 octets. */
export function ipv6(from: Uint8Array, to: Uint8Array, next: number, payload: Uint8Array): Uint8Array {
  return joined([0x60, 0, 0, 0, ...be16(payload.length), next, 64], from, to, payload);
}

export function udp(from: number, to: number, payload: Uint8Array): Uint8Array {
  return joined(be16(from), be16(to), be16(8 + payload.length), [0, 0], payload);
}

let nextId = 1;

/** TCP segment in IPv4 in Ethernet. */
export function tcp(fields: TcpFields): Uint8Array {
  const from = endpoint(fields.from);
  const to = endpoint(fields.to);
  const bits = { F: 1, S: 2, R: 4, P: 8, A: 16 } as const;
  const flags = [...fields.flags].reduce((sum, letter) => sum | bits[letter as keyof typeof bits], 0);
  const segment = joined(
    be16(from.port),
    be16(to.port),
    be32(fields.seq >>> 0),
    be32((fields.ack ?? 0) >>> 0),
    [0x50, flags],
    be16(fields.window ?? 8192),
    [0, 0, 0, 0],
    octetsOf(fields.payload),
  );
  return ethernet(0x0800, ipv4(fields.from, fields.to, 6, segment, fields.id ?? nextId++ & 0xffff));
}

/** UDP datagram in IPv4 in Ethernet. */
export function datagram(from: string, to: string, payload: Uint8Array | string, id = nextId++ & 0xffff): Uint8Array {
  const packet = udp(endpoint(from).port, endpoint(to).port, octetsOf(payload));
  return ethernet(0x0800, ipv4(from, to, 17, packet, id));
}

export interface TimedFrame {
  readonly octets: Uint8Array;
  /** Seconds since 2023-11-14T22:13:20Z. */
  readonly at: number;
  /** Octets on the wire if more than are given. */
  readonly wire?: number;
}

const START_NS = 1_700_000_000_000_000_000n;

/** A batch of frames of one capture, numbered from `firstOrdinal`. */
export function frameBatch(frames: readonly TimedFrame[], linkType = 1, firstOrdinal = 0): FrameBatch {
  const count = frames.length;
  const shared = (octets: number): SharedArrayBuffer => new SharedArrayBuffer(octets);
  const bytes = new Uint8Array(shared(frames.reduce((sum, { octets }) => sum + octets.length, 0)));
  const batch = {
    id: firstOrdinal,
    firstOrdinal,
    count,
    bytes,
    offset: new Uint32Array(shared(4 * count)),
    capLen: new Uint32Array(shared(4 * count)),
    wireLen: new Uint32Array(shared(4 * count)),
    ts: new BigInt64Array(shared(8 * count)),
    capture: new Uint16Array(shared(2 * count)).fill(1),
    frame: new Uint32Array(shared(4 * count)),
    linkType: new Uint16Array(shared(2 * count)).fill(linkType),
    iface: new Uint16Array(shared(2 * count)),
    fileOffset: new Float64Array(shared(8 * count)),
  };
  let at = 0;
  frames.forEach(({ octets, at: seconds, wire }, i) => {
    bytes.set(octets, at);
    batch.offset[i] = at;
    batch.capLen[i] = octets.length;
    batch.wireLen[i] = wire ?? octets.length;
    batch.ts[i] = START_NS + BigInt(Math.round(seconds * 1e9));
    batch.frame[i] = firstOrdinal + i + 1;
    at += octets.length;
  });
  return batch;
}

/** The same frames in batches of at most `size`. */
export function frameBatches(frames: readonly TimedFrame[], size: number, linkType = 1): FrameBatch[] {
  const batches: FrameBatch[] = [];
  for (let i = 0; i < frames.length; i += size) batches.push(frameBatch(frames.slice(i, i + size), linkType, i));
  return batches;
}
