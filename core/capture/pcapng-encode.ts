import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  SECTION_HEADER,
} from "./pcapng-blocks.ts";

/** What a section header says of who wrote it. */
export interface SectionText {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comments?: readonly string[];
}

/** An interface to describe; times of its frames are in ns. */
export interface InterfaceText {
  readonly linkType: number;
  /** Most octets kept of a frame; 0: no limit. */
  readonly snapLength: number;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly filter?: string | null;
  readonly os?: string | null;
  readonly hardware?: string | null;
  readonly fcsOctets?: number | null;
  readonly comments?: readonly string[];
}

/** Section header block, little-endian, of unstated length. draft-ietf-opsawg-pcapng 4.1 */
export function encodeSection(text: SectionText): Uint8Array {
  const options = encodeOptions([
    ...commentsOf(text.comments),
    textOf(2, text.hardware),
    textOf(3, text.os),
    textOf(4, text.application),
  ]);
  const { bytes, view } = newBlock(SECTION_HEADER, 16, options);
  view.setUint32(8, BYTE_ORDER_MAGIC, true);
  view.setUint16(12, 1, true);
  view.setUint16(14, 0, true);
  view.setBigInt64(16, -1n, true);
  return bytes;
}

/** Interface description block. 4.2 */
export function encodeInterface(text: InterfaceText): Uint8Array {
  const filter = text.filter ?? null;
  const options = encodeOptions([
    ...commentsOf(text.comments),
    textOf(2, text.name),
    textOf(3, text.description),
    [9, Uint8Array.of(9)],
    filter === null ? null : [11, Buffer.concat([Uint8Array.of(0), Buffer.from(filter)])],
    textOf(12, text.os),
    text.fcsOctets === null || text.fcsOctets === undefined ? null : [13, Uint8Array.of(text.fcsOctets)],
    textOf(15, text.hardware),
  ]);
  const { bytes, view } = newBlock(INTERFACE_DESCRIPTION, 8, options);
  view.setUint16(8, text.linkType, true);
  view.setUint32(12, text.snapLength, true);
  return bytes;
}

/**
 * Enhanced packet block. 4.3
 * @param ts ns since 1970 UTC; the format has no times before that.
 */
export function encodePacket(
  interfaceId: number,
  ts: bigint,
  wireLength: number,
  frame: Uint8Array,
  comments: readonly string[] = [],
): Uint8Array {
  const padded = frame.length + (-frame.length & 3);
  const { bytes, view } = newBlock(ENHANCED_PACKET, 20 + padded, encodeOptions(commentsOf(comments)));
  const time = ts < 0n ? 0n : ts;
  view.setUint32(8, interfaceId, true);
  view.setUint32(12, Number(time >> 32n), true);
  view.setUint32(16, Number(time & 0xffff_ffffn), true);
  view.setUint32(20, frame.length, true);
  view.setUint32(24, wireLength, true);
  bytes.set(frame, 28);
  return bytes;
}

/** Counts of one interface; null ones are left out. Times are ns since 1970 UTC. */
export interface StatisticsText {
  readonly start: bigint;
  readonly end: bigint;
  /** Dropped by the interface or its driver, passed by the filter, dropped by the kernel, given to the recorder. */
  readonly driverDropped: number | null;
  readonly accepted: number | null;
  readonly kernelDropped: number | null;
  readonly delivered: number;
  readonly comments?: readonly string[];
}

/** Interface statistics block. 4.6 */
export function encodeStatistics(interfaceId: number, text: StatisticsText): Uint8Array {
  const options = encodeOptions([
    ...commentsOf(text.comments),
    [2, timeOf(text.start)],
    [3, timeOf(text.end)],
    text.driverDropped === null ? null : [5, countOf(text.driverDropped)],
    text.accepted === null ? null : [6, countOf(text.accepted)],
    text.kernelDropped === null ? null : [7, countOf(text.kernelDropped)],
    [8, countOf(text.delivered)],
  ]);
  const { bytes, view } = newBlock(INTERFACE_STATISTICS, 12, options);
  view.setUint32(8, interfaceId, true);
  bytes.set(timeOf(text.end), 12);
  return bytes;
}

/** A time as two 32-bit words, the upper first. */
function timeOf(ts: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(ts >> 32n), true);
  view.setUint32(4, Number(ts & 0xffff_ffffn), true);
  return bytes;
}

function countOf(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, Math.trunc(count))), true);
  return bytes;
}

type Option = readonly [code: number, value: Uint8Array] | null;

function newBlock(type: number, fixedOctets: number, options: Uint8Array): { bytes: Uint8Array; view: DataView } {
  const octets = 12 + fixedOctets + options.length;
  const bytes = new Uint8Array(octets);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, octets, true);
  bytes.set(options, 8 + fixedOctets);
  view.setUint32(octets - 4, octets, true);
  return { bytes, view };
}

function commentsOf(comments: readonly string[] = []): Option[] {
  return comments.map((comment) => textOf(1, comment));
}

/** Text longer than an option may be is cut at a character. */
function textOf(code: number, text: string | null | undefined): Option {
  if (text === null || text === undefined || text === "") return null;
  const value = Buffer.from(text);
  if (value.length <= MOST_OPTION_OCTETS) return [code, value];
  let end = MOST_OPTION_OCTETS;
  while (end > 0 && (value[end]! & 0xc0) === 0x80) end--;
  return [code, value.subarray(0, end)];
}

function encodeOptions(options: readonly Option[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const option of options) {
    if (option === null) continue;
    const [code, value] = option;
    const part = new Uint8Array(4 + value.length + (-value.length & 3));
    const view = new DataView(part.buffer);
    view.setUint16(0, code, true);
    view.setUint16(2, value.length, true);
    part.set(value, 4);
    parts.push(part);
  }
  return parts.length === 0 ? new Uint8Array(0) : Buffer.concat([...parts, new Uint8Array(4)]);
}

const MOST_OPTION_OCTETS = 0xfffc;
