import { OutputFile } from "./output-file.ts";
import { encodeInterface, encodePacket, encodeSection, type InterfaceText, type SectionText } from "./pcapng-encode.ts";

/** Writes frames to a pcapng file: one section, times in ns, comments on the file, its interfaces and its frames. */
export class PcapngWriter {
  readonly #out: OutputFile;
  #interfaces = 0;

  private constructor(out: OutputFile) {
    this.#out = out;
  }

  /** @throws BacktrailError where the file cannot be made. */
  static async create(path: string, section: SectionText): Promise<PcapngWriter> {
    const writer = new PcapngWriter(await OutputFile.create(path));
    await writer.#out.write(encodeSection(section));
    return writer;
  }

  /** Describes an interface; returns its id for `frame`. */
  async addInterface(text: InterfaceText): Promise<number> {
    await this.#out.write(encodeInterface(text));
    return this.#interfaces++;
  }

  /** @param ts ns since 1970 UTC. */
  async frame(
    interfaceId: number,
    ts: bigint,
    wireLength: number,
    frame: Uint8Array,
    comments: readonly string[] = [],
  ): Promise<void> {
    await this.#out.write(encodePacket(interfaceId, ts, wireLength, frame, comments));
  }

  /** The file is whole only after this. */
  async close(): Promise<void> {
    await this.#out.close();
  }
}
