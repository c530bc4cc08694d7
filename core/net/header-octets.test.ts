import { describe, expect, it } from "vitest";
import { headerOctets } from "./header-octets.ts";

const ETHERNET = "02".repeat(12);
const ipv4 = (protocol: string, fragment = "0000") => `450000400001${fragment}40${protocol}00000a0000010a000002`;
const octetsOf = (hex: string) => headerOctets(Buffer.from(hex, "hex"), 1);
const PAYLOAD = "ab".repeat(100);

describe("octets of a frame's headers", () => {
  it("end behind the transport header, its options and the link layer's tags counted", () => {
    const tcp = `0016${"00".repeat(10)}80${"00".repeat(19)}`;
    expect(octetsOf(`${ETHERNET}0800${ipv4("06")}${tcp}${PAYLOAD}`)).toBe(14 + 20 + 32);
    expect(octetsOf(`${ETHERNET}810000640800${ipv4("11")}${"00".repeat(8)}${PAYLOAD}`)).toBe(18 + 28);
    expect(octetsOf(`${ETHERNET}0800${ipv4("01")}${"00".repeat(8)}${PAYLOAD}`)).toBe(14 + 28);
    expect(octetsOf(`${ETHERNET}0806${"00".repeat(28)}${PAYLOAD}`)).toBe(14 + 28);
  });

  it("take a later fragment and what a tunnel carries as payload", () => {
    expect(octetsOf(`${ETHERNET}0800${ipv4("06", "0002")}${PAYLOAD}`)).toBe(14 + 20);
    expect(octetsOf(`${ETHERNET}0800${ipv4("2f")}${PAYLOAD}`)).toBe(14 + 20);
  });

  it("follow the extensions of IPv6", () => {
    const header = `6000000000643c40${"fd".repeat(32)}`;
    const options = `1100${"00".repeat(6)}`;
    expect(octetsOf(`${ETHERNET}86dd${header}${options}${"00".repeat(8)}${PAYLOAD}`)).toBe(14 + 40 + 8 + 8);
  });

  it("never pass the frame's end, wherever it is cut", () => {
    const whole = Buffer.from(
      `${ETHERNET}0800${ipv4("06")}0016${"00".repeat(10)}80${"00".repeat(19)}${PAYLOAD}`,
      "hex",
    );
    for (let length = 0; length <= whole.length; length++) {
      const octets = headerOctets(whole.subarray(0, length), 1);
      expect(octets).toBeGreaterThanOrEqual(0);
      expect(octets).toBeLessThanOrEqual(length);
    }
  });
});
