import { ipv4Text, ipv6Text } from "../bytes/address.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { FieldNode } from "../contracts/window.ts";

/** Header fields of one frame with the octets of each, for a person who reads a packet. */
export interface FrameFields {
  readonly fields: readonly FieldNode[];
  /** Ends as the innermost header that was read names them, with ports where it has any. */
  readonly source: string;
  readonly destination: string;
  /** The innermost header that was read: "TCP", "ARP", ... */
  readonly protocol: string;
  /** The line that a packet list shows. */
  readonly info: string;
}

/** Headers inside each other that are followed; a hostile frame may hold more. */
const MOST_HEADERS = 16;
const MOST_OPTIONS = 40;

const ETHERTYPES: Readonly<Record<number, string>> = {
  0x0800: "IPv4",
  0x0806: "ARP",
  0x86dd: "IPv6",
  0x8100: "802.1Q",
  0x88a8: "802.1ad",
  0x8847: "MPLS",
};
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: "ICMP",
  2: "IGMP",
  4: "IPv4",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  47: "GRE",
  50: "ESP",
  58: "ICMPv6",
  132: "SCTP",
};
const TCP_FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
const TCP_OPTIONS: Readonly<Record<number, string>> = {
  2: "Maximum segment size",
  3: "Window scale",
  4: "SACK permitted",
  5: "SACK",
  8: "Timestamps",
};
/** Hop-by-hop, routing and destination options. RFC 8200, 4 */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;

/** What comes behind a header; null where nothing more is read. */
type Next = { readonly by: "ethertype" | "protocol"; readonly value: number } | null;
/** Adds a field that `read` takes from the reader. */
type Add = <T>(label: string, read: () => T, show?: (value: T) => string) => T;

/**
 * Reads the headers of a frame: link layer, VLAN tags, ARP, IPv4, IPv6 with its extensions, TCP with its options, UDP, ICMP;
 * what follows is shown as data. Never throws: a header that is cut short is shown as far as it goes.
 */
export function frameFields(bytes: Uint8Array, linkType: number): FrameFields {
  const reader = new HeaderReader(bytes);
  let next = reader.link(linkType);
  for (let i = 0; i < MOST_HEADERS && next !== null; i++) next = reader.header(next);
  return reader.result();
}

class HeaderReader {
  readonly #r: ByteReader;
  readonly #octets: number;
  readonly #fields: FieldNode[] = [];
  #source = "";
  #destination = "";
  #protocol = "frame";
  #info = "";
  /** End of what the innermost length field covers; octets behind it are padding. */
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#r = new ByteReader(bytes);
    this.#octets = bytes.length;
    this.#end = bytes.length;
  }

  link(linkType: number): Next {
    const r = this.#r;
    switch (linkType) {
      case 1:
        return this.#layer("Ethernet", (add) => {
          this.#destination = add("Destination", () => mac(r));
          this.#source = add("Source", () => mac(r));
          return this.#ethertype(add);
        });
      case 113: // LINKTYPE_LINUX_SLL
        return this.#layer("Linux cooked capture", (add) => {
          add("Packet type", () => r.u16be());
          add("Hardware type", () => r.u16be());
          add("Address length", () => r.u16be());
          this.#source = add("Address", () => mac(r));
          r.skip(2);
          return this.#ethertype(add);
        });
      case 276: // LINKTYPE_LINUX_SLL2
        return this.#layer("Linux cooked capture v2", (add) => {
          const next = this.#ethertype(add);
          r.skip(2);
          add("Interface", () => r.u32be());
          add("Hardware type", () => r.u16be());
          add("Packet type", () => r.u8());
          add("Address length", () => r.u8());
          this.#source = add("Address", () => mac(r));
          r.skip(2);
          return next;
        });
      case 0: // LINKTYPE_NULL: the family in the byte order of the machine that captured
      case 108:
        return this.#layer("Loopback", (add) => {
          const family = add("Family", () => r.u32be());
          return { by: "ethertype", value: family === 2 || family === 0x02000000 ? 0x0800 : 0x86dd };
        });
      case 101: // raw IP
      case 228:
      case 229:
        return { by: "ethertype", value: r.peekU8() >> 4 === 6 ? 0x86dd : 0x0800 };
      default:
        return null;
    }
  }

  header(next: NonNullable<Next>): Next {
    if (next.by === "ethertype") {
      if (next.value === 0x8100 || next.value === 0x88a8) return this.#vlan();
      if (next.value === 0x0806) return this.#arp();
      if (next.value === 0x0800) return this.#ipv4();
      if (next.value === 0x86dd) return this.#ipv6();
      return null;
    }
    if (next.value === 6) return this.#tcp();
    if (next.value === 17) return this.#udp();
    if (next.value === 1 || next.value === 58) return this.#icmp(PROTOCOLS[next.value]!);
    if (next.value === 4) return this.#ipv4();
    if (next.value === 41) return this.#ipv6();
    return null;
  }

  result(): FrameFields {
    const { pos } = this.#r;
    const end = Math.min(Math.max(this.#end, pos), this.#octets);
    const fields = [...this.#fields];
    if (end > pos) fields.push(leaf("Data", `${end - pos} octets`, pos, end));
    if (this.#octets > end) fields.push(leaf("Padding or trailer", `${this.#octets - end} octets`, end, this.#octets));
    return {
      fields,
      source: this.#source,
      destination: this.#destination,
      protocol: this.#protocol,
      info: this.#info,
    };
  }

  #layer(label: string, read: (add: Add) => Next): Next {
    if (this.#r.left === 0) return null;
    const from = this.#r.pos;
    const children: FieldNode[] = [];
    this.#protocol = label;
    const next = read((name, take, show = String) => {
      const start = this.#r.pos;
      const value = take();
      const isWhole = !this.#r.truncated;
      children.push(leaf(name, isWhole ? show(value) : "cut short", start, this.#r.pos));
      return value;
    });
    const value = this.#r.truncated ? "cut short" : this.#info;
    this.#fields.push({ label, value, from, to: this.#r.pos, children });
    return this.#r.truncated ? null : next;
  }

  #ethertype(add: Add): Next {
    const value = add(
      "Type",
      () => this.#r.u16be(),
      (type) => named(ETHERTYPES[type], `0x${type.toString(16).padStart(4, "0")}`),
    );
    this.#info = `${this.#source} to ${this.#destination || "all"}, type ${ETHERTYPES[value] ?? `0x${value.toString(16)}`}`;
    return { by: "ethertype", value };
  }

  #vlan(): Next {
    return this.#layer("VLAN tag", (add) => {
      add(
        "Priority and id",
        () => this.#r.u16be(),
        (tag) => `priority ${tag >> 13}, id ${tag & 0xfff}`,
      );
      return this.#ethertype(add);
    });
  }

  /** RFC 826 */
  #arp(): Next {
    const r = this.#r;
    return this.#layer("ARP", (add) => {
      add("Hardware type", () => r.u16be());
      add("Protocol type", () => r.u16be());
      add("Lengths", () => r.u16be());
      const operation = add(
        "Operation",
        () => r.u16be(),
        (value) => named(["", "request", "reply"][value], String(value)),
      );
      add("Sender's hardware address", () => mac(r));
      this.#source = add("Sender's address", () => ipv4Text(r));
      add("Target's hardware address", () => mac(r));
      this.#destination = add("Target's address", () => ipv4Text(r));
      this.#info =
        operation === 1
          ? `Who has ${this.#destination}? Tell ${this.#source}`
          : `Reply of ${this.#source} to ${this.#destination}`;
      return null;
    });
  }

  /** RFC 791, 3.1 */
  #ipv4(): Next {
    const r = this.#r;
    const start = r.pos;
    return this.#layer("IPv4", (add) => {
      const first = add(
        "Version and header length",
        () => r.u8(),
        (value) => `version ${value >> 4}, ${(value & 15) * 4} octets`,
      );
      add("Differentiated services", () => r.u8(), octetText);
      const total = add("Total length", () => r.u16be());
      if (total >= 20) this.#end = Math.min(this.#octets, start + total); // 0: the network card cuts it into segments
      add("Identification", () => r.u16be());
      const fragment = add("Flags and fragment offset", () => r.u16be(), fragmentText);
      add("Time to live", () => r.u8());
      const protocol = add(
        "Protocol",
        () => r.u8(),
        (value) => named(PROTOCOLS[value], String(value)),
      );
      add("Header checksum", () => r.u16be(), hex16);
      this.#source = add("Source", () => ipv4Text(r));
      this.#destination = add("Destination", () => ipv4Text(r));
      const options = (first & 15) * 4 - 20;
      if (options > 0)
        add(
          "Options",
          () => r.bytes(options).length,
          (count) => `${count} octets`,
        );
      this.#info = `${this.#source} to ${this.#destination}, ${PROTOCOLS[protocol] ?? `protocol ${protocol}`}`;
      return (fragment & 0x1fff) !== 0 ? null : { by: "protocol", value: protocol };
    });
  }

  /** RFC 8200, 3 and 4 */
  #ipv6(): Next {
    const r = this.#r;
    return this.#layer("IPv6", (add) => {
      add(
        "Version, traffic class, flow label",
        () => r.u32be(),
        (value) => `version ${value >>> 28}, class ${(value >>> 20) & 255}, label 0x${(value & 0xfffff).toString(16)}`,
      );
      const payload = add("Payload length", () => r.u16be());
      const protocolText = (value: number) => named(PROTOCOLS[value], String(value));
      let protocol = add("Next header", () => r.u8(), protocolText);
      add("Hop limit", () => r.u8());
      this.#source = add("Source", () => ipv6Text(r));
      this.#destination = add("Destination", () => ipv6Text(r));
      if (payload > 0) this.#end = Math.min(this.#octets, r.pos + payload);
      let isLater = false;
      for (let i = 0; i < MOST_HEADERS && (EXTENSIONS.has(protocol) || protocol === FRAGMENT); i++) {
        const kind = protocol;
        const extension = add(
          `Extension header ${kind}`,
          () => {
            const following = r.u8();
            const length = r.u8();
            const offset = kind === FRAGMENT ? r.u16be() : 0;
            r.skip(kind === FRAGMENT ? 4 : 6 + length * 8);
            return { following, offset };
          },
          ({ following }) => `next header ${protocolText(following)}`,
        );
        isLater ||= extension.offset >> 3 !== 0;
        protocol = extension.following;
        if (r.truncated) break;
      }
      this.#info = `${this.#source} to ${this.#destination}, ${PROTOCOLS[protocol] ?? `protocol ${protocol}`}`;
      return isLater ? null : { by: "protocol", value: protocol };
    });
  }

  /** RFC 9293, 3.1 */
  #tcp(): Next {
    const r = this.#r;
    const start = r.pos;
    return this.#layer("TCP", (add) => {
      const from = add("Source port", () => r.u16be());
      const to = add("Destination port", () => r.u16be());
      const sequence = add("Sequence number", () => r.u32be());
      const acknowledged = add("Acknowledgment number", () => r.u32be());
      const header = add(
        "Header length",
        () => r.u8(),
        (value) => `${(value >> 4) * 4} octets`,
      );
      const flags = add("Flags", () => r.u8(), flagsText);
      const window = add("Window", () => r.u16be());
      add("Checksum", () => r.u16be(), hex16);
      add("Urgent pointer", () => r.u16be());
      const end = Math.min(start + (header >> 4) * 4, this.#octets);
      for (let i = 0; i < MOST_OPTIONS && r.pos < end && !r.truncated; i++) this.#tcpOption(add, end);
      if (r.pos < end) r.seek(end);
      const payload = Math.max(0, this.#end - r.pos);
      this.#ports(from, to);
      this.#info = `${from} to ${to} [${flagsText(flags)}] seq ${sequence} ack ${acknowledged} window ${window}, ${payload} octets`;
      return null;
    });
  }

  #tcpOption(add: Add, end: number): void {
    const r = this.#r;
    const kind = r.peekU8();
    if (kind < 2) {
      add(`Option: ${kind === 0 ? "end" : "no operation"}`, () => r.u8());
      if (kind === 0) r.seek(end);
      return;
    }
    const length = Math.max(2, r.peekU8(1));
    add(
      `Option: ${TCP_OPTIONS[kind] ?? `kind ${kind}`}`,
      () => {
        r.skip(2);
        const bytes = r.bytes(Math.min(length, end - r.pos + 2) - 2);
        return { kind, bytes };
      },
      optionText,
    );
  }

  /** RFC 768 */
  #udp(): Next {
    const r = this.#r;
    const start = r.pos;
    return this.#layer("UDP", (add) => {
      const from = add("Source port", () => r.u16be());
      const to = add("Destination port", () => r.u16be());
      const length = add("Length", () => r.u16be());
      add("Checksum", () => r.u16be(), hex16);
      if (length >= 8) this.#end = Math.min(this.#end, start + length);
      this.#ports(from, to);
      this.#info = `${from} to ${to}, ${Math.max(0, length - 8)} octets`;
      return null;
    });
  }

  #icmp(label: string): Next {
    const r = this.#r;
    return this.#layer(label, (add) => {
      const type = add("Type", () => r.u8());
      const code = add("Code", () => r.u8());
      add("Checksum", () => r.u16be(), hex16);
      this.#info = `type ${type}, code ${code}`;
      return null;
    });
  }

  #ports(from: number, to: number): void {
    this.#source = withPort(this.#source, from);
    this.#destination = withPort(this.#destination, to);
  }
}

function leaf(label: string, value: string, from: number, to: number): FieldNode {
  return { label, value, from, to, children: [] };
}

function withPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function named(name: string | undefined, code: string): string {
  return name === undefined ? code : `${name} (${code})`;
}

function mac(r: ByteReader): string {
  return [...r.bytes(6)].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

function octetText(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, "0")}`;
}

function flagsText(flags: number): string {
  return TCP_FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0).join(" ") || "none";
}

function fragmentText(value: number): string {
  const flags = [(value & 0x4000) !== 0 && "don't fragment", (value & 0x2000) !== 0 && "more fragments"].filter(
    Boolean,
  );
  const offset = (value & 0x1fff) * 8;
  return [...flags, ...(offset > 0 ? [`offset ${offset}`] : [])].join(", ") || "none";
}

function optionText({ kind, bytes }: { kind: number; bytes: Uint8Array }): string {
  const r = new ByteReader(bytes);
  if (kind === 2) return String(r.u16be());
  if (kind === 3) return `shift ${r.u8()}`;
  if (kind === 8) return `value ${r.u32be()}, echo ${r.u32be()}`;
  return bytes.length === 0 ? "" : `${bytes.length} octets`;
}
