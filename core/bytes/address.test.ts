import { describe, expect, it } from "vitest";
import { ipv4Text, ipv6GroupsText, ipv6Text } from "./address.ts";
import { isPrivateAddress } from "./private-address.ts";
import { ByteReader } from "./reader.ts";
import { utf8OfLatin1, wireText } from "./text.ts";

describe("address text", () => {
  it("follows RFC 5952", () => {
    expect(ipv4Text(new ByteReader(Uint8Array.from([192, 0, 2, 255])))).toBe("192.0.2.255");
    expect(ipv6GroupsText([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1])).toBe("2001:db8::1:0:0:1");
    expect(ipv6GroupsText([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1])).toBe("2001:db8:0:1:1:1:1:1");
    expect(ipv6GroupsText([0, 0, 0, 0, 0, 0, 0, 0])).toBe("::");
    expect(ipv6GroupsText([0, 0, 0, 0, 0, 0, 0, 1])).toBe("::1");
    expect(ipv6GroupsText([0xfe80, 0, 0, 0, 0, 0, 0, 0])).toBe("fe80::");
    expect(ipv6GroupsText([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201])).toBe("::ffff:192.0.2.1");
    expect(ipv6Text(new ByteReader(new Uint8Array(3)))).toBe("::");
  });

  it("knows private addresses", () => {
    const inside = [
      "10.1.2.3",
      "172.31.0.1",
      "192.168.1.1",
      "127.0.0.1",
      "169.254.0.1",
      "100.64.0.1",
      "fe80::1",
      "fd00::2",
    ];
    const outside = ["8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2607:f740::1", "2002:808:808::1"];
    expect(inside.filter((address) => !isPrivateAddress(address))).toEqual([]);
    expect(outside.filter(isPrivateAddress)).toEqual([]);
    expect(isPrivateAddress("2002:a00:1::1")).toBe(true);
    expect(isPrivateAddress("::ffff:10.0.0.1")).toBe(true);
  });
});

describe("text of unknown encoding", () => {
  it("is UTF-8 if it can be, else one character an octet", () => {
    const of = (...octets: number[]) => wireText(new ByteReader(Uint8Array.from(octets)), octets.length);
    expect(of(0x61, 0xc3, 0xa9)).toBe("aé");
    expect(of(0x61, 0xe9)).toBe("a\u00e9");
    expect(utf8OfLatin1("a\u00c3\u00a9")).toBe("aé");
    expect(utf8OfLatin1("\u00ff")).toBe("\u00ff");
  });
});
