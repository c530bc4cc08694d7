import type { ByteReader } from "../bytes/reader.ts";
import {
  METADATA_LIMIT,
  addNote,
  type CaptureComment,
  type CaptureFile,
  type CaptureInterface,
} from "./capture-file.ts";
import {
  CUSTOM,
  CUSTOM_NO_COPY,
  DECRYPTION_SECRETS,
  INTERFACE_STATISTICS,
  NAME_RESOLUTION,
  blockName,
  readInterface,
  readNames,
  readSection,
  readStatistics,
} from "./pcapng-blocks.ts";
import { readOptions, type BlockOptions } from "./pcapng-options.ts";
import { timeScale, type TimeScale } from "./pcapng-time.ts";

/** The frames of the file that come before a block. */
export interface FramesBefore {
  readonly frame: number;
  /** Their latest time, null if there are none; worked out only when it is asked for. */
  readonly ts: () => bigint | null;
}

/** What the blocks of a pcapng file say besides frames: the current section's interfaces, and what is kept of the file. */
export class PcapngMetadata {
  littleEndian = true;
  /** Of the current section, by interface id: link type, row of the file's list, ns in a unit (0: not quick). */
  readonly links: number[] = [];
  readonly rowOf: number[] = [];
  readonly quick: number[] = [];
  readonly scales: TimeScale[] = [];
  readonly #file: CaptureFile;
  #unknown = new Set<number>();
  #kept = 0;

  constructor(file: CaptureFile) {
    this.#file = file;
  }

  /** Interfaces of the current section. */
  get count(): number {
    return this.links.length;
  }

  interfaceOf(id: number): CaptureInterface | undefined {
    const row = this.rowOf[id];
    return row === undefined ? undefined : this.#file.interfaces[row];
  }

  /** True the first time that `id` is asked for in this section. */
  firstTimeUnknown(id: number): boolean {
    if (this.#unknown.has(id) || this.#unknown.size >= MOST_UNKNOWN) return false;
    this.#unknown.add(id);
    return true;
  }

  /** Begins a section; returns its major version. `r` stands behind the total length. */
  section(r: ByteReader, offset: number): number {
    const { section, major, littleEndian, options } = readSection(r, offset);
    this.littleEndian = littleEndian;
    this.links.length = 0;
    this.rowOf.length = 0;
    this.quick.length = 0;
    this.scales.length = 0;
    this.#unknown = new Set();
    if (this.#file.sections.length === 0) {
      const order = littleEndian ? "little-endian" : "big-endian";
      this.#file.format = `pcapng ${section.version}, ${order}`;
    }
    const { hardware, os, application } = section;
    if (this.#keeps(ENTRY + lengthOf([hardware, os, application]))) this.#file.sections.push(section);
    this.#comments("section", 0, options);
    return major;
  }

  /** Adds an interface; false if the block stops early. */
  describe(r: ByteReader): boolean {
    const { interfaces } = this.#file;
    if (interfaces.length >= MOST_INTERFACES) {
      addNote(this.#file, `More than ${MOST_INTERFACES} interfaces: the frames of the others are left out.`);
      return true;
    }
    const read = readInterface(r, this.littleEndian, interfaces.length, Math.max(0, this.#file.sections.length - 1));
    if (read === null) return false;
    const { description, options } = read;
    const scale = timeScale(description.timeResolution, description.timeOffset);
    this.links.push(description.linkType);
    this.rowOf.push(interfaces.length);
    this.quick.push(scale.quick);
    this.scales.push(scale);
    if (scale.loses) {
      addNote(this.#file, "Some times are finer than a nanosecond or no whole number of them; they were rounded down.");
    }
    const { name, description: text, filter, os, hardware, addresses } = description;
    const said = lengthOf([name, text, filter, os, hardware, ...addresses]);
    interfaces.push(said === 0 || this.#keeps(ENTRY + said) ? description : { ...description, ...WITHOUT_TEXTS });
    this.#comments("interface", description.index, options);
    return true;
  }

  /** Any block but sections, interfaces and packets; false if it makes no sense. */
  block(type: number, r: ByteReader, offset: number, before: FramesBefore): boolean {
    const { littleEndian } = this;
    switch (type) {
      case INTERFACE_STATISTICS: {
        const id = r.u32(littleEndian);
        const scale = this.scales[id];
        const about = this.interfaceOf(id);
        if (scale === undefined || about === undefined || r.left < 8) return false;
        const { statistics, options } = readStatistics(r, littleEndian, scale);
        about.statistics = statistics;
        this.#comments("statistics", about.index, options);
        return true;
      }
      case NAME_RESOLUTION: {
        const { read, omitted, options } = readNames(r, littleEndian);
        this.#file.metadataOmitted += omitted;
        for (const { entry, octets } of read) {
          if (this.#keeps(ENTRY + TEXT * entry.names.length + octets)) this.#file.names.push(entry);
        }
        this.#comments("names", 0, options);
        return true;
      }
      case DECRYPTION_SECRETS: {
        const secretsType = r.u32(littleEndian);
        const length = r.u32(littleEndian);
        if (r.truncated || length > r.left) return false;
        const data = r.bytes(length);
        if (this.#keeps(ENTRY + length)) {
          const { frame, ts } = before;
          this.#file.secrets.push({ type: secretsType, data: Uint8Array.from(data), offset, frame, ts: ts() });
        }
        r.skip(Math.min(-length & 3, r.left));
        this.#comments("secrets", 0, readOptions(r, littleEndian));
        return true;
      }
      default:
        this.#count(type, type === CUSTOM || type === CUSTOM_NO_COPY ? r.u32(littleEndian) : 0);
        return !r.truncated;
    }
  }

  comment(of: CaptureComment["of"], about: number, text: string): void {
    const nul = text.indexOf("\0");
    const kept = nul < 0 ? text : text.slice(0, nul);
    if (this.#keeps(ENTRY + text.length)) this.#file.comments.push({ of, about, text: kept });
  }

  #comments(of: CaptureComment["of"], about: number, options: BlockOptions): void {
    this.#file.metadataOmitted += options.omitted;
    for (const text of options.comments) this.comment(of, about, text);
  }

  #count(type: number, enterprise: number): void {
    const name = blockName(type, enterprise);
    const known = this.#file.otherBlocks.find((other) => other.type === type && other.name === name);
    if (known !== undefined) known.count++;
    else if (this.#file.otherBlocks.length < MOST_OTHER) this.#file.otherBlocks.push({ type, name, count: 1 });
    else this.#file.metadataOmitted++;
  }

  #keeps(octets: number): boolean {
    if (this.#kept + octets > METADATA_LIMIT) {
      this.#file.metadataOmitted++;
      return false;
    }
    this.#kept += octets;
    return true;
  }
}

/** Octets of memory that an entry takes beside its texts, about; and a text beside its characters. */
const ENTRY = 64;
const TEXT = 24;
/** Of an interface that finds no room: what its frames need stays. */
const WITHOUT_TEXTS = { name: null, description: null, filter: null, os: null, hardware: null, addresses: [] };

function lengthOf(texts: readonly (string | null)[]): number {
  let sum = 0;
  for (const text of texts) if (text !== null) sum += TEXT + text.length;
  return sum;
}

/** Rows of the interface list are 16 bits. */
const MOST_INTERFACES = 65_535;
const MOST_UNKNOWN = 64;
const MOST_OTHER = 256;
