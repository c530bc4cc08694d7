import { encodeInterface, encodePacket, encodeSection } from "../core/capture/pcapng-encode.ts";
import { FrameOrder } from "../core/record/frame-order.ts";
import { PcapStream } from "../core/record/pcap-stream.ts";

/** When the frames of these streams begin, s since 1970 UTC. */
export const SECOND = 1_700_000_000;
export const HOLD_MS = 300;

/** A pcap stream as tcpdump writes it with `--time-stamp-precision=nano`: frames at these ns after `SECOND`. */
export function pcapStream(times: readonly number[], length = 60): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  const records = times.map((ns, i) => {
    const record = Buffer.alloc(16 + length, i);
    record.writeUInt32LE(SECOND + Math.floor(ns / 1e9), 0);
    record.writeUInt32LE(ns % 1e9, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length + 4, 12);
    return record;
  });
  return Buffer.concat([header, ...records]);
}

/** The same frames as dumpcap writes them to a file of pcapng. */
export function pcapngFile(times: readonly number[], length = 60): Buffer {
  const stream = pcapStream(times, length);
  const frames = times.map((ns, i) => {
    const at = 24 + i * (16 + length) + 16;
    return encodePacket(0, BigInt(SECOND) * 1_000_000_000n + BigInt(ns), length + 4, stream.subarray(at, at + length));
  });
  return Buffer.concat([encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0, name: "eth0" }), ...frames]);
}

/** Times (ns after `SECOND`) of the records that a stream gives when it comes in pieces of so many octets. */
export function timesOf(octets: Buffer, pieceOctets: number): number[] {
  const stream = new PcapStream();
  const times: number[] = [];
  const order = new FrameOrder((_, __, ___, high, low) => {
    times.push(Number(((BigInt(high) << 32n) | BigInt(low)) - BigInt(SECOND) * 1_000_000_000n));
  }, HOLD_MS);
  const source = order.add();
  for (let at = 0; at < octets.length; at += pieceOctets) {
    const piece = stream.push(octets.subarray(at, at + pieceOctets), 0);
    if (piece !== null) order.push(source, piece, stream.unitNs);
  }
  return times;
}
