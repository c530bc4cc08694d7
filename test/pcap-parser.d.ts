declare module "pcap-parser" {
  /** Events of the npm module pcap-parser, as far as the tests use them. */
  interface PcapParser {
    on(event: "packet", listener: (packet: { header: { capturedLength: number } }) => void): void;
    on(event: "end" | "error", listener: () => void): void;
  }
  export function parse(path: string): PcapParser;
}
