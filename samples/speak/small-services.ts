import { ascii, ByteWriter, joined } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";

/** Client or server packet of NTP version 4. [RFC 5905 7.3] */
export function ntpPacket(isServer: boolean, nowMs: number, random: Random): Uint8Array {
  const seconds = Math.floor(nowMs / 1000) + 2_208_988_800;
  const stamp = (w: ByteWriter): ByteWriter => w.u32be(seconds).u32be(random.u32());
  const w = new ByteWriter(48)
    .u8(isServer ? 0x24 : 0x23)
    .u8(isServer ? 3 : 0)
    .u8(6)
    .u8(0xe9);
  w.u32be(isServer ? 0x0200 : 0)
    .u32be(isServer ? 0x0600 : 0)
    .bytes(isServer ? Uint8Array.of(192, 0, 2, 123) : new Uint8Array(4));
  if (!isServer) return stamp(w.zeros(24)).done();
  return stamp(stamp(stamp(stamp(w)))).done();
}

/** Renewal of a lease by the machine that has it, and its acknowledgement. [RFC 2131 4.3.2, RFC 2132] */
export function dhcpMessage(
  isAck: boolean,
  id: number,
  machine: { address: Uint8Array; mac: Uint8Array; name: string },
  server: Uint8Array,
  domain: string,
): Uint8Array {
  const w = new ByteWriter(300)
    .u8(isAck ? 2 : 1)
    .u8(1)
    .u8(6)
    .u8(0)
    .u32be(id)
    .u32be(0)
    .bytes(machine.address);
  w.bytes(isAck ? machine.address : new Uint8Array(4))
    .zeros(8)
    .bytes(machine.mac)
    .zeros(10 + 64 + 128)
    .u32be(0x63825363);
  const option = (code: number, value: Uint8Array): void => void w.u8(code).u8(value.length).bytes(value);
  option(53, Uint8Array.of(isAck ? 5 : 3));
  if (isAck) {
    option(54, server);
    option(51, new ByteWriter(4).u32be(691_200).done());
    option(1, Uint8Array.of(255, 255, 255, 0));
    option(15, ascii(domain));
  } else {
    option(61, joined(Uint8Array.of(1), machine.mac));
    option(12, ascii(machine.name));
    option(60, ascii("MSFT 5.0"));
    option(55, Uint8Array.of(1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252));
  }
  w.u8(255);
  return (w.length < 300 ? w.zeros(300 - w.length) : w).done();
}

/** ARP over Ethernet. [RFC 826] @param target hardware address asked for; null in a request */
export function arpFrame(
  sender: { address: Uint8Array; mac: Uint8Array },
  receiver: Uint8Array,
  target: Uint8Array | null,
): Uint8Array {
  const w = new ByteWriter(60)
    .bytes(target ?? new Uint8Array(6).fill(255))
    .bytes(sender.mac)
    .u16be(0x0806);
  w.u16be(1)
    .u16be(0x0800)
    .u8(6)
    .u8(4)
    .u16be(target === null ? 1 : 2)
    .bytes(sender.mac)
    .bytes(sender.address);
  return w
    .bytes(target ?? new Uint8Array(6))
    .bytes(receiver)
    .zeros(18)
    .done();
}

/** A log line. [RFC 5424 6] @param priority facility times 8 plus severity */
export function syslogLine(priority: number, nowMs: number, host: string, app: string, text: string): Uint8Array {
  return ascii(`<${priority}>1 ${new Date(nowMs).toISOString()} ${host} ${app} 2210 - - ${text}`);
}

/** Head of an IPP print job; the document follows. [RFC 8010 3.1] */
export function ippJob(printer: string, user: string, document: string): Uint8Array {
  const w = new ByteWriter(256).u16be(0x0101).u16be(0x0002).u32be(1).u8(1);
  const attributes: readonly (readonly [number, string, string])[] = [
    [0x47, "attributes-charset", "utf-8"],
    [0x48, "attributes-natural-language", "en"],
    [0x45, "printer-uri", printer],
    [0x42, "requesting-user-name", user],
    [0x42, "job-name", document],
    [0x49, "document-format", "application/octet-stream"],
  ];
  for (const [tag, name, value] of attributes)
    w.u8(tag).u16be(name.length).ascii(name).u16be(value.length).ascii(value);
  return w.u8(3).done();
}
