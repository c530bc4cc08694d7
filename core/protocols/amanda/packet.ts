import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Kinds of packets, by their number in a stream. common-src/packet.h */
const KINDS = ["REQ", "REP", "PREP", "ACK", "NAK"] as const;
export type PacketKind = (typeof KINDS)[number];

/** Length and handle before each piece of a connection. common-src/security-util.c */
export const FRAME_OCTETS = 8;
/** Longest piece that is believed. */
const MOST_FRAME = 1 << 26;

export interface AmandaPacket {
  readonly kind: PacketKind;
  readonly version: string | null;
  readonly body: string;
}

/** Octets of the piece at `r`; 0 if more are needed to tell, -1 if it is none. */
export function frameLength(r: ByteReader): number {
  if (r.left < FRAME_OCTETS) return 0;
  const octets = r.peekU32be();
  return octets > MOST_FRAME ? -1 : FRAME_OCTETS + octets;
}

/** A packet inside a stream: its kind, then text up to a NUL; null if it is none. */
export function parseStreamPacket(r: ByteReader): AmandaPacket | null {
  const kind = KINDS[r.u8()];
  if (kind === undefined || r.truncated) return null;
  return { kind, version: null, body: wireText(r, r.left).replace(/\0[^]*/, "") };
}

/** A packet in a datagram, or null if it is none. */
export function parseDatagram(r: ByteReader): AmandaPacket | null {
  const text = wireText(r, r.left).replace(/\0[^]*/, "");
  const found = /^Amanda (\d{1,2}\.\d{1,2}) (REQ|REP|PREP|ACK|NAK) HANDLE \S{1,64} SEQ \d{1,12}\n/.exec(text);
  return found === null
    ? null
    : { version: found[1]!, kind: found[2] as PacketKind, body: text.slice(found[0].length) };
}
