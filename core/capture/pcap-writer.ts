import { OutputFile } from "./output-file.ts";

/** Writes frames of one link type to a classic pcap file with times in ns, little-endian. */
export class PcapWriter {
  readonly #out: OutputFile;
  readonly #record = new Uint8Array(16);
  readonly #view = new DataView(this.#record.buffer);

  private constructor(out: OutputFile) {
    this.#out = out;
  }

  /** @throws BacktrailError where the file cannot be made. */
  static async create(path: string, linkType: number, snapLength = 262_144): Promise<PcapWriter> {
    const writer = new PcapWriter(await OutputFile.create(path));
    await writer.#out.write(encodePcapHeader(linkType, snapLength));
    return writer;
  }

  /** @param ts ns since 1970 UTC; the format has the years 1970 to 2106. */
  async frame(ts: bigint, wireLength: number, frame: Uint8Array): Promise<void> {
    const time = ts < 0n ? 0n : ts;
    this.#view.setUint32(0, Number(time / 1_000_000_000n), true);
    this.#view.setUint32(4, Number(time % 1_000_000_000n), true);
    this.#view.setUint32(8, frame.length, true);
    this.#view.setUint32(12, wireLength, true);
    await this.#out.write(this.#record);
    await this.#out.write(frame);
  }

  /** The file is whole only after this. */
  async close(): Promise<void> {
    await this.#out.close();
  }
}

/** File header of a pcap with times in ns. */
export function encodePcapHeader(linkType: number, snapLength: number): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b23c4d, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return header;
}
