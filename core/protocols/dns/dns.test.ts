import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { dns } from "./dns.ts";

const UDP = { carrier: "udp", respP: 53 } as const;

function name(text: string): number[] {
  return [...text.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]), 0];
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** A message as it stands in a stream. */
function framed(octets: Uint8Array): Uint8Array {
  return Uint8Array.from([...u16(octets.length), ...octets]);
}

interface MessageParts {
  id?: number;
  flags?: number;
  questions?: { name: string; type: number; cls?: number }[];
  /** `owner` null: a pointer to the first question's name. */
  answers?: { owner: string | null; type: number; ttl?: number; data: number[]; cls?: number }[];
  authorities?: MessageParts["answers"];
  additionals?: MessageParts["answers"];
}

function message(parts: MessageParts): Uint8Array {
  const questions = parts.questions ?? [];
  const sections = [parts.answers ?? [], parts.authorities ?? [], parts.additionals ?? []];
  const octets = [...u16(parts.id ?? 0x1234), ...u16(parts.flags ?? 0x0100), ...u16(questions.length)];
  for (const section of sections) octets.push(...u16(section.length));
  for (const question of questions) {
    octets.push(...name(question.name), ...u16(question.type), ...u16(question.cls ?? 1));
  }
  for (const record of sections.flat()) {
    octets.push(...(record.owner === null ? [0xc0, 12] : name(record.owner)), ...u16(record.type));
    octets.push(...u16(record.cls ?? 1), 0, 0, ...u16(record.ttl ?? 300), ...u16(record.data.length), ...record.data);
  }
  return Uint8Array.from(octets);
}

const QUERY = message({ questions: [{ name: "Www.Example.COM", type: 1 }] });
const RESPONSE = message({
  flags: 0x8580,
  questions: [{ name: "www.example.com", type: 1 }],
  answers: [
    { owner: null, type: 5, data: [3, 0x63, 0x64, 0x6e, 0xc0, 16] },
    { owner: "cdn.example.com", type: 1, ttl: 60, data: [192, 0, 2, 7] },
  ],
});

describe("queries and responses", () => {
  it("pairs a query with its response", () => {
    const trial = new Trial(dns, UDP);
    trial.send(true, QUERY);
    trial.send(false, RESPONSE);
    trial.close();
    expect(trial.table("dns")).toMatchObject([
      {
        proto: "udp",
        trans_id: 0x1234,
        rtt: 1_000_000,
        query: "www.example.com",
        original_query: "Www.Example.COM",
        qtype_name: "A",
        qclass_name: "C_INTERNET",
        rcode_name: "NOERROR",
        AA: true,
        RD: true,
        RA: true,
        answers: ["cdn.example.com", "192.0.2.7"],
        TTLs: [300e9, 60e9],
        rejected: false,
        opcode_name: "query",
        query_octets: QUERY.length,
        response_octets: RESPONSE.length,
      },
    ]);
    expect(trial.weirds).toEqual([]);
    expect(trial.confirmed).toBeGreaterThan(0);
  });

  it("keeps what stays alone until the end, and pairs by identifier", () => {
    const trial = new Trial(dns, UDP);
    const ask = (id: number, host: string) => trial.send(true, message({ id, questions: [{ name: host, type: 28 }] }));
    const reply = (id: number, rcode: number) =>
      trial.send(false, message({ id, flags: 0x8180 | rcode, questions: [{ name: "x", type: 28 }] }));
    ask(1, "one");
    ask(2, "two");
    ask(2, "again");
    reply(2, 3);
    reply(9, 2);
    trial.close();
    expect(
      trial.table("dns").map((row) => [row["trans_id"], row["query"], row["rcode_name"], row["rejected"]]),
    ).toEqual([
      [2, "two", "NXDOMAIN", true],
      [1, "one", null, false],
      [2, "again", null, false],
      [9, null, "SERVFAIL", true],
    ]);
  });

  it("writes every multicast message for itself", () => {
    const trial = new Trial(dns, { carrier: "udp", respP: 5353, respH: "224.0.0.251" });
    trial.send(true, message({ id: 0, flags: 0, questions: [{ name: "_smb._tcp.local", type: 12 }] }));
    trial.send(
      true,
      message({ id: 0, flags: 0x8400, answers: [{ owner: "nas.local", type: 1, data: [10, 0, 0, 9] }] }),
    );
    expect(trial.table("dns").map((row) => row["query"])).toEqual(["_smb._tcp.local", "nas.local"]);
  });

  it("decodes NetBIOS names and node status", () => {
    const trial = new Trial(dns, { carrier: "udp", respP: 137 });
    trial.send(true, message({ questions: [{ name: "FHEPFCELEHFCEPFFFACACACACACACABL", type: 32 }] }));
    trial.send(true, message({ id: 7, questions: [{ name: "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", type: 33 }] }));
    trial.close();
    expect(trial.table("dns")).toMatchObject([
      { query: "WORKGROUP", opcode_name: "netbios-query" },
      { query: "*" + "\0".repeat(14), qtype_name: "NBSTAT" },
    ]);
  });

  it("tells dynamic updates apart", () => {
    const trial = new Trial(dns, UDP);
    const zone = [{ name: "example.com", type: 6 }];
    trial.send(
      true,
      message({
        flags: 0x2800,
        questions: zone,
        answers: [{ owner: "a.example.com", type: 5, cls: 254, ttl: 0, data: [] }],
      }),
    );
    trial.send(
      false,
      message({
        flags: 0xa800,
        questions: zone,
        answers: [{ owner: "a.example.com", type: 5, cls: 254, ttl: 0, data: [] }],
        authorities: [
          { owner: "a.example.com", type: 28, cls: 255, ttl: 0, data: [] },
          { owner: "a.example.com", type: 1, ttl: 1200, data: [10, 0, 0, 1] },
        ],
      }),
    );
    expect(trial.table("dns")).toMatchObject([
      {
        query: "a.example.com",
        qtype: null,
        opcode_name: "dynamic-update",
        answers: ["pre: NoRRSet CNAME a.example.com", "del: RRSet AAAA", "add: A a.example.com 10.0.0.1"],
      },
    ]);
  });
});

describe("record texts", () => {
  const answer = (type: number, data: number[]) => {
    const trial = new Trial(dns, UDP);
    trial.send(false, message({ flags: 0x8180, answers: [{ owner: "o.example", type, data }] }));
    trial.close();
    const row = trial.table("dns")[0]!;
    return row["answers"] ?? row["other_answers"];
  };
  const chars = (text: string) => [text.length, ...Buffer.from(text, "latin1")];

  it.each<[string, number, number[], string]>([
    ["AAAA", 28, [...hex("20010db8000000000000000000000001")], "2001:db8::1"],
    ["MX", 15, [0, 10, ...name("mx.example")], "mx.example"],
    ["TXT", 16, [...chars("k=rsa"), ...chars("p q")], "TXT 5 k=rsa TXT 3 p q"],
    ["SRV", 33, [0, 0, 0, 100, 0x01, 0x85, ...name("dc.example")], "dc.example"],
    ["SSHFP", 44, [1, 1, 0xab, 0xcd], "SSHFP: abcd"],
    ["DS", 43, [0, 1, 5, 2, 9, 9], "DS 5 2"],
    ["DNSKEY", 48, [1, 1, 3, 15, 9], "DNSKEY 15"],
    ["RRSIG", 46, [0, 1, 8, 2, ...Array.from({ length: 14 }, () => 0), 0, 1], "RRSIG 1 <Root>"],
    ["NSEC", 47, [...name("p.example"), 0, 1, 0x40], "NSEC o.example p.example"],
    [
      "NAPTR",
      35,
      [0, 1, 0, 2, ...chars("s"), ...chars("SIP+D2U"), 0, ...name("sip.example")],
      "NAPTR 1 2 s SIP+D2U sip.example",
    ],
    ["HTTPS", 65, [0, 1, 0, 0, 1, 0, 6, ...chars("h2"), ...chars("h3")], "HTTPS 1 . alpn=h2,h3"],
    ["CAA", 257, [0, ...chars("issue"), ...Buffer.from("ca.example")], "CAA 0 issue ca.example"],
    ["an unknown type", 4242, [1, 2], "<unknown type=4242>"],
  ])("%s", (_, type, data, text) => {
    expect(answer(type, data)).toEqual([text]);
  });
});

describe("streams", () => {
  it("reads messages over TCP, however they are cut", () => {
    const stream = Buffer.concat([framed(QUERY), framed(message({ id: 5, questions: [{ name: "b", type: 2 }] }))]);
    const rows = [1, 7, 1000].map((size) => {
      const trial = new Trial(dns, { respP: 53 });
      trial.sendInPieces(true, stream, size);
      trial.close();
      return trial.table("dns");
    });
    expect(rows[0]).toHaveLength(2);
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  });

  it("goes on behind a message with a hole", () => {
    const trial = new Trial(dns, { respP: 53 });
    const first = framed(QUERY);
    trial.send(true, first.subarray(0, 10));
    trial.gap(5, true);
    trial.send(
      true,
      Buffer.concat([first.subarray(15), framed(message({ id: 5, questions: [{ name: "b", type: 2 }] }))]),
    );
    trial.gap(3000, true);
    trial.send(true, framed(message({ id: 6, questions: [{ name: "c", type: 2 }] })));
    trial.close();
    expect(trial.table("dns").map((row) => row["query"])).toEqual(["b", "c"]);
  });
});

describe("hostile input", () => {
  it.each([
    ["a service binding without a target", 64, [0, 1], "DNS_SVCB_wrong_length"],
    [
      "an ALPN longer than its parameter",
      65,
      [0, 1, 0, 0, 1, 0, 6, 2, 0x68, 0x32, 8, 0x68, 0x33],
      "DNS_SVCB_alpn_length_invalid",
    ],
    ["a port of one octet", 65, [0, 1, 0, 0, 3, 0, 1, 0x20], "DNS_SVCB_port_length_invalid"],
    [
      "a revoked key of an old algorithm",
      48,
      [1, 0x81, 3, 1, 9],
      "DNSSEC_DNSKEY_Revoked_KSK DNSSEC_DNSKEY_NotRecommended_ZoneSignAlgo",
    ],
    [
      "a key that is none of DNSSEC's",
      48,
      [0, 3, 2, 8, 9],
      "DNSSEC_DNSKEY_Invalid_Flag DNSSEC_DNSKEY_Invalid_Protocol",
    ],
    ["a digest of no known type", 43, [0, 1, 8, 9, 9], "DNSSEC_DS_unknown_DigestType"],
    ["an empty bit map", 47, [1, 0x61, 0, 0, 0], "DNSSEC_NSEC_bitmapLen0"],
    ["a tag beyond its record", 257, [0, 32, 0x69, 0x73], "DNS_CAA_char_str_past_rdlen"],
    [
      "a place of another version",
      29,
      [1, 18, 22, 19, ...new Array<number>(12).fill(0)],
      "DNS_LOC_version_unrecognized",
    ],
  ])("tells what is odd about a record: %s", (_, type, data, weirds) => {
    const trial = new Trial(dns, UDP);
    trial.send(true, message({ questions: [{ name: "a.example", type }] }));
    const answers = [{ owner: null, type, data }];
    trial.send(false, message({ flags: 0x8180, questions: [{ name: "a.example", type }], answers }));
    trial.close();
    expect(trial.weirds.map((weird) => weird.replace(/: .*/, "")).join(" ")).toBe(weirds);
  });

  it.each([
    [65_490, ["DNS_SIG_overflow: 65470", "DNS_RR_unknown_type: 24"]],
    [0x100, ["DNS_RR_unknown_type: 24"]],
  ])("tells of a signature that leaves no room for its signer's name: a record of %i octets", (octets, weirds) => {
    const trial = new Trial(dns, { carrier: "tcp", respP: 53 });
    const questions = [{ name: "9.a.example", type: 24 }];
    const data = [...new Array<number>(18).fill(0), 0xc0, 0x0c, ...new Array<number>(octets - 20).fill(0x41)];
    const answers = [{ owner: null, type: 24, data }];
    trial.send(true, framed(message({ questions })));
    trial.send(false, framed(message({ flags: 0x8580, questions, answers })));
    trial.close();
    expect(trial.weirds).toEqual(weirds);
  });

  it("follows no pointer forwards or for ever", () => {
    const trial = new Trial(dns, UDP);
    trial.send(true, hex("0001 0100 0001 0000 0000 0000 c00c 0001 0001"));
    trial.send(true, hex("0002 0100 0001 0000 0000 0000 c020 0001 0001"));
    expect(trial.weirds.filter((weird) => weird.startsWith("DNS_label_forward"))).toHaveLength(2);
  });

  it("never throws: every prefix, and any octets", () => {
    for (let end = 0; end <= RESPONSE.length; end++) {
      const trial = new Trial(dns, UDP);
      trial.send(false, RESPONSE.subarray(0, end));
      trial.close();
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), fc.boolean(), (parts, isTcp) => {
        const trial = new Trial(dns, isTcp ? { respP: 53 } : UDP);
        parts.forEach((part, i) => {
          if (i % 4 === 3) trial.gap(part.length, true);
          else trial.send(i % 2 === 0, part);
        });
        trial.close();
      }),
    );
  });
});

describe("probe", () => {
  it("knows whole messages on any port, and leaves other protocols alone", () => {
    const udp = { carrier: "udp" } as const;
    expect(probe(dns, QUERY, udp)).toBe("yes");
    expect(probe(dns, RESPONSE, udp)).toBe("yes");
    expect(probe(dns, QUERY.subarray(0, 20), udp)).toBe("no");
    expect(probe(dns, QUERY.subarray(0, 20), { ...udp, onPort: true })).toBe("yes");
    expect(probe(dns, [...u16(QUERY.length), ...QUERY].map((c) => String.fromCharCode(c)).join(""))).toBe("yes");
    expect(probe(dns, hex("00"))).toBe("more");
    expect(probe(dns, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("no");
    expect(probe(dns, "SSH-2.0-OpenSSH_9.6\r\n")).toBe("no");
    expect(probe(dns, hex("16030100c8010000c40303000102030405060708"))).toBe("no");
  });

  it("takes who answers first for the responder, but not of a multicast answer", () => {
    const question = { name: "a.example", type: 1 };
    const answer = message({ flags: 0x8180, questions: [question], answers: [] });
    const asked = message({ questions: [question] });
    const flips = (respH: string, first: Uint8Array) => {
      const trial = new Trial(dns, { ...UDP, origP: 53, respH });
      trial.send(true, first);
      trial.send(true, answer);
      return trial.flips;
    };
    expect([flips("10.0.0.2", answer), flips("10.0.0.2", asked), flips("224.0.0.251", answer)]).toEqual([1, 0, 0]);
  });
});
