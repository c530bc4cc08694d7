import { describe, expect, it } from "vitest";
import type { TimedFrame } from "../../test/net-frames.ts";
import { datagram, ethernet, frameBatch, ipv4, joined, octetsOf, tcp } from "../../test/net-frames.ts";
import { runNet } from "../../test/net-run.ts";

const A = "10.0.0.1:40000";
const B = "10.0.0.2:445";

/** Names of what is odd, with their details. */
function oddities(frames: readonly (Uint8Array | TimedFrame)[]): string[] {
  const timed = frames.map((frame, i) => (frame instanceof Uint8Array ? { octets: frame, at: i * 0.01 } : frame));
  const { weird } = runNet([frameBatch(timed)]);
  return weird.map(({ name, addl }) => (addl === null ? `${name as string}` : `${name as string}: ${addl as string}`));
}

/** A SYN with the option that shifts windows (RFC 7323 2.2). */
function synWithScale(scale: number): Uint8Array {
  const syn = tcp({ from: A, to: B, seq: 100, flags: "S" });
  const segment = joined(syn.subarray(34), [1, 3, 3, scale]);
  segment[12] = 0x60;
  return ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 6, segment));
}

describe("what Zeek finds odd about TCP", () => {
  const handshake = [
    tcp({ from: A, to: B, seq: 100, flags: "S" }),
    tcp({ from: B, to: A, seq: 500, ack: 101, flags: "SA" }),
    tcp({ from: A, to: B, seq: 101, ack: 501, flags: "A", window: 8192 }),
  ];
  const acknowledgement = (window: number) => tcp({ from: A, to: B, seq: 101, ack: 501, flags: "A", window });

  it("a window that is taken back, but not by what its shift makes coarse", () => {
    expect(oddities([...handshake, acknowledgement(8000)])).toEqual(["window_recision"]);
    expect(oddities([...handshake, acknowledgement(9000)])).toEqual([]);
    const shifted = [synWithScale(7), tcp({ from: B, to: A, seq: 500, ack: 101, flags: "SA" }), handshake[2]!];
    expect(oddities([...shifted, acknowledgement(8191)]), "no shift where one side offers none").toEqual([
      "window_recision",
    ]);
  });

  it("a window that is shifted too far", () => {
    expect(oddities([synWithScale(15)])).toEqual(["TCP_scale_range: 15"]);
    expect(oddities([synWithScale(14)])).toEqual([]);
  });

  it("a storm of resets, at short intervals only", () => {
    const resets = (apart: number) =>
      Array.from({ length: 1001 }, (_, i) => ({
        octets: tcp({ from: A, to: B, seq: 101 + i, flags: "R", id: i + 1 }),
        at: 1 + i * apart,
      }));
    expect(oddities(resets(0.0001))).toEqual(["RST_storm"]);
    expect(oddities(resets(2))).toEqual([]);
  });

  it("but not what is everyday: resets and ends without a beginning", () => {
    expect(oddities([tcp({ from: A, to: B, seq: 1, flags: "R" })])).toEqual([]);
    expect(oddities([tcp({ from: A, to: B, seq: 1, ack: 1, flags: "FA" })])).toEqual([]);
  });
});

describe("what Zeek finds odd about datagrams", () => {
  it("a length in the UDP header that is not what IP leaves for it", () => {
    const frame = datagram("10.0.0.1:5000", "10.0.0.2:5001", "x".repeat(60));
    new DataView(frame.buffer, frame.byteOffset).setUint16(14 + 20 + 4, 20);
    expect(oddities([frame])).toEqual(["UDP_datagram_length_mismatch: 20 != 68"]);
  });

  it("fragments that overlap, contradict each other, or end twice", () => {
    const part = (offset: number, text: string, more: boolean, headerWords = 5) => {
      const packet = ipv4("10.0.0.1", "10.0.0.2", 17, octetsOf(text), 7, (offset >> 3) | (more ? 0x2000 : 0));
      if (headerWords === 5) return ethernet(0x0800, packet);
      const longer = joined(packet.subarray(0, 20), [1, 1, 1, 0], packet.subarray(20));
      longer[0] = 0x46;
      new DataView(longer.buffer).setUint16(2, longer.length);
      return ethernet(0x0800, longer);
    };
    const first = part(0, "a".repeat(80), true);
    expect(oddities([first, part(40, "a".repeat(80), true)])).toEqual(["fragment_overlap"]);
    expect(oddities([first, part(40, "b".repeat(80), true)])).toEqual(["fragment_inconsistency"]);
    expect(oddities([part(160, "end", false), part(80, "x".repeat(88), true)])).toEqual([
      "fragment_size_inconsistency",
      "fragment_inconsistency",
    ]);
    expect(oddities([first, part(80, "a".repeat(80), true, 6)])).toEqual(["fragment_protocol_inconsistency"]);
    const cut = { octets: first.subarray(0, 60), at: 0, wire: first.length };
    expect(oddities([cut])).toContain("incompletely_captured_fragment");
  });
});
