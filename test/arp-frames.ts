import { joined } from "./net-frames.ts";
import type { TimedFrame } from "./net-frames.ts";

/** ARP packets in memory. A machine is a number: the last octet of its hardware address; an address is the last octet of 10.0.0.0/24. */

const QUESTION = 1;
const ANSWER = 2;
const ALL = [255, 255, 255, 255, 255, 255];
export const machine = (n: number): number[] => [2, 0, 0, 0, n >> 8, n & 255];
const address = (n: number): number[] => [10, 0, 0, n];

function arp(operation: number, to: number[], mac: number[], from: number[], told: number[], target: number[]) {
  return joined(to, mac, [8, 6, 0, 1, 8, 0, 6, 4, 0, operation], mac, from, told, target);
}

/** A machine asks all for an address. */
export const asksAll = (at: number, mac: number, own: number, target: number): TimedFrame => ({
  octets: arp(QUESTION, ALL, machine(mac), address(own), machine(0).fill(0), address(target)),
  at,
});

/** A machine asks another whether it is still there. */
export const checks = (at: number, mac: number, own: number, to: number, target: number): TimedFrame => ({
  octets: arp(QUESTION, machine(to), machine(mac), address(own), machine(to), address(target)),
  at,
});

/** A hardware address tells a machine that an address is its own. */
export const tells = (at: number, mac: number | number[], claimed: number, to: number, target: number): TimedFrame => ({
  octets: arp(
    ANSWER,
    machine(to),
    typeof mac === "number" ? machine(mac) : mac,
    address(claimed),
    machine(to),
    address(target),
  ),
  at,
});

/** The same, told to all. */
export const tellsAll = (at: number, mac: number, claimed: number): TimedFrame => ({
  octets: arp(ANSWER, ALL, machine(mac), address(claimed), ALL, address(claimed)),
  at,
});

/** What a packet is about, so many times with so many seconds between. */
export const repeated = (
  times: number,
  seconds: number,
  frames: (at: number) => TimedFrame | readonly TimedFrame[],
): TimedFrame[] => Array.from({ length: times }, (_, i) => frames(i * seconds)).flat();

export const inOrder = (...frames: readonly (TimedFrame | readonly TimedFrame[])[]): TimedFrame[] =>
  frames.flat().sort((a, b) => a.at - b.at);
