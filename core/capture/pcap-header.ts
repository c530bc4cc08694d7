/** What the header of a pcap file says, and which of the known variants it is. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  /** Octets before the first record. */
  readonly headerOctets: number;
  /** Octets before each frame: 16, or more in variants. */
  readonly recordOctets: number;
  readonly major: number;
  readonly minor: number;
  /** Seconds that local time differs from UTC; 0 in practice, and never applied. */
  readonly zone: number;
  readonly snapLength: number;
  readonly linkType: number;
  /** Octets of frame check sequence at the end of each frame; null: not said. */
  readonly fcsOctets: number | null;
  /** Old writers put the length on the wire before the captured one. */
  readonly lengths: "usual" | "swapped" | "swapped-where-larger";
  /** For people: "pcap 2.4, nanoseconds, big-endian". */
  readonly format: string;
}

/** Octets of a usual pcap file header. */
export const PCAP_HEADER_OCTETS = 24;

/**
 * Reads a pcap file header. Variants as libpcap (sf-pcap.c) and Wireshark (wiretap/libpcap.h) document them.
 * @param head First octets of the capture; with some records in it, variants of equal magic are told apart.
 * @returns null if this is no pcap file.
 */
export function parsePcapHeader(head: Uint8Array): PcapHeader | null {
  if (head.length < PCAP_HEADER_OCTETS) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const littleEndian = MAGICS.has(view.getUint32(0, true));
  const magic = MAGICS.get(view.getUint32(0, littleEndian));
  if (magic === undefined) return null;
  const major = view.getUint16(4, littleEndian);
  const minor = view.getUint16(6, littleEndian);
  const network = view.getUint32(20, littleEndian);
  // AIX: version 2.2 with ifType numbers for the link type and nanoseconds for microseconds.
  const aix = magic.name === "pcap" && major === 2 && minor === 2 ? AIX_LINK_TYPES.get(network) : undefined;
  const nanoseconds = magic.nanoseconds || aix !== undefined;
  const hasFcs = aix === undefined && (network & 0x0400_0000) !== 0;
  const common = {
    littleEndian,
    nanoseconds,
    headerOctets: PCAP_HEADER_OCTETS + magic.extraHeader,
    major,
    minor,
    zone: view.getInt32(8, littleEndian),
    snapLength: view.getUint32(16, littleEndian),
    linkType: aix ?? network & 0xffff,
    fcsOctets: hasFcs ? (network >>> 28) * 2 : null,
    lengths: lengthsOf(major, minor, aix !== undefined),
  };
  const recordOctets = likeliestRecord(view, common, magic.records);
  const variant = variantName(magic.name, recordOctets, aix !== undefined);
  const resolution = nanoseconds ? "nanoseconds" : "microseconds";
  const order = littleEndian ? "little-endian" : "big-endian";
  return { ...common, recordOctets, format: `${variant} ${major}.${minor}, ${resolution}, ${order}` };
}

interface Magic {
  readonly name: string;
  readonly nanoseconds: boolean;
  /** Octets of the file header beyond the usual 24. */
  readonly extraHeader: number;
  /** Sizes a record header may have, likeliest first. */
  readonly records: readonly number[];
}

const RECORD = 16;
const RECORD_NOKIA = 20;
const RECORD_KUZNETZOV = 24;
const RECORD_KUZNETZOV_990915 = 28;

const MAGICS: ReadonlyMap<number, Magic> = new Map([
  [0xa1b2c3d4, { name: "pcap", nanoseconds: false, extraHeader: 0, records: [RECORD, RECORD_KUZNETZOV, RECORD_NOKIA] }],
  [0xa1b23c4d, { name: "pcap", nanoseconds: true, extraHeader: 0, records: [RECORD] }],
  [
    0xa1b2cd34,
    {
      name: "modified pcap",
      nanoseconds: false,
      extraHeader: 0,
      records: [RECORD_KUZNETZOV, RECORD_KUZNETZOV_990915],
    },
  ],
  [0x1c0001ac, { name: "Ixia lcap (hardware)", nanoseconds: true, extraHeader: 4, records: [RECORD] }],
  [0x1c0001ab, { name: "Ixia lcap (software)", nanoseconds: false, extraHeader: 4, records: [RECORD] }],
]);

/** RFC 1573 ifType -> LINKTYPE_*: Ethernet, token ring, FDDI, loopback. */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

function lengthsOf(major: number, minor: number, aix: boolean): PcapHeader["lengths"] {
  if (aix) return "usual";
  if (major === 543 || (major === 2 && minor < 3)) return "swapped";
  return major === 2 && minor === 3 ? "swapped-where-larger" : "usual";
}

/** The record size with which most of the first records make sense. */
function likeliestRecord(
  view: DataView,
  header: Pick<PcapHeader, "littleEndian" | "nanoseconds" | "headerOctets" | "snapLength" | "lengths">,
  sizes: readonly number[],
): number {
  let best = sizes[0]!;
  let bestRecords = -1;
  for (const size of sizes) {
    const records = sensibleRecords(view, header, size);
    if (records > bestRecords) {
      best = size;
      bestRecords = records;
    }
  }
  return best;
}

function sensibleRecords(
  view: DataView,
  header: Pick<PcapHeader, "littleEndian" | "nanoseconds" | "headerOctets" | "snapLength" | "lengths">,
  size: number,
): number {
  const fraction = header.nanoseconds ? 1e9 : 1e6;
  let at = header.headerOctets;
  let records = 0;
  while (records < RECORDS_TO_JUDGE && at + RECORD <= view.byteLength) {
    const first = view.getUint32(at + 8, header.littleEndian);
    const second = view.getUint32(at + 12, header.littleEndian);
    const swapped = header.lengths === "swapped" || (header.lengths === "swapped-where-larger" && first > second);
    const captured = swapped ? second : first;
    const onWire = swapped ? first : second;
    if (captured > 262_144 || captured > onWire || onWire > 1 << 27) break;
    if (view.getUint32(at + 4, header.littleEndian) >= fraction) break;
    records++;
    at += size + captured;
  }
  return records;
}

const RECORDS_TO_JUDGE = 4;

function variantName(name: string, recordOctets: number, aix: boolean): string {
  if (aix) return "AIX pcap";
  if (name !== "pcap") return recordOctets === RECORD_KUZNETZOV_990915 ? "modified pcap (ss990915)" : name;
  if (recordOctets === RECORD_NOKIA) return "Nokia pcap";
  return recordOctets === RECORD_KUZNETZOV ? "modified pcap (ss990417)" : "pcap";
}
