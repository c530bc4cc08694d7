import { ByteWriter } from "../wire/byte-writer.ts";
import { addressOf } from "../wire/endpoint.ts";

export const DNS_TYPES = { A: 1, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
export type DnsType = keyof typeof DNS_TYPES;

export interface DnsAnswer {
  readonly type: DnsType;
  readonly ttl: number;
  /** Address, name, or "priority weight port target" of SRV. */
  readonly value: string;
}

/** A recursive question. [RFC 1035 4.1] */
export function dnsQuery(id: number, name: string, type: DnsType): Uint8Array {
  const w = new ByteWriter(64).u16be(id).u16be(0x0100).u16be(1).zeros(6);
  return question(w, name, type).done();
}

/** Its answer; no answers and code 0 means that the name has no such record, code 3 that there is no such name. */
export function dnsResponse(
  id: number,
  name: string,
  type: DnsType,
  answers: readonly DnsAnswer[],
  code = 0,
): Uint8Array {
  const isNegative = answers.length === 0;
  const w = new ByteWriter(160)
    .u16be(id)
    .u16be(0x8180 | code)
    .u16be(1)
    .u16be(answers.length);
  w.u16be(isNegative ? 1 : 0).u16be(0);
  question(w, name, type);
  for (const answer of answers) {
    w.u16be(0xc00c).u16be(DNS_TYPES[answer.type]).u16be(1).u32be(answer.ttl).u16be(0);
    const start = w.length;
    data(w, answer);
    w.setU16be(start - 2, w.length - start);
  }
  if (isNegative) {
    const zone = name.split(".").slice(-2).join(".");
    labels(w, zone).u16be(DNS_TYPES.SOA).u16be(1).u32be(900).u16be(0);
    const start = w.length;
    labels(w, `ns1.${zone}`);
    labels(w, `hostmaster.${zone}`).u32be(2026030101).u32be(3600).u32be(900).u32be(604800).u32be(900);
    w.setU16be(start - 2, w.length - start);
  }
  return w.done();
}

/** Name of the reverse zone for an IPv4 address. */
export function reverseName(ip: string): string {
  return `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
}

function question(w: ByteWriter, name: string, type: DnsType): ByteWriter {
  return labels(w, name).u16be(DNS_TYPES[type]).u16be(1);
}

function labels(w: ByteWriter, name: string): ByteWriter {
  for (const label of name.split(".")) w.u8(label.length).ascii(label);
  return w.u8(0);
}

function data(w: ByteWriter, answer: DnsAnswer): void {
  switch (answer.type) {
    case "A":
    case "AAAA":
      w.bytes(addressOf(answer.value));
      return;
    case "CNAME":
    case "PTR":
    case "SOA":
      labels(w, answer.value);
      return;
    case "TXT":
      w.u8(answer.value.length).ascii(answer.value);
      return;
    case "SRV": {
      const [priority = "0", weight = "0", port = "0", target = ""] = answer.value.split(" ");
      labels(w.u16be(Number(priority)).u16be(Number(weight)).u16be(Number(port)), target);
      return;
    }
  }
}
