import type { Seeded } from "./seeded.ts";

/** A frame that is to be damaged. */
export interface FuzzFrame {
  /** ns since 1970-01-01 UTC. */
  ts: bigint;
  wireLength: number;
  linkType: number;
  bytes: Uint8Array;
}

/** Where the payload of a frame lies, as far as it is plain Ethernet, IP, and TCP or UDP. */
interface Layout {
  /** Offset of the IP header; -1 if there is none. */
  readonly ip: number;
  readonly transport: number;
  readonly payload: number;
}

/** Octets that break counts, lengths, signs and texts more often than others. */
const EDGES = [0, 1, 2, 0x0d, 0x0a, 0x22, 0x2f, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xc0, 0xfe, 0xff];
const WIDE_EDGES = [
  0, 1, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** One kind of damage. It may change the list and the frames in it; octets are copied before they are changed. */
type Mutation = (frames: FuzzFrame[], random: Seeded) => void;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBits: (frames, random) =>
    onPayload(frames, random, (bytes, from) => {
      for (let i = 1 + random.below(8); i > 0; i--)
        bytes[from + random.below(bytes.length - from)]! ^= 1 << random.below(8);
    }),
  edgeOctets: (frames, random) =>
    onPayload(frames, random, (bytes, from) => {
      for (let i = 1 + random.below(4); i > 0; i--)
        bytes[from + random.below(bytes.length - from)] = random.pick(EDGES);
    }),
  edgeNumbers: (frames, random) =>
    onPayload(frames, random, (bytes, from) => {
      const at = from + random.below(bytes.length - from - 3);
      if (bytes.length - at >= 4) setEdge(bytes, at, random);
    }),
  lengths: (frames, random) => onPayload(frames, random, (bytes, from) => changeLength(bytes, from, random)),
  repeatOctets: (frames, random) =>
    onPayload(frames, random, (bytes, from) => {
      const length = 1 + random.below(Math.min(16, bytes.length - from));
      const start = from + random.below(bytes.length - from - length + 1);
      for (let at = start + length; at + length <= bytes.length; at += length)
        bytes.copyWithin(at, start, start + length);
    }),
  textOctets: (frames, random) =>
    onPayload(frames, random, (bytes, from) => {
      const start = from + random.below(bytes.length - from);
      const octet = random.pick([0x20, 0x2c, 0x2e, 0x3a, 0x3b, 0x3d, 0x41, 0x5c, 0x2f, 0x09, 0x30]);
      bytes.fill(octet, start, start + 1 + random.below(bytes.length - start));
    }),
  otherPayload: (frames, random) => {
    const donor = random.pick(frames);
    const start = layoutOf(donor).payload;
    onPayload(frames, random, (bytes, from) =>
      bytes.set(donor.bytes.subarray(start, start + bytes.length - from), from),
    );
  },
  headers: (frames, random) => {
    const frame = owned(frames, random);
    const { ip, payload } = layoutOf(frame);
    const from = random.oneIn(4) ? 0 : Math.max(0, ip);
    const room = Math.min(payload, frame.bytes.length) - from;
    for (let i = 1 + random.below(3); i > 0 && room > 0; i--)
      frame.bytes[from + random.below(room)] = random.oneIn(2) ? random.pick(EDGES) : random.below(256);
  },
  sequence: (frames, random) => {
    const frame = owned(frames, random);
    const { transport } = layoutOf(frame);
    if (transport < 0 || transport + 14 > frame.bytes.length) return;
    const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset);
    const at = transport + 4 * (1 + random.below(2));
    const by = random.pick([1, -1, 5, -7, 1000, -1460, 65_536, 0x4000_0000, -0x4000_0000]);
    view.setUint32(at, (view.getUint32(at) + by) >>> 0);
    if (random.oneIn(3)) view.setUint8(transport + 13, random.below(64));
  },
  drop: (frames, random) => void frames.splice(random.below(frames.length), 1 + random.below(3)),
  duplicate: (frames, random) => {
    const at = random.below(frames.length);
    frames.splice(at + random.below(4), 0, { ...frames[at]! });
  },
  swap: (frames, random) => {
    const at = random.below(frames.length - 1);
    const [frame] = frames.splice(at, 1);
    if (frame !== undefined) frames.splice(at + 1 + random.below(5), 0, frame);
  },
  reverse: (frames, random) => {
    const at = random.below(frames.length);
    const part = frames.slice(at, at + 2 + random.below(20));
    frames.splice(at, part.length, ...part.reverse());
  },
  times: (frames, random) => {
    const frame = random.pick(frames);
    frame.ts += random.pick([1n, -1n, 1_000_000_000n, -1_000_000_000n, 7_200_000_000_000n, -(10n ** 17n), 10n ** 18n]);
    if (frame.ts < 0n || frame.ts > 4_000_000_000_000_000_000n) frame.ts = 0n;
  },
  cut: (frames, random) => {
    const frame = owned(frames, random);
    frame.bytes = frame.bytes.subarray(0, random.below(frame.bytes.length + 1));
  },
  cutPacket: (frames, random) => {
    const frame = owned(frames, random);
    frame.bytes = frame.bytes.subarray(0, random.below(frame.bytes.length + 1));
    frame.wireLength = frame.bytes.length;
  },
  snapLength: (frames, random) => {
    const octets = random.pick([54, 64, 68, 96, 96, 128, 200]);
    for (const frame of frames) frame.bytes = frame.bytes.subarray(0, octets);
  },
  merge: (frames, random) => {
    // one stream's segments all claim the same place or none
    const { transport } = layoutOf(random.pick(frames));
    if (transport < 0) return;
    for (let i = 0; i < frames.length; i++) {
      const frame = owned(frames, random, i);
      if (layoutOf(frame).transport !== transport || transport + 8 > frame.bytes.length || random.oneIn(3)) continue;
      frame.bytes.fill(0, transport + 4, transport + 8);
    }
  },
};

/** Damages frames in one to eight ways; gives the names of what was done. */
export function mutate(frames: FuzzFrame[], random: Seeded): string[] {
  const names = Object.keys(MUTATIONS);
  const done: string[] = [];
  for (let i = 1 + random.below(random.oneIn(3) ? 30 : 8); i > 0 && frames.length > 1; i--) {
    // what destroys a lot comes seldom
    const name = random.oneIn(12) ? random.pick(names) : names[random.below(names.length - 2)]!;
    done.push(name);
    MUTATIONS[name]!(frames, random);
  }
  return done;
}

/** A copy of one message with its bits, numbers, lengths, texts or number of octets changed. */
export function changeOctets(message: Uint8Array, random: Seeded): Uint8Array {
  const bytes = Uint8Array.from(message);
  const at = random.below(bytes.length);
  switch (random.below(8)) {
    case 0:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.pick(EDGES);
      return bytes;
    case 2:
      if (bytes.length >= 4) setEdge(bytes, random.below(bytes.length - 3), random);
      return bytes;
    case 3:
      changeLength(bytes, 0, random);
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5: {
      // some octets once more, or away
      const end = at + 1 + random.below(Math.min(32, bytes.length - at));
      const times = random.oneIn(2) ? 0 : 2 + random.below(random.oneIn(10) ? 200 : 4);
      const repeated = Array.from({ length: times }, () => bytes.subarray(at, end));
      return Buffer.concat([bytes.subarray(0, at), ...repeated, bytes.subarray(end)]);
    }
    case 6:
      for (let i = 1 + random.below(8); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    default: {
      const from = random.below(bytes.length);
      bytes.copyWithin(at, from, from + 1 + random.below(bytes.length - from));
      return bytes;
    }
  }
}

/** Damages a file as it is, headers of the capture format included. */
export function mutateFile(file: Uint8Array, random: Seeded): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let i = 1 + random.below(12); i > 0 && bytes.length > 8; i--) {
    const at = random.oneIn(3) ? random.below(Math.min(200, bytes.length)) : random.below(bytes.length);
    if (random.oneIn(8)) bytes = bytes.slice(0, at);
    else if (random.oneIn(8))
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random.below(9))]);
    else bytes[at] = random.oneIn(2) ? random.pick(EDGES) : random.below(256);
  }
  return bytes;
}

function owned(frames: FuzzFrame[], random: Seeded, at = random.below(frames.length)): FuzzFrame {
  const frame = frames[at]!;
  const copy = { ...frame, bytes: Uint8Array.from(frame.bytes) };
  frames[at] = copy;
  return copy;
}

/** Calls back with a frame that carries payload, and where that begins; a few tries. */
function onPayload(frames: FuzzFrame[], random: Seeded, change: (bytes: Uint8Array, from: number) => void): void {
  for (let tries = 0; tries < 8; tries++) {
    const at = random.below(frames.length);
    const { payload } = layoutOf(frames[at]!);
    if (payload >= frames[at]!.bytes.length) continue;
    const { bytes } = owned(frames, random, at);
    // the beginning of a payload holds most of its structure
    const end = random.oneIn(2) ? bytes.length : Math.min(bytes.length, payload + 120);
    change(bytes.subarray(0, end), payload);
    return;
  }
}

/** Puts a number that breaks counts in place of two or four octets. */
function setEdge(bytes: Uint8Array, at: number, random: Seeded): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = random.pick(WIDE_EDGES);
  if (random.oneIn(2)) view.setUint16(at, value, random.oneIn(2));
  else view.setUint32(at, value, random.oneIn(2));
}

/** Changes a number that may well be a length: one that equals, or nearly so, the octets that follow it. */
function changeLength(bytes: Uint8Array, from: number, random: Seeded): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: [at: number, width: 1 | 2 | 4, littleEndian: boolean][] = [];
  for (let at = from; at + 4 <= bytes.length; at++) {
    const left = bytes.length - at;
    const fits = (value: number, width: number) => value > 0 && value <= left - width && value > left >> 4;
    if (fits(view.getUint16(at), 2)) found.push([at, 2, false]);
    if (fits(view.getUint16(at, true), 2)) found.push([at, 2, true]);
    if (fits(view.getUint32(at), 4)) found.push([at, 4, false]);
    if (fits(view.getUint32(at, true), 4)) found.push([at, 4, true]);
    if (fits(bytes[at]!, 1)) found.push([at, 1, false]);
  }
  if (found.length === 0) return;
  const [at, width, littleEndian] = random.pick(found);
  const by = random.pick([1, -1, 2, -2, 4, -4, 8, 255, 256, 0x7fff, 0x1_0000, 0x7fff_ffff]);
  if (width === 1) bytes[at]! += by;
  else if (width === 2) view.setUint16(at, view.getUint16(at, littleEndian) + by, littleEndian);
  else view.setUint32(at, view.getUint32(at, littleEndian) + by, littleEndian);
}

/** Reads as far as needed to find the payload; of anything but IP in Ethernet all is payload. */
function layoutOf({ bytes, linkType }: FuzzFrame): Layout {
  const all: Layout = { ip: -1, transport: -1, payload: 0 };
  if (linkType !== 1 || bytes.length < 34) return all;
  let ip = 14;
  let type = bytes[12]! * 256 + bytes[13]!;
  if (type === 0x8100) {
    type = bytes[16]! * 256 + bytes[17]!;
    ip = 18;
  }
  if (type !== 0x0800 && type !== 0x86dd) return { ...all, payload: ip };
  const isV4 = type === 0x0800;
  const transport = ip + (isV4 ? (bytes[ip]! & 15) * 4 : 40);
  const proto = bytes[ip + (isV4 ? 9 : 6)];
  if (proto === 17) return { ip, transport, payload: transport + 8 };
  if (proto !== 6) return { ip, transport: -1, payload: transport };
  return { ip, transport, payload: transport + ((bytes[transport + 12] ?? 0x50) >> 4) * 4 };
}
