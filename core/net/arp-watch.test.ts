import { describe, expect, it } from "vitest";
import { asksAll, checks, inOrder, repeated, tells, tellsAll } from "../../test/arp-frames.ts";
import type { TimedFrame } from "../../test/net-frames.ts";
import { frameBatch } from "../../test/net-frames.ts";
import type { NetRun } from "../../test/net-run.ts";
import { runNet } from "../../test/net-run.ts";

const ROUTER = 1;
const ATTACKER = 6;
const VICTIM = 7;
const OTHER = 8;
const VRRP = [0, 0, 0x5e, 0, 1, 9];

const told = ({ weird }: NetRun): unknown[] =>
  weird.map((row) => [row["name"], row["id.orig_h"], row["id.resp_h"], row["addl"]]);
const seen = (...frames: readonly (TimedFrame | readonly TimedFrame[])[]): unknown[] =>
  told(runNet([frameBatch(inOrder(...frames), 1)]));
const poison = (times: number, seconds: number): TimedFrame[] =>
  repeated(times, seconds, (at) => tells(at + 1, ATTACKER, 1, VICTIM, 7));
const CONTESTED = [
  "arp_address_contested",
  "10.0.0.1",
  "10.0.0.7",
  "02:00:00:00:00:06, which is 10.0.0.6, beside 02:00:00:00:00:01",
];

describe("an address that two claim", () => {
  it.each([
    ["every second", 1],
    ["every two seconds", 2],
    ["every ten seconds", 10],
  ])("is told where one claims it unasked %s", (_, seconds) => {
    expect(seen(asksAll(0, ATTACKER, 6, 1), tells(0.1, ROUTER, 1, ATTACKER, 6), poison(12, seconds))).toEqual([
      CONTESTED,
    ]);
  });

  it("is told where he answers besides what was asked", () => {
    const asked = repeated(3, 10, (at) =>
      inOrder(asksAll(at + 8, VICTIM, 7, 1), tells(at + 8.1, ATTACKER, 1, VICTIM, 7)),
    );
    expect(seen(asksAll(0, ROUTER, 1, 9), poison(5, 10), asked)).toHaveLength(1);
  });

  it("is told of him where the capture began after he did", () => {
    const truth = [asksAll(20, VICTIM, 7, 1), tells(20.1, ROUTER, 1, VICTIM, 7), asksAll(20.2, ATTACKER, 6, 9)];
    expect(seen(poison(20, 2), truth)).toEqual([CONTESTED]);
  });

  it("is told of either where both go on", () => {
    const defence = repeated(12, 2, (at) => tells(at + 2, ROUTER, 1, VICTIM, 7));
    expect(seen(poison(12, 2), defence).map((row) => (row as string[])[3])).toEqual([
      "02:00:00:00:00:06, beside 02:00:00:00:00:01",
      "02:00:00:00:00:01, beside 02:00:00:00:00:06",
    ]);
  });

  it("is told where all are told, if the other is still there", () => {
    const claims = repeated(12, 2, (at) => tellsAll(at, ATTACKER, 1));
    expect(seen(claims, asksAll(9, ROUTER, 1, 7))).toEqual([
      ["arp_address_contested", "10.0.0.1", null, "02:00:00:00:00:06, beside 02:00:00:00:00:01"],
    ]);
    expect(seen(asksAll(0, ROUTER, 1, 7), claims)).toEqual([]);
  });

  it.each<[string, TimedFrame[]]>([
    [
      "a lease that another machine got",
      inOrder(asksAll(0, OTHER, 1, 9), asksAll(60, VICTIM, 1, 9), tells(61, VICTIM, 1, 9, 9)),
    ],
    [
      "a bond that moves its clients to another card",
      inOrder(
        asksAll(0, ROUTER, 1, 9),
        repeated(4, 2, (at) => [tells(at + 1, 2, 1, 7, 7), tells(at + 1.01, 2, 1, 7, 7)]),
      ),
    ],
    [
      "a bond that gives each client a card of its own",
      repeated(20, 3, (at) =>
        inOrder(
          asksAll(at, 7, 7, 1),
          tells(at + 0.1, 1, 1, 7, 7),
          asksAll(at + 1, 8, 8, 1),
          tells(at + 1.1, 2, 1, 8, 8),
        ),
      ),
    ],
    [
      "routers that share one",
      inOrder(
        asksAll(0, ROUTER, 1, 9),
        repeated(20, 2, (at) => tells(at, VRRP, 1, 7, 7)),
      ),
    ],
    [
      "a router that answers for all",
      repeated(20, 3, (at) =>
        inOrder(
          asksAll(at, 7, 7, 8),
          tells(at + 0.1, ROUTER, 8, 7, 7),
          asksAll(at + 1, 8, 8, 7),
          tells(at + 1.1, ROUTER, 7, 8, 8),
        ),
      ),
    ],
    [
      "a neighbour that is checked again",
      inOrder(
        asksAll(0, 2, 1, 9),
        repeated(20, 25, (at) => [checks(at + 1, ROUTER, 1, 7, 7), tells(at + 1.01, 7, 7, 1, 1)]),
      ),
    ],
    [
      "copies of a packet",
      inOrder(
        asksAll(0, 2, 1, 9),
        repeated(8, 0.001, (at) => tells(at + 20, ROUTER, 1, 7, 7)),
      ),
    ],
  ])("is not told of %s", (_, frames) => {
    expect(seen(frames)).toEqual([]);
  });

  it.each([
    ["capture", (n: number) => ({ capture: n })],
    ["interface", (n: number) => ({ iface: n })],
  ])("is not told where each is in another %s", (_, place) => {
    const frames = frameBatch(inOrder(asksAll(0, ROUTER, 1, 9), poison(12, 2)), 1);
    const { capture, iface } = place(2) as { capture?: number; iface?: number };
    if (capture !== undefined) frames.capture[0] = capture;
    if (iface !== undefined) frames.iface[0] = iface;
    expect(told(runNet([frames]))).toEqual([]);
  });

  it("is not told where each is in another inner VLAN", () => {
    const tagged = ({ octets, at }: TimedFrame, inner: number): TimedFrame => ({
      octets: Uint8Array.from([...octets.subarray(0, 12), 0x81, 0, 0, 5, 0x81, 0, 0, inner, ...octets.subarray(12)]),
      at,
    });
    const claims = poison(12, 2).map((frame) => tagged(frame, 1));
    expect(seen(tagged(asksAll(0, ROUTER, 1, 9), 2), claims)).toEqual([]);
    expect(seen(tagged(asksAll(0, ROUTER, 1, 9), 1), claims)).toHaveLength(1);
  });

  it("stays known through a flood while it is heard of, and what is lost is counted and told once", () => {
    const flood = Array.from({ length: 17_000 }, (_, i) => {
      const frame = asksAll(i / 1000, i, 9, 9);
      frame.octets.set([10, 1 + (i >> 8), i & 255, 1], 28);
      return frame;
    });
    const asks = repeated(9, 2, (at) => asksAll(at, ROUTER, 1, 9));
    const claims = repeated(12, 2, (at) => tells(at + 20, ATTACKER, 1, VICTIM, 7));
    const run = runNet([frameBatch(inOrder(flood, asks, claims), 1)]);
    expect(told(run).map((row) => (row as string[])[0])).toEqual(["arp_flood", "arp_address_contested"]);
    expect(run.decoder.counters.arpForgotten).toBeGreaterThan(500);
  });
});

it("tells of one machine that tells each of two unasked that it is the other", () => {
  const both = repeated(2, 2, (at) => [tells(at, ATTACKER, 1, VICTIM, 7), tells(at + 0.5, ATTACKER, 7, ROUTER, 1)]);
  expect(seen(both)).toEqual([["arp_between", "10.0.0.7", "10.0.0.1", "02:00:00:00:00:06"]]);
});

it("tells of whoever asks all for one address after the other, quickly", () => {
  const asks = (seconds: number, to: (at: number, n: number) => TimedFrame): unknown[] =>
    seen(Array.from({ length: 40 }, (_, i) => to(i * seconds, 100 + i))).map((row) => (row as string[])[0]);
  expect(asks(0.1, (at, n) => asksAll(at, ATTACKER, 6, n))).toEqual(["arp_sweep"]);
  expect(asks(1, (at, n) => asksAll(at, ATTACKER, 6, n))).toEqual([]);
  expect(asks(0.1, (at, n) => checks(at, ROUTER, 1, n, n))).toEqual([]);
});
