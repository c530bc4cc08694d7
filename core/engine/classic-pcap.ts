import { PcapWriter } from "../capture/pcap-writer.ts";
import type { CarvedFile } from "../case/carve.ts";
import { BacktrailError } from "../contracts/result.ts";

/**
 * Carved packets as a classic pcap with times in ns: for tools that read nothing newer. It has one link type and no comments, so what the
 * packets prove and where they come from stands in the journal only.
 */
export function createClassicPcap(path: string): CarvedFile {
  let file: { readonly writer: PcapWriter; readonly linkType: number } | null = null;
  let interfaces = 0;
  return {
    async addInterface({ linkType }) {
      file ??= { writer: await PcapWriter.create(path, linkType), linkType };
      if (file.linkType !== linkType)
        throw new BacktrailError(
          "mixed-link-types",
          `The packets are of two link types (${file.linkType} and ${linkType}), and a classic pcap holds one: give a name that ends in .pcapng.`,
        );
      return interfaces++;
    },
    async frame(_, ts, wireLength, frame) {
      if (file === null) throw new Error("a frame came before its interface");
      await file.writer.frame(ts, wireLength, frame);
    },
    async close() {
      await file?.writer.close();
    },
  };
}
