import type { ByteReader } from "../bytes/reader.ts";
import type { CaptureInterface, CaptureSection, InterfaceStatistics, NameResolution } from "./capture-file.ts";
import { int64Option, notTooLong, octetOption, readOptions, textOption, type BlockOptions } from "./pcapng-options.ts";
import { EARLIEST_NS, LATEST_NS, USUAL_RESOLUTION, exactNs, type TimeScale } from "./pcapng-time.ts";

/** Block types. draft-ietf-opsawg-pcapng 11.1 */
export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const PACKET = 2;
export const SIMPLE_PACKET = 3;
export const NAME_RESOLUTION = 4;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;
export const SYSTEMD_JOURNAL = 9;
export const DECRYPTION_SECRETS = 10;
export const CUSTOM = 0xbad;
export const CUSTOM_NO_COPY = 0x40000bad;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** True for whole blocks of some types only, in the byte order of this machine. */
export function hasOnlyBlocks(octets: Buffer, types: ReadonlySet<number>): boolean {
  let at = 0;
  while (octets.length - at >= 12 && types.has(octets.readUInt32LE(at))) at += octets.readUInt32LE(at + 4) || 12;
  return at === octets.length;
}

/** For people: what a block is that is counted only. */
export function blockName(type: number, enterprise: number): string {
  const known = NAMES.get(type);
  if (type === CUSTOM || type === CUSTOM_NO_COPY) return `custom block of enterprise ${enterprise}`;
  if (known !== undefined) return known;
  if (type >= 0x201 && type <= 0x2ff) return "sysdig block";
  return type >= 0x8000_0000 ? "block for local use" : "block of unknown type";
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [7, "IRIG timestamp block"],
  [8, "ARINC 429 block"],
  [SYSTEMD_JOURNAL, "systemd journal entry"],
  [0x101, "Hone machine info block"],
  [0x102, "Hone connection event block"],
  [0x8000_0001, "Darwin process event block"],
]);

/** Body of a section header block: `r` stands behind the total length. 4.1 */
export function readSection(
  r: ByteReader,
  offset: number,
): { section: CaptureSection; major: number; littleEndian: boolean; options: BlockOptions } {
  const littleEndian = r.u32le() === BYTE_ORDER_MAGIC;
  const major = r.u16(littleEndian);
  const minor = r.u16(littleEndian);
  r.skip(8); // section length: the blocks themselves are walked instead
  const options = readOptions(r, littleEndian);
  const section: CaptureSection = {
    offset,
    byteOrder: littleEndian ? "little" : "big",
    version: `${major}.${minor}`,
    hardware: textOption(options, 2),
    os: textOption(options, 3),
    application: textOption(options, 4),
  };
  return { section, major, littleEndian, options };
}

/** Addresses of one interface. */
const MOST_ADDRESSES = 256;

/** Body of an interface description block; null if it stops early. 4.2 */
export function readInterface(
  r: ByteReader,
  littleEndian: boolean,
  index: number,
  section: number,
): { description: CaptureInterface; options: BlockOptions } | null {
  const linkType = r.u16(littleEndian);
  r.skip(2);
  const snapLength = r.u32(littleEndian);
  if (r.truncated) return null;
  const options = readOptions(r, littleEndian);
  const addresses = [
    ...(options.values.get(4) ?? []).filter((v) => v.length === 8).map((v) => ipv4Text(v)),
    ...(options.values.get(5) ?? []).filter((v) => v.length === 17).map((v) => ipv6Text(v)),
  ];
  options.omitted += Math.max(0, addresses.length - MOST_ADDRESSES);
  const description: CaptureInterface = {
    index,
    section,
    name: textOption(options, 2),
    description: textOption(options, 3),
    linkType,
    snapLength,
    timeResolution: octetOption(options, 9) ?? USUAL_RESOLUTION,
    timeOffset: int64Option(options, 14, littleEndian, true) ?? 0n,
    filter: filterText(options),
    os: textOption(options, 12),
    hardware: textOption(options, 15),
    fcsOctets: octetOption(options, 13),
    macAddress: macText(options.values.get(6)?.[0]),
    speedBitsPerSecond: int64Option(options, 8, littleEndian),
    addresses: addresses.slice(0, MOST_ADDRESSES),
    statistics: null,
  };
  return { description, options };
}

/** Body of an interface statistics block behind its interface id. 4.6 */
export function readStatistics(
  r: ByteReader,
  littleEndian: boolean,
  scale: TimeScale,
): { statistics: InterfaceStatistics; options: BlockOptions } {
  const high = r.u32(littleEndian);
  const low = r.u32(littleEndian);
  const options = readOptions(r, littleEndian);
  const time = (code: number): bigint | null => {
    const value = options.values.get(code)?.[0];
    if (value?.length !== 8) return null;
    const view = new DataView(value.buffer, value.byteOffset, 8);
    return within64(exactNs(view.getUint32(0, littleEndian), view.getUint32(4, littleEndian), scale));
  };
  const statistics: InterfaceStatistics = {
    ts: within64(exactNs(high, low, scale)),
    start: time(2),
    end: time(3),
    received: int64Option(options, 4, littleEndian),
    dropped: int64Option(options, 5, littleEndian),
    filterAccepted: int64Option(options, 6, littleEndian),
    osDropped: int64Option(options, 7, littleEndian),
    delivered: int64Option(options, 8, littleEndian),
  };
  return { statistics, options };
}

/** Entries of one block that are kept. */
const MOST_ENTRIES = 65_536;

/** An entry of a name resolution block, and octets of the block that it takes. */
interface NamesRead {
  readonly entry: NameResolution;
  readonly octets: number;
}

/** Body of a name resolution block; `omitted`: entries that are too many. 4.5 */
export function readNames(
  r: ByteReader,
  littleEndian: boolean,
): { read: NamesRead[]; omitted: number; options: BlockOptions } {
  const read: NamesRead[] = [];
  let omitted = 0;
  while (r.left >= 4) {
    const type = r.u16(littleEndian);
    const length = r.u16(littleEndian);
    if (type === 0 || length > r.left) break;
    const value = r.bytes(length);
    r.skip(Math.min(-length & 3, r.left));
    const addressOctets = ADDRESS_OCTETS[type];
    if (addressOctets === undefined || length < addressOctets) continue;
    if (read.length >= MOST_ENTRIES) {
      omitted++;
      continue;
    }
    const texts = Buffer.from(value.subarray(addressOctets)).toString("utf8").split("\0");
    const entry = { address: addressText(type, value), names: texts.filter((text) => text !== "") };
    read.push({ entry, octets: length });
  }
  return { read, omitted, options: readOptions(r, littleEndian) };
}

/** Limits a time to the years 1900 to 2189, of which 64 bits of ns can say every span. */
export function within64(ns: bigint): bigint {
  return ns > LATEST_NS ? LATEST_NS : ns < EARLIEST_NS ? EARLIEST_NS : ns;
}

/** nrb_record_ipv4, _ipv6, _eui48, _eui64: octets of the address. */
const ADDRESS_OCTETS: readonly (number | undefined)[] = [undefined, 4, 16, 6, 8];

function addressText(type: number, value: Uint8Array): string {
  if (type === 1) return ipv4Text(value);
  if (type === 2) return ipv6Text(value);
  return hexOctets(value.subarray(0, type === 3 ? 6 : 8));
}

function ipv4Text(value: Uint8Array): string {
  return value.subarray(0, 4).join(".");
}

/** RFC 5952 text: no leading zeros, the longest run of two or more zero groups as "::". */
function ipv6Text(value: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value[2 * i] ?? 0) << 8) | (value[2 * i + 1] ?? 0));
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let zeros = 0;
    while (i + zeros < 8 && groups[i + zeros] === 0) zeros++;
    if (zeros > runLength) {
      runStart = i;
      runLength = zeros;
    }
    i += zeros;
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return runStart < 0 ? text(0, 8) : `${text(0, runStart)}::${text(runStart + runLength, 8)}`;
}

function macText(value: Uint8Array | undefined): string | null {
  return value?.length === 6 ? hexOctets(value) : null;
}

function hexOctets(value: Uint8Array): string {
  return Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** if_filter: one octet of kind, then text (0) or BPF instructions (1). 4.2 */
function filterText(options: BlockOptions): string | null {
  const value = options.values.get(11)?.[0];
  if (value === undefined || value.length === 0) return null;
  if (value[0] === 0)
    return Buffer.from(notTooLong(options, value.subarray(1)))
      .toString("utf8")
      .replace(/(?<!\0)\0+$/, "");
  return `BPF program of ${Math.floor((value.length - 1) / 8)} instructions`;
}
