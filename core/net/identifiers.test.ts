import { describe, expect, it } from "vitest";
import { ipv4Text, ipv6Text, isLocalV4, isLocalV6 } from "./addresses.ts";
import { communityId } from "./community-id.ts";
import { sessionKey } from "./packet-batch.ts";
import { uidOf } from "./uid.ts";

describe("uids", () => {
  it("are different, and of Zeek's form", () => {
    const uids = new Set<string>();
    for (let ordinal = 0; ordinal < 5000; ordinal++) {
      for (let level = 0; level < 2; level++) uids.add(uidOf(sessionKey(ordinal * 977_777_777, level)));
    }
    expect(uids.size).toBe(10_000);
    for (const uid of uids) expect(uid).toMatch(/^C[0-9A-Za-z]{11}$/);
  });
});

describe("addresses", () => {
  it("are written as RFC 5952 asks", () => {
    expect(ipv4Text(0xc0a80001 | 0)).toBe("192.168.0.1");
    expect(ipv6Text(0x20010db8, 0, 0, 1)).toBe("2001:db8::1");
    expect(ipv6Text(0x20010db8, 0x00000001, 0x00010001, 0x00010001)).toBe("2001:db8:0:1:1:1:1:1");
    expect(ipv6Text(0x20010db8, 0, 0x00010000, 0x00000001)).toBe("2001:db8::1:0:0:1");
    expect(ipv6Text(0, 0, 0, 0)).toBe("::");
    expect(ipv6Text(0xfe800000, 0, 0, 0)).toBe("fe80::");
    expect(ipv6Text(0, 0, 0xffff, 0x0a000001)).toBe("10.0.0.1");
  });
  it("are local where the registries say so", () => {
    for (const word of [0x0a010203, 0xac1fffff, 0xc0a80101, 0x7f000001, 0xe00000fb, 0xefffffff]) {
      expect(isLocalV4(word | 0)).toBe(true);
    }
    for (const word of [0x08080808, 0xac200000, 0xe0027ffe]) expect(isLocalV4(word | 0)).toBe(false);
    expect(isLocalV6(0xfe800000, 0, 0, 1)).toBe(true);
    expect(isLocalV6(0x20020a00, 0x00010000, 0, 1)).toBe(true);
    expect(isLocalV6(0x20014860, 0, 0, 1)).toBe(false);
    expect(isLocalV6(0xff020000, 0, 0, 0xfb)).toBe(false);
  });
});

describe("community id", () => {
  it("agrees with the specification's baseline", () => {
    // 66.35.250.204:80 <-> 128.232.110.120:34855, TCP: pseudo-code section of the specification.
    const words = [0x4223facc | 0, 0, 0, 0, 0x80e86e78 | 0, 0, 0, 0];
    expect(communityId(words, true, 6, 80, 34855, true)).toBe("1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  });
});
